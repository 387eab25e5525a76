#include <headroom/explorations/greedy.hpp>

#include <cstdint>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "exploring.hpp"

using namespace headroom;
using namespace exploring;

static_assert(ExplicitExploration<greedy>);

TEST_CASE("greedy: the best has all the probability, equals share it as the tie rule says") {
  const std::vector<double> values{1, 3, 2, 3, 3};
  CHECK(probabilities(greedy{tie_break::engine}, values) == std::vector<double>{0, 1 / 3.0, 0, 1 / 3.0, 1 / 3.0});
  CHECK(probabilities(greedy{tie_break::smallest_index}, values) == std::vector<double>{0, 1, 0, 0, 0});
  CHECK(probabilities(greedy{tie_break::largest_index}, values) == std::vector<double>{0, 0, 0, 0, 1});
  CHECK(greedy{}.ties() == tie_break::engine);
}

TEST_CASE("greedy: what it draws is what it says, for each tie rule, with and without a mask") {
  const std::vector<double> values{1, 3, 2, 3, 3};
  const mask_of some{0, 1, 4};
  const mask_of losers{0, 2};
  std::uint64_t seed = 1;
  for (const auto ties : {tie_break::engine, tie_break::smallest_index, tie_break::largest_index}) {
    check_frequencies(greedy{ties}, values, {}, seed++);
    check_frequencies(greedy{ties}, values, some, seed++);
    check_frequencies(greedy{ties}, values, losers, seed++);
  }
  CHECK(probabilities(greedy{}, values, losers) == std::vector<double>{0, 0, 1, 0, 0});
}

TEST_CASE("greedy: without a tie nothing is drawn from the engine") {
  engine random(5);
  const engine before = random;
  CHECK(greedy{}(std::vector<double>{1, 3, 2}, {}, random) == action_index{1});
  CHECK(random == before);
  CHECK(greedy{tie_break::largest_index}(std::vector<double>{3, 3}, {}, random) == action_index{1});
  CHECK(greedy{tie_break::smallest_index}(std::vector<double>{3, 3}, {}, random) == action_index{0});
  CHECK(random == before);
}

TEST_CASE("greedy: an illegal action is never drawn, in the second word of a mask as in the first") {
  for (const auto ties : {tie_break::engine, tie_break::smallest_index, tie_break::largest_index}) {
    for (const mask_of& legal : masks()) CHECK(draws_only_legal(greedy{ties}, hundred_values(), legal));
  }
}

TEST_CASE("greedy: exploring does not allocate") {
  const std::vector<double> values{1, 3, 2, 3};
  std::vector<double> p(4);
  const mask_of some{0, 2, 3};
  engine random(1);
  CHECK(allocations_in([&] {
          for (int i = 0; i < 100; ++i) {
            (void)greedy{}(values, some, random);
            greedy{}.probabilities(values, some, p);
          }
        }) == 0);
}

TEST_CASE("greedy: stored and restored it draws the same") {
  round_trip(greedy{tie_break::engine}, greedy{tie_break::engine});
}
