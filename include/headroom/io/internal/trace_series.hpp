#pragma once

#include <algorithm>    // std::is_sorted, std::max, std::min, std::nth_element, std::stable_sort
#include <cmath>        // std::abs, std::floor, std::isnan, std::pow, std::round
#include <cstddef>      // std::ptrdiff_t, std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/trace_clock.hpp>
#include <headroom/io/internal/trace_rows.hpp>
#include <headroom/io/trace_options.hpp>

namespace headroom {

/// A number near `value` that people would write, where it is within `tolerance`: 15 for 14.999999999.
[[nodiscard]] inline double tidied(double value, double tolerance) {
  if (!(value > 0) || !std::isfinite(value)) return value;
  for (int digits = 1; digits <= 12; ++digits) {
    const double unit = std::pow(10.0, std::floor(std::log10(value)) + 1 - digits);
    const double round = unit < 1 ? std::round(value / unit) / std::round(1 / unit) : std::round(value / unit) * unit;
    if (std::abs(round - value) <= tolerance) return round;
  }
  return value;
}

/// Makes the counts of equal intervals of rows in memory, whatever their times: sorted, what came twice once, the
/// differences of a counter, the number of single arrivals, what is missing filled, and on a grid whose step is the
/// median distance of the rows. Throws csv_error for what its options do not settle.
class trace_series {
 public:
  trace_series(std::filesystem::path file, const trace_csv_options& options, const trace_clock& clock, bool timed)
      : file_(std::move(file)), options_(options), clock_(clock), timed_(timed) {}

  /// Fills in what it found out, too.
  [[nodiscard]] std::vector<float> counts(std::vector<trace_row> rows, trace_reading& told) {
    rows_ = std::move(rows);
    if (timed_) in_order(told);
    if (options_.arrivals) return arrivals(told);
    if (timed_) told.repeated = without_repeats();
    if (options_.counter) differences(told);
    const double step = this->step();
    complete(step);
    told.filled = fill();
    if (rows_.empty()) throw csv_error(file_, 1, 1, "file has no row whose count is known");
    double interval = step;
    if (timed_ && !on_a_grid(interval)) {
      interval = step;
      resample(step);
      told.resampled = true;
    }
    told.interval_s = !timed_                   ? (options_.interval_s > 0 ? options_.interval_s : 1)
                      : options_.interval_s > 0 ? options_.interval_s
                                                : clock_.seconds(interval);
    std::vector<float> counts;
    counts.reserve(rows_.size());
    for (const trace_row& r : rows_) counts.push_back(kept(r.count, r.line));
    return counts;
  }

 private:
  static constexpr double tolerance = 0.1;  // of a step, by which a row may be early or late and keep its count

  [[noreturn]] void refuse(std::size_t line, const std::string& sentence) const {
    throw csv_error(file_, std::max<std::size_t>(1, line), 1, sentence);
  }
  [[nodiscard]] float kept(double count, std::size_t line) const {
    if (const auto law = law_broken_by_count(count))
      refuse(line, "the requests of an interval are " + to_text(count) + ", " + *law);
    return static_cast<float>(count);
  }
  [[nodiscard]] std::string shown_s(double ticks) const { return to_text(clock_.seconds(ticks)) + " s"; }
  void require_room(double more, std::size_t line, const std::string& why) const {
    if (static_cast<double>(rows_.size()) + more <= static_cast<double>(options_.max_rows)) return;
    refuse(line, why + " makes more than " + to_text(options_.max_rows) + " rows, raise max_rows");
  }

  void in_order(trace_reading& told) {
    const auto earlier = [](const trace_row& a, const trace_row& b) { return a.time < b.time; };
    for (std::size_t i = 1; i < rows_.size(); ++i) told.out_of_order += earlier(rows_[i], rows_[i - 1]) ? 1U : 0U;
    if (told.out_of_order > 0) std::stable_sort(rows_.begin(), rows_.end(), earlier);
  }

  // Rows of one time become one. Returns how many were alike and left out.
  std::uint64_t without_repeats() {
    std::uint64_t alike = 0;
    std::size_t last = 0;
    for (std::size_t i = 1; i < rows_.size(); ++i) {
      trace_row& before = rows_[last];
      const trace_row& r = rows_[i];
      if (r.time != before.time) {
        rows_[++last] = r;
      } else if (std::isnan(r.count)) {
        ++alike;
      } else if (std::isnan(before.count)) {
        before = r, ++alike;
      } else if (options_.repeat == trace_repeat::sum) {
        before.count += r.count;
      } else if (options_.repeat == trace_repeat::last) {
        before = r;
      } else if (r.count == before.count) {
        ++alike;
      } else {
        refuse_repeat(before, r);
      }
    }
    if (!rows_.empty()) rows_.resize(last + 1);
    return alike;
  }
  [[noreturn]] void refuse_repeat(const trace_row& before, const trace_row& r) const {
    const bool zoneless = clock_.unit() == "dates without a zone";
    refuse(std::max(r.line, before.line),
           "time " + clock_.shown(r.time) + " stands in line " + to_text(std::min(r.line, before.line)) +
               " too, with another count, " + to_text(before.count) + " and " + to_text(r.count) +
               (zoneless ? ": write a zone if clocks were put back, or set repeat"
                         : ": set series if these are several, or repeat if both count"));
  }

  // What came between two values of a counter came in the interval that begins with the first.
  void differences(trace_reading& told) {
    std::vector<trace_row> all;
    all.reserve(rows_.size());
    const trace_row* before = nullptr;
    for (const trace_row& r : rows_) {
      if (std::isnan(r.count)) continue;
      if (before != nullptr) {
        const bool restarted = r.count < before->count;  // it began at 0 again
        told.resets += restarted ? 1U : 0U;
        all.push_back({before->time, restarted ? r.count : r.count - before->count, before->line});
        end_ = r.time;
        end_line_ = r.line;
      }
      before = &r;
    }
    if (all.empty()) refuse(rows_.empty() ? 1 : rows_.back().line, "one value of a counter tells no requests");
    rows_ = std::move(all);
  }

  // Each arrival is a row; intervals begin at whole multiples of their length.
  [[nodiscard]] std::vector<float> arrivals(trace_reading& told) const {
    told.interval_s = options_.interval_s > 0 ? options_.interval_s : 1;
    const double interval = clock_.ticks(told.interval_s);
    const double begin = rows_.front().time - clock_.into_interval(interval, rows_.front().time);
    const double size = std::floor((rows_.back().time - begin) / interval) + 1;
    if (!(size <= static_cast<double>(options_.max_rows))) {
      refuse(rows_.back().line, "arrivals last for " + shown_s(rows_.back().time - begin) + ", more than " +
                                    to_text(options_.max_rows) + " intervals of " + to_text(told.interval_s) +
                                    " s: set interval_s");
    }
    std::vector<float> counts(static_cast<std::size_t>(size));
    std::size_t at = 0;
    double sum = 0;
    for (const trace_row& r : rows_) {
      const auto place = std::min(counts.size() - 1, static_cast<std::size_t>((r.time - begin) / interval));
      sum = place == at ? sum + 1 : 1;
      at = place;
      counts[at] = static_cast<float>(sum);
    }
    return counts;
  }

  // The time after row i: of the next row, or where the last value of a counter was read.
  [[nodiscard]] std::optional<double> after(std::size_t i) const {
    return i + 1 < rows_.size() ? std::optional<double>(rows_[i + 1].time) : end_;
  }

  // In ticks.
  [[nodiscard]] double step() const {
    if (!timed_) return 1;
    if (rows_.size() < 2 && !end_) {
      if (options_.interval_s > 0) return clock_.ticks(options_.interval_s);
      refuse(rows_.empty() ? 1 : rows_.back().line, "one row tells no interval, set interval_s");
    }
    std::vector<double> gaps;
    gaps.reserve(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (const auto next = after(i)) gaps.push_back(*next - rows_[i].time);
    }
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>((gaps.size() - 1) / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    const double median = tidied(*middle, clock_.noise(rows_.back().time));
    if (!(options_.interval_s > 0)) return median;
    const double asked = clock_.ticks(options_.interval_s);
    if (std::abs(asked - median) > 0.02 * median) {
      refuse(rows_.back().line,
             "rows are " + shown_s(median) + " apart, interval_s is " + to_text(options_.interval_s));
    }
    return asked;
  }

  // Puts a row where one is missing.
  void complete(double step) {
    bool whole = true;
    for (std::size_t i = 0; i < rows_.size() && whole; ++i) {
      const double steps = std::round((after(i).value_or(rows_[i].time + step) - rows_[i].time) / step);
      whole = steps == 1;
    }
    if (whole) return;  // most files, and no copy of them
    std::vector<trace_row> all;
    all.reserve(rows_.size());
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const trace_row& r = rows_[i];
      all.push_back(r);
      const auto next = after(i);
      if (!next) continue;
      const std::size_t line = i + 1 < rows_.size() ? rows_[i + 1].line : end_line_;
      const double gap = *next - r.time;
      const double steps = std::round(gap / step);
      if (steps < 1) {
        refuse(line, "time " + clock_.shown(*next) + " comes too soon, " + clock_.shown(r.time + step) +
                         " was expected: rows keep no step");
      }
      if (steps < 2) continue;
      if (options_.gap == trace_gap::refuse) {
        refuse(line, "time " + clock_.shown(*next) + " leaves a gap, " + clock_.shown(r.time + step) +
                         " was expected: set gap, and it is filled");
      }
      require_room(static_cast<double>(all.size() - i) + steps, line, "the gap before time " + clock_.shown(*next));
      const double each = options_.counter ? r.count / steps : trace_row::unknown;
      if (options_.counter) all.back().count = each;
      for (double k = 1; k < steps; ++k) {
        all.push_back({r.time + gap * k / steps, each, r.line});
        spread_ += options_.counter ? 1U : 0U;
      }
    }
    rows_ = std::move(all);
  }

  // Gives counts to the rows that have none. Returns how many.
  std::uint64_t fill() {
    const auto known = [](const trace_row& r) { return !std::isnan(r.count); };
    if (options_.gap == trace_gap::hold || options_.gap == trace_gap::interpolate) {
      // Before the first known count there is nothing to hold: the trace begins with it.
      rows_.erase(rows_.begin(), std::find_if(rows_.begin(), rows_.end(), known));
      while (options_.gap == trace_gap::interpolate && !rows_.empty() && !known(rows_.back())) rows_.pop_back();
    }
    std::uint64_t filled = spread_;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (known(rows_[i])) continue;
      std::size_t next = i;
      while (next < rows_.size() && !known(rows_[next])) ++next;
      const double from = i > 0 ? rows_[i - 1].count : 0;
      const double to = options_.gap == trace_gap::interpolate ? rows_[next].count : from;
      const double steps = static_cast<double>(next - i + 1);
      filled += next - i;
      for (std::size_t k = 1; i < next; ++i, ++k) {
        rows_[i].count = options_.gap == trace_gap::zero ? 0 : from + (to - from) * static_cast<double>(k) / steps;
      }
    }
    return filled;
  }

  // Whether each row lies near its place on a grid of the median step. Rows that come now early, now late may lie
  // nearer to one of the mean step, or of a rounder one that fits them as well: then their median is that of their
  // errors.
  [[nodiscard]] bool on_a_grid(double& step) const {
    if (rows_.size() < 2) return true;
    const auto off = [this](double of) {
      double low = 0;
      double high = 0;
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        const double here = rows_[i].time - rows_.front().time - static_cast<double>(i) * of;
        low = std::min(low, here);
        high = std::max(high, here);
      }
      return high - low;
    };
    const auto fits = [&](double of) { return off(of) <= 2 * tolerance * of; };
    if (options_.interval_s > 0 || off(step) <= clock_.noise(rows_.back().time)) return fits(step);
    const auto steps = static_cast<double>(rows_.size() - 1);
    const double mean = (rows_.back().time - rows_.front().time) / steps;
    const double round = tidied(mean, std::min(off(mean), tolerance * mean) / steps);
    if (std::abs(mean - step) <= tolerance * step && 1.1 * off(round) < off(step)) step = round;
    return fits(step);
  }

  // Spreads the requests of each row evenly until the next, and gathers them in equal intervals: their sum stays.
  void resample(double step) {
    const double begin = rows_.front().time;
    const double size = std::round((rows_.back().time - begin) / step) + 1;
    require_room(size - static_cast<double>(rows_.size()), rows_.back().line, "resampling");
    std::vector<trace_row> cells(static_cast<std::size_t>(size));
    for (std::size_t k = 0; k < cells.size(); ++k) {
      cells[k] = {begin + static_cast<double>(k) * step, 0, rows_[std::min(k, rows_.size() - 1)].line};
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double from = rows_[i].time - begin;
      const double to = after(i).value_or(rows_[i].time + step) - begin;
      auto cell = std::min(cells.size() - 1, static_cast<std::size_t>(from / step));
      for (double at = from; at < to; ++cell) {
        const bool last = cell + 1 >= cells.size();
        const double end = last ? to : std::min(to, static_cast<double>(cell + 1) * step);
        if (end > at) cells[cell].count += rows_[i].count * (end - at) / (to - from);
        at = std::max(at, end);
        if (last) break;
      }
    }
    rows_ = std::move(cells);
  }

  std::filesystem::path file_;
  const trace_csv_options& options_;
  const trace_clock& clock_;
  bool timed_;
  std::vector<trace_row> rows_{};
  std::optional<double> end_{};  // of the last interval of a counter
  std::size_t end_line_ = 0;
  std::uint64_t spread_ = 0;  // rows among which the requests of a gap of a counter were spread
};

}  // namespace headroom
