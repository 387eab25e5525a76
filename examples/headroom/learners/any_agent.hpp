#pragma once

#include <concepts>     // std::same_as
#include <cstddef>      // std::size_t
#include <functional>   // std::function
#include <memory>       // std::unique_ptr
#include <span>         // std::span
#include <string>       // std::string
#include <type_traits>  // std::is_const_v, std::remove_cvref_t
#include <utility>      // std::as_const, std::move
#include <vector>       // std::vector

#include <headroom/core/concepts.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/transition.hpp>
#include <headroom/core/types.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/learner.hpp>

#include "learners/erased_fields.hpp"

/// The parts of a learner with their types erased. The tool trains many learners, and each composition of an encoder,
/// an agent, a reward and a menu would be a type of its own, which takes the compiler seconds. Here an agent is
/// compiled once, in its own file, and a virtual call a step is nothing beside the step of an environment.
namespace tool {

/// What stands behind an any_agent.
template <class State>
class agent_interface {
 public:
  using action_index = headroom::action_index;
  using action_mask = headroom::action_mask;

  virtual ~agent_interface() = default;
  [[nodiscard]] virtual std::unique_ptr<agent_interface> clone() const = 0;

  virtual action_index start(const State& s, action_mask legal) = 0;
  virtual action_index step(double reward, const State& s, action_mask legal) = 0;
  virtual void terminate(double reward) = 0;
  virtual void truncate(double reward, const State& s, action_mask legal) = 0;
  virtual void executed(action_index a) = 0;
  [[nodiscard]] virtual action_index greedy(const State& s, action_mask legal) const = 0;

  /// Whether the agent has action values, and the one of an action.
  [[nodiscard]] virtual bool has_values() const = 0;
  [[nodiscard]] virtual double value(const State& s, action_index a) const = 0;

  [[nodiscard]] virtual std::size_t size() const = 0;  ///< states of a table, numbers that a network sees
  [[nodiscard]] virtual std::size_t actions() const = 0;

  /// The action values of a table, row by row; empty for an agent that has none.
  [[nodiscard]] virtual std::vector<double> table() const = 0;
  /// Replaces them. False for an agent that has no table.
  virtual bool adopt(std::span<const double> table) = 0;
  /// Learns a log once over. Throws std::logic_error for an agent that cannot.
  virtual void learn(const std::vector<headroom::logged<headroom::stored_state<State>>>& log) = 0;

  /// What of its training is not as it must be, in a sentence; empty in a healthy one.
  [[nodiscard]] virtual std::string troubles() const = 0;

  virtual void fields(headroom::internal::erased_archive& a) const = 0;
  virtual void fields(headroom::internal::erased_archive& a) = 0;
};

/// An agent whose type is erased. Model of MaskedAgent and CorrectableAgent; copies.
template <class State>
class any_agent {
 public:
  using state_type = State;
  using action_index = headroom::action_index;
  using action_mask = headroom::action_mask;

  explicit any_agent(std::unique_ptr<agent_interface<State>> self) : self_(std::move(self)), size_(self_->size()) {}
  any_agent(const any_agent& other) : self_(other.self_->clone()), size_(other.size_) {}
  any_agent(any_agent&&) noexcept = default;
  any_agent& operator=(const any_agent& other) {
    self_ = other.self_->clone();
    size_ = other.size_;
    return *this;
  }
  any_agent& operator=(any_agent&&) noexcept = default;
  ~any_agent() = default;

  action_index start(const State& s, action_mask legal = {}) { return self_->start(s, legal); }
  action_index step(double reward, const State& s, action_mask legal = {}) { return self_->step(reward, s, legal); }
  void terminate(double reward) { self_->terminate(reward); }
  void truncate(double reward, const State& s, action_mask legal = {}) { self_->truncate(reward, s, legal); }
  void executed(action_index a) { self_->executed(a); }
  [[nodiscard]] action_index greedy(const State& s, action_mask legal = {}) const { return self_->greedy(s, legal); }

  [[nodiscard]] bool has_values() const { return self_->has_values(); }
  [[nodiscard]] double value(const State& s, action_index a) const { return self_->value(s, a); }

  [[nodiscard]] std::size_t states() const requires std::same_as<State, headroom::state_index> { return size_; }
  [[nodiscard]] std::size_t dimension() const requires std::same_as<State, headroom::vector_state> { return size_; }
  [[nodiscard]] std::size_t actions() const { return self_->actions(); }

  [[nodiscard]] std::vector<double> table() const { return self_->table(); }
  bool adopt(std::span<const double> table) { return self_->adopt(table); }
  [[nodiscard]] std::string troubles() const { return self_->troubles(); }
  void learn(const std::vector<headroom::logged<headroom::stored_state<State>>>& log) { self_->learn(log); }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    with_erased(a, [&self](headroom::internal::erased_archive& erased) {
      if constexpr (std::is_const_v<Self>)
        std::as_const(*self.self_).fields(erased);
      else
        self.self_->fields(erased);
    });
  }

 private:
  std::unique_ptr<agent_interface<State>> self_;
  std::size_t size_;
};

/// What stands behind an any_encoder.
template <class Observation, class State>
class encoder_interface {
 public:
  virtual ~encoder_interface() = default;
  [[nodiscard]] virtual std::unique_ptr<encoder_interface> clone() const = 0;
  virtual State encode(const Observation& o) = 0;
  virtual void begin_episode() = 0;
  virtual void freeze() = 0;
  virtual void fields(headroom::internal::erased_archive& a) const = 0;
  virtual void fields(headroom::internal::erased_archive& a) = 0;
};

template <class Observation, class Encoder>
class encoder_model final : public encoder_interface<Observation, typename Encoder::state_type> {
 public:
  using interface = encoder_interface<Observation, typename Encoder::state_type>;

  explicit encoder_model(Encoder encode) : encode_(std::move(encode)) {}
  [[nodiscard]] std::unique_ptr<interface> clone() const override { return std::make_unique<encoder_model>(*this); }
  typename Encoder::state_type encode(const Observation& o) override { return encode_(o); }
  void begin_episode() override {
    if constexpr (requires(Encoder & e) { e.begin_episode(); }) encode_.begin_episode();
  }
  void freeze() override {
    if constexpr (requires(Encoder & e) { e.freeze(); }) encode_.freeze();
  }
  void fields(headroom::internal::erased_archive& a) const override { all_fields(*this, a); }
  void fields(headroom::internal::erased_archive& a) override { all_fields(*this, a); }

 private:
  template <class Self, class Archive>
  static void all_fields(Self& self, Archive& a) {
    if constexpr (requires { Encoder::fields(self.encode_, a); }) Encoder::fields(self.encode_, a);
  }

  Encoder encode_;
};

/// An encoder whose type is erased; copies.
template <class Observation, class State>
class any_encoder {
 public:
  using state_type = State;

  template <class Encoder>
  requires(!std::same_as<Encoder, any_encoder>) explicit any_encoder(Encoder encode)
      : size_(size_of(encode)), self_(std::make_unique<encoder_model<Observation, Encoder>>(std::move(encode))) {}
  any_encoder(const any_encoder& other) : size_(other.size_), self_(other.self_->clone()) {}
  any_encoder(any_encoder&&) noexcept = default;
  any_encoder& operator=(const any_encoder& other) {
    size_ = other.size_;
    self_ = other.self_->clone();
    return *this;
  }
  any_encoder& operator=(any_encoder&&) noexcept = default;
  ~any_encoder() = default;

  State operator()(const Observation& o) { return self_->encode(o); }
  void begin_episode() { self_->begin_episode(); }
  void freeze() { self_->freeze(); }
  [[nodiscard]] std::size_t size() const requires std::same_as<State, headroom::state_index> { return size_; }
  [[nodiscard]] std::size_t dimension() const requires std::same_as<State, headroom::vector_state> { return size_; }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    with_erased(a, [&self](headroom::internal::erased_archive& erased) {
      if constexpr (std::is_const_v<Self>)
        std::as_const(*self.self_).fields(erased);
      else
        self.self_->fields(erased);
    });
  }

 private:
  template <class Encoder>
  static std::size_t size_of(const Encoder& encode) {
    if constexpr (std::same_as<State, headroom::state_index>)
      return encode.size();
    else
      return encode.dimension();
  }

  std::size_t size_;
  std::unique_ptr<encoder_interface<Observation, State>> self_;
};

template <class Observation, class Action>
using any_reward = std::function<double(const Observation&, const Action&, const Observation&)>;

/// The learner of an environment: `learn_on` with its parts erased. State: state_index for a table, vector_state for a
/// network.
template <class E, class State, class Menu>
using erased_learner =
    headroom::learner<headroom::observation_t<E>,
                      headroom::organs<any_encoder<headroom::observation_t<E>, State>, any_agent<State>,
                                       any_reward<headroom::observation_t<E>, headroom::action_t<E>>, Menu>>;

template <class E, class Encoder, class Menu>
[[nodiscard]] auto learn_erased(Encoder encode, any_agent<typename Encoder::state_type> agent,
                                any_reward<headroom::observation_t<E>, headroom::action_t<E>> reward, Menu menu,
                                const headroom::learner_options& options = {}) {
  using state = typename Encoder::state_type;
  using made = erased_learner<E, state, Menu>;
  return made({any_encoder<headroom::observation_t<E>, state>(std::move(encode)), std::move(agent), std::move(reward),
               std::move(menu)},
              options);
}

}  // namespace tool
