#pragma once

#include <cmath>        // std::abs
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <optional>     // std::optional
#include <span>         // std::span
#include <type_traits>  // std::is_same_v
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/actions/menu.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>
#include <headroom/planning/plan.hpp>
#include <headroom/core/transition.hpp>

/// Learning from a log, without the environment.
namespace headroom {

/// Stands for a log without probabilities. For transition_log.
struct unknown_behaviour {};

/// An observer that records the steps of a run. It encodes by itself, in the order of a learner. `behaviour(state,
/// probabilities)`, where it is known, writes the probability of each action in a state. Left out and counted is what a
/// learner would refuse: an observation that the encoder refuses, a reward beyond `largest_reward`, an action that is
/// not on the menu. The record is cut before it.
///     transition_log log{see, cost, menu};   run(world, policy, 10'000, log);   learn_from(agent, log.steps());
template <class EncoderT, class RewardT, class MenuT, class Behaviour = unknown_behaviour>
class transition_log {
 public:
  using state_type = stored_state<typename EncoderT::state_type>;

  transition_log(EncoderT encode, RewardT reward, MenuT menu, Behaviour behaviour = {})
      : encode_(std::move(encode)),
        reward_(std::move(reward)),
        menu_(std::move(menu)),
        behaviour_(std::move(behaviour)),
        probabilities_(menu_.size()) {}

  template <class Observation>
  void on_start(const Observation& o) {
    state_ = stored(encode_(o));
  }
  template <class Record>
  void on_step(const Record& r) {
    logged<state_type> one{state_, {}, reward_(r.observation, r.action, r.next), stored(encode_(r.next)), r.status, 1};
    state_ = one.next;
    const std::optional<action_index> a = index_at(menu_, r.observation, r.action);
    const bool ended = r.status == episode::terminated;
    if (!a || !(std::abs(one.reward) <= largest_reward) || refused(one.state) || (refused(one.next) && !ended)) {
      ++left_out_;
      if (!steps_.empty() && steps_.back().status == episode::ongoing) steps_.back().status = episode::truncated;
      return;
    }
    one.action = *a;
    if constexpr (!std::is_same_v<Behaviour, unknown_behaviour>) {
      behaviour_(one.state, std::span<double>(probabilities_));
      one.probability = probabilities_[to_size(*a)];
    }
    steps_.push_back(std::move(one));
  }
  /// A cut by a limit also ends the record of an episode.
  template <class Observation>
  void on_stop(const Observation&, episode why) {
    if (!steps_.empty() && steps_.back().status == episode::ongoing) steps_.back().status = why;
  }

  [[nodiscard]] const std::vector<logged<state_type>>& steps() const noexcept { return steps_; }
  [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }

 private:
  static state_type stored(const typename EncoderT::state_type& s) {
    if constexpr (std::is_same_v<typename EncoderT::state_type, vector_state>) {
      return state_type(s.begin(), s.end());
    } else {
      return s;
    }
  }

  static bool refused(const state_type& s) {
    if constexpr (requires { s.empty(); }) {
      return s.empty();
    } else {
      return !within(s, to_size(no_state));
    }
  }

  EncoderT encode_;
  RewardT reward_;
  MenuT menu_;
  Behaviour behaviour_;
  std::vector<double> probabilities_;
  state_type state_{};
  std::vector<logged<state_type>> steps_;
  std::uint64_t left_out_ = 0;
};

/// Trains a tabular agent on a log, `passes` times in its order. Steps are not counted, so schedules stay at their
/// first value. SARSA learns the value of the policy that wrote the log, Q-learning that of the best policy. The next
/// action at a cut is unknown; SARSA takes its best one. Throws std::invalid_argument for a state or an action that the
/// agent does not have. O(passes * log).
template <class AgentT, class State>
requires requires(AgentT& agent, const State& s, action_index a) { agent.learn(s, a, 0.0, s, a); }
void learn_from(AgentT& agent, const std::vector<logged<State>>& log, std::uint64_t passes = 1) {
  require(!log.empty(), "learn_from", "number of steps", log.size(), "be at least 1");
  for (std::size_t i = 0; i < log.size(); ++i) {
    const logged<State>& t = log[i];
    const bool fits =
        within(t.state, agent.states()) && (t.status == episode::terminated || within(t.next, agent.states()));
    require(fits, "learn_from", "state of step " + to_text(i), features(t.state)[0],
            "lie in the table, as must the next");
    require(to_size(t.action) < agent.actions(), "learn_from", "action of step " + to_text(i), to_size(t.action),
            "be below " + to_text(agent.actions()));
    require(std::abs(t.reward) <= largest_reward, "learn_from", "reward of step " + to_text(i), t.reward,
            "be finite, from -1e9 to 1e9");
  }
  for (std::uint64_t pass = 0; pass < passes; ++pass) {
    for (std::size_t i = 0; i < log.size(); ++i) {
      const logged<State>& t = log[i];
      if (t.status == episode::terminated) {
        agent.learn(t.state, t.action, t.reward);
      } else if (t.status == episode::ongoing && i + 1 < log.size()) {
        agent.learn(t.state, t.action, t.reward, t.next, log[i + 1].action);
      } else {
        agent.learn(t.state, t.action, t.reward, t.next, agent.greedy(t.next));
        agent.start(t.next);  // traces end here
      }
    }
  }
}

/// Trains a network on a log: stores it in the replay, then makes the given number of updates. Throws
/// std::invalid_argument for a step that does not fit, and for a log that is larger than the replay. Returns the number
/// of updates made (`dqn::update` may refuse one).
template <class AgentT>
requires requires(AgentT& agent, vector_state s) { agent.remember(s, action_index{}, 0.0, s, true); }
std::uint64_t learn_from(AgentT& agent, const std::vector<logged<std::vector<float>>>& log, std::uint64_t updates) {
  require(!log.empty(), "learn_from", "number of steps", log.size(), "be at least 1");
  const std::size_t capacity = agent.options().capacity;
  require(log.size() <= capacity, "learn_from", "number of steps", log.size(),
          "be at most the replay's capacity, " + to_text(capacity));
  for (std::size_t i = 0; i < log.size(); ++i) {
    const logged<std::vector<float>>& t = log[i];
    require(t.state.size() == agent.dimension(), "learn_from", "dimension of step " + to_text(i), t.state.size(),
            "be " + to_text(agent.dimension()));
    const bool ended = t.status == episode::terminated;
    require(ended || t.next.size() == agent.dimension(), "learn_from", "dimension after step " + to_text(i),
            t.next.size(), "be " + to_text(agent.dimension()));
    require(to_size(t.action) < agent.actions(), "learn_from", "action of step " + to_text(i), to_size(t.action),
            "be below " + to_text(agent.actions()));
  }
  for (const logged<std::vector<float>>& t : log) {
    const bool ended = t.status == episode::terminated;
    agent.remember(t.state, t.action, t.reward, ended ? t.state : t.next, ended);
  }
  std::uint64_t made = 0;
  for (std::uint64_t k = 0; k < updates; ++k) made += agent.update() ? 1U : 0U;
  return made;
}

/// The environment as the log shows it: mean rewards and frequencies of the next states. An action that was never tried
/// in a state does not exist there. A state without any tried action ends the episode with the value `unknown`.
/// Planning on this model uses the log as well as a table can: no learning rate, no passes. O(log + states * actions).
[[nodiscard]] inline finite_model empirical_model(const std::vector<logged<state_index>>& log, std::size_t states,
                                                  std::size_t actions, double unknown = 0) {
  std::vector<std::vector<std::size_t>> tried(states * actions);
  std::vector<bool> left(states);
  for (std::size_t i = 0; i < log.size(); ++i) {
    const std::size_t s = to_size(log[i].state);
    require(s < states, "empirical_model", "state of step " + to_text(i), s, "be below " + to_text(states));
    require(to_size(log[i].action) < actions, "empirical_model", "action of step " + to_text(i), to_size(log[i].action),
            "be below " + to_text(actions));
    tried[s * actions + to_size(log[i].action)].push_back(i);
    left[s] = true;
  }
  return finite_model(states, actions, [&](std::size_t s, std::size_t a, auto&& leads_to) {
    if (!left[s] && a == 0) leads_to(finite_model::end, 1.0, unknown);
    const std::vector<std::size_t>& steps = tried[s * actions + a];
    const double share = 1 / static_cast<double>(steps.size());
    for (const std::size_t i : steps) {
      const bool ended = log[i].status == episode::terminated;
      leads_to(ended ? finite_model::end : to_size(log[i].next), share, log[i].reward);
    }
  });
}

}  // namespace headroom
