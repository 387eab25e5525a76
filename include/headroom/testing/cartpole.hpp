#pragma once

#include <cmath>    // std::abs, std::cos, std::sin
#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// The observation of a pole on a cart.
struct cartpole_observation {
  double place = 0;          ///< of the cart, m; 0 is the middle of the track
  double speed = 0;          ///< of the cart, m/s
  double angle = 0;          ///< of the pole, rad; 0 is upright, positive leans right
  double angular_speed = 0;  ///< of the pole, rad/s
  double reward = 0;         ///< of the step that led here: 1, also for the step that fails

  friend bool operator==(const cartpole_observation&, const cartpole_observation&) = default;
};

/// The pole on a cart (Barto, Sutton and Anderson 1983), with the numbers of Gym's CartPole-v1, so that results can be
/// compared. Action 0 pushes the cart to the left, 1 to the right, with 10 N for 20 ms. The episode terminates when the
/// cart leaves the track or the pole leans by more than 12 degrees; it is truncated after 500 steps. Each step pays 1,
/// so the highest return is 500. An episode begins near the upright rest, each number uniform in [-0.05, 0.05).
///
/// The equations are solved by Euler's rule with the old speeds. This approximation adds energy; Gym's does the same,
/// and the problems must be equal. Model of Environment.
class cartpole {
 public:
  using observation_type = cartpole_observation;
  using action_type = int;
  static constexpr std::size_t actions = 2;
  static constexpr std::size_t limit = 500;                              ///< steps
  static constexpr double track = 2.4;                                   ///< m, to either side
  static constexpr double lean = 12 * 2 * 3.14159265358979323846 / 360;  ///< rad, to either side

  explicit cartpole(std::uint64_t seed) : random_(seed, stream::workload) {}

  cartpole_observation reset() {
    const auto draw = [this] { return uniform(random_, -0.05, 0.05); };
    const double place = draw();
    const double speed = draw();
    const double angle = draw();
    const double angular_speed = draw();
    return start_at({place, speed, angle, angular_speed});
  }
  /// Begins an episode in a given state.
  cartpole_observation start_at(const cartpole_observation& o) {
    now_ = o;
    steps_ = 0;
    failed_ = false;
    return now_;
  }

  step_result<cartpole_observation> step(int action) {
    constexpr double gravity = 9.8;      // m/s^2
    constexpr double pole_mass = 0.1;    // kg
    constexpr double total_mass = 1.1;   // kg, the cart's 1 and the pole's
    constexpr double half_length = 0.5;  // m, from the joint to the pole's centre of mass
    constexpr double pole_moment = pole_mass * half_length;
    constexpr double force = 10;  // N
    constexpr double tau = 0.02;  // s

    const double push = action == 1 ? force : -force;
    const double sine = std::sin(now_.angle);
    const double cosine = std::cos(now_.angle);
    const double shared = (push + pole_moment * now_.angular_speed * now_.angular_speed * sine) / total_mass;
    const double angular_acceleration =
        (gravity * sine - cosine * shared) / (half_length * (4.0 / 3.0 - pole_mass * cosine * cosine / total_mass));
    const double acceleration = shared - pole_moment * angular_acceleration * cosine / total_mass;

    now_ = {now_.place + tau * now_.speed, now_.speed + tau * acceleration, now_.angle + tau * now_.angular_speed,
            now_.angular_speed + tau * angular_acceleration, 1};
    ++steps_;
    failed_ = failed_ || std::abs(now_.place) > track || std::abs(now_.angle) > lean;
    if (failed_) return {now_, episode::terminated};
    return {now_, steps_ < limit ? episode::ongoing : episode::truncated};
  }

 private:
  engine random_;
  cartpole_observation now_{};
  std::size_t steps_ = 0;
  bool failed_ = false;
};

/// Model of Reward.
struct cartpole_reward {
  double operator()(const cartpole_observation&, int, const cartpole_observation& next) const noexcept {
    return next.reward;
  }
};

}  // namespace headroom
