#pragma once

#include <cmath>        // std::isfinite
#include <concepts>     // std::equality_comparable, std::same_as
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <stdexcept>    // std::invalid_argument
#include <type_traits>  // std::is_const_v, std::remove_cvref_t
#include <utility>      // std::declval, std::move
#include <vector>       // std::vector

#include <headroom/actions/menu.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/health.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/internal/same_observation.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>

namespace headroom {

/// How a learner treats ends and overridden actions. The defaults are correct; each switch reproduces a defect of a
/// published system.
struct learner_options {
  bool bootstrap_at_termination = false;  ///< bootstrap after the end of the task, as if the episode had been cut
  bool truncation_is_terminal = false;    ///< do not bootstrap at a cut, as if the task had ended
  bool learn_requested_action = false;    ///< ignore `executed`: credit the action that was asked for
};

/// What an operator must know of a learner: what it refused, what its host did wrong, and the health of its agent.
/// `line_of` makes one line of it.
template <class AgentHealth>
struct learner_health {
  refusals refused{};
  misuses misused{};
  std::uint64_t without_choice = 0;  ///< moments, if there were at least 100 and the mask left no choice in any
  AgentHealth agent{};
};

/// The four parts of a learner.
template <class EncoderT, class AgentT, class RewardT, class MenuT>
struct organs {
  EncoderT encode;
  AgentT agent;
  RewardT reward;
  MenuT menu;
};

/// Encoder, agent, reward and menu as one Policy. It learns inside `step`, when the consequence of its last action
/// arrives. Make it with `learn_on`.
///
/// A learner refuses a non-finite observation or reward, and a moment without a legal action. It counts the refusal,
/// does not learn from it, and starts again at the next good observation. If it cannot choose, it takes the neutral
/// action: `action_type{}` (a delta of 0) if the menu has it or looks at the observation, otherwise the menu's first. A
/// bad reward with a good observation costs only the transition. Model of CorrectablePolicy. No allocation after
/// construction.
///
/// A host calls `start`, then `step` with each new observation, then `stop` with the one after the last step. What it
/// does in another order is asserted and counted (`misuses`). `stop(o, episode::ongoing)` leaves out the last step and
/// goes on with `step` or `start`. An encoder with a member `begin_episode()` is told where an episode begins.
template <class Observation, class Organs>
class learner {
  using agent_type = decltype(Organs::agent);
  using state_type = typename agent_type::state_type;

 public:
  using observation_type = Observation;
  using action_type = std::remove_cvref_t<decltype(action_at(std::declval<const decltype(Organs::menu)&>(),
                                                             std::declval<const Observation&>(), action_index{}))>;

  explicit learner(Organs parts, const learner_options& options = {}) : parts_(std::move(parts)), options_(options) {
    require(parts_.menu.size() > 0, "learner", "number of actions", parts_.menu.size(), "be at least 1");
    require_whole_agent();
    if constexpr (requires { parts_.agent.actions(); }) {
      require(parts_.agent.actions() == parts_.menu.size(), "learner", "number of actions of the agent",
              parts_.agent.actions(), "equal the menu's, " + to_text(parts_.menu.size()));
    }
    if constexpr (requires {
                    parts_.agent.states();
                    parts_.encode.size();
                  }) {
      require(parts_.agent.states() == parts_.encode.size(), "learner", "number of states of the agent",
              parts_.agent.states(), "equal the encoder's, " + to_text(parts_.encode.size()));
    }
    if constexpr (requires {
                    parts_.agent.dimension();
                    parts_.encode.dimension();
                  }) {
      require(parts_.agent.dimension() == parts_.encode.dimension(), "learner", "dimension of the agent",
              parts_.agent.dimension(), "equal the encoder's, " + to_text(parts_.encode.dimension()));
    }
    mask_.resize(action_mask::words(parts_.menu.size()));
    if constexpr (requires { parts_.agent.dimension(); }) seen_numbers_.reserve(parts_.agent.dimension());
    if constexpr (!observed) {
      const auto i = index_of(parts_.menu, action_type{});
      neutral_ = parts_.menu[i ? *i : action_index{}];
    }
  }

  action_type start(const Observation& o) {
    if (phase_ == phase::pending) ++misused_.starts_within;
    begin_episode();
    return anew(o);
  }

  action_type step(const Observation& o) {
    if (phase_ != phase::pending) [[unlikely]]
      return resume(o);
    const state_type s = parts_.encode(o);
    const bool good = acceptable(o, s);
    if (!good) return begin(o, s, good);
    const double r = reward_of(o);
    if (!std::isfinite(r)) return begin(o, s, good);
    if constexpr (masked)
      return act(o, chosen(s, parts_.agent.step(r, s, legal())));
    else
      return act(o, chosen(s, parts_.agent.step(r, s)));
  }

  void stop(const Observation& o, episode end) {
    const bool pending = phase_ == phase::pending;
    const bool repeated = pending && last_.repeats(o, before_);
    if (end != episode::ongoing)
      phase_ = phase::idle;
    else if (pending)
      phase_ = phase::open;
    if (repeated) {  // the encoder has seen it, and the step that led to it is learned
      if (end == episode::ongoing) return;
      ++misused_.repeated_stops;
      HEADROOM_ASSERT(!repeated, "learner: stop got the observation that step had already, must get the one after it");
      return;
    }
    const state_type s = parts_.encode(o);
    if (!pending || end == episode::ongoing) return;
    const double r = reward_of(o);
    if (!std::isfinite(r)) return;
    const bool final =
        end == episode::terminated ? !options_.bootstrap_at_termination : options_.truncation_is_terminal;
    if (final) {
      parts_.agent.terminate(r);
      return;
    }
    if (!acceptable(o, s)) return;
    if constexpr (masked)
      parts_.agent.truncate(r, s, legal());
    else
      parts_.agent.truncate(r, s);
  }

  /// The consequence of the last action will not be seen: the episode goes on, and the next step learns nothing. For a
  /// host whose metrics have a gap, and that has no observation to stop with.
  void pause() noexcept {
    if (phase_ == phase::pending) phase_ = phase::open;
  }

  /// The action that the environment or a guard executed in place of the last one. An action that is not on the menu
  /// cannot be learned: the pending transition is dropped.
  void executed(const action_type& a) {
    if (options_.learn_requested_action || phase_ != phase::pending || a == action_) return;
    action_ = a;
    const auto i = index_at(parts_.menu, before_, a);
    if constexpr (CorrectableAgent<agent_type>) {
      if (i) {
        parts_.agent.executed(*i);
        return;
      }
    }
    phase_ = phase::open;
  }

  /// The best known action; neither learns nor explores. An encoder with history takes the observation into it.
  action_type decide(const Observation& o) {
    const state_type s = parts_.encode(o);
    chose_ = acceptable(o, s);
    if (!chose_) return neutral_;
    if constexpr (masked)
      return action_at(parts_.menu, o, chosen(s, parts_.agent.greedy(s, legal())));
    else
      return action_at(parts_.menu, o, chosen(s, parts_.agent.greedy(s)));
  }
  /// What the agent expects of each action in the state of the last decision, if it has action values: nothing after an
  /// observation that it refused. Until the next observation.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    if constexpr (tells_state && requires(state_type s) { parts_.agent.value(s, action_index{}); }) {
      if (!chose_) return;
      decision_values v;
      state_type seen{};
      if constexpr (std::same_as<state_type, state_index>)
        v.state = to_size(seen = seen_index_);
      else
        seen = seen_numbers_;
      v.action = to_size(chosen_);
      bool has_values = true;
      if constexpr (requires { parts_.agent.has_values(); }) has_values = parts_.agent.has_values();
      for (std::size_t a = 0; a < parts_.menu.size(); ++a) {
        if (has_values) v.values.push_back(static_cast<double>(parts_.agent.value(seen, action_index{a})));
        if constexpr (masked) v.legal.push_back((mask_[a / 64] >> (a % 64) & 1U) != 0);
      }
      sink(v);
    }
  }

  /// Tells the encoder that the next observation is the first of an episode. `start` does; call it where `decide`
  /// begins one.
  void begin_episode() {
    require_whole();
    if constexpr (requires { parts_.encode.begin_episode(); }) parts_.encode.begin_episode();
  }

  /// Stops the running moments of the encoder, so that an evaluation does not change them.
  void freeze() {
    if constexpr (requires { parts_.encode.freeze(); }) parts_.encode.freeze();
  }

  /// What a checkpoint stores: what each part stores, and what the learner itself refused. It may be saved at any
  /// moment and goes on undisturbed. Within an episode the file holds everything but the step whose consequence is not
  /// known; who reads it calls `start`. Throws std::invalid_argument if it is restored within an episode, unless only
  /// decisions are kept.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if (a.training()) {
      if constexpr (!std::is_const_v<Self>) {
        if (self.phase_ == phase::pending)
          throw std::invalid_argument("learner: restored within an episode, must be between episodes: call stop first");
      }
      a.same("bootstrap_at_termination", self.options_.bootstrap_at_termination);
      a.same("truncation_is_terminal", self.options_.truncation_is_terminal);
      a.same("learn_requested_action", self.options_.learn_requested_action);
      a("refused_observations", self.refused_.observations);
      a("refused_rewards", self.refused_.rewards);
      a("refused_menus", self.refused_.menus);
    }
    say_part("encode", self.parts_.encode, a);
    say_part("reward", self.parts_.reward, a);
    using menu_type = decltype(Organs::menu);
    if constexpr (requires { menu_type::fields(self.parts_.menu, a); })
      a("menu", self.parts_.menu);
    else
      a("menu", said_menu<menu_type>{self.parts_.menu});
    say_part("agent", self.parts_.agent, a);  // last: what does not fit in its numbers has its reason above
  }

  [[nodiscard]] const agent_type& agent() const noexcept { return parts_.agent; }
  [[nodiscard]] agent_type& agent() noexcept { return parts_.agent; }
  [[nodiscard]] const Organs& parts() const noexcept { return parts_; }
  [[nodiscard]] const refusals& refused() const noexcept { return refused_; }
  /// What is not as it must be; `line_of(policy.health())` says it in one line.
  [[nodiscard]] auto health() const {
    if constexpr (requires { parts_.agent.health(); }) {
      return learner_health<std::remove_cvref_t<decltype(parts_.agent.health())>>{refused_, misused_, without_choice(),
                                                                                  parts_.agent.health()};
    } else {
      struct nothing {};
      return learner_health<nothing>{refused_, misused_, without_choice(), {}};
    }
  }

 private:
  // A menu that looks at the observation has no list of actions; its neutral action is the default one.
  static constexpr bool observed = ObservedActionSet<decltype(Organs::menu), action_type, Observation>;
  static constexpr bool masked = MaskedActionSet<decltype(Organs::menu), action_type, Observation>;
  // Whether the state of a decision is kept, to be told.
  static constexpr bool tells_state = std::same_as<state_type, state_index> || std::same_as<state_type, vector_state>;
  static_assert(!masked || MaskedAgent<agent_type>,
                "learner: this menu masks actions, but the agent cannot respect a mask");

  // Where in an episode the learner is: outside; within, without a step to learn from; or waiting for the consequence
  // of an action. The first is also what is left of a learner that was moved from.
  enum class phase : std::uint8_t { idle, open, pending };

  // With a menu of +-5 and 1 to 8 replicas, a service of 4 replicas can never move. That is seen only in operation.
  [[nodiscard]] std::uint64_t without_choice() const {
    return !had_choice_ && masked_ >= 100 && parts_.menu.size() > 1 ? masked_ : 0;
  }

  void require_whole() const {
    if (mask_.empty()) throw std::invalid_argument("learner: it was moved from, must be used where it was moved to");
  }
  void require_whole_agent() const {
    if constexpr (requires { parts_.agent.actions(); }) {
      if (parts_.agent.actions() == 0)
        throw std::invalid_argument("learner: its agent was moved from, must be used where it was moved to");
    }
  }

  // Not inlined, to leave `step` its registers.
  [[gnu::noinline]] action_type resume(const Observation& o) {
    require_whole();
    if (phase_ == phase::idle) {
      ++misused_.steps_without_start;
      HEADROOM_ASSERT(phase_ != phase::idle, "learner: step without start, call start first");
      begin_episode();
    }
    return anew(o);
  }
  action_type anew(const Observation& o) {
    const state_type s = parts_.encode(o);
    return begin(o, s, acceptable(o, s));
  }
  action_type begin(const Observation& o, const state_type& s, bool good) {
    phase_ = good ? phase::pending : phase::open;
    last_.forget();
    chose_ = good;
    if (!good) return neutral_;
    if constexpr (masked)
      return act(o, chosen(s, parts_.agent.start(s, legal())));
    else
      return act(o, chosen(s, parts_.agent.start(s)));
  }

  // For tell_values.
  action_index chosen(const state_type& s, action_index i) {
    if constexpr (std::same_as<state_type, state_index>)
      seen_index_ = s;
    else if constexpr (tells_state)
      seen_numbers_.assign(s.begin(), s.end());
    chose_ = tells_state;
    return chosen_ = i;
  }
  action_type act(const Observation& o, action_index i) {
    last_.remember(o, before_);
    before_ = o;
    return action_ = action_at(parts_.menu, o, i);
  }

  [[nodiscard]] double reward_of(const Observation& o) {
    const double r = parts_.reward(before_, action_, o);
    if (!std::isfinite(r)) ++refused_.rewards;
    return r;
  }

  // Whether the agent may see `s`, with the mask of what is legal at `o` filled in.
  [[nodiscard]] bool acceptable(const Observation& o, const state_type& s) {
    if constexpr (requires { within(s, parts_.agent.states()); }) {
      if (!within(s, parts_.agent.states())) {
        ++refused_.observations;
        return false;
      }
    }
    if constexpr (requires { within(s, parts_.agent.dimension()); }) {
      if (!within(s, parts_.agent.dimension())) {
        ++refused_.observations;
        return false;
      }
    }
    if constexpr (masked) {
      std::uint64_t count = 0;
      for (auto& word : mask_) word = 0;
      for (std::size_t i = 0; i < parts_.menu.size(); ++i) {
        const std::uint64_t yes{parts_.menu.legal(o, action_index{i})};
        mask_[i / 64] |= yes << (i % 64);
        count += yes;
      }
      if (count == 0) {
        ++refused_.menus;
        return false;
      }
      if (!had_choice_) [[unlikely]] {
        ++masked_;
        had_choice_ = count > 1;
      }
    }
    return true;
  }

  [[nodiscard]] action_mask legal() const noexcept { return action_mask{mask_.data()}; }

  Organs parts_;
  learner_options options_;
  Observation before_{};
  action_type action_{};
  action_type neutral_{};
  internal::moved_to_zero<phase> phase_{phase::idle};
  internal::same_observation<Observation> last_;
  std::vector<std::uint64_t> mask_;
  state_index seen_index_{};           // by the last decision
  std::vector<float> seen_numbers_{};  // the same of a network; a copy, because the encoder may be copied away
  action_index chosen_{};
  bool chose_ = false;
  refusals refused_;
  misuses misused_;
  std::uint64_t masked_ = 0;  // moments with a mask, until one leaves more than one action
  bool had_choice_ = false;
};

/// The type of the policy that `learn_on` makes, to name it: for a member of a host's class, for example. The parts
/// must have types with names, so a reward is a struct and no lambda (examples/140-host.cpp).
///     using policy = learner_on<pool, bins<double sample::*>, sarsa<>, cost_of_a_step, actions<int, 3>>;
template <Environment E, class EncoderT, class AgentT, class RewardT, class MenuT>
using learner_on = learner<observation_t<E>, organs<EncoderT, AgentT, RewardT, MenuT>>;

namespace internal {

template <class EncoderT, class AgentT>
concept SameStates = std::same_as<typename EncoderT::state_type, typename AgentT::state_type>;
template <class MenuT, class Action, class Observation>
concept MenuOf = (ActionSet<MenuT, Action> ||
                  ObservedActionSet<MenuT, Action, Observation>)&&requires(const MenuT& menu, const Observation& o,
                                                                           action_index i) {
  requires std::same_as<std::remove_cvref_t<decltype(action_at(menu, o, i))>, Action>;
};

}  // namespace internal

/// Composes a learning policy for the environment E, the only template argument to write.
///     auto policy = learn_on<pool>(see, sarsa{see.size(), menu.size(), {.discount = 0.95}, 42}, cost, menu);
///
/// Throws std::invalid_argument when the agent's table does not fit the encoder or the menu, or when the agent was
/// moved from. Actions must be comparable: an executed action is looked up in the menu. The parts are asked one after
/// another whether they fit, so that the first line of the compiler's answer names the part that does not.
template <Environment E, class EncoderT, class AgentT, class RewardT, class MenuT>
[[nodiscard]] auto learn_on(EncoderT encode, AgentT agent, RewardT reward, MenuT menu,
                            const learner_options& options = {}) {
  using observation = observation_t<E>;
  using action = action_t<E>;
  static_assert(Encoder<EncoderT, observation>,
                "learn_on: the encoder cannot read the environment's observation_type: every feature must be a member "
                "of it, or a function of it that returns a number");
  static_assert(Agent<AgentT>, "learn_on: the second argument must be an agent");
  static_assert(internal::SameStates<EncoderT, AgentT>,
                "learn_on: the encoder's states are not those that the agent learns on: bins go with a table, tiles "
                "with an agent of active_features, vectors with a network");
  static_assert(Reward<RewardT, observation, action>,
                "learn_on: the reward must be a number, reward(observation, action, observation)");
  static_assert(
      internal::MenuOf<MenuT, action, observation>,
      "learn_on: the menu's actions must be of the environment's action_type: write the menu with values of that type");
  static_assert(std::equality_comparable<action>, "learn_on: the environment's action_type must have ==");
  if constexpr (Encoder<EncoderT, observation> && Agent<AgentT> && internal::SameStates<EncoderT, AgentT> &&
                Reward<RewardT, observation, action> && internal::MenuOf<MenuT, action, observation> &&
                std::equality_comparable<action>) {
    return learner_on<E, EncoderT, AgentT, RewardT, MenuT>(
        {std::move(encode), std::move(agent), std::move(reward), std::move(menu)}, options);
  }
}

}  // namespace headroom
