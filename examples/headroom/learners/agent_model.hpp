#pragma once

#include <algorithm>  // std::copy
#include <array>      // std::array
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <limits>     // std::numeric_limits
#include <memory>     // std::make_unique, std::unique_ptr
#include <span>       // std::span
#include <stdexcept>  // std::logic_error
#include <string>     // std::string
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/offline/offline.hpp>

#include "learners/any_agent.hpp"

/// Puts a concrete agent behind the interface. Only the files that compile an agent include this.
namespace tool {

template <class Agent>
class agent_model final : public agent_interface<typename Agent::state_type> {
 public:
  using state = typename Agent::state_type;
  using interface = agent_interface<state>;
  using action_index = headroom::action_index;
  using action_mask = headroom::action_mask;

  explicit agent_model(Agent agent) : agent_(std::move(agent)) {}
  [[nodiscard]] std::unique_ptr<interface> clone() const override { return std::make_unique<agent_model>(*this); }

  action_index start(const state& s, action_mask legal) override { return agent_.start(s, legal); }
  action_index step(double reward, const state& s, action_mask legal) override { return agent_.step(reward, s, legal); }
  void terminate(double reward) override { agent_.terminate(reward); }
  void truncate(double reward, const state& s, action_mask legal) override { agent_.truncate(reward, s, legal); }
  void executed([[maybe_unused]] action_index a) override {
    if constexpr (headroom::CorrectableAgent<Agent>)
      agent_.executed(a);
    else
      throw std::logic_error("this agent cannot learn an action that it did not choose: set learn_requested_action");
  }
  [[nodiscard]] action_index greedy(const state& s, action_mask legal) const override {
    return agent_.greedy(s, legal);
  }

  [[nodiscard]] bool has_values() const override { return keeps_values; }
  [[nodiscard]] double value([[maybe_unused]] const state& s, [[maybe_unused]] action_index a) const override {
    if constexpr (keeps_values)
      return static_cast<double>(agent_.value(s, a));
    else
      return std::numeric_limits<double>::quiet_NaN();
  }

  [[nodiscard]] std::size_t size() const override {
    if constexpr (keeps_table)
      return agent_.states();
    else
      return agent_.dimension();
  }
  [[nodiscard]] std::size_t actions() const override { return agent_.actions(); }

  [[nodiscard]] std::vector<double> table() const override {
    if constexpr (keeps_table) {
      const auto table = agent_.table();
      return {table.all().begin(), table.all().end()};
    } else {
      return {};
    }
  }
  bool adopt([[maybe_unused]] std::span<const double> values) override {
    if constexpr (keeps_table) {
      auto table = agent_.table();
      std::copy(values.begin(), values.end(), table.all().begin());
      agent_.adopt(std::move(table));
    }
    return keeps_table;
  }
  void learn([[maybe_unused]] const std::vector<headroom::logged<headroom::stored_state<state>>>& log) override {
    if constexpr (keeps_table)
      headroom::learn_from(agent_, log);
    else
      throw std::logic_error("this agent has no table, and learns from a log in its own file");
  }

  [[nodiscard]] std::string troubles() const override {
    std::string text;
    if constexpr (requires { agent_.health(); }) {
      const auto health = agent_.health();
      const auto add = [&](std::uint64_t count, const std::string& sentence) {
        if (count > 0) text.append(text.empty() ? "" : "; ").append(headroom::to_text(count)).append(sentence);
      };
      if constexpr (requires { health.rollouts; })
        add(10 * health.far_above_clip > health.rollouts ? health.far_above_clip : 0, far_above(health.rollouts));
      else if constexpr (requires { health.far_above_clip; })
        add(10 * health.far_above_clip > health.updates ? health.far_above_clip : 0, far_above(health.updates));
      if constexpr (requires { health.diverged; }) add(health.diverged, " updates refused, as they were not finite");
      if constexpr (requires { health.refused_rewards; })
        add(health.refused_rewards, " rewards refused, not finite or too large");
    }
    return text;
  }

  void fields(headroom::internal::erased_archive& a) const override { Agent::fields(agent_, a); }
  void fields(headroom::internal::erased_archive& a) override { Agent::fields(agent_, a); }

 private:
  static constexpr bool keeps_values = requires(const Agent& a, const state& s) { a.value(s, action_index{}); };
  static constexpr bool keeps_table = requires(const Agent& a) { a.table(); };

  [[nodiscard]] static std::string far_above(std::uint64_t updates) {
    return " of " + headroom::to_text(updates) +
           " updates had a gradient more than ten times its clip: rewards are too large for a network";
  }

  Agent agent_;
};

template <class Agent>
[[nodiscard]] any_agent<typename Agent::state_type> erased(Agent agent) {
  return any_agent<typename Agent::state_type>(std::make_unique<agent_model<Agent>>(std::move(agent)));
}

}  // namespace tool
