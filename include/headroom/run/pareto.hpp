#pragma once

#include <algorithm>  // std::sort
#include <cmath>      // std::isfinite
#include <cstddef>    // std::size_t
#include <limits>     // std::numeric_limits
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// The result of one setting of a policy: a level (higher is better) at a cost (lower is better).
struct operating_point {
  double level = 0;
  double cost = 0;
};

/// The points that no other point dominates, by ascending cost and so by ascending level; of two equal points the
/// first. Points that are not finite are ignored. O(n log n).
[[nodiscard]] inline std::vector<std::size_t> pareto_front(std::span<const operating_point> points) {
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < points.size(); ++k) {
    if (std::isfinite(points[k].level) && std::isfinite(points[k].cost)) order.push_back(k);
  }
  // The index settles what is equal: std::stable_sort takes the compiler longer than the rest of this header.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (points[a].cost != points[b].cost) return points[a].cost < points[b].cost;
    return points[a].level != points[b].level ? points[a].level > points[b].level : a < b;
  });
  std::vector<std::size_t> front;
  for (const std::size_t k : order) {
    if (front.empty() || points[k].level > points[front.back()].level) front.push_back(k);
  }
  return front;
}

/// The cost of a level with a policy that was tried at several settings.
///
/// There are two answers, for two questions. If one setting is deployed, a level costs what the cheapest setting that
/// keeps it costs: a staircase. Comparisons of policies use this one. If a setting is drawn at random before each
/// episode, all mixtures of two settings are possible as well: the lower convex hull, which is never above the
/// staircase. A proven bound must be compared with this one.
class cost_curve {
 public:
  /// O(n log n).
  explicit cost_curve(std::span<const operating_point> points) : front_(pareto_front(points)) {
    for (const std::size_t k : front_) stairs_.push_back(points[k]);
    // From the cheapest point on, keep only convex points: those from which the cost grows faster and faster with the
    // level.
    for (const operating_point& p : stairs_) {
      while (hull_.size() >= 2 && !convex(hull_[hull_.size() - 2], hull_.back(), p)) hull_.pop_back();
      hull_.push_back(p);
    }
  }

  /// Indices of the points on the front, by ascending cost.
  [[nodiscard]] const std::vector<std::size_t>& front() const noexcept { return front_; }

  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  /// Index of the cheapest point that keeps the level; `none` where none does. O(n).
  [[nodiscard]] std::size_t keeping(double level) const noexcept {
    for (std::size_t k = 0; k < stairs_.size(); ++k) {
      if (stairs_[k].level >= level) return front_[k];
    }
    return none;
  }

  /// Cost of the cheapest setting that keeps the level; infinite where none does. O(n).
  [[nodiscard]] double deployed(double level) const noexcept {
    for (const operating_point& p : stairs_) {
      if (p.level >= level) return p.cost;
    }
    return std::numeric_limits<double>::infinity();
  }

  /// Cost of the cheapest mixture of settings, drawn anew for every episode, that keeps the level on average; infinite
  /// where none does. O(n).
  [[nodiscard]] double mixed(double level) const noexcept {
    for (std::size_t k = 0; k < hull_.size(); ++k) {
      if (hull_[k].level < level) continue;
      if (k == 0) return hull_[0].cost;
      const operating_point& a = hull_[k - 1];
      const operating_point& b = hull_[k];
      return a.cost + (b.cost - a.cost) * ((level - a.level) / (b.level - a.level));
    }
    return std::numeric_limits<double>::infinity();
  }

 private:
  // Whether b lies below the straight line from a to c.
  static bool convex(const operating_point& a, const operating_point& b, const operating_point& c) {
    return (b.cost - a.cost) * (c.level - a.level) < (c.cost - a.cost) * (b.level - a.level);
  }

  std::vector<std::size_t> front_;
  std::vector<operating_point> stairs_;
  std::vector<operating_point> hull_;
};

/// How a point compares with the curves of its rivals.
struct standing {
  bool left_of_all = true;  ///< cheaper than every rival at the point's own level, or no rival keeps that level
  std::size_t rival = cost_curve::none;                     ///< the cheapest rival that keeps the level, or `none`
  double margin = std::numeric_limits<double>::infinity();  ///< how much more that rival costs; negative: less
};

/// Compares with the deployed cost of every rival at the point's level. O(rivals * points).
[[nodiscard]] inline standing stand(const operating_point& p, std::span<const cost_curve> rivals) {
  require_finite("stand", "level", p.level);
  require_finite("stand", "cost", p.cost);
  standing s;
  for (std::size_t k = 0; k < rivals.size(); ++k) {
    const double more = rivals[k].deployed(p.level) - p.cost;
    if (more < s.margin) {
      s.margin = more;
      s.rival = k;
    }
  }
  s.left_of_all = s.margin > 0;
  return s;
}

}  // namespace headroom
