#pragma once

#include <algorithm>         // std::max
#include <cmath>             // std::sqrt
#include <concepts>          // std::floating_point
#include <cstddef>           // std::ptrdiff_t, std::size_t
#include <cstdint>           // std::uint8_t
#include <initializer_list>  // std::initializer_list
#include <span>              // std::span
#include <string>            // std::string
#include <type_traits>       // std::is_same_v, std::remove_pointer_t
#include <utility>           // std::move, std::swap
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/internal/kernels.hpp>
#include <headroom/neural/matrix_view.hpp>

namespace headroom {

/// The activation function of the hidden layers. The last layer is linear.
enum class activation : std::uint8_t { relu, tanh };

template <std::floating_point Scalar>
class mlp_batch;

/// A multi-layer perceptron: dense layers with ReLU or tanh between them. It holds only the parameters, so a target
/// network costs no more; an `mlp_batch` holds what a pass over samples needs. Sizes are known at run time, so one
/// compilation serves every network. The kernels know their block sizes at compile time.
///
/// Layer k computes W^T x + b. One block of parameters holds all layers, so an optimiser is one loop. For each layer it
/// holds the rows of W (inputs, outputs), then b; rows are padded with zeros to 16 columns. The padding stays zero,
/// because its gradient is zero.
///     engine random{42, stream::initialisation};
///     mlp<float> net{{9, 64, 64, 3}, activation::relu, random};
template <std::floating_point Scalar = float>
class mlp {
 public:
  /// Weights and biases are uniform within 1 / sqrt(inputs) of 0, PyTorch's default for a linear layer, in the order in
  /// which it draws them: per layer the weights by output, then the biases.
  /// @param sizes         inputs, hidden layers, outputs
  /// @param hidden        what the hidden layers apply to their sums
  /// @param random        draws the weights and biases
  /// @param instructions  the copy of the kernels to use
  mlp(std::vector<std::size_t> sizes, activation hidden, engine& random,
      instruction_set instructions = best_instructions())
      : sizes_(std::move(sizes)), hidden_(hidden), instructions_(instructions) {
    require(sizes_.size() >= 2, "mlp", "number of sizes", sizes_.size(), "be at least 2: inputs and outputs");
    require(supported(instructions), "mlp", "instructions", static_cast<int>(instructions),
            "be an instruction set of this machine and this build");
    std::size_t total = 0;
    for (std::size_t k = 0; k < sizes_.size(); ++k) {
      if (sizes_[k] == 0 || sizes_[k] > widest) {
        std::string layer = "width of layer ";
        layer += to_text(k);
        require(false, "mlp", layer, sizes_[k], "be from 1 to 65536");
      }
      if (k == 0) continue;
      begin_.push_back(total);
      total += (sizes_[k - 1] + 1) * internal::padded(sizes_[k]);
    }
    parameters_.resize(total);
    for (std::size_t k = 0; k < layers(); ++k) {
      const double bound = 1 / std::sqrt(static_cast<double>(sizes_[k]));
      auto w = weight(k);
      for (std::ptrdiff_t o = 0; o < w.cols(); ++o) {
        for (std::ptrdiff_t i = 0; i < w.rows(); ++i) w(i, o) = static_cast<Scalar>(uniform(random, -bound, bound));
      }
      auto b = bias(k);
      for (std::ptrdiff_t o = 0; o < b.cols(); ++o) b(0, o) = static_cast<Scalar>(uniform(random, -bound, bound));
    }
  }

  [[nodiscard]] std::size_t layers() const noexcept { return sizes_.size() - 1; }
  [[nodiscard]] const std::vector<std::size_t>& sizes() const noexcept { return sizes_; }
  [[nodiscard]] std::size_t inputs() const noexcept { return sizes_.front(); }
  [[nodiscard]] std::size_t outputs() const noexcept { return sizes_.back(); }
  [[nodiscard]] activation hidden() const noexcept { return hidden_; }
  [[nodiscard]] instruction_set instructions() const noexcept { return instructions_; }

  /// All parameters, padding included.
  [[nodiscard]] std::span<Scalar> parameters() noexcept { return parameters_; }
  [[nodiscard]] std::span<const Scalar> parameters() const noexcept { return parameters_; }

  /// W of layer k, shape (inputs, outputs), and its bias, shape (1, outputs).
  [[nodiscard]] matrix_view<Scalar> weight(std::size_t k) { return view(parameters_.data(), k, 0, sizes_[k]); }
  [[nodiscard]] matrix_view<Scalar> bias(std::size_t k) { return view(parameters_.data(), k, sizes_[k], 1); }
  [[nodiscard]] const_matrix_view<Scalar> weight(std::size_t k) const {
    return view(parameters_.data(), k, 0, sizes_[k]);
  }
  [[nodiscard]] const_matrix_view<Scalar> bias(std::size_t k) const {
    return view(parameters_.data(), k, sizes_[k], 1);
  }

  /// The outputs for one sample. `x` has inputs() numbers; `scratch` has scratch_size() numbers, and the result is a
  /// view of it. About 115 ns for 9-64-64-3.
  [[nodiscard]] std::span<const Scalar> forward_one(std::span<const Scalar> x, std::span<Scalar> scratch) const {
    HEADROOM_ASSERT(x.size() == inputs(), "mlp: the sample must have as many numbers as there are inputs");
    HEADROOM_ASSERT(scratch.size() >= scratch_size(), "mlp: scratch is too small");
    const Scalar* from = x.data();
    Scalar* to = scratch.data();
    Scalar* other = to + scratch.size() / 32 * 16;
    for (std::size_t k = 0; k < layers(); ++k) {
      const bool last = k + 1 == layers();
      internal::kernels::with(instructions_, [&](auto copy) {
        copy.dense_one(parameters_.data() + begin_[k], internal::padded(sizes_[k + 1]), sizes_[k], sizes_[k + 1], from,
                       to, !last && hidden_ == activation::relu);
      });
      if (!last && hidden_ == activation::tanh) {
        internal::kernels::with(instructions_, [&](auto copy) { copy.tanh(to, internal::padded(sizes_[k + 1])); });
      }
      from = to;
      std::swap(to, other);
    }
    return {from, outputs()};
  }
  [[nodiscard]] std::size_t scratch_size() const noexcept {
    std::size_t most = 0;
    for (std::size_t k = 1; k < sizes_.size(); ++k) most = std::max(most, internal::padded(sizes_[k]));
    return 2 * most;
  }

  /// The state that a resumed training needs: the weights in the usual form, "0.weight" of shape (outputs, inputs) and
  /// "0.bias".
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    for (std::size_t k = 0; k < self.layers(); ++k) {
      move_block(self.weight(k), to_text(k) + ".weight", a, {self.sizes_[k + 1], self.sizes_[k]});
      move_block(self.bias(k), to_text(k) + ".bias", a, {self.sizes_[k + 1]});
    }
  }

 private:
  template <std::floating_point>
  friend class mlp_batch;

  static constexpr std::size_t widest = 65536;
  static constexpr Scalar largest_weight = 1e9F;  // in a file

  // A block of the parameters without padding. Column by column is output by output.
  template <class View, class Archive>
  static void move_block(View block, const std::string& name, Archive& a, std::initializer_list<std::size_t> shape) {
    std::vector<Scalar> values;
    values.reserve(static_cast<std::size_t>(block.size()));
    for (std::ptrdiff_t o = 0; o < block.cols(); ++o) {
      for (std::ptrdiff_t i = 0; i < block.rows(); ++i) values.push_back(block(i, o));
    }
    a(name, std::span<Scalar>(values), shape);
    if constexpr (std::is_same_v<View, matrix_view<Scalar>>) {
      // Steps of Adam are about as long as the learning rate: no training comes so far, and a network that is given
      // such weights can neither learn nor be trusted.
      for (const Scalar w : values) {
        a.check(w >= -largest_weight && w <= largest_weight, name, w, "be from -1e9 to 1e9, as a weight");
      }
      const Scalar* from = values.data();
      for (std::ptrdiff_t o = 0; o < block.cols(); ++o) {
        for (std::ptrdiff_t i = 0; i < block.rows(); ++i) block(i, o) = *from++;
      }
    }
  }

  template <class Pointer>
  [[nodiscard]] auto view(Pointer block, std::size_t k, std::size_t row, std::size_t rows) const {
    const std::size_t stride = internal::padded(sizes_[k + 1]);
    return matrix_view<std::remove_pointer_t<Pointer>>(
        block + begin_[k] + row * stride, static_cast<std::ptrdiff_t>(rows), static_cast<std::ptrdiff_t>(sizes_[k + 1]),
        static_cast<std::ptrdiff_t>(stride));
  }

  std::vector<std::size_t> sizes_;
  activation hidden_;
  instruction_set instructions_;
  std::vector<std::size_t> begin_;  // of each layer in the block
  internal::aligned_vector<Scalar> parameters_;
};

}  // namespace headroom
