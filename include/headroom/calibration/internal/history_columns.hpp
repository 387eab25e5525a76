#pragma once

#include <algorithm>    // std::find
#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::pair
#include <vector>       // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/time_unit.hpp>
#include <headroom/io/internal/trace_columns.hpp>

namespace headroom::internal {

/// Which column of a file is what of a history. Found by the names; what could be several is refused.
class history_columns {
 public:
  enum what : std::size_t { time, load, wanted, ready, in_flight, utilisation, latency, p50, p95, p99, kinds };
  static constexpr std::array<std::string_view, kinds> words{"time",        "load",    "wanted", "ready", "in_flight",
                                                             "utilisation", "latency", "p50",    "p95",   "p99"};
  static constexpr std::size_t none = ~std::size_t{0};

  /// `asked`: pairs of a word and the name of its column. `latency_unit_s`: 0, if the names tell. `refuse` is called
  /// with a sentence and must throw.
  template <class Refuse>
  history_columns(std::vector<std::string> names, const std::vector<std::pair<std::string, std::string>>& asked,
                  double latency_unit_s, Refuse&& refuse)
      : names_(std::move(names)) {
    place_.fill(none);
    scale_.fill(1);
    for (const auto& [word, name] : asked) {
      const auto is = static_cast<std::size_t>(std::find(words.begin(), words.end(), word) - words.begin());
      if (is == kinds) refuse("'" + csv_field{word}.quoted() + "' is not known, must be one of " + list(words));
      const auto found = std::find(names_.begin(), names_.end(), name);
      if (found == names_.end())
        refuse("there is no column '" + csv_field{name}.quoted() + "', there are " + list(names_));
      place_[is] = static_cast<std::size_t>(found - names_.begin());
    }
    for (std::size_t k = 0; k < names_.size(); ++k) {
      if (std::find(place_.begin(), place_.end(), k) != place_.end()) continue;
      const std::size_t is = meaning(names_[k]);
      if (is == kinds || given(asked, is)) continue;
      if (place_[is] != none) {
        refuse("columns '" + csv_field{names_[place_[is]]}.quoted() + "' and '" + csv_field{names_[k]}.quoted() +
               "' may both be " + std::string(words[is]) + ": say which with columns");
      }
      place_[is] = k;
    }
    for (const std::size_t is : {time, load}) {
      if (place_[is] == none) {
        refuse("no column is surely the " + std::string(words[is]) + ", there are " + list(names_) +
               ": say which with columns");
      }
    }
    if (place_[wanted] == none && place_[ready] == none)
      refuse("no column is surely the wanted or the ready replicas, there are " + list(names_) +
             ": say which with columns");
    for (const std::size_t is : {latency, p50, p95, p99}) {
      if (place_[is] == none) continue;
      const auto unit = unit_of(names_[place_[is]]);
      if (latency_unit_s == 0 && unit == 0) {
        refuse("column '" + csv_field{names_[place_[is]]}.quoted() +
               "' tells no unit: name it as in p95_s or p95_ms, or set latency_unit_s");
      }
      scale_[is] = latency_unit_s > 0 ? latency_unit_s : unit;
    }
    if (place_[utilisation] != none && percent(names_[place_[utilisation]])) scale_[utilisation] = 0.01;
  }

  [[nodiscard]] std::size_t width() const noexcept { return names_.size(); }
  [[nodiscard]] std::size_t place(std::size_t is) const noexcept { return place_[is]; }
  [[nodiscard]] double scale(std::size_t is) const noexcept { return scale_[is]; }
  [[nodiscard]] std::string name(std::size_t is) const { return csv_field{names_[place_[is]]}.quoted(); }
  /// Whether it must be known in every row.
  [[nodiscard]] static constexpr bool needed(std::size_t is) noexcept { return is <= ready; }

  /// Calls f(what, column of the history) for each column that the file has, but for the time.
  template <class F>
  void each(service_history& h, F&& f) const {
    const auto one = [&](std::size_t is, std::vector<double>& column) {
      if (place_[is] != none) f(is, column);
    };
    one(load, h.load_per_s);
    one(wanted, h.wanted);
    one(ready, h.ready);
    one(in_flight, h.in_flight);
    one(utilisation, h.utilisation);
    one(latency, h.mean_latency_s);
    one(p50, h.p50_s);
    one(p95, h.p95_s);
    one(p99, h.p99_s);
  }
  void tell(std::vector<std::pair<std::string, std::string>>& used, std::vector<std::string>& ignored) const {
    for (std::size_t is = 0; is < kinds; ++is) {
      if (place_[is] != none) used.emplace_back(words[is], name(is));
    }
    for (std::size_t k = 0; k < names_.size(); ++k) {
      if (std::find(place_.begin(), place_.end(), k) == place_.end()) ignored.push_back(csv_field{names_[k]}.quoted());
    }
  }

  /// What people call so: one of the kinds, or `kinds`.
  [[nodiscard]] static std::size_t meaning(std::string_view name) {
    const std::vector<std::string> parts = parts_of(name);
    const auto has = [&](std::string_view part) { return std::find(parts.begin(), parts.end(), part) != parts.end(); };
    const auto any = [&](std::initializer_list<std::string_view> all) {
      return std::any_of(all.begin(), all.end(), has);
    };
    if (any({"p50", "median"})) return p50;
    if (has("p95")) return p95;
    if (has("p99")) return p99;
    if (parts[0].size() > 1 && parts[0][0] == 'p' && parts[0][1] >= '0' && parts[0][1] <= '9')
      return kinds;  // another quantile
    if (any({"max", "maximum", "min", "minimum", "limit", "target"})) return kinds;
    if (has("latency") || (has("response") && has("time"))) return latency;
    if (any({"utilisation", "utilization", "util"})) return utilisation;
    if (any({"inflight", "concurrency", "active"}) || (has("in") && has("flight"))) return in_flight;
    if (any({"ready", "available"})) return ready;
    if (any({"wanted", "desired", "spec"}) || (parts.size() == 1 && any({"replicas", "pods", "instances"})))
      return wanted;
    if (trace_columns::means_count(name)) return load;
    if (trace_columns::means_time(name) || trace_columns::means_unit(name)) return time;
    return kinds;
  }

 private:
  [[nodiscard]] static bool given(const std::vector<std::pair<std::string, std::string>>& asked, std::size_t is) {
    for (const auto& one : asked) {
      if (one.first == words[is]) return true;
    }
    return false;
  }
  // Lower-case words between marks.
  [[nodiscard]] static std::vector<std::string> parts_of(std::string_view name) {
    std::vector<std::string> parts(1);
    for (const char c : lower_case(name)) {
      if (std::string_view("_ -./()[]:%").find(c) == std::string_view::npos)
        parts.back() += c;
      else if (!parts.back().empty())
        parts.emplace_back();
    }
    if (parts.back().empty() && parts.size() > 1) parts.pop_back();
    return parts;
  }
  // Seconds per unit that a name ends in; 0 if it names none.
  [[nodiscard]] static double unit_of(std::string_view name) {
    const std::vector<std::string> parts = parts_of(name);
    const auto unit = time_unit::of_word(parts.back());
    return parts.size() > 1 && unit ? unit->seconds : 0;
  }
  [[nodiscard]] static bool percent(std::string_view name) {
    const std::string small = lower_case(name);
    for (const std::string_view word : {std::string_view("percent"), std::string_view("pct"), std::string_view("%")}) {
      if (small.find(word) != std::string::npos) return true;
    }
    return false;
  }
  template <class Names>
  [[nodiscard]] static std::string list(const Names& names) {
    std::string all;
    for (const auto& name : names) all.append(all.empty() ? "" : ", ").append(csv_field{name}.quoted());
    return all;
  }

  std::vector<std::string> names_;
  std::array<std::size_t, kinds> place_{};
  std::array<double, kinds> scale_{};
};

/// The same history where load, utilisation and latencies of row i are over the time before it, of one in which they
/// are over the time behind it. One row less.
[[nodiscard]] inline service_history ends_of_rows(const service_history& h) {
  service_history out = h.rows(1, h.size());
  const service_history before = h.rows(0, h.size() - 1);
  out.load_per_s = before.load_per_s;
  out.utilisation = before.utilisation;
  out.mean_latency_s = before.mean_latency_s;
  out.p50_s = before.p50_s;
  out.p95_s = before.p95_s;
  out.p99_s = before.p99_s;
  return out;
}

}  // namespace headroom::internal
