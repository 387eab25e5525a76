#pragma once

#include <algorithm>  // std::fill
#include <concepts>   // std::floating_point
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/internal/kernels.hpp>
#include <headroom/neural/mlp.hpp>

namespace headroom {

/// Memory for a pass of several samples through networks of one shape: the activations and, on request, their
/// gradients. A row per feature and a column per sample. The constructor allocates everything; forward and backward
/// allocate nothing.
///     mlp_batch<float> batch{net, 64, true};
///     batch.input() = samples;                            // (9, 64)
///     batch.forward(net);
///     batch.output_gradient() = ...;                      // (3, 64): d loss / d output
///     batch.backward(net, gradient);                      // laid out as net.parameters()
template <std::floating_point Scalar = float>
class mlp_batch {
 public:
  /// @param shape     a network of the shape for which there is room
  /// @param samples   columns
  /// @param backward  whether gradients will be wanted
  mlp_batch(const mlp<Scalar>& shape, std::size_t samples, bool backward)
      : sizes_(shape.sizes()), samples_(samples), stride_(internal::padded(samples)) {
    require(samples > 0, "mlp_batch", "number of samples", samples, "be at least 1");
    std::size_t widest = 0;
    for (std::size_t k = 0; k < sizes_.size(); ++k) {
      values_.emplace_back((sizes_[k] + 1) * stride_);
      if (k + 1 < sizes_.size()) {  // the row that the bias is multiplied by, so that a bias is a weight like others
        std::fill(values_[k].end() - static_cast<std::ptrdiff_t>(stride_), values_[k].end(), Scalar{1});
      }
      if (k > 0) widest = std::max(widest, internal::padded(sizes_[k]));
    }
    if (!backward) return;
    for (std::size_t k = 0; k < sizes_.size(); ++k)
      gradients_.emplace_back(k == 0 ? 0 : internal::padded(sizes_[k]) * stride_);
    turned_.resize(stride_ * widest);
  }

  [[nodiscard]] std::size_t samples() const noexcept { return samples_; }
  /// Columns in memory: samples() rounded up. The content of the additional columns does not matter.
  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }

  /// (inputs, samples), to be filled before `forward`.
  [[nodiscard]] matrix_view<Scalar> input() { return view(values_.front(), sizes_.front()); }
  /// (outputs, samples), valid after `forward`.
  [[nodiscard]] matrix_view<Scalar> output() { return view(values_.back(), sizes_.back()); }
  /// (outputs, samples), to be filled before `backward`.
  [[nodiscard]] matrix_view<Scalar> output_gradient() { return view(gradients_.back(), sizes_.back()); }

  /// Fills the input with the rows that `index` names, of a table with `stride` numbers a row. Rows must be readable up
  /// to a multiple of 16 numbers. `index` has stride() entries.
  void gather(const Scalar* rows, std::size_t stride, const std::uint32_t* index, instruction_set instructions) {
    internal::kernels::with(instructions, [&](auto copy) {
      copy.gather(values_.front().data(), stride_, rows, stride, index, stride_, sizes_.front());
    });
  }

  void forward(const mlp<Scalar>& net) {
    each_layer(net, 1, [](auto copy, const auto& product) { copy.multiply(product); });
  }
  /// As `forward`, with the sums in the order of mlp::forward_one: each sample has the bits that it has alone, so that
  /// a decision does not depend on who else is in the batch. About a sixth slower.
  void forward_as_one(const mlp<Scalar>& net) {
    each_layer(net, 0, [](auto copy, const auto& product) { copy.multiply_as_one(product); });
  }

  /// The gradient of the loss with respect to the parameters, summed over the samples, from output_gradient() and the
  /// activations of the last `forward`. Consumes the activations' gradients.
  void backward(const mlp<Scalar>& net, std::span<Scalar> gradient) {
    HEADROOM_ASSERT(!gradients_.empty(), "mlp_batch: made without room for gradients");
    HEADROOM_ASSERT(gradient.size() == net.parameters().size(), "mlp_batch: one gradient for every parameter");
    clear_columns_beyond(gradients_.back(), sizes_.back());
    internal::kernels::with(net.instructions(), [&](auto copy) {
      for (std::size_t k = net.layers(); k-- > 0;) {
        const std::size_t outputs = internal::padded(sizes_[k + 1]);
        // d/dW(i, o) = sum over samples of x(i) d(o): the kernel wants d a row per sample.
        copy.gather(turned_.data(), outputs, gradients_[k + 1].data(), stride_, nullptr, outputs, stride_);
        copy.multiply(internal::kernels::product<Scalar>{.c = gradient.data() + net.begin_[k],
                                                         .c_stride = outputs,
                                                         .a = values_[k].data(),
                                                         .a_row = stride_,
                                                         .a_step = 1,
                                                         .b = turned_.data(),
                                                         .b_stride = outputs,
                                                         .rows = sizes_[k] + 1,
                                                         .depth = stride_,
                                                         .columns = outputs});
        if (k == 0) break;
        copy.multiply(internal::kernels::product<Scalar>{.c = gradients_[k].data(),
                                                         .c_stride = stride_,
                                                         .a = net.parameters_.data() + net.begin_[k],
                                                         .a_row = outputs,
                                                         .a_step = 1,
                                                         .b = gradients_[k + 1].data(),
                                                         .b_stride = stride_,
                                                         .rows = sizes_[k],
                                                         .depth = sizes_[k + 1],
                                                         .columns = stride_,
                                                         .how = net.hidden() == activation::relu
                                                                    ? internal::kernels::finish::gate_relu
                                                                    : internal::kernels::finish::gate_tanh,
                                                         .gate = values_[k].data()});
      }
    });
  }

 private:
  // The values of a layer from those of the one before. `bias_steps`: 1 if the bias is a step of the product.
  template <class Multiply>
  void each_layer(const mlp<Scalar>& net, std::size_t bias_steps, Multiply multiply) {
    HEADROOM_ASSERT(net.sizes() == sizes_, "mlp_batch: the network must have the shape that the batch was made for");
    internal::kernels::with(net.instructions(), [&](auto copy) {
      for (std::size_t k = 0; k < net.layers(); ++k) {
        const bool last = k + 1 == net.layers();
        const bool relu = !last && net.hidden() == activation::relu;
        multiply(copy, internal::kernels::product<Scalar>{
                           .c = values_[k + 1].data(),
                           .c_stride = stride_,
                           .a = net.parameters_.data() + net.begin_[k],
                           .a_row = 1,
                           .a_step = internal::padded(sizes_[k + 1]),
                           .b = values_[k].data(),
                           .b_stride = stride_,
                           .rows = sizes_[k + 1],
                           .depth = sizes_[k] + bias_steps,
                           .columns = stride_,
                           .how = relu ? internal::kernels::finish::relu : internal::kernels::finish::none});
        if (!last && net.hidden() == activation::tanh) copy.tanh(values_[k + 1].data(), sizes_[k + 1] * stride_);
      }
    });
  }
  [[nodiscard]] matrix_view<Scalar> view(internal::aligned_vector<Scalar>& block, std::size_t rows) const {
    return matrix_view<Scalar>(block.data(), static_cast<std::ptrdiff_t>(rows), static_cast<std::ptrdiff_t>(samples_),
                               static_cast<std::ptrdiff_t>(stride_));
  }
  // The additional columns must not change the weights.
  void clear_columns_beyond(internal::aligned_vector<Scalar>& block, std::size_t rows) const {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t j = samples_; j < stride_; ++j) block[r * stride_ + j] = 0;
    }
  }

  std::vector<std::size_t> sizes_;
  std::size_t samples_;
  std::size_t stride_;
  std::vector<internal::aligned_vector<Scalar>> values_;  // inputs, then the outputs of each layer; last a row of ones
  std::vector<internal::aligned_vector<Scalar>>
      gradients_;                            // of the loss with respect to each layer's sums; rows padded with 0
  internal::aligned_vector<Scalar> turned_;  // one of them with a row per sample
};

}  // namespace headroom
