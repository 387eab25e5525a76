#include <headroom/offline/log_judge.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/offline/off_policy.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double discount = 0.9;
using steps_type = std::vector<logged<state_index>>;

logged<state_index> step(std::size_t s, std::size_t a, double r, std::size_t next, episode status = episode::ongoing) {
  return {state_index{s}, action_index{a}, r, state_index{next}, status, 1};
}

// Coins in the world of two states, in episodes of 20 steps that are cut.
steps_type coins(std::uint64_t seed, int episodes) {
  steps_type log;
  engine random(seed);
  for (int e = 0; e < episodes; ++e) {
    two_state world;
    std::size_t s = world.reset().state;
    for (int k = 0; k < 20; ++k) {
      const std::size_t a = random.below(2);
      const auto o = world.step(static_cast<int>(a)).observation;
      log.push_back(step(s, a, o.reward, o.state, k == 19 ? episode::truncated : episode::ongoing));
      s = o.state;
    }
  }
  return log;
}

auto fixed(std::size_t in_first, std::size_t in_second) {
  return [=](std::size_t) {
    return [=](state_index s, std::span<double> p) {
      std::fill(p.begin(), p.end(), 0.0);
      p[to_size(s) == 0 ? in_first : in_second] = 1;
    };
  };
}

const auto best_of_two = [](std::size_t) {
  return [](state_index s, std::span<double> p) {
    const std::size_t best =
        two_state::action_value(to_size(s), 0, discount) > two_state::action_value(to_size(s), 1, discount) ? 0 : 1;
    p[best] = 1;
    p[1 - best] = 0;
  };
};

}  // namespace

TEST_CASE("where the log shows everything the number is the exact value, and nothing is a guess") {
  const steps_type log = coins(1, 40);
  const log_judge judge(log, 2, {.discount = discount, .unknown = -1e6});
  const judgement j = judge(best_of_two);
  double exact = 0;
  for (const auto& t : log) {
    exact += std::max(two_state::action_value(to_size(t.state), 0, discount),
                      two_state::action_value(to_size(t.state), 1, discount));
  }
  REQUIRE(j.worth.told());
  CHECK(j.worth.value == Approx(exact / static_cast<double>(log.size())).epsilon(1e-6));
  CHECK(j.tried == Approx(1));
  CHECK(j.worth.low < j.worth.value);
  CHECK(j.worth.high > j.worth.value);
}

TEST_CASE("the author's steps amount to about all of the log, and those of another policy to fewer") {
  const steps_type log = coins(1, 40);
  const log_judge judge(log, 2, {.discount = discount});
  const judgement author = judge.author();
  CHECK(author.effective_steps > 0.95 * 800);
  CHECK(author.effective_steps <= 800 + 1e-6);
  const judgement best = judge(best_of_two);
  CHECK(best.effective_steps > 100);
  CHECK(best.effective_steps < 450);  // it stays in one state with one action of the two: a quarter of the log
}

TEST_CASE("19 of 20 intervals hold the value that other logs of the same author have on average") {
  // The author's worth depends on the coins, so 200 other logs say what it is.
  double truth = 0;
  const auto value = [](std::uint64_t seed) {
    const steps_type log = coins(seed, 40);
    return log_judge(log, 2, {.discount = discount, .seed = seed}).author().worth;
  };
  std::vector<estimate> all;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    all.push_back(value(seed));
    truth += all.back().value / 200;
  }
  const auto holds =
      std::count_if(all.begin(), all.end(), [&](const estimate& e) { return e.low <= truth && truth <= e.high; });
  CHECK(holds >= 176);  // 190 are expected; 5 deviations of 3.1 would be 174
  CHECK(holds < 200);
}

TEST_CASE("no number is told of a policy that does what was never tried") {
  steps_type log;
  for (int e = 0; e < 20; ++e) {
    log.push_back(step(0, 0, -1, 1));
    log.push_back(step(1, 0, -1, 0));
    log.push_back(step(0, 0, -1, 1));
    log.push_back(step(1, 1, -1, 1, episode::truncated));
  }
  const log_judge judge(log, 2, {.discount = discount, .unknown = -10, .least_effective = 10});
  const judgement never = judge(fixed(1, 0));
  CHECK_FALSE(never.worth.told());
  // Half of the steps are in state 1 and do something that was tried there, of weight 1; then, and in the other half at
  // once, what follows was never tried and would weigh 10: 0.5 of 0.5 * 10 + 0.5 * (1 + 0.9 * 10).
  CHECK(never.tried == Approx(0.5 / (0.5 * 10 + 0.5 * 10)));
  CHECK(never.worth.why.find("5 % of its weight rests on what was tried, must be 90 %") != std::string::npos);
  const judgement known = judge(fixed(0, 0));
  CHECK(known.worth.told());
  CHECK(known.tried == Approx(1));
  CHECK(known.worth.value == Approx(-10));
  const estimate difference = log_judge::difference(never, known);
  CHECK_FALSE(difference.told());
  CHECK(difference.why == never.worth.why);
}

TEST_CASE("with one action the author and every learner are the same policy, over cuts as well") {
  steps_type log;
  for (int e = 0; e < 12; ++e) {
    for (std::size_t k = 0; k < 40; ++k) log.push_back(step(k % 5, 0, -1.0 - static_cast<double>(e), (k + 1) % 5));
    log.push_back(step(0, 0, -0.5, 5, episode::truncated));  // state 5 is never left
  }
  const log_judge judge(log, 1, {.discount = 0.95, .unknown = -20, .least_tried = 0.5});
  const judgement author = judge.author();
  const judgement learner = judge(fixed(0, 0));
  REQUIRE(author.worth.told());
  CHECK(author.worth.value == learner.worth.value);
  CHECK(author.worth.low == learner.worth.low);
  CHECK(author.worth.high == learner.worth.high);
  CHECK(author.tried == learner.tried);
  CHECK(author.tried < 1);
  // A cut is not an end: what follows state 5 is unknown, and an end would be worth 0.
  steps_type ended = log;
  for (auto& t : ended) {
    if (t.status == episode::truncated) t.status = episode::terminated;
  }
  CHECK(log_judge(ended, 1, {.discount = 0.95, .unknown = -20})(fixed(0, 0)).worth.value > author.worth.value);
}

TEST_CASE("each half judges what was learned from the other") {
  const steps_type log = coins(1, 11);
  const log_judge judge(log, 2, {.discount = discount, .least_effective = 1});
  CHECK(judge.other(0).size() == 100);  // of eleven episodes the first half has six
  CHECK(judge.other(1).size() == 120);
  std::vector<std::size_t> asked;
  static_cast<void>(judge([&](std::size_t half) {
    asked.push_back(half);
    return [](state_index, std::span<double> p) { p[0] = p[1] = 0.5; };
  }));
  CHECK(asked == std::vector<std::size_t>{0, 1});
  // A policy of one half only is judged in the other half only: rewards tell which.
  steps_type two;
  for (int e = 0; e < 20; ++e) {
    for (int k = 0; k < 5; ++k) {
      two.push_back(step(0, 0, e % 2, 0));
      two.push_back(step(0, 1, 0, 0));
    }
    two.back().status = episode::terminated;
  }
  const log_judge halves(two, 2, {.discount = 0, .least_effective = 1});
  const auto does = [&](std::size_t of_first, std::size_t of_second) {
    return halves([=](std::size_t half) {
             return [=](state_index, std::span<double> p) {
               p[0] = (half == 0 ? of_first : of_second) == 0 ? 1 : 0;
               p[1] = 1 - p[0];
             };
           })
        .worth.value;
  };
  CHECK(does(0, 1) == 0);    // the even episodes pay nothing
  CHECK(does(1, 0) == 0.5);  // the odd ones pay 1, and are half of the steps
}

TEST_CASE("a policy that writes only zeros in a state leaves the decision to the author there") {
  const steps_type log = coins(5, 40);
  const log_judge judge(log, 2, {.discount = discount});
  const judgement author = judge.author();
  const judgement nothing =
      judge([](std::size_t) { return [](state_index, std::span<double> p) { p[0] = p[1] = 0; }; });
  CHECK(nothing.worth.value == author.worth.value);
  CHECK(nothing.effective_steps == author.effective_steps);
  CHECK(nothing.resampled == author.resampled);
  // To replace it in one state by the better action is better.
  const judgement one = judge([](std::size_t) {
    return [](state_index s, std::span<double> p) {
      p[0] = p[1] = 0;
      if (to_size(s) == 0)
        p[two_state::action_value(0, 0, discount) > two_state::action_value(0, 1, discount) ? 0 : 1] = 1;
    };
  });
  CHECK(log_judge::difference(one, author).low > 0);
}

TEST_CASE("differences are taken draw by draw, so they are surer than the two values") {
  const steps_type log = coins(7, 40);
  const log_judge judge(log, 2, {.discount = discount});
  const judgement best = judge(best_of_two);
  const judgement author = judge.author();
  const estimate d = log_judge::difference(best, author);
  REQUIRE(d.told());
  CHECK(d.value == Approx(best.worth.value - author.worth.value));
  CHECK(d.low > 0);
  const estimate none = log_judge::difference(author, author);
  CHECK(none.low == 0);
  CHECK(none.high == 0);
}

TEST_CASE("a log that never ends is cut into pieces, and a short one has no interval") {
  steps_type log = coins(3, 1);
  log.back().status = episode::ongoing;
  const judgement few = log_judge(log, 2, {.discount = discount})(best_of_two);
  CHECK_FALSE(few.worth.told());
  CHECK(few.worth.why.find("episodes of the log: 1, must be 10") != std::string::npos);
  steps_type endless;
  for (int k = 0; k < 100; ++k) {
    steps_type more = coins(static_cast<std::uint64_t>(k) + 10, 1);
    more.back().status = episode::ongoing;
    endless.insert(endless.end(), more.begin(), more.end());
  }
  const log_judge judge(endless, 2, {.discount = discount});
  CHECK(judge.parts().pieces);
  CHECK(judge(best_of_two).worth.told());
}

TEST_CASE("states may be numbered with gaps: memory goes by what the log shows") {
  steps_type log = coins(1, 20);
  for (auto& t : log) {
    t.state = state_index{to_size(t.state) * 1'000'000'000};
    t.next = state_index{to_size(t.next) * 1'000'000'000};
  }
  const judgement j = log_judge(log, 2, {.discount = discount})(best_of_two);
  CHECK(j.worth.told());
}

TEST_CASE("a judge refuses logs and options that make no sense") {
  const steps_type log = coins(1, 2);
  CHECK_THROWS_WITH(log_judge({}, 2), "log_judge: number of steps is 0, must be at least 1");
  CHECK_THROWS_AS(log_judge(log, 1), std::invalid_argument);
  CHECK_THROWS_AS(log_judge(log, 0), std::invalid_argument);
  CHECK_THROWS_WITH(log_judge(log, 2, {.discount = 1}), "log_judge: discount is 1, must be in [0, 1)");
  CHECK_THROWS_AS(log_judge(log, 2, {.least_tried = 2}), std::invalid_argument);
  CHECK_THROWS_AS(log_judge(log, 2, {.least_parts = 3}), std::invalid_argument);
  CHECK_THROWS_AS(log_judge(log, 2, {.resamples = 19}), std::invalid_argument);
}
