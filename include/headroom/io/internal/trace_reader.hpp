#pragma once

#include <algorithm>    // std::min
#include <cmath>        // std::abs, std::isnan
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/prometheus_range.hpp>
#include <headroom/io/internal/trace_rows.hpp>
#include <headroom/io/internal/trace_series.hpp>
#include <headroom/io/internal/trace_watch.hpp>
#include <headroom/io/trace_options.hpp>

namespace headroom {

/// Whether the rows that went by lie one step apart, as most files have them: then a row is an interval, and needs no
/// place in memory.
class steady_rows {
 public:
  /// False for a row that is missing, early, late or out of order.
  bool take(double time, const trace_clock& clock) {
    if (rows_ == 1) step_ = time;
    if (rows_ > 0) {
      const double moved = time - last_;
      exact_ = exact_ && moved == step_;
      if (!(moved > 0) || std::abs(moved - step_) > 1e-9 * step_ + clock.noise(time)) return false;
    }
    last_ = time;
    ++rows_;
    return true;
  }
  /// In ticks; nothing for a single row.
  [[nodiscard]] std::optional<double> step(const trace_clock& clock) const {
    if (rows_ < 2) return std::nullopt;
    const auto steps = static_cast<double>(rows_ - 1);
    return exact_ ? step_ : tidied(last_ / steps, clock.noise(last_) / steps + 1e-12 * step_);
  }

 private:
  std::uint64_t rows_ = 0;
  double step_ = 0;
  double last_ = 0;
  bool exact_ = true;
};

/// Reads a recorded load in the order of thoughts: bytes, text, records, fields, times, series. A file whose rows are
/// complete and one step apart is streamed, in any length; of any other the rows are kept until it is known what they
/// mean, 24 bytes each.
class trace_reader {
 public:
  trace_reader(std::string_view who, const file_lines& lines, const trace_csv_options& options)
      : who_(who), lines_(lines), options_(options) {
    trace_rows::check(who_, options_);
    if (lines_.regular()) {
      std::string first;
      plain_ = lines_.plain(first);
      json_ = prometheus_range::begins_with(first);
    }
  }

  /// Tries to stream: calls keep(count, offset of its line) for each row. False if the file is not of that kind; what
  /// was kept is to be forgotten then, and gather() to be called.
  template <class Keep>
  [[nodiscard]] bool stream(Keep&& keep, const read_progress& progress = {}) {
    if (!lines_.regular() || json_ || options_.counter || options_.arrivals) return false;
    rows_.emplace(who_, lines_.file(), options_);
    steady_rows steady;
    trace_watch watch;
    std::uint64_t told = 0;
    std::size_t skipped = 0;
    bool streams = true;
    lines_.each(
        [&](std::string_view text, std::uint64_t offset, bool ended) {
          const std::optional<trace_row> r = rows_->line(text, ended);
          if (!r) return false;
          if (told == 0) {
            skipped = rows_->skipped();
            streams = !rows_->arrivals() && !rows_->per_second();
          }
          streams = streams && skipped == rows_->skipped() && !std::isnan(r->count) &&
                    (!rows_->timed() || steady.take(r->time, rows_->clock()));
          if (!streams) return true;
          watch.take(r->count);
          ++told;
          keep(static_cast<float>(r->count), offset);
          return false;
        },
        0, file_lines::to_the_end, progress);
    if (!streams) return false;
    rows_->finish();
    if (rows_->wide()) return true;
    require_rows(told);
    reading_ = {.rows = told, .cut = rows_->cut(), .open_end = rows_->open_end()};
    const double asked = options_.interval_s;
    if (!rows_->timed()) {
      if (arrivals_in(watch)) return false;
      reading_.interval_s = asked > 0 ? asked : 1;
    } else {
      const std::optional<double> step = steady.step(rows_->clock());
      if (!step && !(asked > 0)) rows_->refuse(rows_->lines(), 1, "one row tells no interval, set interval_s");
      const double interval = step ? rows_->clock().seconds(*step) : asked;
      if (asked > 0 && std::abs(asked - interval) > 1e-9 * interval) return false;
      reading_.interval_s = asked > 0 ? asked : interval;
      reading_.times = rows_->clock().unit();
    }
    refuse_counter(watch);
    return true;
  }

  /// Reads the whole file into memory and returns the counts of its intervals.
  [[nodiscard]] std::vector<float> gather(const read_progress& progress = {}) {
    rows_.emplace(who_, lines_.file(), options_);
    if (json_) return from_json(lines_.all(most_json));
    std::vector<trace_row> all;
    std::string document;
    lines_.each(
        [&](std::string_view text, std::uint64_t offset, bool ended) {
          // A pipe is not looked at beforehand.
          if (!document.empty() || (!lines_.regular() && rows_->lines() == 0 && prometheus_range::begins_with(text))) {
            require(document.size() < most_json, who_, "bytes of JSON", document.size(), "be fewer");
            document.append(text).append(1, '\n');
            return false;
          }
          if (const std::optional<trace_row> r = rows_->line(text, ended)) {
            if (all.size() == options_.max_rows) {
              rows_->refuse(rows_->lines(), 1, "more than " + to_text(options_.max_rows) + " rows, raise max_rows");
            }
            all.push_back(*r);
            // After a few rows: as many as the file will have, so that they are not copied while they grow.
            constexpr std::size_t few = 10'000;
            if (all.size() == few && plain_) {
              const double rows = static_cast<double>(few) * static_cast<double>(lines_.state().size) /
                                  static_cast<double>(offset + text.size());
              all.reserve(static_cast<std::size_t>(std::min(1.02 * rows, static_cast<double>(options_.max_rows))));
            }
          }
          return false;
        },
        0, file_lines::to_the_end, progress);
    if (!document.empty()) return from_json(document);
    rows_->finish();
    if (rows_->wide()) return rows_->counts();
    require_rows(all.size());
    trace_watch watch;
    const bool times_alone = !rows_->timed();
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (times_alone) all[i].time = static_cast<double>(i);
      if (!std::isnan(all[i].count)) watch.take(all[i].count);
    }
    if (times_alone && !options_.counter && arrivals_in(watch)) {
      options_.arrivals = true;
      return gather(progress);
    }
    options_.arrivals = rows_->arrivals();
    if (!options_.counter && !options_.arrivals) refuse_counter(watch);
    return counts_of(std::move(all), rows_->clock(), rows_->timed(), rows_->per_second());
  }

  /// After stream() or gather(): how the file was understood.
  [[nodiscard]] const trace_reading& reading() const noexcept { return reading_; }
  /// Whether the offsets of stream() are places in the file.
  [[nodiscard]] bool plain() const noexcept { return plain_; }
  /// After stream(): the rows' shape, with which count_in() finds a count again.
  [[nodiscard]] const trace_rows& rows() const { return *rows_; }

 private:
  static constexpr std::size_t most_json = std::size_t{256} << 20U;

  void require_rows(std::uint64_t rows) const {
    if (rows > 0) return;
    rows_->refuse(rows_->lines() + 1, 1, rows_->lines() == 0 ? "file is empty" : "file has no rows");
  }

  // Whether numbers without times are times themselves.
  [[nodiscard]] bool arrivals_in(const trace_watch& watch) const {
    if (!watch.times() || options_.rising) return false;
    if (watch.in_order() && !rows_->called_count()) return true;
    const std::string since = to_text(watch.first());
    if (!watch.in_order() && rows_->called_count()) return false;
    rows_->refuse(1, 1,
                  "numbers like " + since +
                      " may be the times of single arrivals or counts of requests: set arrivals, or set rising to read "
                      "them as counts");
  }
  void refuse_counter(const trace_watch& watch) const {
    if (options_.rising) return;
    if (rows_->called_counter()) {
      rows_->refuse_counter("column is named '" + csv_field{rows_->count_name()}.quoted() + "', as a counter is");
    }
    if (watch.counter())
      rows_->refuse_counter("counts rise from row to row, " + watch.from_to() + ", as those of a counter do");
  }

  [[nodiscard]] std::vector<float> from_json(const std::string& json) {
    trace_clock clock(lines_.file(), options_.unit_s, options_.interval_s);
    prometheus_range answer(lines_.file(), options_, clock);
    std::vector<trace_row> all = answer.rows(json);
    trace_watch watch;
    for (const trace_row& r : all) {
      if (!std::isnan(r.count)) watch.take(r.count);
    }
    if (!options_.counter && !options_.rising && (answer.metric().ends_with("_total") || watch.counter())) {
      rows_->refuse_counter("series " + answer.name() + " rises as a counter does");
    }
    options_.arrivals = false;
    return counts_of(std::move(all), clock, true, options_.per_second);
  }

  [[nodiscard]] std::vector<float> counts_of(std::vector<trace_row> all, const trace_clock& clock, bool timed,
                                             bool per_second) {
    reading_ = {.cut = rows_->cut(), .open_end = rows_->open_end()};
    reading_.times = timed ? clock.unit() : "none";
    trace_series series(lines_.file(), options_, clock, timed);
    std::vector<float> counts = series.counts(std::move(all), reading_);
    if (options_.counter) reading_.counts = "values of a counter";
    if (options_.arrivals) reading_.counts = "single arrivals";
    if (per_second && !options_.counter && !options_.arrivals) {
      reading_.counts = "requests a second";
      for (float& count : counts) {
        count = static_cast<float>(static_cast<double>(count) * reading_.interval_s);
        if (law_broken_by_count(static_cast<double>(count))) {
          throw csv_error(lines_.file(), 1, 1, "requests a second times the interval are too many to count");
        }
      }
    }
    reading_.rows = counts.size();
    return counts;
  }

  std::string_view who_;
  const file_lines& lines_;
  trace_csv_options options_;
  std::optional<trace_rows> rows_{};
  trace_reading reading_{};
  bool plain_ = false;
  bool json_ = false;
};

}  // namespace headroom
