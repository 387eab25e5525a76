#include <headroom/fleet/internal/packed.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/io/state.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

enum class packed_kind : std::uint8_t { one, two };

struct packed_part {
  double number = 1;
  bool flag = false;
  packed_kind which = packed_kind::one;
  std::array<float, 3> few{};
  std::vector<int> some = std::vector<int>(0);
  int configured = 5;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "packed_part");
    a.same("configured", self.configured);
    a("number", self.number);
    a("flag", self.flag);
    a("which", self.which, packed_kind::two);
    a("few", self.few);
    a.list("some", self.some);
    a.check(self.number < 100, "number", self.number, "be below 100");
    if (a.training()) a.tuned("rate", self.configured);
  }
};

// As a fleet: a number of parts, and room for four.
struct packed_parts {
  std::size_t n = 0;
  std::array<packed_part, 4> all;

  packed_parts() {
    for (packed_part& p : all) p.some.reserve(3);
  }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("n", self.n);
    internal::move_packed(
        self, a, "parts", self.n, [&](std::size_t i) -> auto& { return self.all[i]; });
  }
};

packed_parts packed_three() {
  packed_parts p;
  p.n = 3;
  p.all[0].number = 7;
  p.all[1].flag = true;
  p.all[1].some = {4, 5};
  p.all[1].some.reserve(3);
  p.all[2].which = packed_kind::two;
  p.all[2].few = {1, 2, 3};
  return p;
}

}  // namespace

TEST_CASE("packed: what is written is read back") {
  const packed_parts first = packed_three();
  checkpoint c;
  store(first, c);
  CHECK(c.names() == std::vector<std::string>{"parts"});
  packed_parts second;
  second.all[0].some = {9};
  second.all[0].some.reserve(3);
  restore(second, c);
  CHECK(second.n == 3);
  CHECK(second.all[0].number == 7);
  CHECK(second.all[0].some.empty());
  CHECK(second.all[1].flag);
  CHECK(second.all[1].some == std::vector<int>{4, 5});
  CHECK(second.all[2].which == packed_kind::two);
  CHECK(second.all[2].few == std::array<float, 3>{1, 2, 3});
  checkpoint d;
  store(second, d);
  CHECK(c == d);
}

TEST_CASE("packed: what does not fit is refused, and nothing has changed") {
  const auto refused = [](packed_parts written, const std::string& reason, int configured = 5) {
    checkpoint c;
    store(written, c);
    packed_parts read;
    read.n = 2;
    read.all[0].number = 42;
    for (packed_part& p : read.all) p.configured = configured;
    CHECK_THROWS_WITH(restore(read, c), "checkpoint: " + reason);
    CHECK(read.n == 2);
    CHECK(read.all[0].number == 42);
  };
  packed_parts p = packed_three();
  refused(p, "fleet: configured is 5, must be 6", 6);
  p.all[2].number = 200;
  refused(p, "fleet: number is 200, must be below 100");
  p = packed_three();
  p.all[0].which = static_cast<packed_kind>(7);
  refused(p, "fleet: which is 7, must be at most 1");
  p = packed_three();
  p.all[0].some = {1, 2, 3, 4};
  refused(p, "fleet: some is 4, must be at most 3");

  checkpoint good;
  store(packed_three(), good);
  const auto cut = [&](std::size_t bytes, std::size_t n) {
    checkpoint c;
    c.set("n", n);
    const auto all = good.get<std::uint8_t>("parts", good.shape("parts"));
    std::vector<std::uint8_t> some(all.begin(), all.end());
    some.resize(bytes);
    c.set("parts_bytes", bytes);
    c.add("parts", {bytes}, some);
    packed_parts read;
    CHECK_THROWS_AS(restore(read, c), checkpoint_error);
    CHECK(read.n == 0);
  };
  const std::size_t size = good.get<std::uint8_t>("parts", good.shape("parts")).size();
  cut(size - 1, 3);  // too few
  cut(size + 1, 3);  // too many
  cut(size, 2);
}

TEST_CASE("packed: a part that diverged is not stored") {
  packed_parts p = packed_three();
  p.all[1].number = std::numeric_limits<double>::quiet_NaN();
  checkpoint c;
  CHECK_THROWS_WITH(store(p, c), "store: number is nan, must be a number");
  p.all[1].number = 1;
  p.all[1].few[2] = std::numeric_limits<float>::infinity();
  c = {};
  CHECK_THROWS_WITH(store(p, c), "store: few is inf, must be finite");
  // But what is in memory may be replaced by what is in a good file.
  checkpoint good;
  store(packed_three(), good);
  restore(p, good);
  CHECK(p.all[1].few[2] == 0);
}
