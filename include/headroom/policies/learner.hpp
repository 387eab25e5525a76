#pragma once

#include <cmath>        // std::isfinite
#include <concepts>     // std::equality_comparable, std::same_as
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <stdexcept>    // std::invalid_argument
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::declval, std::exchange, std::move
#include <vector>       // std::vector

#include <headroom/actions/menu.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// How a learner treats ends and overridden actions. The defaults are correct; each switch reproduces a defect of a
/// published system.
struct learner_options {
  bool bootstrap_at_termination = false;  ///< bootstrap after the end of the task, as if the episode had been cut
  bool truncation_is_terminal = false;    ///< do not bootstrap at a cut, as if the task had ended
  bool learn_requested_action = false;    ///< ignore `executed`: credit the action that was asked for
};

/// What a learner refused to learn from. Each count stays zero in a healthy system; watch them in operation.
struct refusals {
  std::uint64_t observations = 0;  ///< refused by the encoder, or encoded outside the agent's table or dimension
  std::uint64_t rewards = 0;       ///< not finite
  std::uint64_t menus = 0;         ///< no legal action
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
/// action: `action_type{}` if the menu has it (a delta of 0), otherwise the menu's first. A bad reward with a good
/// observation costs only the transition. Model of CorrectablePolicy. No allocation after construction.
template <class Observation, class Organs>
class learner {
  using agent_type = decltype(Organs::agent);
  using state_type = typename agent_type::state_type;

 public:
  using observation_type = Observation;
  using action_type = std::remove_cvref_t<decltype(std::declval<const decltype(Organs::menu)&>()[action_index{}])>;

  explicit learner(Organs parts, const learner_options& options = {}) : parts_(std::move(parts)), options_(options) {
    require(parts_.menu.size() > 0, "learner", "number of actions", parts_.menu.size(), "be at least 1");
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
    if (const auto i = index_of(parts_.menu, action_type{})) neutral_ = *i;
  }

  action_type start(const Observation& o) {
    const state_type s = parts_.encode(o);
    return begin(o, s, acceptable(o, s));
  }

  action_type step(const Observation& o) {
    const state_type s = parts_.encode(o);
    const bool good = acceptable(o, s);
    if (!pending_ || !good) return begin(o, s, good);
    const double r = reward_of(o);
    if (!std::isfinite(r)) return begin(o, s, good);
    if constexpr (masked)
      return act(o, parts_.agent.step(r, s, legal()));
    else
      return act(o, parts_.agent.step(r, s));
  }

  void stop(const Observation& o, episode end) {
    const state_type s = parts_.encode(o);
    const bool pending = std::exchange(pending_, false);
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

  /// The action that the environment or a guard executed in place of the last one. An action that is not on the menu
  /// cannot be learned: the pending transition is dropped.
  void executed(const action_type& a) {
    if (options_.learn_requested_action || !pending_ || a == action_) return;
    action_ = a;
    const auto i = index_of(parts_.menu, a);
    if constexpr (CorrectableAgent<agent_type>) {
      if (i) {
        parts_.agent.executed(*i);
        return;
      }
    }
    pending_ = false;
  }

  /// The best known action; neither learns nor explores. An encoder with history takes the observation into it.
  action_type decide(const Observation& o) {
    const state_type s = parts_.encode(o);
    if (!acceptable(o, s)) return parts_.menu[neutral_];
    if constexpr (masked)
      return parts_.menu[parts_.agent.greedy(s, legal())];
    else
      return parts_.menu[parts_.agent.greedy(s)];
  }

  /// Stops the running moments of the encoder, so that an evaluation does not change them.
  void freeze() {
    if constexpr (requires { parts_.encode.freeze(); }) parts_.encode.freeze();
  }

  /// What a checkpoint stores: what each part stores, and what the learner itself refused.
  /// Throws std::invalid_argument within an episode, whose unfinished transition is made of the user's own types,
  /// unless only decisions are kept.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if (a.training()) {
      if (self.pending_)
        throw std::invalid_argument("learner: saved or restored within an episode, must be between episodes");
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

 private:
  static constexpr bool masked = MaskedActionSet<decltype(Organs::menu), action_type, Observation>;
  static_assert(!masked || MaskedAgent<agent_type>,
                "learner: this menu masks actions, but the agent cannot respect a mask");

  action_type begin(const Observation& o, const state_type& s, bool good) {
    pending_ = good;
    if (!good) return parts_.menu[neutral_];
    if constexpr (masked)
      return act(o, parts_.agent.start(s, legal()));
    else
      return act(o, parts_.agent.start(s));
  }

  action_type act(const Observation& o, action_index i) {
    before_ = o;
    return action_ = parts_.menu[i];
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
      std::uint64_t any = 0;
      for (auto& word : mask_) word = 0;
      for (std::size_t i = 0; i < parts_.menu.size(); ++i) {
        mask_[i / 64] |= std::uint64_t{parts_.menu.legal(o, action_index{i})} << (i % 64);
      }
      for (const auto word : mask_) any |= word;
      if (any == 0) {
        ++refused_.menus;
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] action_mask legal() const noexcept { return action_mask{mask_.data()}; }

  Organs parts_;
  learner_options options_;
  Observation before_{};
  action_type action_{};
  action_index neutral_{};
  bool pending_ = false;
  std::vector<std::uint64_t> mask_;
  refusals refused_;
};

/// Composes a learning policy for the environment E, the only template argument to write.
///     auto policy = learn_on<pool>(see, sarsa{see.size(), menu.size(), {.discount = 0.95}, 42}, cost, menu);
///
/// Throws std::invalid_argument when the agent's table does not fit the encoder or the menu. Actions must be
/// comparable: an executed action is looked up in the menu.
template <Environment E, Encoder<observation_t<E>> EncoderT, Agent AgentT,
          Reward<observation_t<E>, action_t<E>> RewardT, ActionSet<action_t<E>> MenuT>
requires std::same_as<typename EncoderT::state_type, typename AgentT::state_type> &&
    std::equality_comparable<action_t<E>>
[[nodiscard]] auto learn_on(EncoderT encode, AgentT agent, RewardT reward, MenuT menu,
                            const learner_options& options = {}) {
  using organs_type = organs<EncoderT, AgentT, RewardT, MenuT>;
  return learner<observation_t<E>, organs_type>(
      organs_type{std::move(encode), std::move(agent), std::move(reward), std::move(menu)}, options);
}

}  // namespace headroom
