#pragma once

#include <cstddef>  // std::size_t
#include <vector>   // std::vector

#include "../dqn_problem.hpp"

/// Our update in a translation unit of its own, so that a peer's headers and ours never meet.
namespace ours {

/// Weights by output, as PyTorch keeps them: (outputs, inputs), row by row.
struct layer {
  std::vector<float> weight;
  std::vector<float> bias;
};
struct result {
  std::vector<layer> before, online, target;
  double longest_gradient = 0;  // its norm before clipping
};

/// `updates` updates from the same initial weights, with a replay that holds `batch` transitions: all of them are each
/// batch.
result updates(const dqn_problem::network& n, std::size_t batch, int updates, float clip);

}  // namespace ours
