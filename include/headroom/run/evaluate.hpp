#pragma once

#include <array>        // std::array
#include <concepts>     // std::same_as
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <span>         // std::span
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/run/run.hpp>
#include <headroom/run/statistics.hpp>

namespace headroom {

/// What is measured of an episode: an observer that names its figures and has their values once the episode is over.
/// Semantics: `on_start` forgets the episode before.
///     struct length { static constexpr std::array<std::string_view, 1> names{"steps"}; double n = 0;
///                     void on_start(const sample&) { n = 0; }  void on_step(const auto&) { ++n; }
///                     std::array<double, 1> values() const { return {n}; } };
// clang-format cannot lay out concepts (version 14).
// clang-format off
template <class S>
concept Score = requires(const S& score) {
  { S::names.size() } -> std::convertible_to<std::size_t>;
  { score.values() } -> std::same_as<std::array<double, S::names.size()>>;
};
// clang-format on

/// The figures of one policy over a list of seeds, as a struct of arrays: `values[m][k]` is metric m of the episode of
/// seed k.
struct evaluation {
  std::vector<std::string_view> names;
  std::vector<std::uint64_t> seeds;  ///< seeds of the complete episodes; all of them unless stopped
  std::vector<std::vector<double>> values;
  bool stopped = false;  ///< an observer stopped the evaluation

  /// The index of a metric. Throws std::invalid_argument if the metric does not exist.
  [[nodiscard]] std::size_t index(std::string_view name) const {
    std::size_t m = 0;
    while (m < names.size() && names[m] != name) ++m;
    require(m < names.size(), "evaluation", "metric", name, "be one of the score's names");
    return m;
  }
  [[nodiscard]] const std::vector<double>& of(std::string_view name) const { return values[index(name)]; }
  [[nodiscard]] summary summarized(std::string_view name) const { return summarize(of(name)); }
};

/// Plays one episode for each seed and scores it. `make(seed)` builds the environment. The policy is used as it is, so
/// pass a `frozen` one: an evaluation must not explore. Observers see every step. If one stops, the evaluation ends,
/// and the complete episodes count.
template <class Make, class P, Score S, class... Observers>
evaluation evaluate(Make&& make, P& policy, std::span<const std::uint64_t> seeds, S score, Observers&&... observers) {
  require(!seeds.empty(), "evaluate", "number of seeds", seeds.size(), "be at least 1");
  evaluation e;
  e.names.assign(S::names.begin(), S::names.end());
  e.values.resize(S::names.size());
  for (const std::uint64_t seed : seeds) {
    auto env = make(seed);
    const run_result r = run_episodes(env, policy, 1, score, observers...);
    if (r.episodes == 1) {
      e.seeds.push_back(seed);
      const auto figures = score.values();
      for (std::size_t m = 0; m < figures.size(); ++m) e.values[m].push_back(figures[m]);
    }
    if (r.stopped) {
      e.stopped = true;
      break;
    }
  }
  return e;
}

/// `count` seeds: first, first + 1, ...
[[nodiscard]] inline std::vector<std::uint64_t> seed_range(std::uint64_t first, std::size_t count) {
  std::vector<std::uint64_t> seeds(count);
  for (std::size_t k = 0; k < count; ++k) seeds[k] = first + k;
  return seeds;
}

}  // namespace headroom
