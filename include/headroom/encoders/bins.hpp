#pragma once

#include <algorithm>         // std::upper_bound
#include <array>             // std::array
#include <cmath>             // std::isfinite
#include <cstddef>           // std::size_t
#include <cstdint>           // std::uint64_t
#include <cstring>           // std::memcpy
#include <initializer_list>  // std::initializer_list
#include <limits>            // std::numeric_limits
#include <stdexcept>         // std::invalid_argument
#include <string>            // std::string
#include <tuple>             // std::tuple, std::apply, std::get
#include <utility>           // std::index_sequence_for, std::move
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/internal/handed_on.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/number_of.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// Two numbers side by side. Every 64-bit machine can compare and add them at once.
struct lanes {
  using values [[gnu::vector_size(16)]] = double;
  using counts [[gnu::vector_size(16)]] = std::uint64_t;
};

/// One feature of an observation, cut into bins. Bin k holds the values with exactly k edges at or below them: n edges
/// make n + 1 bins, and a value on an edge belongs to the upper bin. Without edges there is one bin, and the feature is
/// ignored. `Feature` is anything that std::invoke turns into a number: a member pointer, a lambda.
template <class Feature>
class cut {
 public:
  /// Throws std::invalid_argument unless the edges are finite and strictly increasing.
  cut(Feature feature, std::vector<double> edges)
      : feature_(std::move(feature)), edges_(std::move(edges)), count_(edges_.size()) {
    first_.fill(std::numeric_limits<double>::quiet_NaN());
    for (std::size_t k = 0; k < edges_.size(); ++k) {
      const std::string name = "edge " + to_text(k);
      require_finite("cut", name, edges_[k]);
      if (k > 0)
        require(edges_[k] > edges_[k - 1], "cut", name, edges_[k],
                "be above the edge before it, " + to_text(edges_[k - 1]));
      if (k < few) first_[k] = edges_[k];
    }
  }
  cut(Feature feature, std::initializer_list<double> edges) : cut(std::move(feature), std::vector<double>(edges)) {}

  /// Number of bins.
  [[nodiscard]] std::size_t size() const noexcept { return edges_.size() + 1; }
  [[nodiscard]] const std::vector<double>& edges() const noexcept { return edges_; }

  template <class Observation>
  requires FeatureOf<Feature, Observation>
  [[nodiscard]] double value(const Observation& o) const { return internal::number_of(feature_, o); }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    say_name(self.feature_, a);
    a.means("edges", "edge", self.edges_);
  }

  /// The bin of a value. A short count without branches is faster than a binary search, whose branches are
  /// mispredicted.
  [[nodiscard]] std::size_t bin(double value) const noexcept {
    if (edges_.size() > 32) {
      return static_cast<std::size_t>(std::upper_bound(edges_.begin(), edges_.end(), value) - edges_.begin());
    }
    std::size_t k = 0;
    for (const double edge : edges_) k += edge <= value ? 1U : 0U;
    return k;
  }
  /// Adds bin(value) * stride to `sum`, spread over its lanes. Up to eight edges are compared two at a time, and
  /// several cuts share one sum.
  [[gnu::always_inline]] void add_to(lanes::counts& sum, double value, std::uint64_t stride) const noexcept {
    if (count_ == 0) return;
    if (count_ > few) [[unlikely]] {
      sum[0] += bin(value) * stride;
      return;
    }
    const lanes::counts strides{stride, stride};
    const lanes::values values{value, value};
    for (std::size_t k = 0; k < few / 2; k += 2) sum += counted(k, values) & strides;
    if (count_ <= few / 2) return;
    for (std::size_t k = few / 2; k < few; k += 2) sum += counted(k, values) & strides;
  }

 private:
  static constexpr std::size_t few = 8;

  // All ones where the edge is at or below the value.
  [[gnu::always_inline]] lanes::counts counted(std::size_t k, const lanes::values& values) const noexcept {
    lanes::values edges;
    std::memcpy(&edges, first_.data() + k, sizeof edges);
    return reinterpret_cast<lanes::counts>(edges <= values);
  }

  Feature feature_;
  std::vector<double> edges_;
  std::size_t count_;
  std::array<double, few> first_;  // the edges if they are few, filled up with NaN, which no value exceeds
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

/// A grid over features, numbered in mixed radix; the last cut runs fastest. Model of DiscreteEncoder. An observation
/// with a non-finite feature becomes `no_state`, which never reaches a table.
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
            size_ = size_ * n;
          };
          (multiply(c.size()), ...);
          const std::size_t sizes[] = {c.size()..., 1};
          stride_.back() = 1;
          for (std::size_t k = sizeof...(c); k > 0; --k) {
            stride_[k - 1] = k == sizeof...(c) ? 1 : stride_[k] * sizes[k];
          }
        },
        cuts_);
  }

  /// Number of states: the product of the bins.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const std::tuple<cut<Features>...>& cuts() const noexcept { return cuts_; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "bins");
    a.means("features", sizeof...(Features));
    std::size_t k = 0;
    std::apply([&](const auto&... c) { (a("feature_" + to_text(k++), c), ...); }, self.cuts_);
  }

  template <class Observation>
  requires(FeatureOf<Features, Observation>&&...) state_index operator()(const Observation& o) const {
    return index(o, std::index_sequence_for<Features...>{});
  }

 private:
  // The sum of bin times stride. A sum lets the processor compute the cuts in parallel; Horner's rule would make each
  // wait for the one before.
  template <class Observation, std::size_t... K>
  state_index index(const Observation& o, std::index_sequence<K...>) const {
    const double values[] = {std::get<K>(cuts_).value(o)..., 0.0};
    const double doubt = ((values[K] - values[K]) + ... + 0.0);  // NaN if a value is not finite
    lanes::counts sum{};
    (std::get<K>(cuts_).add_to(sum, values[K], stride_[K]), ...);
    return doubt == 0 ? state_index{sum[0] + sum[1]} : no_state;
  }

  std::tuple<cut<Features>...> cuts_;
  internal::moved_to_zero<std::size_t> size_{1};  // moved from: no states, so that a learner refuses what is left
  std::array<std::size_t, sizeof...(Features) + 1> stride_{};
};

}  // namespace headroom
