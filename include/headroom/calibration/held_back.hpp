#pragma once

#include <algorithm>   // std::nth_element, std::sort
#include <cmath>       // std::abs, std::ceil, std::isfinite
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <limits>      // std::numeric_limits
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/replay.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

/// One column of a history beside replays of it by a model.
struct column_check {
  std::string name{};
  std::vector<double> observed{};
  std::vector<double> middle{};  ///< median of the replays, row by row
  std::vector<double> low{};     ///< least and most of 19 replays: nine observed values of ten lie between them, if the
  std::vector<double> high{};    ///< model is right
  std::size_t rows = 0;          ///< in which both are known; the figures below are of these
  double error = 0;              ///< median of |middle - observed| / observed
  double within = 0;             ///< fraction of the rows whose observed value is from low to high
};

/// Plays a part of a history that a model was not fitted to, and compares. `all`: a history, as checked() demands it;
/// the rows from `first` on are compared, after up to `run_in` rows before them have been played. Costs 19 replays.
/// `progress(done, expected)` is told after each; true stops, and the result is empty. Throws std::invalid_argument.
[[nodiscard]] inline std::vector<column_check> check_model(
    const service_history& all, std::size_t first, const service_options& model, std::uint64_t seed,
    decision_moment decisions = decision_moment::anywhere, std::size_t run_in = 40,
    const std::function<bool(std::size_t, std::size_t)>& progress = {}) {
  constexpr std::size_t replays = 19;
  require(first >= 1 && first < all.size(), "check_model", "the first row", first,
          "be at least 1, and below " + to_text(all.size()));
  const std::size_t run = std::min(first, run_in);
  const service_history part = all.rows(first - run, all.size());
  const history_replay again(part, decisions);
  std::vector<service_history> lives;
  for (std::size_t k = 0; k < replays; ++k) {
    lives.push_back(again(model, split(seed, 7000 + k)));
    if (progress && progress(k + 1, replays)) return {};
  }
  std::vector<column_check> checks;
  service_history::each_metric(part, [&](const char* name, const std::vector<double>& column) {
    if (column.empty()) return;
    column_check c;
    c.name = name;
    std::vector<double> errors;
    std::size_t inside = 0;
    for (std::size_t i = run; i < part.size(); ++i) {
      std::vector<double> values;
      for (const service_history& life : lives) {
        service_history::each_metric(life, [&](const std::string& other, const std::vector<double>& lived) {
          if (other == name && std::isfinite(lived[i])) values.push_back(lived[i]);
        });
      }
      c.observed.push_back(column[i]);
      const bool known = !values.empty();
      constexpr double missing = std::numeric_limits<double>::quiet_NaN();
      std::sort(values.begin(), values.end());
      c.low.push_back(known ? values.front() : missing);
      c.middle.push_back(known ? values[values.size() / 2] : missing);
      c.high.push_back(known ? values.back() : missing);
      if (!known || !std::isfinite(column[i])) continue;
      ++c.rows;
      inside += column[i] >= c.low.back() && column[i] <= c.high.back() ? 1U : 0U;
      if (column[i] > 0) errors.push_back(std::abs(c.middle.back() - column[i]) / column[i]);
    }
    if (!errors.empty()) {
      std::nth_element(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2), errors.end());
      c.error = errors[errors.size() / 2];
    }
    if (c.rows > 0) c.within = static_cast<double>(inside) / static_cast<double>(c.rows);
    checks.push_back(std::move(c));
  });
  return checks;
}

}  // namespace headroom
