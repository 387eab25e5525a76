#include <headroom/offline/log_parts.hpp>

#include <cstddef>
#include <stdexcept>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

using ranges = std::vector<std::pair<std::size_t, std::size_t>>;

// Episodes of these lengths; state and reward number the steps.
std::vector<logged<state_index>> log_of(const std::vector<std::size_t>& lengths, episode last = episode::truncated) {
  std::vector<logged<state_index>> log;
  for (const std::size_t n : lengths) {
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t i = log.size();
      log.push_back({state_index{i}, action_index{0}, static_cast<double>(i), state_index{i + 1},
                     k + 1 == n ? last : episode::ongoing, 1});
    }
  }
  return log;
}

}  // namespace

TEST_CASE("a log is divided into its episodes, the last of which may be open") {
  auto log = log_of({3, 1, 4});
  CHECK(parts_of(log, 3, 2).ranges == ranges{{0, 3}, {3, 4}, {4, 8}});
  log.back().status = episode::ongoing;
  const log_parts open = parts_of(log, 3, 2);
  CHECK(open.ranges == ranges{{0, 3}, {3, 4}, {4, 8}});
  CHECK_FALSE(open.pieces);
}

TEST_CASE("too few episodes are cut into pieces, of which the last is the longest") {
  const log_parts parts = parts_of(log_of({7, 2}), 3, 2);
  CHECK(parts.pieces);
  CHECK(parts.ranges == ranges{{0, 2}, {2, 4}, {4, 7}, {7, 9}});
  const log_parts none = parts_of(log_of({3, 2}), 3, 2);  // nothing is long enough to be cut
  CHECK_FALSE(none.pieces);
  CHECK(none.size() == 2);
  CHECK_THROWS_AS(parts_of(log_of({3}), 3, 0), std::invalid_argument);
}

TEST_CASE("a half is every second part, and where an episode goes on in the other half it is cut") {
  const auto log = log_of({5});
  const log_parts parts = parts_of(log, 2, 2);
  REQUIRE(parts.ranges == ranges{{0, 2}, {2, 5}});
  const auto first = half_of(log, parts, 0);
  const auto second = half_of(log, parts, 1);
  REQUIRE(first.size() == 2);
  CHECK(first[0].status == episode::ongoing);
  CHECK(first[1].status == episode::truncated);
  REQUIRE(second.size() == 3);
  CHECK(second[0].reward == 2);
  const auto ended = log_of({2, 2}, episode::terminated);
  CHECK(half_of(ended, parts_of(ended, 2, 2), 0).back().status == episode::terminated);
}

TEST_CASE("how long a decision matters, what reads as enough, and the middle of resamples") {
  CHECK(steps_that_matter(0.95) == 60);
  CHECK(steps_that_matter(0) == 3);
  CHECK_THROWS_AS(steps_that_matter(1), std::invalid_argument);
  CHECK(percent_text(0.8999) == "89.9 %");
  CHECK(percent_text(0.9) == "90 %");
  std::vector<double> hundred;
  for (int k = 100; k >= 0; --k) hundred.push_back(k);
  const auto [low, high] = middle_of(hundred);
  CHECK(low == 3);    // 2.5 rounds up
  CHECK(high == 98);  // as does 97.5
  CHECK_THROWS_AS(middle_of(std::vector<double>(19)), std::invalid_argument);
}
