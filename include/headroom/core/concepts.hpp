#pragma once

#include <concepts>  // std::same_as
#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint64_t
#include <optional>  // std::optional
#include <span>      // std::span

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

/// Read this page first. Every part of Headroom is a model of one of these concepts. A folder with a plural name holds
/// the models of one concept. Each comment gives the meaning, the semantics, the cost and a minimal model that can be
/// pasted.
// clang-format cannot lay out concepts (version 14).
// clang-format off
namespace headroom {

/// The world, simulated or live: what can be seen, what can be done, and how time passes.
/// Semantics: `reset` begins an episode; `step` applies one action and lets one decision interval pass. After a step
/// whose status is not `ongoing` the next call must be `reset`. The environment does not know the reward. Seeds go to
/// the constructor.
/// Cost: whatever the world costs; simulators should not allocate in `step`.
///     struct coin { using observation_type = int; using action_type = int;
///                   int reset(); headroom::step_result<int> step(int action); };
template <class E>
concept Environment = requires {
  typename E::observation_type;
  typename E::action_type;
} && std::semiregular<observation_t<E>> && std::semiregular<action_t<E>> &&
                      requires(E& env, const action_t<E>& action) {
  { env.reset() } -> std::same_as<observation_t<E>>;
  { env.step(action) } -> std::same_as<step_result<observation_t<E>>>;
};

/// A model of the world to plan on.
/// Semantics: `begin` draws a hidden state that fits what is seen, and `step` lives one interval of a future of its
/// own. The same state of the engine gives the same future, so that actions are compared on equal terms. It does not
/// know the real future: a copy of an environment does, and a plan that was made on one is clairvoyant. If it has
/// `watch(observation)`, that is called for each real observation in order, before `begin`.
/// Cost: that of a step of the world it models; no allocation once its buffers have grown.
///     struct dice { using observation_type = int; using action_type = int;
///                   void begin(int o, headroom::engine& random); headroom::step_result<int> step(int action); };
template <class S>
concept Simulator = requires {
  typename S::observation_type;
  typename S::action_type;
} && requires(S& model, const observation_t<S>& o, const action_t<S>& action, engine& random) {
  { model.begin(o, random) } -> std::same_as<void>;
  { model.step(action) } -> std::same_as<step_result<observation_t<S>>>;
};

/// Maps an observation to the state that an agent learns on.
/// Semantics: called exactly once per observation and in order, so an encoder may keep history. An encoder refuses
/// non-finite input by returning a state outside its own range (`no_state`). If it has `begin_episode()`, that is
/// called before the first observation of an episode, so that history need not reach into the next one.
/// Cost: nanoseconds, no allocation.
///     struct parity { using state_type = headroom::state_index;
///                     headroom::state_index operator()(int o) { return headroom::state_index(o % 2); } };
template <class F, class Observation>
concept Encoder = requires(F& encode, const Observation& o) {
  typename F::state_type;
  { encode(o) } -> std::same_as<typename F::state_type>;
};

/// An encoder into a finite set of states (or of features): `size()` of them.
///     parity above with: std::size_t size() const { return 2; }
template <class F, class Observation>
concept DiscreteEncoder = Encoder<F, Observation> && requires(const F& encode) {
  { encode.size() } -> std::same_as<std::size_t>;
};

/// An encoder into vectors of `dimension()` numbers. The agents here read a `vector_state` (core/features.hpp): a view
/// of the encoder's own buffer, which is empty for a refused observation.
///     struct halves { using state_type = std::span<const float>; float buffer[2];
///                     state_type operator()(int o) { buffer[0] = o / 2; buffer[1] = o % 2; return buffer; }
///                     std::size_t dimension() const { return 2; } };
template <class F, class Observation>
concept VectorEncoder = Encoder<F, Observation> && requires(const F& encode) {
  { encode.dimension() } -> std::same_as<std::size_t>;
};

/// r(o, a, o'): what the operator wants. It belongs to the operator, not to the world, and changes without touching
/// the world.
/// Semantics: const, pure, finite. A non-finite reward is refused and counted by the learner, never learned.
///     auto cost = [](const sample&, int, const sample& next) { return -1.0 * next.replicas; };
template <class F, class Observation, class Action>
concept Reward = requires(const F& reward, const Observation& o, const Action& a) {
  { reward(o, a, o) } -> std::convertible_to<double>;
};

/// A finite menu of actions of the environment. Learners refer to an action by its index in the menu.
///     struct pair { std::size_t size() const { return 2; } int operator[](headroom::action_index i) const; };
template <class M, class Action>
concept ActionSet = requires(const M& menu, action_index i) {
  { menu.size() } -> std::same_as<std::size_t>;
  { menu[i] } -> std::convertible_to<Action>;
};

/// An action set that knows which actions are feasible now (minimum, maximum, rate limit). Infeasible actions are
/// masked before the choice.
///     pair above with: bool legal(const sample& o, headroom::action_index i) const { return o.free > 0; }
template <class M, class Action, class Observation>
concept MaskedActionSet = ActionSet<M, Action> && requires(const M& menu, const Observation& o, action_index i) {
  { menu.legal(o, i) } -> std::same_as<bool>;
};

/// A finite menu whose entries become actions at an observation: "go to 8 replicas" is a delta of +3 at five of them.
/// `find` is the entry that leads to an action, or nothing. Learners take it in the place of an ActionSet.
///     targets of actions/targets.hpp.
template <class M, class Action, class Observation>
concept ObservedActionSet = requires(const M& menu, const Observation& o, action_index i, const Action& a) {
  { menu.size() } -> std::same_as<std::size_t>;
  { menu.at(o, i) } -> std::convertible_to<Action>;
  { menu.find(o, a) } -> std::same_as<std::optional<action_index>>;
};

/// Picks an action from action values and a mask. It draws from the caller's engine, so the choice is reproducible.
/// Semantics: returns a legal index; at least one must be legal.
/// Cost: O(number of actions), no allocation.
///     auto first = [](std::span<const double>, headroom::action_mask legal, headroom::engine&) {
///       return headroom::action_index{legal[0] ? 0U : 1U}; };
template <class X>
concept Exploration = requires(X& explore, std::span<const double> values, action_mask legal, engine& random) {
  { explore(values, legal, random) } -> std::same_as<action_index>;
};

/// An exploration that sees the state, too, such as one that counts visits (explorations/ucb.hpp). Tabular agents take
/// either. If it has `visited(state, action)`, the agent calls it for each action whose consequence it has learned.
///     auto late = [](headroom::state_index s, std::span<const double>, headroom::action_mask, headroom::engine&) {
///       return headroom::action_index{headroom::to_size(s) % 2}; };
template <class X, class State>
concept StateExploration = requires(X& explore, const State& s, std::span<const double> values, action_mask legal,
                                    engine& random) {
  { explore(s, values, legal, random) } -> std::same_as<action_index>;
};
/// What a tabular agent explores with.
template <class X, class State>
concept TabularExploration = Exploration<X> || StateExploration<X, State>;

/// An exploration that can also state its probabilities; Expected SARSA needs them.
template <class X>
concept ExplicitExploration = Exploration<X> && requires(const X& explore, std::span<const double> values,
                                                         action_mask legal, std::span<double> probabilities) {
  { explore.probabilities(values, legal, probabilities) } -> std::same_as<void>;
};

/// Maps a count (of steps or of episodes) to a value.
///     auto slowly = [](std::uint64_t n) { return 1.0 / (1 + n); };
template <class S>
concept Schedule = requires(const S& s, std::uint64_t n) {
  { s(n) } -> std::convertible_to<double>;
};

/// Learns and acts on states, with the shape of RL-Glue. The agent keeps its own last state and action, so no caller
/// can pair them wrongly. The action that `step` returns is the action that the agent bootstraps on and that is
/// executed.
/// Semantics: `start`, then `step`s, then `terminate` (nothing comes after: no bootstrap) or `truncate` (the task would
/// have gone on: bootstrap). `start` at any other moment drops the pending transition. `greedy` neither learns nor
/// explores.
/// Cost: no allocation after construction.
///     struct stubborn { using state_type = headroom::state_index; using a = headroom::action_index;
///                       a start(state_type) { return {}; } a step(double, state_type) { return {}; }
///                       void terminate(double) {} void truncate(double, state_type) {}
///                       a greedy(state_type) const { return {}; } };
template <class A>
concept Agent = requires { typename A::state_type; } &&
                requires(A& agent, const A& frozen, const typename A::state_type& s, double r) {
                  { agent.start(s) } -> std::same_as<action_index>;
                  { agent.step(r, s) } -> std::same_as<action_index>;
                  { agent.terminate(r) } -> std::same_as<void>;
                  { agent.truncate(r, s) } -> std::same_as<void>;
                  { frozen.greedy(s) } -> std::same_as<action_index>;
                };

/// An agent that respects a mask of legal actions, in the choice and in the target.
template <class A>
concept MaskedAgent = Agent<A> && requires(A& agent, const A& frozen, const typename A::state_type& s, double r,
                                           action_mask m) {
  { agent.start(s, m) } -> std::same_as<action_index>;
  { agent.step(r, s, m) } -> std::same_as<action_index>;
  { agent.truncate(r, s, m) } -> std::same_as<void>;
  { frozen.greedy(s, m) } -> std::same_as<action_index>;
};

/// An agent that can be told that an action other than its choice was executed. The agent then learns from the executed
/// action.
template <class A>
concept CorrectableAgent = Agent<A> && requires(A& agent, action_index a) {
  { agent.executed(a) } -> std::same_as<void>;
};

/// Drives an environment. A policy is a learner (encoder, agent, reward, menu) or a baseline. A host may call a policy
/// directly, without `run`.
/// Semantics: `start(first observation)`, then `step(observation)` each decision interval, then `stop(last observation,
/// why)`. A policy that needs the time reads it from the observation.
/// Cost: under a microsecond, no allocation.
///     struct hold { int start(const sample&) { return 0; } int step(const sample&) { return 0; }
///                   void stop(const sample&, headroom::episode) {} };
template <class P, class Observation, class Action>
concept Policy = requires(P& policy, const Observation& o, episode end) {
  { policy.start(o) } -> std::same_as<Action>;
  { policy.step(o) } -> std::same_as<Action>;
  { policy.stop(o, end) } -> std::same_as<void>;
};

/// A policy that can be told that its last action was overridden. A wrapper that overrides an action must call
/// `executed`.
template <class P, class Observation, class Action>
concept CorrectablePolicy = Policy<P, Observation, Action> && requires(P& policy, const Action& a) {
  { policy.executed(a) } -> std::same_as<void>;
};

/// Expected load over time: requests per second at `t` seconds since the start of the episode.
/// Semantics: const, pure, finite, not negative.
/// Cost: nanoseconds.
///     auto steady = [](double) { return 5.0; };
template <class W>
concept Workload = requires(const W& w, double t_s) {
  { w(t_s) } -> std::convertible_to<double>;
};

/// The three parts of a live host. A failed read returns nothing; it does not throw. Only a clock sleeps.
///     struct gauge { using observation_type = double; std::optional<double> read(); };
///     struct scaler { void apply(int delta); };
///     struct hand { std::chrono::nanoseconds now(); void sleep(std::chrono::nanoseconds); };
template <class S>
concept MetricSource = requires(S& source) {
  typename S::observation_type;
  { source.read() } -> std::same_as<std::optional<typename S::observation_type>>;
};
template <class X, class Action>
concept Actuator = requires(X& actuator, const Action& a) {
  { actuator.apply(a) } -> std::same_as<void>;
};
// A time is told by its shape, because <chrono> takes longer to parse than all of this page.
template <class D>
concept Nanoseconds = requires {
  typename D::rep;
  requires D::period::num == 1 && D::period::den == 1'000'000'000;
};
template <class C>
concept Clock = requires(C& clock) {
  { clock.now() } -> Nanoseconds;
  { clock.sleep(clock.now() - clock.now()) } -> std::same_as<void>;
};

}  // namespace headroom
