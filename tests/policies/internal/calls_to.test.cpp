#include <headroom/policies/internal/calls_to.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/internal/archive_calls.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

enum class mode : std::uint8_t { slow, fast };

// Whatever an archive can be handed.
struct everything {
  bool flag = true;
  std::int8_t i8 = -8;
  std::uint8_t u8 = 208;
  std::int16_t i16 = -1600;
  std::uint16_t u16 = 61'600;
  std::int32_t i32 = -3'200'000;
  std::uint32_t u32 = 3'200'000'000;
  std::int64_t i64 = -6'400'000'000'000'000'001;
  std::uint64_t u64 = 18'446'744'073'709'551'557U;
  float f32 = 0.1F;
  double f64 = 0.1;
  mode how = mode::fast;
  std::string text = "as it is";
  std::vector<double> row{1, 2.5, -3};
  std::vector<std::uint32_t> grid{1, 2, 3, 4, 5, 6};
  std::vector<float> none{};
  std::vector<std::int64_t> list{7, -8};
  epsilon_greedy explore{0.25};
  double rate = 0.5;
  double fixed = 2;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "everything");
    a.means("limit", self.fixed);
    a.means("names", "name", std::vector<std::string>{"up", "down"});
    a("flag", self.flag);
    a("i8", self.i8);
    a("u8", self.u8);
    a("i16", self.i16);
    a("u16", self.u16);
    a("i32", self.i32);
    a("u32", self.u32);
    a("i64", self.i64);
    a("u64", self.u64);
    a("f32", self.f32);
    a("f64", self.f64);
    a("how", self.how, mode::fast);
    a("text", self.text);
    a("row", self.row);
    a("grid", self.grid, {2, 3});
    a("none", self.none);
    a.list("list", self.list);
    a.exploration("explore", self.explore);
    a.same("fixed", self.fixed);
    if (a.training()) (void)a.tuned("rate", self.rate);
    a.check(self.u8 != 13, "u8", self.u8, "be another number than 13");
  }
};

// The same part, its type erased on the way.
struct erased {
  everything part{};

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    internal::calls_to<Archive> calls(a);
    internal::erased_archive archive(calls);
    everything::fields(self.part, archive);
  }
};

template <class T>
checkpoint stored(const T& one) {
  checkpoint c;
  store(one, c, "part");
  return c;
}
everything another() {
  everything e;
  e.flag = false;
  e.i8 = 1;
  e.u8 = 2;
  e.i16 = 3;
  e.u16 = 4;
  e.i32 = 5;
  e.u32 = 6;
  e.i64 = 7;
  e.u64 = 8;
  e.f32 = 9;
  e.f64 = 10;
  e.how = mode::slow;
  e.text = "other";
  e.row = {0, 0, 0};
  e.grid = {0, 0, 0, 0, 0, 0};
  e.list = {1};
  e.list.reserve(4);
  return e;
}

}  // namespace

TEST_CASE("calls_to: an erased part is stored as the part itself, number for number and word for word") {
  CHECK(stored(erased{}) == stored(everything{}));
  CHECK(stored(erased{another()}) == stored(another()));
  CHECK_FALSE(stored(erased{}) == stored(another()));
}

TEST_CASE("calls_to: what was stored comes back into an erased part") {
  const checkpoint file = stored(everything{});
  erased here{another()};
  restore(here, file, "part");
  CHECK(stored(here.part) == file);
  CHECK(here.part.i64 == -6'400'000'000'000'000'001);
  CHECK(here.part.u64 == 18'446'744'073'709'551'557U);
  CHECK(here.part.list == std::vector<std::int64_t>{7, -8});
}

TEST_CASE("calls_to: an erased part refuses what the part refuses, in the same words") {
  const auto refused = [](const everything& in_file) {
    const checkpoint file = stored(in_file);
    std::string plain;
    std::string through;
    everything direct;
    direct.list.reserve(4);
    erased indirect{direct};
    indirect.part.list.reserve(4);  // a copy has no more room than it needs
    try {
      restore(direct, file, "part");
    } catch (const checkpoint_error& e) {
      plain = e.what();
    }
    try {
      restore(indirect, file, "part");
    } catch (const checkpoint_error& e) {
      through = e.what();
    }
    CHECK(plain == through);
    return plain;
  };
  everything other;
  CHECK(refused(other).empty());
  other.fixed = 3;
  CHECK_FALSE(refused(other).empty());
  other = {};
  other.u8 = 13;
  CHECK(refused(other).find("be another number than 13") != std::string::npos);
  other = {};
  other.how = static_cast<mode>(7);
  CHECK_FALSE(refused(other).empty());
  other = {};
  other.list = {1, 2, 3, 4, 5};
  CHECK_FALSE(refused(other).empty());
  other = {};
  other.row = {1};
  CHECK_FALSE(refused(other).empty());
  other = {};
  other.explore = epsilon_greedy{0.5};
  (void)refused(other);  // an exploration may differ; both must say the same
}
