// What storing and restoring costs a user's compiler: parts within parts, one of every kind of number.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <headroom/io/state.hpp>

enum class gear : std::uint8_t { low, high };
enum class wide_gear : int { low, high };

template <int Number>
struct part {
  bool on = false;
  char letter = 'a';
  signed char tiny = 0;
  std::uint8_t byte = 0;
  std::int16_t shorts = 0;
  std::uint16_t ushorts = 0;
  int whole = 0;
  unsigned uwhole = 0;
  long longs = 0;
  unsigned long long ulongs = 0;
  float single_number = 0;
  double number = 0;
  gear turning = gear::low;
  wide_gear wide = wide_gear::low;
  std::string note;
  std::array<float, 2> floats{};
  std::vector<double> doubles{1, 2};
  std::array<bool, 2> flags{};
  std::vector<std::int16_t> small{0, 0};
  std::vector<std::uint32_t> list;
  std::vector<std::size_t> sizes{1};

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("on", self.on);
    a("letter", self.letter);
    a("tiny", self.tiny);
    a("byte", self.byte);
    a("shorts", self.shorts);
    a("ushorts", self.ushorts);
    a("whole", self.whole);
    a("uwhole", self.uwhole);
    a("longs", self.longs);
    a("ulongs", self.ulongs);
    a.same("single", self.single_number);
    a("number", self.number);
    a("turning", self.turning, gear::high);
    a("wide", self.wide);
    a("note", self.note);
    a("floats", self.floats);
    a.same("doubles", self.doubles);
    a("flags", self.flags);
    a("small", self.small);
    a.list("list", self.list);
    a("sizes", self.sizes);
    a.check(self.whole < 9, "whole", self.whole, "be below 9");
  }
};

template <int... Numbers>
struct whole_of {
  std::tuple<part<Numbers>...> parts;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    (a("part", std::get<part<Numbers>>(self.parts)), ...);
  }
};

using everything = whole_of<0, 1, 2, 3, 4, 5, 6, 7>;

void save_and_load(everything& x, headroom::checkpoint& c) {
  headroom::store(x, c, "x");
  headroom::restore(x, c, "x");
}
