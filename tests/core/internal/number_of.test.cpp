#include <headroom/core/internal/number_of.hpp>

#include <type_traits>
#include <utility>

#include "catch.hpp"

using namespace headroom::internal;

namespace {

struct sample {
  int replicas = 3;
  float load = 2.5F;
  [[nodiscard]] double busy() const { return load / static_cast<float>(replicas); }
};

}  // namespace

TEST_CASE("number_of: a member, a member function and a function are read alike") {
  const sample o{5, 2.5F};
  CHECK(number_of(&sample::replicas, o) == 5);
  CHECK(number_of(&sample::load, o) == 2.5);
  CHECK(number_of(&sample::busy, o) == 0.5);
  CHECK(number_of([](const sample& s) { return s.replicas + 1; }, o) == 6);
  static_assert(std::is_same_v<decltype(number_of(&sample::replicas, o)), double>);
  static_assert(number_of(&sample::replicas, sample{7, 0}) == 7);
}

TEST_CASE("part_of: a member of an object that may change can be written") {
  sample o;
  part_of(&sample::replicas, o) = 9;
  CHECK(o.replicas == 9);
  static_assert(std::is_same_v<decltype(part_of(&sample::replicas, std::as_const(o))), const int&>);
}
