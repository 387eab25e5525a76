#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <span>         // std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/run/evaluate.hpp>

namespace headroom {

/// The evaluation of one policy in a comparison.
struct contender {
  std::string name;
  evaluation result;
};

/// Several policies on the same seeds.
struct comparison {
  std::vector<contender> contenders;
  bool stopped = false;

  [[nodiscard]] const contender& of(std::string_view name) const {
    for (const contender& c : contenders) {
      if (c.name == name) return c;
    }
    require(false, "comparison", "contender", name, "be one that was compared");
    return contenders.front();
  }

  /// The paired difference (a - b) of a metric, seed by seed. It removes the variance that both policies share, that of
  /// the seeds.
  [[nodiscard]] summary difference(std::string_view a, std::string_view b, std::string_view metric) const {
    const evaluation& left = of(a).result;
    const evaluation& right = of(b).result;
    const std::vector<double>& x = left.of(metric);
    const std::vector<double>& y = right.of(metric);
    require(x.size() == y.size(), "comparison", "number of episodes of " + std::string(b), y.size(),
            "equal " + to_text(x.size()));
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (left.seeds[k] == right.seeds[k]) continue;
      require(false, "comparison", "seed " + to_text(k) + " of " + std::string(b), right.seeds[k],
              "equal " + to_text(left.seeds[k]));
    }
    std::vector<double> d(x.size());
    for (std::size_t k = 0; k < d.size(); ++k) d[k] = x[k] - y[k];
    return summarize(d);
  }
};

/// A policy and its name.
template <class P>
struct named {
  std::string name;
  P policy;
};
template <class P>
named(const char*, P) -> named<P>;
template <class P>
named(std::string, P) -> named<P>;

/// Evaluates every policy on every seed, one after the other. Pass named policies (of one type, `any_policy` for a
/// mixture). O(policies * seeds * episode).
template <class Make, class P, Score S, class... Observers>
comparison compare(Make&& make, std::span<named<P>> policies, std::span<const std::uint64_t> seeds, const S& score,
                   Observers&&... observers) {
  comparison c;
  for (named<P>& one : policies) {
    c.contenders.push_back({one.name, evaluate(make, one.policy, seeds, score, observers...)});
    if (c.contenders.back().result.stopped) {
      c.stopped = true;
      break;
    }
  }
  return c;
}

}  // namespace headroom
