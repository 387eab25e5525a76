#pragma once

#include <Eigen/Core>

#include <type_traits>  // std::is_const_v, std::remove_const_t

#include <headroom/neural/matrix_view.hpp>

namespace headroom {

/// The weights of a network, or the numbers of a batch, as an Eigen matrix for those who want to compute on them.
/// Nothing is copied: to write into it is to write into the network.
template <class Scalar>
[[nodiscard]] auto eigen_view(const matrix_view<Scalar>& m) {
  using dense = Eigen::Matrix<std::remove_const_t<Scalar>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using seen = std::conditional_t<std::is_const_v<Scalar>, const dense, dense>;
  return Eigen::Map<seen, Eigen::Aligned64, Eigen::OuterStride<>>(m.data(), m.rows(), m.cols(),
                                                                  Eigen::OuterStride<>(m.stride()));
}

}  // namespace headroom
