#pragma once

#include <algorithm>  // std::copy_n, std::min
#include <array>      // std::array
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t, std::uint64_t
#include <span>       // std::span
#include <string>     // std::string

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/types.hpp>
#include <headroom/explorations/best_of.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/mlp_batch.hpp>

namespace headroom {

/// The best actions of many states by one network, bit for bit those that `dqn::greedy` chooses for one state after the
/// other. The states go through the network by 32: a layer of 64 units then stays in the first-level cache. Nothing
/// allocates after construction.
///     greedy_batch choose{agent.online(), menu.size()};
///     choose(agent.online(), states, chosen);         // states: row i is that of service i
class greedy_batch {
 public:
  /// How many states go through the network together.
  static constexpr std::size_t block = 32;

  /// The numbers from one state to the next in memory, for a network of `inputs` inputs: rounded up to a cache line.
  [[nodiscard]] static constexpr std::size_t stride_for(std::size_t inputs) noexcept { return (inputs + 15) / 16 * 16; }

  /// @param shape    a network of the shape that will decide
  /// @param actions  how many of its outputs are actions: all, or all but the last one of a dueling network
  /// @param ties     which of several equals is chosen; what an engine would draw is the smallest index, as in `greedy`
  greedy_batch(const mlp<float>& shape, std::size_t actions, tie_break ties = tie_break::smallest_index)
      : batch_(shape, block, false), actions_(actions), largest_(ties == tie_break::largest_index) {
    require(actions >= 1 && actions <= shape.outputs(), "greedy_batch", "number of actions", actions,
            "be from 1 to the outputs of the network, " + to_text(shape.outputs()));
  }

  /// Which actions are legal in a row, as action_mask reads them: `words` of 64 bits for each state. Null: all.
  struct masks {
    const std::uint64_t* bits = nullptr;
    std::size_t words = 1;
  };

  /// Writes the best legal action of state i into chosen[i]. At least one must be legal.
  /// @param net     of the shape that was given
  /// @param states  row-major, `stride_for(inputs)` floats a row, readable up to a multiple of `block` rows
  /// @param chosen  an index for each state
  /// O(states * parameters), by blocks.
  void operator()(const mlp<float>& net, std::span<const float> states, std::span<action_index> chosen) {
    (*this)(net, states, chosen, masks{});
  }
  void operator()(const mlp<float>& net, std::span<const float> states, std::span<action_index> chosen, masks legal) {
    const std::size_t stride = stride_for(net.inputs());
    HEADROOM_ASSERT(states.size() >= (chosen.size() + block - 1) / block * block * stride,
                    "greedy_batch: the states must be readable up to a multiple of a block");
    for (std::size_t first = 0; first < chosen.size(); first += block) {
      const auto some = chosen.subspan(first, std::min(block, chosen.size() - first));
      batch_.gather(states.data() + first * stride, stride, nullptr, net.instructions());
      batch_.forward_as_one(net);
      if (legal.bits == nullptr)
        choose(some);
      else
        choose(some, legal.bits + first * legal.words, legal.words);
    }
  }

  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  /// The action values of the last block: of action a of its state j, values()[a * block + j]. A dueling network leaves
  /// out what its actions have in common.
  [[nodiscard]] std::span<const float> values() {
    return {batch_.output().data(), static_cast<std::size_t>(batch_.output().rows()) * block};
  }

 private:
  // All actions are legal: action by action, so that the states of a block are compared together.
  void choose(std::span<action_index> chosen) {
    const float* const value = values().data();
    std::array<float, block> top{};
    std::array<std::uint32_t, block> best{};
    const std::size_t begin = largest_ ? actions_ - 1 : 0;
    std::copy_n(value + begin * block, block, top.begin());
    best.fill(static_cast<std::uint32_t>(begin));
    for (std::size_t k = 1; k < actions_; ++k) {
      const std::size_t a = largest_ ? actions_ - 1 - k : k;
      const float* const row = value + a * block;
      for (std::size_t j = 0; j < block; ++j) {
        const bool better = row[j] > top[j];
        top[j] = better ? row[j] : top[j];
        best[j] = better ? static_cast<std::uint32_t>(a) : best[j];
      }
    }
    for (std::size_t j = 0; j < chosen.size(); ++j) chosen[j] = action_index{best[j]};
  }
  void choose(std::span<action_index> chosen, const std::uint64_t* bits, std::size_t words) {
    const float* const value = values().data();
    const tie_break ties = largest_ ? tie_break::largest_index : tie_break::smallest_index;
    for (std::size_t j = 0; j < chosen.size(); ++j) {
      chosen[j] = best_of(actions_, action_mask{bits + j * words}, ties,
                          [value, j](std::size_t a) { return static_cast<double>(value[a * block + j]); });
    }
  }

  mlp_batch<float> batch_;
  std::size_t actions_;
  bool largest_;
};

}  // namespace headroom
