#pragma once

#include <cmath>     // std::abs
#include <concepts>  // std::floating_point

namespace headroom {

/// Huber's loss (1964) of an error e: e^2 / 2 up to `delta`, then a straight line of slope delta. The gradient is at
/// most delta, so one bad reward cannot ruin a network. It is PyTorch's huber_loss; PyTorch's smooth_l1_loss is this
/// one divided by delta.
template <std::floating_point Scalar>
[[nodiscard]] Scalar huber(Scalar error, Scalar delta = 1) {
  const Scalar size = std::abs(error);
  return size <= delta ? error * error / 2 : delta * (size - delta / 2);
}

/// Its derivative: the error, clipped to [-delta, delta].
template <std::floating_point Scalar>
[[nodiscard]] Scalar huber_slope(Scalar error, Scalar delta = 1) {
  return error > delta ? delta : error < -delta ? -delta : error;  // a NaN stays one
}

}  // namespace headroom
