#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/neural/mlp.hpp>

#include "catch.hpp"

/// What the tests of agents with a network share: states, networks computed by hand, and an eventful life.
namespace network_agents {

using namespace headroom;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

using row = std::array<float, 2>;
constexpr row here{0.5F, -0.25F};
constexpr row there{-0.75F, 1.0F};

inline row somewhere(engine& random) {
  return {static_cast<float>(uniform(random, -2, 2)), static_cast<float>(uniform(random, -2, 2))};
}

/// The outputs as a network is drawn on paper, in double.
inline std::vector<double> by_hand(const mlp<float>& net, const row& s) {
  std::vector<double> x(s.begin(), s.end());
  for (std::size_t k = 0; k < net.layers(); ++k) {
    const auto w = net.weight(k);
    const auto b = net.bias(k);
    std::vector<double> y;
    for (std::ptrdiff_t o = 0; o < w.cols(); ++o) {
      double sum = static_cast<double>(b(0, o));
      for (std::ptrdiff_t i = 0; i < w.rows(); ++i)
        sum += x[static_cast<std::size_t>(i)] * static_cast<double>(w(i, o));
      const bool last = k + 1 == net.layers();
      y.push_back(last ? sum : net.hidden() == activation::relu ? std::max(sum, 0.0) : std::tanh(sum));
    }
    x = y;
  }
  return x;
}

inline std::vector<float> parameters(const mlp<float>& net) {
  return {net.parameters().begin(), net.parameters().end()};
}
inline double furthest(const std::vector<float>& a, const std::vector<float>& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(static_cast<double>(a[i] - b[i])));
  return most;
}

/// A life of a few hundred steps, with all that can happen in it.
template <class Agent>
void live(Agent& agent, std::uint64_t seed, int episodes) {
  engine random(seed);
  const std::uint64_t word = 0b011;
  for (int e = 0; e < episodes; ++e) {
    agent.start(somewhere(random));
    for (int k = 0; k < 20; ++k) {
      agent.step(uniform(random, -1, 1), somewhere(random), k % 5 == 0 ? action_mask{&word} : action_mask{});
      if (k % 7 == 0) agent.executed(action_index{0});
    }
    if (e % 2 == 0)
      agent.terminate(uniform(random, -1, 1));
    else
      agent.truncate(uniform(random, -1, 1), somewhere(random));
  }
}

/// An update flushes denormals, and gives the caller's floating-point state back: he may have them.
inline void check_that_denormals_are_left() {
  volatile float tiny = std::numeric_limits<float>::min();
  tiny = tiny / 4;
  CHECK(tiny > 0);
}

/// The names under which the options of a training are compared, in order, and which of them may be changed.
struct compared_names {
  std::vector<std::string> all{};
  std::vector<std::string> tunable{};
  template <class Value>
  void same(const char* name, const Value&) {
    all.emplace_back(name);
  }
  template <class Value>
  bool tuned(const char* name, const Value& value) {
    same(name, value);
    tunable.emplace_back(name);
    return false;
  }
};

/// A service whose only purpose is that a learner can be built for it.
struct sight {
  double load = 0;
  int replicas = 2;
};
struct service {
  using observation_type = sight;
  using action_type = int;
  sight reset() { return {}; }
  step_result<sight> step(int) { return {}; }
};
constexpr auto cost = [](const sight&, int, const sight& next) { return -next.load; };

}  // namespace network_agents
