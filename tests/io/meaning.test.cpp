#include <headroom/io/meaning.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/ppo.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/one_hot.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/encoders/tiles.hpp>
#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/explorations/greedy.hpp>
#include <headroom/explorations/softmax.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/rewards/cost.hpp>
#include <headroom/rewards/missed.hpp>
#include <headroom/rewards/over_time.hpp>
#include <headroom/rewards/slo.hpp>
#include <headroom/rewards/terms.hpp>
#include <headroom/rewards/weighted.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"
#include "scratch.hpp"
#include "test_data.hpp"

using namespace headroom;

namespace {

struct sample {
  double queue = 0;
  double arrivals_per_s = 0;
  int replicas = 1;
};
/// A pool of servers with a queue, whose load goes up and down.
class pool {
 public:
  using observation_type = sample;
  using action_type = int;
  sample reset() {
    t_ = 0;
    return now_ = {0, 4, 4};
  }
  step_result<sample> step(int delta) {
    now_.replicas = std::clamp(now_.replicas + delta, 1, 8);
    now_.arrivals_per_s = ++t_ % 10 < 5 ? 3 : 6;
    now_.queue = std::clamp(now_.queue + now_.arrivals_per_s - now_.replicas, 0.0, 50.0);
    return {now_, t_ == 200 ? episode::truncated : episode::ongoing};
  }

 private:
  sample now_;
  int t_ = 0;
};

auto see() { return bins{cut{&sample::queue, {0.5, 2, 8}}, cut{&sample::replicas, {3, 4, 5, 6, 7}}}; }
auto price() {
  return [](const sample&, int delta, const sample& next) {
    return -1.0 * next.replicas - (next.queue > 2 ? 10 : 0) - 0.5 * std::abs(delta);
  };
}
const td_options how{.discount = 0.8};
template <class Encoder>
auto sarsa_of(Encoder encode) {
  const std::size_t states = encode.size();
  return learn_on<pool>(std::move(encode), sarsa{states, 3, how, 42}, price(), actions{-1, 0, 1});
}
template <class Agent>
auto learner_of(Agent agent) {
  return learn_on<pool>(see(), std::move(agent), price(), actions{-1, 0, 1});
}
template <class Menu>
auto with_menu(Menu menu) {
  const std::size_t n = menu.size();
  return learn_on<pool>(see(), sarsa{24, n, how, 42}, price(), std::move(menu));
}
template <class Reward>
auto with_reward(Reward reward) {
  return learn_on<pool>(see(), sarsa{24, 3, how, 42}, std::move(reward), actions{-1, 0, 1});
}
template <class Encoder>
auto dqn_of(Encoder encode) {
  const std::size_t dimension = encode.dimension();
  return learn_on<pool>(std::move(encode), dqn{dimension, 3, {.hidden = {4}, .batch = 2, .capacity = 4}, 1}, price(),
                        actions{-1, 0, 1});
}

template <class Policy>
checkpoint file_of(const Policy& p, keep what = keep::everything) {
  checkpoint c;
  store(p, c, "policy", what);
  return c;
}
/// What is said when the model `from` is loaded as `into`; nothing if it is accepted. A refused one stays what it was.
template <class A, class B>
std::string loaded(const A& from, B into, keep what = keep::everything, const may_differ& allowed = {}) {
  const checkpoint before = file_of(into);
  restored r;
  try {
    r = restore(into, file_of(from, what), "policy", what, allowed);
  } catch (const checkpoint_error& e) {
    CHECK(file_of(into) == before);
    return e.reason();
  }
  CHECK(r.unproven.empty());
  return r.line();
}

template <class Learner>
double value_in(const Learner& l) {
  return l.agent().value(state_index{4}, action_index{2});
}

}  // namespace

TEST_CASE("meaning: another menu is refused by its actions") {
  const auto trained = with_menu(actions{-1, 0, 1});
  CHECK(loaded(trained, with_menu(actions{-1, 0, 1})) == "");
  CHECK(loaded(trained, with_menu(menu<int>({-1, 0, 1}))) == "");
  CHECK(loaded(trained, with_menu(actions{1, 0, -1})) == "policy.menu: action 0 is -1 in the file, here 1");
  CHECK(loaded(trained, with_menu(actions{-1, 0, 2})) == "policy.menu: action 2 is 1 in the file, here 2");
  CHECK(loaded(trained, with_menu(menu<int>({-2, 0, 2}))) == "policy.menu: action 0 is -1 in the file, here -2");
  CHECK(loaded(trained, with_menu(actions{-1, 0})) == "policy.menu: action 2 is 1 in the file, here nothing");
  CHECK(loaded(trained, with_menu(actions{-1, 0, 1, 5})) == "policy.menu: action 3 is nothing in the file, here 5");
  CHECK(loaded(trained, with_menu(actions{1, 0, -1}), keep::decisions) ==
        "policy.menu: action 0 is -1 in the file, here 1");
}

TEST_CASE("meaning: other limits are refused, and so are limits that one side does not have") {
  const auto limited_by = [](replica_limits l) { return with_menu(limited{actions{-1, 0, 1}, &sample::replicas, l}); };
  const replica_limits l{.minimum = 1, .maximum = 8, .max_up = 1, .max_down = 1};
  const auto trained = limited_by(l);
  CHECK(loaded(trained, limited_by(l)) == "");
  auto other = l;
  other.maximum = 9;
  CHECK(loaded(trained, limited_by(other)) == "policy.menu: maximum is 8 in the file, here 9");
  other = l;
  other.minimum = 0;
  CHECK(loaded(trained, limited_by(other)) == "policy.menu: minimum is 1 in the file, here 0");
  other = l;
  other.max_up = 2;
  CHECK(loaded(trained, limited_by(other)) == "policy.menu: max_up is 1 in the file, here 2");
  other = l;
  other.max_down = 3;
  CHECK(loaded(trained, limited_by(other)) == "policy.menu: max_down is 1 in the file, here 3");
  CHECK(loaded(trained, with_menu(limited{actions{1, 0, -1}, &sample::replicas, l})) ==
        "policy.menu: action 0 is -1 in the file, here 1");
  CHECK(loaded(trained, with_menu(limited{actions{-1, 0, 1}, &sample::queue, l})) ==
        "policy.menu.replicas: name is \"replicas\" in the file, here \"queue\"");
  CHECK(loaded(trained, with_menu(actions{-1, 0, 1})) ==
        "policy.menu.replicas: name is \"replicas\" in the file, here not stated; "
        "policy.menu: max_down is 1 in the file, here not stated; policy.menu: max_up is 1 in the file, here not "
        "stated; policy.menu: maximum is 8 in the file, here not stated; policy.menu: minimum is 1 in the file, here "
        "not stated");
  CHECK_THAT(loaded(with_menu(actions{-1, 0, 1}), limited_by(l)),
             Catch::Contains("policy.menu: maximum is not stated in the file, here 8"));
  CHECK_THAT(loaded(trained, with_menu(actions{-1, 0, 1}), keep::decisions),
             Catch::Contains("policy.menu: maximum is 8 in the file, here not stated"));
}

TEST_CASE("meaning: actions of any type are said, and a menu of the user's own") {
  enum class gear : std::uint8_t { low, high };
  struct order {
    int pods = 0;
    double cpu = 0;
    bool operator==(const order&) const = default;
  };
  struct own_menu {
    int step = 1;
    [[nodiscard]] std::size_t size() const { return 2; }
    [[nodiscard]] int operator[](action_index i) const { return to_size(i) == 0 ? -step : step; }
  };
  checkpoint c;
  store(actions{gear::low, gear::high}, c, "gears");
  store(menu<order>({{1, 0.5}, {-2, 4}}), c, "orders");
  store(menu<std::string>({"up, or so", "down"}), c, "words");
  CHECK(c.text("gears:actions") == "[0, 1]");
  CHECK(c.text("orders:actions") == R"([{"pods": 1, "cpu": 0.5}, {"pods": -2, "cpu": 4}])");
  CHECK(c.text("words:actions") == R"(["up, or so", "down"])");
  const auto refused = [&](auto part, const char* prefix) {
    return refusal<checkpoint_error>([&] { restore(part, c, prefix); });
  };
  CHECK(refused(menu<order>({{1, 0.5}, {2, 4}}), "orders") ==
        R"(checkpoint: orders: action 1 is {"pods": -2, "cpu": 4} in the file, here {"pods": 2, "cpu": 4})");
  CHECK(refused(menu<std::string>({"up, or so", "on"}), "words") ==
        "checkpoint: words: action 1 is \"down\" in the file, here \"on\"");
  CHECK(refused(actions{gear::high, gear::low}, "gears") == "checkpoint: gears: action 0 is 0 in the file, here 1");

  const auto trained = learn_on<pool>(see(), sarsa{24, 2, how, 42}, price(), own_menu{});
  CHECK(file_of(trained).text("policy.menu:actions") == "[-1, 1]");
  CHECK(loaded(trained, learn_on<pool>(see(), sarsa{24, 2, how, 42}, price(), own_menu{2})) ==
        "policy.menu: action 0 is -1 in the file, here -2");
}

TEST_CASE("meaning: another encoder of the same size is refused by the feature and the edge") {
  const auto trained = sarsa_of(see());
  CHECK(loaded(trained, sarsa_of(bins{cut{&sample::queue, {0.5, 2, 9}}, cut{&sample::replicas, {3, 4, 5, 6, 7}}})) ==
        "policy.encode.feature_0: edge 2 is 8 in the file, here 9");
  CHECK(loaded(trained,
               sarsa_of(bins{cut{&sample::arrivals_per_s, {0.5, 2, 8}}, cut{&sample::replicas, {3, 4, 5, 6, 7}}})) ==
        "policy.encode.feature_0: name is \"queue\" in the file, here \"arrivals_per_s\"; "
        "policy.encode.feature_0: unit is not stated in the file, here \"1/s\"");
  CHECK_THAT(loaded(trained, sarsa_of(bins{cut{&sample::replicas, {3, 4, 5, 6, 7}}, cut{&sample::queue, {0.5, 2, 8}}})),
             Catch::StartsWith("policy.encode.feature_0: name is \"queue\" in the file, here \"replicas\""));
  CHECK(loaded(trained, sarsa_of(bins{cut{&sample::queue, {0.5, 2}}, cut{&sample::replicas, {3, 4, 5, 6, 7}}})) ==
        "policy.encode.feature_0: edge 2 is 8 in the file, here nothing");
  CHECK(loaded(trained, sarsa_of(bins{cut{&sample::queue, {0.5, 2, 8}}})) ==
        "policy.encode: features is 2 in the file, here 1");
  CHECK_THAT(loaded(trained, sarsa_of(bins{cut{&sample::queue, {0.5, 2, 8}}}), keep::everything, {"encode:features"}),
             Catch::StartsWith("tensor \"policy.agent.action_values\" has shape"));
  // What a lambda reads nobody can compare, but its edges, and that it was a member.
  const auto lambda = [](const sample& o) { return o.queue; };
  CHECK(loaded(trained, sarsa_of(bins{cut{lambda, {0.5, 2, 8}}, cut{&sample::replicas, {3, 4, 5, 6, 7}}})) ==
        "policy.encode.feature_0: name is \"queue\" in the file, here not stated");
  CHECK(loaded(trained, sarsa_of(bins{cut{named_feature{"queue", lambda}, {0.5, 2, 8}},
                                      cut{member<&sample::replicas>, {3, 4, 5, 6, 7}}})) == "");
}

TEST_CASE("meaning: tiles and one_hot say their features") {
  const auto tiled = [](auto feature, double low, double high, std::size_t count) {
    return tiles{tilings<4>, axis{feature, low, high, count}};
  };
  const auto said = [](const auto& from, auto into) {
    checkpoint c;
    store(from, c, "encode");
    return refusal<checkpoint_error>([&] { restore(into, c, "encode"); });
  };
  const auto one = tiled(&sample::queue, 0, 10, 5);
  CHECK(said(one, tiled(&sample::queue, 0, 10, 5)) == "accepted");
  CHECK(said(one, tiled(&sample::queue, 1, 10, 5)) == "checkpoint: encode.feature_0: low is 0 in the file, here 1");
  CHECK(said(one, tiled(&sample::queue, 0, 20, 5)) == "checkpoint: encode.feature_0: high is 10 in the file, here 20");
  CHECK(said(one, tiled(&sample::queue, 0, 10, 6)) == "checkpoint: encode.feature_0: count is 5 in the file, here 6");
  CHECK(said(one, tiled(&sample::replicas, 0, 10, 5)) ==
        "checkpoint: encode.feature_0: name is \"queue\" in the file, here \"replicas\"");
  CHECK(said(one, tiles{tilings<8>, axis{&sample::queue, 0, 10, 5}}) ==
        "checkpoint: encode: tilings is 4 in the file, here 8");
  const one_hot hot{one_of{&sample::replicas, 8}, one_of{named_feature{"zone", [](const sample&) { return 0; }}, 3}};
  CHECK(said(hot, one_hot{one_of{&sample::replicas, 8}, one_of{&sample::queue, 3}}) ==
        "checkpoint: encode.feature_1: name is \"zone\" in the file, here \"queue\"");
  CHECK(said(hot, one_hot{one_of{&sample::replicas, 9},
                          one_of{named_feature{"zone", [](const sample&) { return 0; }}, 3}}) ==
        "checkpoint: encode.feature_0: count is 8 in the file, here 9");
  CHECK_THAT(said(one, hot), Catch::StartsWith("checkpoint: encode: kind is \"tiles\" in the file, here \"one_hot\""));
}

TEST_CASE("meaning: a network's features are refused when swapped, by range or by name") {
  const auto trained = dqn_of(standardize{between{&sample::queue, 0, 10}, between{&sample::replicas, 1, 8}});
  CHECK(loaded(trained, dqn_of(standardize{between{&sample::queue, 0, 10}, between{&sample::replicas, 1, 8}})) == "");
  CHECK_THAT(loaded(trained, dqn_of(standardize{between{&sample::replicas, 1, 8}, between{&sample::queue, 0, 10}})),
             Catch::StartsWith("policy.encode.feature_0: name is \"queue\" in the file, here \"replicas\""));
  CHECK(loaded(trained, dqn_of(standardize{between{&sample::queue, 1, 8}, between{&sample::replicas, 1, 8}})) ==
        "policy.encode.feature_0.low is 0 in the file, must be 1");
  const auto moments = dqn_of(standardize{running{&sample::queue}, running{&sample::replicas}});
  CHECK_THAT(loaded(moments, dqn_of(standardize{running{&sample::replicas}, running{&sample::queue}})),
             Catch::StartsWith("policy.encode.feature_0: name is \"queue\" in the file, here \"replicas\""));
}

TEST_CASE("meaning: the file of one kind of agent is not another's") {
  const auto trained = sarsa_of(see());
  CHECK(loaded(trained, learner_of(q_learning{24, 3, how, 42})) ==
        "policy.agent: kind is \"sarsa\" in the file, here \"q_learning\"");
  CHECK(loaded(trained, learner_of(expected_sarsa{24, 3, how, 42}), keep::decisions) ==
        "policy.agent: kind is \"sarsa\" in the file, here \"expected_sarsa\"");
  checkpoint c;
  store(sarsa{24, 3, how, 42}, c, "agent");  // an agent alone says it too
  q_learning q{24, 3, how, 42};
  CHECK(refusal<checkpoint_error>([&] { restore(q, c, "agent"); }) ==
        "checkpoint: agent: kind is \"sarsa\" in the file, here \"q_learning\"");
  const auto between_two = [] { return standardize{between{&sample::queue, 0, 10}}; };
  const auto deep = dqn_of(between_two());
  CHECK(loaded(deep, learn_on<pool>(between_two(), ppo{1, 3, {.hidden = {4}}, 1}, price(), actions{-1, 0, 1})) ==
        "policy.agent: kind is \"dqn\" in the file, here \"ppo\"");
  CHECK_THAT(loaded(trained, dqn_of(between_two())),
             Catch::StartsWith("policy.encode: kind is \"bins\" in the file, here \"standardize\""));
}

TEST_CASE("meaning: the terms of the reward are said and compared, down to their numbers") {
  const auto terms = [](double weight, double objective, const char* name = "slo") {
    return weighted{term{name, weight, slo{&sample::queue, good_when::below, objective, 20.0}},
                    term{"replicas", 1, cost{&sample::replicas, 8}}, term{"churn", 0.5, churn{1}}};
  };
  const auto trained = with_reward(terms(10, 2));
  CHECK(loaded(trained, with_reward(terms(10, 2))) == "");
  CHECK(loaded(trained, with_reward(terms(9, 2))) == "policy.reward.term_0: weight is 10 in the file, here 9");
  CHECK(loaded(trained, with_reward(terms(10, 3))) == "policy.reward.term_0.of: objective is 2 in the file, here 3");
  CHECK(loaded(trained, with_reward(terms(10, 2, "late"))) ==
        "policy.reward.term_0: name is \"slo\" in the file, here \"late\"");
  CHECK_THAT(loaded(trained, with_reward(price())),
             Catch::Contains("policy.reward: kind is \"weighted\" in the file, here not stated"));
  CHECK_THAT(loaded(with_reward(price()), with_reward(terms(10, 2))),
             Catch::Contains("policy.reward: kind is not stated in the file, here \"weighted\""));
  struct own_reward {
    double operator()(const sample&, int, const sample&) const { return 0; }
  };
  CHECK_THAT(loaded(trained, with_reward(own_reward{})),
             Catch::StartsWith("policy.reward: kind is \"weighted\" in the file, here \"own_reward\""));
}

TEST_CASE("meaning: every reward says what it is made of") {
  const auto differs = [](const auto& from, auto into) {
    checkpoint c;
    store(from, c, "r");
    auto same = from;
    CHECK(restore(same, c, "r").line() == "");
    return refusal<checkpoint_error>([&] { restore(into, c, "r"); }).substr(std::string("checkpoint: ").size());
  };
  const auto q = &sample::queue;
  const auto a = &sample::arrivals_per_s;
  CHECK(differs(cost{q, 2}, cost{q, 3}) == "r: capacity is 2 in the file, here 3");
  CHECK_THAT(differs(cost{q, 2}, cost{a, 2}), Catch::StartsWith("r: name is \"queue\" in the file"));
  CHECK(differs(churn{2}, churn{3}) == "r: largest is 2 in the file, here 3");
  CHECK(differs(missed{q, a, 5}, missed{q, a, 6}) == "r: per is 5 in the file, here 6");
  CHECK_THAT(differs(missed{q, a, 5}, missed{a, q, 5}), Catch::StartsWith("r.in_time: name is \"queue\" in the file"));
  CHECK(
      differs(slo{q, good_when::below, 1, 2}, slo{q, good_when::above, 2, 1}) ==
      "r: good_when is \"below\" in the file, here \"above\"; r: objective is 1 in the file, here 2; r: worst is 2 in "
      "the file, here 1");
  CHECK(differs(over_time{churn{1}, a, 5.0}, over_time{churn{2}, a, 5.0}) == "r.of: largest is 1 in the file, here 2");
  CHECK(differs(over_time{churn{1}, a, 5.0}, over_time{churn{1}, a, 6.0, 7.0}) ==
        "r: interval_s is 5 in the file, here 6; r: most is 100 in the file, here 7");
  CHECK_THAT(differs(over_time{churn{1}, a, 5.0}, over_time{churn{1}, q, 5.0}), Catch::StartsWith("r.time: name is"));
  CHECK(differs(ratio_clip{q, a}, ratio_clip{q, a, 2}) == "r: most is 1 in the file, here 2");
  CHECK_THAT(differs(ratio_clip{q, a}, ratio_clip{a, q}), Catch::StartsWith("r.above: name is \"queue\" in the file"));
  CHECK(differs(within_reference{q, 1}, within_reference{q, 2}) == "r: reference is 1 in the file, here 2");
  CHECK(differs(minmax{q, 0, 1}, minmax{q, 0.5, 2}) ==
        "r: low is 0 in the file, here 0.5; r: high is 1 in the file, here 2");
  CHECK(differs(tanh_limit{q, 1, 1}, sigmoid_limit{q, 1, 1}) ==
        "r: kind is \"tanh_limit\" in the file, here \"sigmoid_limit\"");
  CHECK(differs(tanh_limit{q, 1, 1}, tanh_limit{q, 2, 3}) ==
        "r: centre is 1 in the file, here 2; r: width is 1 in the file, here 3");
  CHECK(differs(switching{q, 1}, switching{q, 2}) == "r: range is 1 in the file, here 2");
  CHECK(differs(product{churn{1}, churn{2}}, product{churn{1}, churn{3}}) ==
        "r.second: largest is 2 in the file, here 3");
  CHECK(differs(product{churn{1}, churn{2}}, product{churn{2}, churn{2}}) ==
        "r.first: largest is 1 in the file, here 2");
  CHECK(differs(finite_or{-1, churn{1}}, finite_or{-2, churn{2}}) ==
        "r: value is -1 in the file, here -2; r.of: largest is 1 in the file, here 2");
  CHECK(differs(if_refused{-1, churn{1}}, if_refused{-2, churn{2}}) ==
        "r: value is -1 in the file, here -2; r.of: largest is 1 in the file, here 2");
}

TEST_CASE("meaning: the learning rate and the exploration may be changed to go on, and that is said") {
  auto trained = sarsa_of(see());
  pool world;
  run(world, trained, 5'000);
  const checkpoint c = file_of(trained);
  const auto said = [&](auto agent) {
    auto p = learner_of(std::move(agent));
    const restored r = restore(p, c, "policy");
    CHECK(value_in(p) == value_in(trained));
    const std::string line = r.line();
    return std::pair{std::move(p), line};
  };
  {
    auto [p, line] = said(sarsa{24, 3, {.learning_rate = 0.01, .discount = 0.8}, 42});
    CHECK(line == "checkpoint: policy.agent.learning_rate.from is 0.1 in the file, here 0.01");
    checkpoint after = file_of(p);
    CHECK(after.text("policy.agent.learning_rate_now") == "0.01");
  }
  {  // a schedule goes on where the training stands
    auto [p, line] = said(sarsa{24, 3, {.learning_rate = linear{0.5, 0.1, 10'000}, .discount = 0.8}, 42});
    CHECK(line == "checkpoint: policy.agent.learning_rate.kind is 0 in the file, here 1");
    CHECK(file_of(p).setting<double>("policy.agent.learning_rate_now") == Approx(0.3));
  }
  {
    auto [p, line] = said(sarsa{24, 3, how, 42, epsilon_greedy{0.05}});
    CHECK(line == "checkpoint: policy.agent.explore.rate.from is 0.1 in the file, here 0.05");
    CHECK(p.agent().exploration().epsilon() == 0.05);
  }
  {
    auto [p, line] = said(sarsa{24, 3, how, 42, epsilon_greedy{0.1, tie_break::smallest_index}});
    CHECK(line == "checkpoint: policy.agent.explore.ties is 0 in the file, here 1");
    CHECK(p.agent().exploration().ties() == tie_break::smallest_index);
  }
  {
    auto [p, line] = said(sarsa{24, 3, how, 42, softmax{2.0}});
    CHECK(line == "checkpoint: policy.agent.explore is \"epsilon_greedy\" in the file, here \"softmax\"");
    CHECK(p.agent().exploration().temperature() == 2);
    auto hotter = learner_of(sarsa{24, 3, how, 42, softmax{3.0}});
    CHECK(restore(hotter, file_of(p), "policy").line() ==
          "checkpoint: policy.agent.explore.rate.from is 2 in the file, here 3");
    CHECK(hotter.agent().exploration().temperature() == 3);
  }
  CHECK(said(sarsa{24, 3, how, 42, greedy{}}).second ==
        "checkpoint: policy.agent.explore is \"epsilon_greedy\" in the file, here \"greedy\"");
  // Everything else is what the training is about.
  auto other = learner_of(sarsa{24, 3, {.discount = 0.9}, 42});
  CHECK(refusal<checkpoint_error>([&] { restore(other, c, "policy"); }) ==
        "checkpoint: policy.agent.discount is 0.8 in the file, must be 0.9");
  const auto deep = [](schedule rate, epsilon_greedy explore) {
    return dqn{2, 3, {.hidden = {4}, .learning_rate = rate, .batch = 2, .capacity = 4}, 1, explore};
  };
  checkpoint network;
  store(deep(1e-3, epsilon_greedy{0.1}), network, "agent");
  auto slower = deep(1e-4, epsilon_greedy{0.2});
  CHECK(restore(slower, network, "agent").line() ==
        "checkpoint: agent.explore.rate.from is 0.1 in the file, here 0.2; "
        "agent.learning_rate.from is 0.001 in the file, here 1e-04");
  ppo bold{2, 3, {.hidden = {4}, .entropy = 0.1}, 1};
  checkpoint of_ppo;
  store(ppo{2, 3, {.hidden = {4}, .learning_rate = 0.002}, 1}, of_ppo, "agent");
  CHECK_THAT(restore(bold, of_ppo, "agent").line(),
             Catch::Contains("agent.learning_rate.from is 0.002 in the file") &&
                 Catch::Contains("agent.entropy.from is 0 in the file, here 0.1"));
}

TEST_CASE("meaning: the caller names what may differ") {
  const auto trained = sarsa_of(see());
  const auto load_as = [&](auto into, const may_differ& allowed, keep what = keep::everything) {
    return loaded(trained, std::move(into), what, allowed);
  };
  const std::string changed = "checkpoint: policy.menu: action 0 is -1 in the file, here 1";
  CHECK(load_as(with_menu(actions{1, 0, -1}), {"policy.menu"}) == changed);
  CHECK(load_as(with_menu(actions{1, 0, -1}), {"policy.menu:actions"}) == changed);
  CHECK(load_as(with_menu(actions{1, 0, -1}), {"menu"}, keep::decisions) == changed);
  CHECK(load_as(with_menu(actions{1, 0, -1}), {"encode", "policy.menu"}) == changed);
  CHECK(load_as(with_menu(actions{1, 0, -1}), may_differ::anything()) == changed);
  for (const char* const other :
       {"policy.men", "policy.encode", "policy.menu:action", "enu", "", "policy.menu.actions"}) {
    CHECK(load_as(with_menu(actions{1, 0, -1}), {other}) == "policy.menu: action 0 is -1 in the file, here 1");
  }
  const auto moved = [] {
    return sarsa_of(bins{cut{&sample::queue, {1, 2, 8}}, cut{&sample::queue, {3, 4, 5, 6, 7}}});
  };
  CHECK(load_as(moved(), {"encode.feature_0:edges"}) ==
        "policy.encode.feature_1: name is \"replicas\" in the file, here \"queue\"");
  CHECK(load_as(moved(), {"policy"}) ==
        "checkpoint: policy.encode.feature_0: edge 0 is 0.5 in the file, here 1; "
        "policy.encode.feature_1: name is \"replicas\" in the file, here \"queue\"");
  CHECK(load_as(learner_of(sarsa{24, 3, {.discount = 0.9}, 42}), {"agent.discount"}) ==
        "checkpoint: policy.agent.discount is 0.8 in the file, here 0.9");
  CHECK(load_as(learner_of(q_learning{24, 3, how, 42}), {"agent"}) ==
        "checkpoint: policy.agent: kind is \"sarsa\" in the file, here \"q_learning\"");
  CHECK(loaded(with_menu(limited{actions{-1, 0, 1}, &sample::replicas, {}}), with_menu(actions{-1, 0, 1}),
               keep::everything, {"menu"}) != "");
  // The numbers must still fit.
  CHECK(load_as(sarsa_of(bins{cut{&sample::queue, {0.5, 2}}, cut{&sample::replicas, {3, 4, 5, 6, 7}}}),
                may_differ::anything()) ==
        "tensor \"policy.agent.action_values\" has shape [24, 3], must have [18, 3]");
}

TEST_CASE("meaning: a file of before still loads, with what it cannot prove said in one line") {
  const checkpoint c = load(test_data("pool-before-meaning.safetensors"));
  auto p = sarsa_of(see());
  const restored r = restore(p, c, "policy");
  CHECK(r.changed.empty());
  CHECK(r.unproven == std::vector<std::string>{"policy.encode:kind", "policy.encode:features",
                                               "policy.encode.feature_0:name", "policy.encode.feature_0:edges",
                                               "policy.encode.feature_1:name", "policy.encode.feature_1:edges",
                                               "policy.menu:actions", "policy.agent:kind"});
  CHECK(r.line() ==
        test_data("pool-before-meaning.safetensors") +
            ": does not say, so that nobody can check it: policy.encode:kind, "
            "policy.encode:features, policy.encode.feature_0:name, policy.encode.feature_0:edges, "
            "policy.encode.feature_1:name, policy.encode.feature_1:edges, policy.menu:actions, policy.agent:kind");
  CHECK(p.agent().done().steps == 20'000);
  CHECK(value_in(p) == c.get<double>("policy.agent.action_values", {24, 3})[3 * 4 + 2]);
  // Stored again it says all of it, and nothing else changes.
  const checkpoint again = file_of(p);
  for (const auto& [key, value] : c.settings()) CHECK(again.text(key) == value);
  auto q = sarsa_of(see());
  CHECK(restore(q, again, "policy").line() == "");
  // Beside it, another part may say what it means.
  checkpoint both = c;
  store(see(), both, "other");
  auto beside = sarsa_of(see());
  CHECK(restore(beside, both, "policy").unproven == r.unproven);
  // What it does say is still compared.
  auto other = learner_of(sarsa{24, 3, {.discount = 0.9}, 42});
  CHECK_THAT(refusal<checkpoint_error>([&] { restore(other, c, "policy"); }),
             Catch::EndsWith("policy.agent.discount is 0.8 in the file, must be 0.9"));
  auto hotter = learner_of(sarsa{24, 3, how, 42, softmax{}});
  CHECK_THAT(refusal<checkpoint_error>([&] { restore(hotter, c, "policy"); }),
             Catch::EndsWith("setting \"policy.agent.explore.temperature\" is missing"));
}

TEST_CASE("meaning: the metadata labels a table") {
  checkpoint c = file_of(learn_on<pool>(bins{cut{&sample::arrivals_per_s, {2, 4.5}}, cut{&sample::replicas, {2.5}}},
                                        q_learning{6, 2, how, 1}, cost{&sample::replicas, 8}, actions{-1, 1}),
                         keep::decisions);
  CHECK(c.settings() ==
        std::map<std::string, std::string, std::less<>>{{"policy.encode:kind", "bins"},
                                                        {"policy.encode:features", "2"},
                                                        {"policy.encode.feature_0:name", "arrivals_per_s"},
                                                        {"policy.encode.feature_0:unit", "1/s"},
                                                        {"policy.encode.feature_0:edges", "[2, 4.5]"},
                                                        {"policy.encode.feature_1:name", "replicas"},
                                                        {"policy.encode.feature_1:edges", "[2.5]"},
                                                        {"policy.agent:kind", "q_learning"},
                                                        {"policy.reward:kind", "cost"},
                                                        {"policy.reward:name", "replicas"},
                                                        {"policy.reward:capacity", "8"},
                                                        {"policy.menu:actions", "[-1, 1]"}});
}

TEST_CASE("meaning: a frozen policy is stored, and reads the file of its learner") {
  auto trained = sarsa_of(see());
  pool world;
  run(world, trained, 5'000);
  const frozen decides{trained};
  const checkpoint small = file_of(decides);
  CHECK(small == file_of(trained, keep::decisions));
  for (const checkpoint& c : {small, file_of(trained)}) {
    frozen other{sarsa_of(see())};
    CHECK(restore(other, c, "policy").line() == "");
    CHECK(value_in(other.learner()) == value_in(trained));
    frozen wrong{with_menu(actions{1, 0, -1})};
    CHECK(refusal<checkpoint_error>([&] { restore(wrong, c, "policy"); }) ==
          "checkpoint: policy.menu: action 0 is -1 in the file, here 1");
  }
  // An encoder stays frozen, also if it was not when its learner was stored.
  const auto with_moments = [] { return dqn_of(standardize{running{&sample::queue}}); };
  auto learns = with_moments();
  run(world, learns, 100);
  frozen one{with_moments()};
  restore(one, file_of(learns), "policy");
  CHECK(one.learner().parts().encode.seen() == learns.parts().encode.seen());
  CHECK(one.learner().parts().encode.is_frozen());
  run(world, one, 50);
  CHECK(one.learner().parts().encode.seen() == learns.parts().encode.seen());
}

namespace {

// Encoders of a user's own, with something to keep, that do not say what they are.
template <int Number>
struct own_encoder {
  using state_type = state_index;
  double last = Number;
  state_index operator()(const sample& o) { return state_index{o.queue > (last = 2) ? 1U : 0U}; }
  [[nodiscard]] std::size_t size() const { return 2; }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("last", self.last);
  }
};
struct other_encoder : own_encoder<2> {};

// Something that only teaches has a meaning, too.
struct teaching {
  bins<double sample::*> decides{cut{&sample::queue, {1}}};
  bins<double sample::*> teaches{cut{&sample::queue, {2}}};
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("decides", self.decides);
    if (a.training()) a("teaches", self.teaches);
  }
};

}  // namespace

TEST_CASE("meaning: a part of the user's own has the name of its class") {
  const auto trained = sarsa_of(own_encoder<1>{});
  CHECK(file_of(trained).text("policy.encode:kind") == "own_encoder");
  CHECK(loaded(trained, sarsa_of(own_encoder<1>{})) == "");
  CHECK(loaded(trained, sarsa_of(other_encoder{})) ==
        "policy.encode: kind is \"own_encoder\" in the file, here \"other_encoder\"");
  any_policy<sample, int> erased(trained);
  CHECK(file_of(erased) == file_of(trained));
  CHECK(restore(erased, file_of(trained), "policy").line() == "");
}

TEST_CASE("meaning: what decides is read from a file whose teaching parts mean something, too") {
  checkpoint c;
  store(teaching{}, c, "part");
  teaching other;
  CHECK(restore(other, c, "part", keep::decisions).line() == "");
  CHECK(restore(other, c, "part").line() == "");
  checkpoint small;
  store(teaching{}, small, "part", keep::decisions);
  CHECK(refusal<checkpoint_error>([&] { restore(other, small, "part"); }) ==
        "checkpoint: part.teaches: kind is not stated in the file, here \"bins\"; part.teaches: features is not stated "
        "in the file, here 1; part.teaches.feature_0: name is not stated in the file, here \"queue\"; "
        "part.teaches.feature_0: edges is not stated in the file, here [2]");
}

TEST_CASE("meaning: a file cannot lie about its meaning unseen, nor put its own words into a message") {
  const auto tampered = [](const std::string& key, const std::string& value) {
    checkpoint c = file_of(sarsa_of(see()));
    c.set(key, value);
    auto p = sarsa_of(see());
    return refusal<checkpoint_error>([&] { restore(p, c, "policy"); });
  };
  CHECK(tampered("policy.agent:kind", "x\n\x1b[2J") ==
        "checkpoint: policy.agent: kind is \"x\\n\\u001b[2J\" in the file, here \"sarsa\"");
  CHECK(tampered("policy.menu:actions", "") == "checkpoint: policy.menu: action 0 is nothing in the file, here -1");
  CHECK(tampered("policy.menu:actions", "[-1, 0, 1") ==
        "checkpoint: policy.menu: action 2 is \"\" in the file, here 1");
  CHECK(tampered("policy.menu:actions", "[-1,0,  1]") == "accepted");  // another tool wrote it
  CHECK(tampered("policy.menu:colour", "red") ==
        "checkpoint: policy.menu: colour is \"red\" in the file, here not stated");
  CHECK(tampered("policy.menu:actions", std::string(5'000, '[')).size() < 200);
  CHECK(tampered("other.menu:actions", "[]") == "accepted");
  CHECK(tampered("policy. a note: mine", "[]") == "accepted");
}

TEST_CASE("meaning: nothing under the prefix is said as such") {
  auto p = sarsa_of(see());
  CHECK(refusal<checkpoint_error>([&] { restore(p, file_of(p), "model"); }) ==
        "checkpoint: nothing is stored under \"model\"");
}

TEST_CASE("meaning: a policy whose type is erased is stored as what it is") {
  auto trained =
      learner_of(sarsa{24, 3, {.learning_rate = linear{0.5, 0.1, 10'000}, .discount = 0.8, .trace_decay = 0.9}, 42});
  pool world;
  run(world, trained, 4'990);
  using erased = any_policy<sample, int>;
  const auto made = [&](auto... explore) {
    return learner_of(
        sarsa{24, 3, {.learning_rate = linear{0.5, 0.1, 10'000}, .discount = 0.8, .trace_decay = 0.9}, 7, explore...});
  };
  run(world, trained, 10);
  const checkpoint direct = file_of(trained);
  CHECK(file_of(erased(trained)) == direct);
  CHECK(file_of(erased(trained), keep::decisions) == file_of(trained, keep::decisions));
  erased other(made());
  CHECK(restore(other, direct, "policy").line() == "");
  CHECK(file_of(other) == direct);
  erased frozen_one(frozen{trained});
  CHECK(file_of(frozen_one) == file_of(trained, keep::decisions));
  erased frozen_two(frozen{made()});
  CHECK(restore(frozen_two, direct, "policy").line() == "");
  CHECK(file_of(frozen_two) == file_of(frozen_one));

  // It goes on as if nothing had happened.
  pool a;
  pool b;
  run(a, trained, 500);
  run(b, other, 500);
  CHECK(file_of(other) == file_of(trained));

  // What is refused leaves it as it was, and what may be changed is said.
  const checkpoint before = file_of(other);
  const auto refused = [&](const checkpoint& c) {
    return refusal<checkpoint_error>([&] { restore(other, c, "policy"); });
  };
  CHECK(refused(file_of(with_menu(actions{1, 0, -1}))) ==
        "checkpoint: policy.menu: action 0 is 1 in the file, here -1");
  checkpoint damaged = direct;
  damaged.set("policy.agent.progress.steps", "many");
  CHECK_THAT(refused(damaged), Catch::Contains("must be a whole number"));
  damaged = direct;
  damaged.set("policy.agent.action", "77");
  CHECK(refused(damaged) == "checkpoint: policy.agent.action is 77 in the file, must be on the menu");
  CHECK(file_of(other) == before);
  erased hotter(made(softmax{2.0}));
  CHECK(restore(hotter, direct, "policy").line() ==
        "checkpoint: policy.agent.explore is \"epsilon_greedy\" in the file, here \"softmax\"");
  erased bolder(made(epsilon_greedy{0.3}));
  CHECK_THAT(restore(bolder, direct, "policy").line(),
             Catch::StartsWith("checkpoint: policy.agent.explore.rate.from is 0.1 in the file, here 0.3"));
  CHECK(file_of(bolder).text("policy.agent.explore.epsilon") == "0.3");

  // Numbers and lists of every kind, through a network.
  const auto deep = [](std::uint64_t seed) {
    return learn_on<pool>(standardize{running{&sample::queue}, between{&sample::replicas, 1, 8}},
                          dqn{2, 3, {.hidden = {4}, .batch = 4, .capacity = 50, .warm_up = 8, .priority = 0.5}, seed},
                          price(), actions{-1, 0, 1});
  };
  auto network = deep(1);
  run(world, network, 200);
  erased wrapped(deep(2));
  CHECK(restore(wrapped, file_of(network), "policy").line() == "");
  CHECK(file_of(wrapped) == file_of(network));

  struct without_fields {
    int start(const sample&) { return 0; }
    int step(const sample&) { return 0; }
    void stop(const sample&, episode) {}
  };
  CHECK(refusal<std::invalid_argument>([] { file_of(erased(without_fields{})); }) ==
        "any_policy: the policy in it, without_fields, has no fields, so it cannot be stored");
}

namespace {

// A policy whose configuration is a part with plain entries.
struct configured {
  struct how_large {
    int size = 1;
    template <class Self, class Archive>
    static void fields(Self& self, Archive& a) {
      a("size", self.size);
    }
  } options;
  int start(const sample&) { return 0; }
  int step(const sample&) { return 0; }
  void stop(const sample&, episode) {}
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("options", self.options);
  }
};

}  // namespace

TEST_CASE("meaning: what is compared is compared in an erased policy, part by part") {
  using erased = any_policy<sample, int>;
  const checkpoint c = file_of(erased(configured{{1}}));
  erased same(configured{{1}});
  erased other(configured{{2}});
  CHECK(restore(same, c, "policy").line() == "");
  CHECK(refusal<checkpoint_error>([&] { restore(other, c, "policy"); }) ==
        "checkpoint: policy.options.size is 1 in the file, must be 2");
  CHECK(restore(other, c, "policy", keep::everything, {"options"}).line() ==
        "checkpoint: policy.options.size is 1 in the file, here 2");
  CHECK(file_of(other).text("policy.options.size") == "2");
}

namespace {

// An exploration that keeps numbers of its own.
struct counting {
  std::vector<double> counts{1, 2};
  action_index operator()(std::span<const double> values, action_mask legal, engine& random) const {
    return greedy{}(values, legal, random);
  }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("counts", self.counts);
  }
};

}  // namespace

TEST_CASE("meaning: the numbers of an exploration of another kind are passed over") {
  const checkpoint c = file_of(learner_of(sarsa{24, 3, how, 42, counting{}}));
  auto other = learner_of(sarsa{24, 3, how, 42});
  CHECK(restore(other, c, "policy").line() ==
        "checkpoint: policy.agent.explore is \"counting\" in the file, here \"epsilon_greedy\"");
}
