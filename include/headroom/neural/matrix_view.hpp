#pragma once

#include <cstddef>  // std::ptrdiff_t

namespace headroom {

/// A view of a matrix that is stored row by row; each row begins on a cache line.
/// headroom/ext/eigen.hpp shows it as an Eigen matrix: parsing Eigen costs as much as parsing a whole agent, and the
/// agents do not need it.
template <class Scalar>
class matrix_view {
 public:
  using index = std::ptrdiff_t;

  constexpr matrix_view(Scalar* data, index rows, index cols, index stride) noexcept
      : data_(data), rows_(rows), cols_(cols), stride_(stride) {}

  [[nodiscard]] constexpr Scalar* data() const noexcept { return data_; }
  [[nodiscard]] constexpr index rows() const noexcept { return rows_; }
  [[nodiscard]] constexpr index cols() const noexcept { return cols_; }
  [[nodiscard]] constexpr index size() const noexcept { return rows_ * cols_; }
  [[nodiscard]] constexpr index stride() const noexcept { return stride_; }  ///< numbers from one row to the next
  [[nodiscard]] constexpr Scalar& operator()(index row, index col) const noexcept { return data_[row * stride_ + col]; }

 private:
  Scalar* data_;
  index rows_;
  index cols_;
  index stride_;
};
template <class Scalar>
using const_matrix_view = matrix_view<const Scalar>;

}  // namespace headroom
