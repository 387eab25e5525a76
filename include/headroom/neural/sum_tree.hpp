#pragma once

#include <algorithm>    // std::max
#include <bit>          // std::bit_ceil
#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t
#include <span>         // std::span
#include <type_traits>  // std::is_const_v
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

/// Draws rows with probability proportional to their priority (Schaul et al. 2016, Prioritized Experience Replay,
/// appendix B.2.1). It is a binary tree: the leaves are the priorities, and every other node is the sum of its two
/// children. To change or to find a leaf costs O(log n); nothing allocates after construction. In double. A path to the
/// root is computed anew from the children, never incremented, so errors do not accumulate, and a priority of 0 is
/// exactly 0.
class sum_tree {
 public:
  /// `size` leaves of priority 0. Throws std::invalid_argument unless it is in [1, 2^31].
  explicit sum_tree(std::size_t size) : size_(size) {
    require(size >= 1 && size <= (std::size_t{1} << 31U), "sum_tree", "size", size, "be in [1, 2^31]");
    leaves_ = std::bit_ceil(size);
    sum_.resize(2 * leaves_);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] double operator[](std::size_t i) const noexcept { return sum_[leaves_ + i]; }
  [[nodiscard]] double total() const noexcept { return sum_[1]; }
  /// The highest priority ever set, 1 before any was set. A new transition gets it, so that it is drawn soon.
  [[nodiscard]] double highest() const noexcept { return highest_ > 0 ? highest_ : 1; }

  /// Gives leaf i < size() the priority `p`, which must be finite and not negative. A leaf of priority 0 is never
  /// drawn.
  void set(std::size_t i, double p) {
    HEADROOM_ASSERT(i < size_, "sum_tree: a leaf out of range");
    HEADROOM_ASSERT(p >= 0 && std::isfinite(p), "sum_tree: a priority must be zero or more, and finite");
    std::size_t node = leaves_ + i;
    sum_[node] = p;
    highest_ = std::max(highest_, p);
    for (node /= 2; node > 0; node /= 2) sum_[node] = sum_[2 * node] + sum_[2 * node + 1];
  }

  /// The leaf in which the running sum of the priorities passes `prefix`, in [0, total()). Never a leaf of priority 0:
  /// if rounding leads beyond the last leaf, the result is the last one with a priority above 0. total() must not be 0.
  [[nodiscard]] std::size_t find(double prefix) const {
    HEADROOM_ASSERT(total() > 0, "sum_tree: all priorities are 0, there is nothing to find");
    std::size_t node = 1;
    while (node < leaves_) {
      node *= 2;  // to the left child
      const double left = sum_[node];
      // Go only into a child with a positive sum, because the subtraction below rounds.
      if ((prefix >= left && sum_[node + 1] > 0) || !(left > 0)) {
        prefix -= left;
        ++node;
      }
    }
    return node - leaves_;
  }

  /// Fills `rows` with one leaf from each of as many equal parts of total(). Each leaf is drawn in proportion to its
  /// priority, and a batch varies less than independent draws. A leaf may occur more than once.
  void draw(engine& random, std::span<std::uint32_t> rows) const {
    HEADROOM_ASSERT(std::isfinite(total()), "sum_tree: the priorities add up to infinity");
    const double part = total() / static_cast<double>(rows.size());
    double k = 0;
    for (auto& row : rows) {
      row = static_cast<std::uint32_t>(find((k + random.uniform()) * part));
      ++k;
    }
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("size", self.size_);
    a("highest", self.highest_);
    a.check(self.highest_ >= 0 && std::isfinite(self.highest_), "highest", self.highest_,
            "be zero or more, and finite");
    const auto priorities = std::span(self.sum_).subspan(self.leaves_, self.size_);
    a("priority", priorities);
    for (const double p : priorities) a.check(p >= 0, "priority", p, "be zero or more");
    if constexpr (!std::is_const_v<Self>) {
      for (std::size_t node = self.leaves_ - 1; node > 0; --node) {
        self.sum_[node] = self.sum_[2 * node] + self.sum_[2 * node + 1];
      }
      a.check(std::isfinite(self.total()), "priority", self.total(), "add up to a finite total");
    }
  }

 private:
  std::size_t size_;
  double highest_ = 0;
  std::size_t leaves_ = 0;   // a power of two
  std::vector<double> sum_;  // [1] is the root, [2 i] and [2 i + 1] are the children of [i]; [0] is not used
};

}  // namespace headroom
