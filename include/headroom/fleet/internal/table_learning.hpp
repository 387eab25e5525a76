#pragma once

#include <cmath>     // std::abs, std::isfinite
#include <concepts>  // std::copyable
#include <cstddef>   // std::size_t
#include <span>      // std::span
#include <utility>   // std::declval
#include <vector>    // std::vector

#include <headroom/actions/menu.hpp>
#include <headroom/agents/td_control.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/types.hpp>
#include <headroom/fleet/internal/table_service.hpp>
#include <headroom/fleet/slots.hpp>
#include <headroom/policies/internal/legal_actions.hpp>
#include <headroom/policies/learner.hpp>

namespace headroom::internal {

/// What the services of a table_fleet keep, in arrays by position, and how the one at position i learns: as a learner
/// with its agent, bit for bit. Who joins, and in which order the rows are fetched, is the matter of table_fleet.
template <class Observation, class Organs>
class table_learning {
 protected:
  using encoder_type = decltype(Organs::encode);
  using agent_type = decltype(Organs::agent);
  using reward_type = decltype(Organs::reward);
  using menu_type = decltype(Organs::menu);
  static_assert(
      requires(const agent_type& agent) { td_kind_of(agent); },
      "table_fleet: the agent must be one of sarsa, expected_sarsa and q_learning on the rows of a table: "
      "policy_fleet takes every learner");
  using kind = decltype(td_kind_of(std::declval<const agent_type&>()));
  using explore_type = typename kind::exploration;
  static_assert(std::copyable<encoder_type> && std::copyable<menu_type> && std::copyable<explore_type>,
                "table_fleet: encoder, menu and exploration must be assignable, because services change places: use "
                "members or functions in the place of lambdas that capture");
  using action_type = typename learner<Observation, Organs>::action_type;
  using bootstrap = typename kind::bootstrap;
  using phase = table_phase;
  using seat = table_seat<action_type>;
  static constexpr bool shares_encoder = requires(const encoder_type& e, const Observation& o) { e(o); };
  static constexpr bool masked = MaskedActionSet<menu_type, action_type, Observation>;

  table_learning(const learner<Observation, Organs>& prototype, std::size_t capacity, const learner_options& options)
      : slots_(capacity),
        host_(options),
        options_(without_traces(prototype.agent().options())),
        reward_(prototype.parts().reward),
        menu_(prototype.parts().menu),
        explore_(prototype.agent().exploration()),
        first_(prototype.agent().table()),
        states_(first_.states()),
        actions_(first_.actions()),
        varies_by_step_(options_.learning_rate.varies_by_step()),
        encode_(prototype.parts().encode),
        encoders_(shares_encoder ? 1 : capacity, encode_),
        menus_(capacity, menu_),
        explorations_(capacity, explore_),
        seats_(capacity),
        counts_(capacity),
        before_(capacity),
        values_(q_table::checked_size(states_, actions_) * capacity),
        scratch_(actions_) {
    legal_.resize(actions_);
    if constexpr (requires { explore_.varies_by_step(); }) varies_by_step_ |= explore_.varies_by_step();
  }

  static const td_options& without_traces(const td_options& o) {
    require(o.trace_decay <= 0, "table_fleet", "trace_decay", o.trace_decay,
            "be 0: a service with traces is a policy of its own, in a policy_fleet");
    return o;
  }
  [[nodiscard]] encoder_type& encoder_at(std::size_t i) { return encoders_[shares_encoder ? 0 : i]; }
  // By slot and not by position, so that no table moves when a service leaves.
  [[nodiscard]] std::span<double> table_at(std::size_t i) {
    return std::span(values_).subspan(slots_.slot(i) * (states_ * actions_), states_ * actions_);
  }
  [[nodiscard]] std::span<const double> table_at(std::size_t i) const {
    return std::span(values_).subspan(slots_.slot(i) * (states_ * actions_), states_ * actions_);
  }
  [[nodiscard]] std::span<double> row(std::size_t i, state_index s) {
    return {values_.data() + (slots_.slot(i) * states_ + to_size(s)) * actions_, actions_};
  }
  [[nodiscard]] action_mask legal() const noexcept { return masked ? legal_.mask() : action_mask{}; }
  static action_type neutral_of(const menu_type& menu) {
    if constexpr (ObservedActionSet<menu_type, action_type, Observation>) {
      return {};
    } else {
      const auto i = index_of(menu, action_type{});
      return menu[i ? *i : action_index{}];
    }
  }

  // As learner::step, with the agent within.
  action_type learn(std::size_t i, const Observation& o, state_index s) {
    seat& me = seats_[i];
    const bool good = acceptable(i, o, s);
    double r = 0;
    if (!good || me.now != phase::pending || !reward_of(i, o, r)) return begin(i, o, s, good);
    count_step(i);
    const std::span<double> next = row(i, s);
    const action_index a = pick(i, s, next);
    if (learnable(i, r)) update(i, target(i, r, next, a));
    return act(i, o, s, a);
  }
  // As learner::stop.
  void stop(std::size_t i, const Observation& o, episode why) {
    seat& me = seats_[i];
    const bool pending = me.now == phase::pending;
    if (why != episode::ongoing)
      me.now = phase::idle;
    else if (pending)
      me.now = phase::open;
    const state_index s = encoder_at(i)(o);
    if (!pending || why == episode::ongoing) return;
    double r = 0;
    if (!reward_of(i, o, r)) return;
    const bool final = why == episode::terminated ? !host_.bootstrap_at_termination : host_.truncation_is_terminal;
    if (!final && !acceptable(i, o, s)) return;
    count_step(i);
    if (final) {
      if (learnable(i, r)) update(i, r);
    } else {
      const std::span<double> next = row(i, s);
      const action_index a = pick(i, s, next);
      if (learnable(i, r)) update(i, target(i, r, next, a));
    }
    ++me.done.episodes;
  }
  action_type begin(std::size_t i, const Observation& o, state_index s, bool good) {
    seat& me = seats_[i];
    me.now = good ? phase::pending : phase::open;
    if (!good) return neutral_of(menus_[i]);
    me.learning_rate = options_.learning_rate.at(me.done);
    if constexpr (requires { explorations_[i].advance(me.done); }) explorations_[i].advance(me.done);
    return act(i, o, s, pick(i, s, row(i, s)));
  }
  action_type act(std::size_t i, const Observation& o, state_index s, action_index a) {
    seat& me = seats_[i];
    before_[i] = o;
    me.state = s;
    me.choice = a;
    return me.action = action_at(menus_[i], o, a);
  }

  void count_step(std::size_t i) {
    seat& me = seats_[i];
    ++me.done.steps;
    if constexpr (requires { explorations_[i].visited(me.state, me.choice); })
      explorations_[i].visited(me.state, me.choice);
    if (!varies_by_step_) return;
    if (options_.learning_rate.varies_by_step()) me.learning_rate = options_.learning_rate.at(me.done);
    if constexpr (requires { explorations_[i].varies_by_step(); }) {
      if (explorations_[i].varies_by_step()) explorations_[i].advance(me.done);
    }
  }
  [[nodiscard]] action_index pick(std::size_t i, state_index s, std::span<const double> values) {
    if constexpr (StateExploration<explore_type, state_index>)
      return explorations_[i](s, values, legal(), seats_[i].random);
    else
      return explorations_[i](values, legal(), seats_[i].random);
  }
  [[nodiscard]] double target(std::size_t i, double reward, std::span<const double> next, action_index a) {
    return reward + options_.discount * bootstrap::value(next, a, legal(), explorations_[i], std::span(scratch_));
  }
  void update(std::size_t i, double target) {
    const seat& me = seats_[i];
    double& q = row(i, me.state)[to_size(me.choice)];
    q += me.learning_rate * (target - q);
  }
  bool learnable(std::size_t i, double reward) {
    const bool ok = std::abs(reward) <= largest_reward;
    counts_[i].refused_rewards += ok ? 0U : 1U;
    return ok;
  }
  bool reward_of(std::size_t i, const Observation& o, double& r) {
    r = reward_(before_[i], seats_[i].action, o);
    if (std::isfinite(r)) return true;
    ++counts_[i].refused.rewards;
    return false;
  }
  [[nodiscard]] bool acceptable(std::size_t i, const Observation& o, state_index s) {
    if (!within(s, states_)) {
      ++counts_[i].refused.observations;
      return false;
    }
    if constexpr (masked) {
      if (!legal_.look(menus_[i], o)) {
        ++counts_[i].refused.menus;
        return false;
      }
    }
    return true;
  }

  slots slots_;
  learner_options host_;
  td_options options_;
  reward_type reward_;
  menu_type menu_;
  explore_type explore_;
  q_table first_;  // the table that a service starts with
  std::size_t states_;
  std::size_t actions_;
  bool varies_by_step_;
  encoder_type encode_;
  std::vector<encoder_type> encoders_;  // one, or by position; so are the next five
  std::vector<menu_type> menus_;
  std::vector<explore_type> explorations_;
  std::vector<seat> seats_;
  std::vector<table_counts> counts_;
  std::vector<Observation> before_;
  std::vector<double> values_;   // by slot
  std::vector<double> scratch_;  // action probabilities, for Expected SARSA
  legal_actions legal_;
};

}  // namespace headroom::internal
