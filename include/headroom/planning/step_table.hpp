#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::isfinite
#include <concepts>   // std::same_as
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t, std::uint64_t
#include <span>       // std::span
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>
#include <headroom/planning/step_grid.hpp>

namespace headroom {

/// What one decision interval came to in a model.
struct step_sample {
  double late = 0;       ///< requests that turned out to be late
  double in_system = 0;  ///< requests in service or waiting at its end
};

/// A model of one decision interval. A course is what the replicas do in it: how many serve, and from when on. The
/// model is given a Poisson rate (requests per second) and the requests in the system, and draws what happens.
// clang-format cannot lay out concepts (version 14).
// clang-format off
template <class M>
concept StepModel = requires(M& m, std::size_t course, double rate, double in_system, engine& random) {
  { m.courses() } -> std::same_as<std::size_t>;
  { m(course, rate, in_system, random) } -> std::same_as<step_sample>;
};
// clang-format on

struct step_table_options {
  std::size_t samples = 64;  ///< of each entry
  std::uint64_t seed = 1;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const step_table_options& checked(const step_table_options& o) {
  require(o.samples >= 1 && o.samples <= 10'000'000, "step_table", "samples", o.samples, "be from 1 to 10000000");
  return o;
}

/// What one decision interval does, for every rate, course and number of requests in the system: how many requests are
/// late on average, and how likely each next number in the system is. Drawn from a model once, so that a plan can be
/// made, and made again for another price, without the model. A drawn number between two of the grid is given to both,
/// so that the mean is right. What is more than the grid holds is lost, and counts as late: else a plan would let a
/// queue grow for ever, as nothing in it is late before it is served. Entries of one rate share their random numbers,
/// so that courses are compared fairly.
///
/// Takes rates x courses x in_system x samples draws of the model, and about that many entries times the width of what
/// may come next, four bytes each.
class step_table {
 public:
  /// Throws std::invalid_argument for impossible options, negative grids, and a model that draws what is not finite.
  template <StepModel M>
  step_table(step_grid rates, step_grid in_system, M& model, const step_table_options& options = {})
      : rates_(std::move(rates)), in_system_(std::move(in_system)), courses_(model.courses()) {
    checked(options);
    require(courses_ >= 1, "step_table", "number of courses", courses_, "be at least 1");
    require(rates_[0] >= 0, "step_table", "lowest rate", rates_[0], "be zero or more");
    require(in_system_[0] >= 0, "step_table", "lowest number in the system", in_system_[0], "be zero or more");
    rows_.reserve(rates_.size() * courses_ * in_system_.size());
    std::vector<double> next(in_system_.size());
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      for (std::size_t c = 0; c < courses_; ++c) {
        for (std::size_t j = 0; j < in_system_.size(); ++j) draw(model, i, c, j, options, next);
      }
    }
  }

  [[nodiscard]] const step_grid& rates() const noexcept { return rates_; }
  [[nodiscard]] const step_grid& in_system() const noexcept { return in_system_; }
  [[nodiscard]] std::size_t courses() const noexcept { return courses_; }

  /// Mean number of late requests of the interval, with rate number i and in_system number j.
  [[nodiscard]] double late(std::size_t i, std::size_t course, std::size_t j) const noexcept {
    return row_of(i, course, j).late;
  }
  /// How likely in_system number `to` is at the end of the interval.
  [[nodiscard]] double probability(std::size_t i, std::size_t course, std::size_t j, std::size_t to) const noexcept {
    const row& r = row_of(i, course, j);
    return to >= r.first && to < r.first + r.width ? static_cast<double>(shares_[r.begin + to - r.first]) : 0;
  }

  /// Adds to `out`, for every in_system number j, `weight` times what the interval comes to: `price` for each late
  /// request, and `next` of the number in the system at its end. O(in_system x width).
  void add_expected(std::size_t i, std::size_t course, double weight, double price, std::span<const double> next,
                    std::span<double> out) const noexcept {
    HEADROOM_ASSERT(next.size() == in_system_.size() && out.size() == in_system_.size(), "step_table: another length");
    const row* r = &row_of(i, course, 0);
    for (double& value : out) {
      const float* const share = shares_.data() + r->begin;
      const double* const to = next.data() + r->first;
      double sum = price * r->late;
      for (std::uint32_t k = 0; k < r->width; ++k) sum += static_cast<double>(share[k]) * to[k];
      value += weight * sum;
      ++r;
    }
  }

 private:
  struct row {
    double late = 0;
    std::size_t begin = 0;    // of its shares
    std::uint32_t first = 0;  // in_system number of the first of them
    std::uint32_t width = 0;
  };
  [[nodiscard]] const row& row_of(std::size_t i, std::size_t course, std::size_t j) const noexcept {
    return rows_[(i * courses_ + course) * in_system_.size() + j];
  }

  template <class M>
  void draw(M& model, std::size_t i, std::size_t c, std::size_t j, const step_table_options& o,
            std::vector<double>& next) {
    next.assign(next.size(), 0);
    const double share = 1 / static_cast<double>(o.samples);
    row r;
    std::size_t first = next.size();
    std::size_t last = 0;
    for (std::size_t k = 0; k < o.samples; ++k) {
      engine random(split(o.seed, i * o.samples + k));
      const step_sample s = model(c, rates_[i], in_system_[j], random);
      if (!(s.late >= 0 && s.in_system >= 0 && std::isfinite(s.late) && std::isfinite(s.in_system))) {
        require_not_negative("step_table", "number of late requests that the model draws", s.late);
        require_not_negative("step_table", "number in the system that the model draws", s.in_system);
      }
      r.late += share * (s.late + std::max(0.0, s.in_system - in_system_.values().back()));
      const step_grid::place p = in_system_.at(s.in_system);
      next[p.below] += share * (1 - p.share);
      next[p.below + 1] += share * p.share;
      first = std::min(first, p.share < 1 ? p.below : p.below + 1);
      last = std::max(last, p.share > 0 ? p.below + 1 : p.below);
    }
    r.begin = shares_.size();
    r.first = static_cast<std::uint32_t>(first);
    r.width = static_cast<std::uint32_t>(last - first + 1);
    for (std::size_t k = first; k <= last; ++k) shares_.push_back(static_cast<float>(next[k]));
    rows_.push_back(r);
  }

  step_grid rates_;
  step_grid in_system_;
  std::size_t courses_;
  std::vector<row> rows_;
  std::vector<float> shares_;
};

}  // namespace headroom
