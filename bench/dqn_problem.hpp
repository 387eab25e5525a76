#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t, std::uint64_t
#include <cstdlib>      // std::strtoul
#include <span>         // std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

/// The update that every program here times, so that ours and the peers' do the same work: a batch drawn from a full
/// replay, a Double DQN target, the mean Huber loss, the gradient's norm clipped, Adam, and a Polyak blend into the
/// target network.
namespace dqn_problem {

inline constexpr std::size_t features = 9;
inline constexpr std::size_t actions = 3;
inline constexpr std::size_t capacity = 50'000;
inline constexpr float discount = 0.97F;
inline constexpr float learning_rate = 3e-4F;
inline constexpr float beta1 = 0.9F, beta2 = 0.999F, epsilon = 1e-8F;
inline constexpr float clip_norm = 3.0F;
inline constexpr float target_rate = 0.005F;

struct network {
  const char* name;
  std::array<std::size_t, 2> hidden;
};
inline constexpr std::array<network, 2> networks{{{"9-64-64-3", {64, 64}}, {"9-128-64-3", {128, 64}}}};

struct transition {
  std::array<float, features> s;
  std::uint32_t action;
  float reward;
  std::array<float, features> next;
  bool terminated;
};

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast and the same in every program.
class bits {
 public:
  explicit bits(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// Uniform in [-1, 1).
  float real() { return static_cast<float>((*this)() >> 40U) * 0x1p-23F - 1.0F; }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(((*this)() >> 32U) * n >> 32U); }

 private:
  std::uint64_t state_;
};

/// A made-up experience: what is learned does not change how long it takes, except for units that die, and those do
/// here too.
inline std::vector<transition> transitions(std::size_t n, std::uint64_t seed = 1) {
  bits draw(seed);
  std::vector<transition> out(n);
  for (transition& t : out) {
    for (float& x : t.s) x = draw.real();
    for (float& x : t.next) x = draw.real();
    t.action = draw.below(actions);
    t.reward = draw.real();
    t.terminated = draw.below(50) == 0;
  }
  return out;
}

/// Floating-point operations of one update, two for each multiplication with its addition: three forward passes (the
/// online network on both observations, the target network on the next), the gradient of the weights, and the gradient
/// of the inputs of every layer but the first. Biases, activations, loss and optimiser are not counted.
/// `widths`: of the layers, features and actions among them.
constexpr double operations(std::span<const std::size_t> widths, std::size_t batch) {
  std::size_t forward = 0;
  for (std::size_t k = 1; k < widths.size(); ++k) forward += widths[k - 1] * widths[k];
  const std::size_t inputs = forward - widths[0] * widths[1];
  return 2.0 * static_cast<double>(batch * (4 * forward + inputs));
}
constexpr double operations(const network& n, std::size_t batch) {
  const std::array<std::size_t, 4> widths{features, n.hidden[0], n.hidden[1], actions};
  return operations(widths, batch);
}
static_assert(operations(networks[0], 64) == 3'039'232);

}  // namespace dqn_problem
