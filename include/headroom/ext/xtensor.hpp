#pragma once

#if __has_include(<xtensor/containers/xtensor.hpp>)  // since xtensor 0.26
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xtensor.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <array>    // std::array
#include <cstddef>  // std::size_t

#include <headroom/tabular/q_table.hpp>

/// A table of action values as an xtensor, for those who want to compute on it. Not part of the library's target: a
/// program that includes this header finds and links xtensor itself.
namespace headroom {

/// The values of `q`, shape (states, actions). Nothing is copied: to write into the view is to write into the table,
/// and the view ends with the table.
[[nodiscard]] inline auto xtensor_view(q_table& q) {
  const auto all = q.all();
  return xt::adapt(all.data(), all.size(), xt::no_ownership(), std::array<std::size_t, 2>{q.states(), q.actions()});
}
[[nodiscard]] inline auto xtensor_view(const q_table& q) {
  const auto all = q.all();
  return xt::adapt(all.data(), all.size(), xt::no_ownership(), std::array<std::size_t, 2>{q.states(), q.actions()});
}
void xtensor_view(const q_table&&) = delete;

/// The table that holds what a two-dimensional expression comes to. Errors: std::invalid_argument as q_table's.
template <class Expression>
[[nodiscard]] q_table table_of(const Expression& values) {
  const xt::xtensor<double, 2> all = values;
  return q_table(all.shape()[0], all.shape()[1], {all.begin(), all.end()});
}

}  // namespace headroom
