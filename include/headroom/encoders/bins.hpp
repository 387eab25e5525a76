#pragma once

#include <algorithm>         // std::upper_bound
#include <cmath>             // std::isfinite
#include <cstddef>           // std::size_t
#include <functional>        // std::invoke
#include <initializer_list>  // std::initializer_list
#include <limits>            // std::numeric_limits
#include <stdexcept>         // std::invalid_argument
#include <string>            // std::string
#include <tuple>             // std::tuple, std::apply
#include <utility>           // std::move
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// One feature of an observation, cut into bins: bin k holds the values with exactly k edges at or below them, so n
/// edges make n + 1 bins and a value on an edge belongs to the upper bin. No edges: one bin, the feature is ignored.
/// `Feature` is anything that std::invoke turns into a number: a member pointer, a lambda.
template <class Feature>
class cut {
 public:
  /// Throws std::invalid_argument unless the edges are finite and strictly increasing.
  cut(Feature feature, std::vector<double> edges) : feature_(std::move(feature)), edges_(std::move(edges)) {
    for (std::size_t k = 0; k < edges_.size(); ++k) {
      const std::string name = "edge " + to_text(k);
      require_finite("cut", name, edges_[k]);
      if (k > 0)
        require(edges_[k] > edges_[k - 1], "cut", name, edges_[k],
                "be above the edge before it, " + to_text(edges_[k - 1]));
    }
  }
  cut(Feature feature, std::initializer_list<double> edges) : cut(std::move(feature), std::vector<double>(edges)) {}

  /// Number of bins.
  [[nodiscard]] std::size_t size() const noexcept { return edges_.size() + 1; }
  [[nodiscard]] const std::vector<double>& edges() const noexcept { return edges_; }

  template <class Observation>
  [[nodiscard]] double value(const Observation& o) const {
    return static_cast<double>(std::invoke(feature_, o));
  }
  /// The bin of a value. A short branchless count: a search mispredicts more than it saves.
  [[nodiscard]] std::size_t bin(double value) const noexcept {
    if (edges_.size() > 32) {
      return static_cast<std::size_t>(std::upper_bound(edges_.begin(), edges_.end(), value) - edges_.begin());
    }
    std::size_t k = 0;
    for (const double edge : edges_) k += edge <= value ? 1U : 0U;
    return k;
  }

 private:
  Feature feature_;
  std::vector<double> edges_;
};
template <class Feature>
cut(Feature, std::initializer_list<double>) -> cut<Feature>;
template <class Feature>
cut(Feature, std::vector<double>) -> cut<Feature>;

/// The inner edges of `n` bins of equal width over [low, high].
[[nodiscard]] inline std::vector<double> even_edges(double low, double high, std::size_t n) {
  require(n >= 1, "even_edges", "number of bins", n, "be at least 1");
  require(std::isfinite(low) && std::isfinite(high) && low < high, "even_edges", "high", high,
          "be finite and above low");
  std::vector<double> edges;
  for (std::size_t k = 1; k < n; ++k)
    edges.push_back(low + (high - low) * static_cast<double>(k) / static_cast<double>(n));
  return edges;
}

/// A grid over features, numbered in mixed radix with the last cut running fastest. Model of DiscreteEncoder.
/// A non-finite feature makes the observation `no_state`: it never reaches a table.
///     bins see{cut{&sample::queue, {0.5, 2, 8}}, cut{&sample::replicas, {1, 2, 3}}};
template <class... Features>
class bins {
 public:
  using state_type = state_index;

  explicit bins(cut<Features>... cuts) : cuts_(std::move(cuts)...) {
    std::apply(
        [this](const auto&... c) {
          const auto multiply = [this](std::size_t n) {
            if (n > std::numeric_limits<std::size_t>::max() / 2 / size_) {
              throw std::invalid_argument(
                  "bins: number of states is beyond the range of std::size_t, use fewer or shorter cuts");
            }
            size_ *= n;
          };
          (multiply(c.size()), ...);
        },
        cuts_);
  }

  /// Number of states: the product of the bins.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const std::tuple<cut<Features>...>& cuts() const noexcept { return cuts_; }

  template <class Observation>
  state_index operator()(const Observation& o) const {
    return std::apply(
        [&o](const auto&... c) {
          std::size_t index = 0;
          bool finite = true;
          const auto add = [&](const auto& one) {
            const double v = one.value(o);
            finite = finite && std::isfinite(v);
            index = index * one.size() + one.bin(v);
          };
          (add(c), ...);
          return finite ? state_index{index} : no_state;
        },
        cuts_);
  }

 private:
  std::tuple<cut<Features>...> cuts_;
  std::size_t size_ = 1;
};

}  // namespace headroom
