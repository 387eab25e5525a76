#pragma once

#include <cmath>        // std::abs
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <span>         // std::span
#include <stdexcept>    // std::invalid_argument
#include <type_traits>  // std::is_const_v

#include <headroom/actions/menu.hpp>
#include <headroom/agents/td_control.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/health.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

namespace headroom::internal {

/// What update and exploration a tabular agent has, by its base.
template <class BootstrapT, class ExploreT>
struct td_kind {
  using bootstrap = BootstrapT;
  using exploration = ExploreT;
};
template <class Bootstrap, class Explore>
td_kind<Bootstrap, Explore> td_kind_of(const td_control<Bootstrap, Explore, state_index>&);

/// Where in an episode a service is: as a learner.
enum class table_phase : std::uint8_t { idle, open, pending };

/// What the agent of one service keeps, without its table and its exploration: what each step reads and writes.
template <class Action>
struct table_seat {
  engine random{0};
  progress done{};
  double learning_rate = 0;
  state_index state{};
  action_index choice{};
  Action action{};
  table_phase now = table_phase::idle;
};
/// What is counted of one service.
struct table_counts {
  refusals refused{};
  std::uint64_t refused_rewards = 0;
};

/// One service of a table_fleet for a checkpoint: the names and numbers are those of a learner with such an agent, so
/// the file of a service is that of a learner, and the other way round.
template <class Fleet>
class table_service {
 public:
  table_service(Fleet& fleet, std::size_t position, bool alone) : fleet_(&fleet), i_(position), alone_(alone) {}

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    auto& f = *self.fleet_;
    if (a.training()) {
      if constexpr (!std::is_const_v<Self>) {
        if (self.alone_ && f.seats_[self.i_].now == table_phase::pending) {
          throw std::invalid_argument(
              "table_fleet: restored within an episode, must be between episodes: call stop first");
        }
      }
      a.same("bootstrap_at_termination", f.host_.bootstrap_at_termination);
      a.same("truncation_is_terminal", f.host_.truncation_is_terminal);
      a.same("learn_requested_action", f.host_.learn_requested_action);
      auto& refused = f.counts_[self.i_].refused;
      a("refused_observations", refused.observations);
      a("refused_rewards", refused.rewards);
      a("refused_menus", refused.menus);
    }
    say_part("encode", f.encoder_at(self.i_), a);
    say_part("reward", f.reward_, a);
    using menu_type = std::remove_cvref_t<decltype(f.menus_[0])>;
    if constexpr (requires { menu_type::fields(f.menus_[self.i_], a); })
      a("menu", f.menus_[self.i_]);
    else
      a("menu", said_menu<menu_type>{f.menus_[self.i_]});
    agent<Self> inner{self};
    if constexpr (std::is_const_v<Self>)
      a("agent", static_cast<const agent<Self>&>(inner));
    else
      a("agent", inner);
  }

 private:
  // As td_control without traces.
  template <class Service>
  struct agent {
    Service& service;

    template <class Self, class Archive>
    static void fields(Self& self, Archive& a) {
      auto& f = *self.service.fleet_;
      const std::size_t i = self.service.i_;
      auto& seat = f.seats_[i];
      a.means("kind", Fleet::bootstrap::name);
      const auto values = f.table_at(i);
      a("action_values", values, {f.states_, f.actions_});
      for (const double v : values) {
        a.check(std::abs(v) <= largest_action_value, "action_values", v, "be from -1e150 to 1e150");
      }
      if (!a.training()) return;
      const bool retuned = a.tuned("learning_rate", f.options_.learning_rate);
      a.same("discount", f.options_.discount);
      a.same("trace_decay", f.options_.trace_decay);
      a.same("trace_kind", f.options_.traces);
      a.same("trace_threshold", f.options_.trace_threshold);
      a("random", seat.random);
      a.exploration("explore", f.explorations_[i]);
      a("progress", seat.done);
      a("learning_rate_now", seat.learning_rate);
      a("state", seat.state);
      a("action", seat.choice);
      if constexpr (!std::is_const_v<Self>) {
        if (retuned) seat.learning_rate = f.options_.learning_rate.at(seat.done);
        a.check(seat.learning_rate >= 0 && seat.learning_rate <= 1, "learning_rate_now", seat.learning_rate,
                "be in [0, 1]");
        a.check(to_size(seat.state) < f.states_, "state", to_size(seat.state), "lie in the table");
        a.check(to_size(seat.choice) < f.actions_, "action", to_size(seat.choice), "be on the menu");
      }
    }
  };

  Fleet* fleet_;
  std::size_t i_;
  bool alone_;  // not with all others of its fleet
};

}  // namespace headroom::internal
