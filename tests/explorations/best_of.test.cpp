#include <headroom/explorations/best_of.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"
#include "first_failure.hpp"
#include "exploring.hpp"

using namespace headroom;
using namespace exploring;

TEST_CASE("best_of: tie rules and masks") {
  const std::vector<double> values{2, 2, 1};
  CHECK(best_of(values, {}, tie_break::smallest_index) == action_index{0});
  CHECK(best_of(values, {}, tie_break::largest_index) == action_index{1});
  CHECK(best_of(values, {}, tie_break::engine) == action_index{0});  // without an engine: the smallest
  CHECK(best_of(values, mask_of{2}, tie_break::largest_index) == action_index{2});
  CHECK(best_of(std::vector<double>{-5, -7}, mask_of{1}, tie_break::smallest_index) == action_index{1});
}

TEST_CASE("best_of: any_of is uniform over the legal actions") {
  for (const bool masked : {false, true}) {
    const mask_of some{1, 2, 64, 99};
    const action_mask legal = masked ? action_mask(some) : action_mask();
    engine random(20);
    std::vector<double> counts(100);
    for (int i = 0; i < draws; ++i) ++counts.at(to_size(any_of(100, legal, random)));
    const double n = masked ? 4 : 100;
    double statistic = 0;
    for (std::size_t i = 0; i < 100; ++i) {
      if (legal[i])
        statistic += (counts[i] - draws / n) * (counts[i] - draws / n) / (draws / n);
      else
        CHECK(counts[i] == 0);
    }
    CHECK(statistic <= n - 1 + 5 * std::sqrt(2 * (n - 1)));
  }
}

TEST_CASE("best_of: what is drawn from the engine is one draw a tie met, on the way through the actions") {
  // The definition, with its branches. Few distinct values, so that there are ties at every place.
  const auto by_definition = [](const std::vector<double>& values, action_mask legal, tie_break ties, engine& random) {
    std::size_t best = values.size();
    std::size_t equals = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!legal[i]) continue;
      if (best == values.size() || values[i] > values[best]) {
        best = i;
        equals = 1;
      } else if (values[i] == values[best]) {
        if (ties == tie_break::largest_index || (ties == tie_break::engine && random.below(++equals) == 0)) best = i;
      }
    }
    return action_index{best};
  };
  engine cases(21);
  first_failure equal;
  for (const auto ties : {tie_break::engine, tie_break::smallest_index, tie_break::largest_index}) {
    engine one(22);
    engine other(22);
    for (int k = 0; k < 20'000; ++k) {
      std::vector<double> values(1 + cases.below(9));
      for (double& v : values) v = static_cast<double>(cases.below(4)) - 2;
      if (k % 3 == 0) values.back() = -0.0;
      std::uint64_t word = cases() | (std::uint64_t{1} << cases.below(values.size()));
      const action_mask legal = k % 2 == 0 ? action_mask{} : action_mask{&word};
      equal.same(best_of(values, legal, ties, one), by_definition(values, legal, ties, other));
      equal.holds(one == other, k);
      if (ties != tie_break::engine) equal.same(best_of(values, legal, ties), best_of(values, legal, ties, one));
    }
  }
  CHECK(equal.report() == "");
}
