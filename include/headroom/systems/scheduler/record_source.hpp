#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <mutex>       // std::lock_guard, std::mutex
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::move

#include <headroom/core/check.hpp>
#include <headroom/systems/scheduler/metric_window.hpp>
#include <headroom/systems/scheduler/request_records.hpp>

namespace headroom::scheduler {

/// How the records of requests become metrics.
struct record_source_options {
  std::filesystem::path folder{};    ///< where the files are dropped; empty: none, records come by `add` alone
  metric_window_options window{};    ///< of the metrics
  double speed = 1;                  ///< a second of the records is so many seconds of the window
  int empty_windows_believed = 3;    ///< after so many windows without a record there is no load; before, nobody knows
  std::size_t most_files = 100'000;  ///< that are read at one time
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const record_source_options& checked(const record_source_options& o) {
  checked(o.window);
  require_positive("record_source", "speed", o.speed);
  require(o.empty_windows_believed >= 1 && o.empty_windows_believed <= 1'000'000, "record_source",
          "empty_windows_believed", o.empty_windows_believed, "be from 1 to 1000000");
  require(o.most_files >= 1, "record_source", "most_files", o.most_files, "be at least 1");
  return o;
}

/// Makes the five metrics of the records of a window: of the files in a folder, and of what `add` was given, by any
/// thread.
///
/// Missing is not zero: a window without a record is not known, whether nobody asked or the records are lost. After
/// `empty_windows_believed` such windows it is believed: then there is no load, and the replicas can go. A folder that
/// cannot be read is never believed; its host's patience ends that (pipeline_options::patience_s).
///     record_source source{{.folder = "/app/results", .window = {.pressure_threshold_s = 0.5}}};
///     source.begin(now_s);
///     const std::optional<metric_reading> m = source.read(now_s, ready_pods);  // nothing: source.said() tells why
class record_source {
 public:
  explicit record_source(const record_source_options& o = {}) : o_(checked(o)), window_(o_.window) {}

  /// Begins the first window. What lay in the folder before is taken away, because nobody knows when it came.
  void begin(double now_s) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!o_.folder.empty()) static_cast<void>(take_request_records(o_.folder, o_.most_files));
    window_.begin(now_s);
  }
  /// A finished request, in seconds of the service.
  void add(const request_record& r) {
    const std::lock_guard<std::mutex> lock(mutex_);
    window_.add(r.pod, r.service_s * o_.speed, r.response_s * o_.speed);
  }
  /// The metrics since the last reading, `instances` pods serving; nothing where they are not known.
  [[nodiscard]] std::optional<metric_reading> read(double now_s, double instances) {
    const std::lock_guard<std::mutex> lock(mutex_);
    said_.clear();
    if (!o_.folder.empty()) {
      const collected_records all = take_request_records(o_.folder, o_.most_files);
      damaged_ += all.damaged;
      const bool gap = gap_ || !all.problem.empty();
      gap_ = !all.problem.empty();
      if (gap) {
        // What lies there after a gap came at any time in it, and would be taken for the load of one window.
        window_.begin(now_s);
        return none(gap_ ? "the records cannot be read: " + all.problem
                         : "the records can be read again, and their window begins now");
      }
      for (const request_record& r : all.records) window_.add(r.pod, r.service_s * o_.speed, r.response_s * o_.speed);
    }
    const metric_reading m = window_.read(now_s, instances);
    refused_ += m.refused;
    if (!(m.window_s > 0)) return none("no time has passed since the last window");
    if (m.samples > 0) {
      empty_ = 0;
      return m;
    }
    if (++empty_ < o_.empty_windows_believed) {
      return none("no record came in " + to_text(empty_) + " of the " + to_text(o_.empty_windows_believed) +
                  " windows after which no load is believed");
    }
    empty_ = o_.empty_windows_believed;  // and not on to an overflow
    return m;
  }

  /// Why the last reading has nothing, in a sentence; empty if it has.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  [[nodiscard]] std::uint64_t damaged() const noexcept { return damaged_; }  ///< files that held no record, ever
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }  ///< records that were no durations, ever

 private:
  std::nullopt_t none(std::string sentence) {
    said_ = std::move(sentence);
    return std::nullopt;
  }

  record_source_options o_;
  std::mutex mutex_{};
  metric_window window_;
  int empty_ = 0;
  bool gap_ = false;  // the last reading of the folder failed
  std::string said_{};
  std::uint64_t damaged_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace headroom::scheduler
