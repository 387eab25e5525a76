#include <headroom/offline/weights_judge.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <algorithm>
#include <string>
#include <vector>

#include <headroom/offline/off_policy.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

using steps_type = std::vector<logged<state_index>>;

// `n` episodes of three steps with rewards 1, 2, 4, doubled in every second episode.
steps_type log_of(std::size_t n, episode status = episode::truncated) {
  steps_type log;
  for (std::size_t e = 0; e < n; ++e) {
    for (std::size_t k = 0; k < 3; ++k) {
      const double reward = (1U << k) * (e % 2 == 0 ? 1.0 : 2.0);
      log.push_back(
          {state_index{0}, action_index{e % 2}, reward, state_index{0}, k == 2 ? status : episode::ongoing, 0.5});
    }
  }
  return log;
}

}  // namespace

TEST_CASE("with ratios of one it is the mean return of the author, and all episodes count") {
  const steps_type log = log_of(40);
  const weighted_judgement j = judge_by_weights(log, std::vector<double>(log.size(), 1.0), {.discount = 0.5});
  REQUIRE(j.worth.told());
  CHECK(j.worth.value == Approx(1.5 * (1 + 0.5 * 2 + 0.25 * 4)));
  CHECK(j.tried == Approx(1));
  CHECK(j.effective_episodes == Approx(40));
  CHECK(j.worth.low < j.worth.value);
  CHECK(j.worth.high > j.worth.value);
  CHECK(j.worth.low >= 3);
  CHECK(j.worth.high <= 6);
}

TEST_CASE("it agrees with the per-decision estimate whose weights sum to one") {
  const steps_type log = log_of(30);
  const auto target = [](state_index, std::span<double> p) {
    p[0] = 0.8;
    p[1] = 0.2;
  };
  std::vector<double> ratios;
  for (const auto& t : log) ratios.push_back((to_size(t.action) == 0 ? 0.8 : 0.2) / 0.5);
  const importance_estimates e = importance_sampling(log, 2, target, 0.9);
  const weighted_judgement j = judge_by_weights(log, ratios, {.discount = 0.9, .least_effective = 1});
  CHECK(j.worth.value == Approx(e.per_decision_weighted).epsilon(1e-12));
  CHECK(j.effective_episodes == Approx(e.effective_episodes).epsilon(1e-12));
}

TEST_CASE("where the weights of the later steps vanish no number is told, since their rewards would be missing") {
  const steps_type log = log_of(40);
  std::vector<double> ratios(log.size(), 1.0);
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (i % 3 == 2) ratios[i] = i < 9 ? 1 : 0;  // three episodes of forty reach the last step
  }
  const weighted_judgement j = judge_by_weights(log, ratios, {.discount = 1});
  CHECK_FALSE(j.worth.told());
  CHECK(j.tried == Approx(2.0 / 3));
  CHECK(j.worth.why ==
        "at 66.6 % of an episode's steps the log amounts to 10 episodes of its own, a number needs 90 %");
  CHECK(judge_by_weights(log, ratios, {.discount = 1, .least_effective = 3}).worth.told());
  CHECK(judge_by_weights(log, ratios, {.discount = 1, .least_tried = 0.6}).effective_episodes == Approx(40));
}

TEST_CASE("an episode that ended goes on with nothing, one that was cut is not known any further") {
  steps_type log = log_of(20, episode::terminated);
  log.push_back({state_index{0}, action_index{0}, 10, state_index{0}, episode::terminated, 1});
  const std::vector<double> ones(log.size(), 1.0);
  const weights_judge_options how{.discount = 1, .least_effective = 1};
  // First steps: 20 of mean 1.5 and one of 10, over 21; the later ones over 21, too, as one episode had ended.
  CHECK(judge_by_weights(log, ones, how).worth.value == Approx((20 * 1.5 + 10) / 21 + 20 * 1.5 * 6 / 21));
  for (auto& t : log) {
    if (t.status == episode::terminated) t.status = episode::truncated;
  }
  CHECK(judge_by_weights(log, ones, how).worth.value == Approx((20 * 1.5 + 10) / 21 + 1.5 * 6));
}

TEST_CASE("the judge of weights refuses what makes no sense") {
  const steps_type log = log_of(20);
  std::vector<double> ratios(log.size(), 1.0);
  CHECK_THROWS_AS(judge_by_weights(steps_type{}, {}), std::invalid_argument);
  CHECK_THROWS_AS(judge_by_weights(log, std::span(ratios).first(5)), std::invalid_argument);
  CHECK_THROWS_AS(judge_by_weights(log, ratios, {.discount = 1.5}), std::invalid_argument);
  CHECK_THROWS_AS(judge_by_weights(log, ratios, {.resamples = 5}), std::invalid_argument);
  ratios[4] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(judge_by_weights(log, ratios),
                    "judge_by_weights: ratio of step 4 is nan, must be finite, and not negative");
  for (std::size_t k = 0; k < ratios.size(); ++k) {
    std::fill(ratios.begin(), ratios.end(), 1.0);
    ratios[k] = -1;
    CHECK_THROWS_WITH(judge_by_weights(log, ratios), "judge_by_weights: ratio of step " + std::to_string(k) +
                                                         " is -1, must be finite, and not negative");
  }
}
