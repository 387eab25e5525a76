#pragma once

#include <algorithm>    // std::min
#include <cmath>        // std::floor
#include <cstdint>      // std::uint64_t
#include <functional>   // std::less
#include <map>          // std::map
#include <stdexcept>    // std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/prometheus_answer.hpp>
#include <headroom/ext/prometheus.hpp>

namespace headroom {

/// A history that could not be read as a whole.
class prometheus_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The moments at which a history is asked for: from, from + step, ... up to `to`. In seconds since 1970.
struct prometheus_span {
  double from_s = 0;
  double to_s = 0;
  double step_s = 60;
};
/// Throws std::invalid_argument on an impossible span; returns its argument.
inline const prometheus_span& checked(const prometheus_span& s) {
  require_not_negative("prometheus_history", "from_s", s.from_s);
  require(s.to_s > s.from_s && s.to_s < 1e11, "prometheus_history", "to_s", s.to_s, "be after from_s");
  require(s.step_s >= 0.001 && s.step_s <= s.to_s - s.from_s, "prometheus_history", "step_s", s.step_s,
          "be from 0.001 s to the whole span");
  require((s.to_s - s.from_s) / s.step_s < 1e7, "prometheus_history", "number of steps", (s.to_s - s.from_s) / s.step_s,
          "be below 10 million");
  return s;
}

/// The values of an expression over a span, as one answer to query_range, in the JSON that io/ reads as a recorded load
/// (streamed_trace, `headroom import`). Prometheus gives at most 11,000 points of a series at once, so a longer span is
/// asked for in pieces, which are joined by the labels of each series. A moment without a value has no point: gaps are
/// seen by whoever reads it. `progress(points asked for, points in all)` returns true to stop.
/// Throws prometheus_error with a sentence if any piece fails: a history with a hole that nobody sees is none.
template <class Progress>
[[nodiscard]] std::string prometheus_history(prometheus& from, const std::string& expression,
                                             const prometheus_span& span, Progress&& progress) {
  constexpr std::uint64_t most_points = 11'000;
  const prometheus_span& s = checked(span);
  // Half a millisecond is what Prometheus rounds away: the last step must not be lost to the rounding of a double.
  const auto points = static_cast<std::uint64_t>(std::floor((s.to_s - s.from_s + 0.0005) / s.step_s)) + 1;
  std::map<std::string, std::string, std::less<>> series;  // the points of each, by the text of its labels
  for (std::uint64_t first = 0; first < points; first += most_points) {
    const std::uint64_t last = std::min(first + most_points, points) - 1;
    const auto time_of = [&s](std::uint64_t k) { return to_text(s.from_s + s.step_s * static_cast<double>(k)); };
    const std::string body = from.answer("/api/v1/query_range", "query", expression, "start", time_of(first), "end",
                                         time_of(last), "step", to_text(s.step_s));
    if (!from.said().empty()) throw prometheus_error(from.said());
    const auto a = internal::prometheus_answer::of(body, [&](std::string_view metric, std::string_view values) {
      auto at = series.find(metric);
      if (at == series.end()) at = series.emplace(std::string(metric), std::string()).first;
      if (!at->second.empty()) at->second += ',';
      at->second += values.substr(1, values.size() - 2);  // without the brackets of the list
    });
    if (!a.is_one) throw prometheus_error("the answer is not what Prometheus answers, or cut off");
    if (!a.success) throw prometheus_error(a.error);
    if (a.type != "matrix") throw prometheus_error("the answer is a " + a.type + ", must be a matrix");
    if (!a.warnings.empty()) throw prometheus_error("the history is not whole: " + a.warnings);
    if (progress(last + 1, points)) throw prometheus_error("stopped after " + to_text(last + 1) + " points");
  }
  std::string json = R"({"status":"success","data":{"resultType":"matrix","result":[)";
  for (const auto& [metric, values] : series) {
    if (json.back() == '}') json += ',';
    json.append(R"({"metric":)").append(metric).append(R"(,"values":[)").append(values).append("]}");
  }
  return json += "]}}";
}

}  // namespace headroom
