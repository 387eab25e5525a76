#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

/// Small environments with known exact answers, for tests of learners: only a correct learner converges to these
/// numbers. Actions are ints from 0 to `actions` - 1, states from 0 to `states` - 1. The observation carries the
/// reward, because an environment does not compute rewards. `problem_reward` reads it, and `problem_state` is the
/// encoder.
namespace headroom {

struct problem_observation {
  std::size_t state = 0;  ///< after the last step of an episode: the state before that step
  double reward = 0;      ///< of the step that led here

  friend bool operator==(const problem_observation&, const problem_observation&) = default;
};

/// Model of Reward.
struct problem_reward {
  double operator()(const problem_observation&, int, const problem_observation& next) const noexcept {
    return next.reward;
  }
};

/// Model of DiscreteEncoder.
struct problem_state {
  using state_type = state_index;
  std::size_t states = 1;

  state_index operator()(const problem_observation& o) const noexcept { return state_index{o.state}; }
  [[nodiscard]] std::size_t size() const noexcept { return states; }
};

/// One state, one action, reward 1 for ever; the episode is truncated every `cut_every` steps. The value is 1 / (1 -
/// discount): 10 for 0.9. A learner that treats the cut as an end finds about half of it.
class constant_reward {
 public:
  using observation_type = problem_observation;
  using action_type = int;
  static constexpr std::size_t states = 1;
  static constexpr std::size_t actions = 1;

  explicit constant_reward(std::size_t cut_every = 10) : cut_every_(cut_every) {
    require(cut_every > 0, "constant_reward", "cut_every", cut_every, "be at least 1");
  }

  problem_observation reset() {
    steps_ = 0;
    return {};
  }
  step_result<problem_observation> step(int /*action*/) {
    return {{0, 1}, ++steps_ < cut_every_ ? episode::ongoing : episode::truncated};
  }

  [[nodiscard]] static double action_value(double discount) { return 1 / (1 - discount); }

 private:
  std::size_t cut_every_;
  std::size_t steps_ = 0;
};

/// Two states, two actions: 0 stays, 1 moves to the other state. Staying in state 1 pays 2, moving there costs 1,
/// everything else pays 0. It never ends; use a time_limit. Paying first is optimal when the discount exceeds 1/3.
class two_state {
 public:
  using observation_type = problem_observation;
  using action_type = int;
  static constexpr std::size_t states = 2;
  static constexpr std::size_t actions = 2;

  problem_observation reset() { return start_at(0); }
  problem_observation start_at(std::size_t state) {
    state_ = state;
    return {state_, 0};
  }
  step_result<problem_observation> step(int action) {
    const double reward = reward_of(state_, action);
    if (action == 1) state_ = 1 - state_;
    return {{state_, reward}, episode::ongoing};
  }

  /// The value of an action under the policy that moves in state 0, stays in state 1, and does the other with
  /// probability exploration / 2: epsilon-greedy with a constant rate, which is what SARSA converges to; 0 gives the
  /// optimal values.
  ///
  /// With p = 1 - exploration / 2, v1 - v0 = 3 p and v1 = (2 p - 3 p (1 - p) discount) / (1 - discount). That policy is
  /// greedy for its own values only where 3 p discount > 1, and elsewhere this refuses to answer.
  [[nodiscard]] static double action_value(std::size_t state, int action, double discount, double exploration = 0) {
    require(discount >= 0 && discount < 1, "two_state", "discount", discount, "be in [0, 1)");
    require_fraction("two_state", "exploration", exploration);
    const double p = 1 - exploration / 2;
    require(3 * p * discount > 1, "two_state", "discount", discount, "exceed 1 / (3 (1 - exploration / 2))");
    const double v1 = (2 * p - 3 * p * (1 - p) * discount) / (1 - discount);
    const double v0 = v1 - 3 * p;
    const std::size_t next = action == 1 ? 1 - state : state;
    return reward_of(state, action) + discount * (next == 1 ? v1 : v0);
  }

 private:
  static double reward_of(std::size_t state, int action) {
    if (state == 1) return action == 0 ? 2 : 0;
    return action == 1 ? -1 : 0;
  }

  std::size_t state_ = 0;
};

/// The random walk of Sutton and Barto: a row of states. An episode begins in the middle, and each step goes to the
/// left or to the right with equal probability, whatever the action. Beyond the right end pays 1, beyond the left end
/// `left_reward`. Without a discount, the value of state i is left_reward + (1 - left_reward) (i + 1) / (states + 1),
/// which is linear, because each value is the mean of its neighbours' values. It is a prediction problem, so it has one
/// action.
class random_walk {
 public:
  using observation_type = problem_observation;
  using action_type = int;
  static constexpr std::size_t actions = 1;

  /// Example 6.2: five states, the left end pays 0, values 1/6 to 5/6.
  [[nodiscard]] static random_walk five(std::uint64_t seed) { return random_walk(seed, 5, 0); }
  /// Example 7.1: nineteen states, the left end pays -1, values -0.9 to 0.9.
  [[nodiscard]] static random_walk nineteen(std::uint64_t seed) { return random_walk(seed, 19, -1); }

  random_walk(std::uint64_t seed, std::size_t states, double left_reward)
      : random_(seed, stream::workload), states_(states), left_reward_(left_reward) {
    require(states % 2 == 1, "random_walk", "states", states, "be odd, to have a middle");
    require_finite("random_walk", "left_reward", left_reward);
  }

  problem_observation reset() { return start_at(states_ / 2); }
  problem_observation start_at(std::size_t state) {
    state_ = state;
    return {state_, 0};
  }
  step_result<problem_observation> step(int /*action*/) {
    const bool right = random_.uniform() < 0.5;
    if (right && state_ + 1 == states_) return {{state_, 1}, episode::terminated};
    if (!right && state_ == 0) return {{state_, left_reward_}, episode::terminated};
    state_ = right ? state_ + 1 : state_ - 1;
    return {{state_, 0}, episode::ongoing};
  }

  [[nodiscard]] std::size_t states() const noexcept { return states_; }
  [[nodiscard]] double action_value(std::size_t state) const {
    return left_reward_ + (1 - left_reward_) * static_cast<double>(state + 1) / static_cast<double>(states_ + 1);
  }

 private:
  engine random_;
  std::size_t states_;
  double left_reward_;
  std::size_t state_ = 0;
};

/// The cliff of Sutton and Barto, example 6.6: four rows of twelve, start in the lower left corner, goal in the lower
/// right one, a cliff between them. Every step costs 1; a step off the cliff costs 100 and leads back to the start.
/// Undiscounted, with four actions: up, right, down, left; a step against the border stays. State = 12 * row + column,
/// row 0 on top.
///
/// The best path follows the edge and returns -13. SARSA, which learns what its own exploration costs, keeps away from
/// it: exploring in a tenth of its steps, its best path is one row off, -15, and while its learning rate is still high
/// it prefers the top row, -17. That difference is the point of the example.
class cliff {
 public:
  using observation_type = problem_observation;
  using action_type = int;
  static constexpr std::size_t rows = 4;
  static constexpr std::size_t columns = 12;
  static constexpr std::size_t states = rows * columns;
  static constexpr std::size_t actions = 4;
  static constexpr std::size_t start = (rows - 1) * columns;
  static constexpr std::size_t goal = rows * columns - 1;
  static constexpr double best_return = -13;
  static constexpr double safe_return = -17;

  problem_observation reset() { return start_at(start); }
  problem_observation start_at(std::size_t state) {
    state_ = state;
    return {state_, 0};
  }
  step_result<problem_observation> step(int action) {
    const problem_observation next = outcome(state_, action);
    if (next.state == goal) return {{state_, next.reward}, episode::terminated};
    state_ = next.state;
    return {next, episode::ongoing};
  }

  /// Whether a state is never entered: a place in the cliff.
  [[nodiscard]] static constexpr bool in_the_cliff(std::size_t state) noexcept { return state > start && state < goal; }

  /// The optimal value of an action in a state outside the cliff and before the goal: its reward, and from where it
  /// leads minus the number of steps to the goal, which is the way to the last column and down.
  [[nodiscard]] static double action_value(std::size_t state, int action) {
    const problem_observation next = outcome(state, action);
    return next.reward + (next.state == goal ? 0 : next.state == start ? best_return : -steps_to_goal(next.state));
  }

 private:
  [[nodiscard]] static double steps_to_goal(std::size_t state) {
    return static_cast<double>((columns - 1 - state % columns) + (rows - 1 - state / columns));
  }

  [[nodiscard]] static problem_observation outcome(std::size_t state, int action) {
    const std::size_t row = state / columns;
    const std::size_t column = state % columns;
    std::size_t next = state;
    if (action == 0 && row > 0) next -= columns;
    if (action == 1 && column + 1 < columns) next += 1;
    if (action == 2 && row + 1 < rows) next += columns;
    if (action == 3 && column > 0) next -= 1;
    if (in_the_cliff(next)) return {start, -100};
    return {next, -1};
  }

  std::size_t state_ = start;
};

}  // namespace headroom
