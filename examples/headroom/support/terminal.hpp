#pragma once

#include <unistd.h>  // isatty

#include <atomic>       // std::atomic
#include <chrono>       // std::chrono::steady_clock
#include <csignal>      // std::signal
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <cstdio>       // std::fprintf, std::snprintf
#include <cstdlib>      // std::getenv
#include <cmath>        // std::isfinite
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

/// What the tool says while it works, on standard error only: results go to standard output and are the same bytes in
/// every run.
namespace tool::terminal {

inline std::atomic<bool> interrupted{false};
inline std::atomic<bool> quiet{false};  ///< --quiet: no progress; warnings are said all the same
inline std::atomic<bool> plain{false};  ///< --plain: a terminal gets the lines that a file would get

/// Whether what goes to this file descriptor may be drawn: a terminal that was not asked to be plain.
[[nodiscard]] inline bool draws(int descriptor) {
  const char* const kind = std::getenv("TERM");
  return isatty(descriptor) != 0 && !plain && (kind == nullptr || std::string_view(kind) != "dumb");
}
/// And whether in colour: NO_COLOR with any text forbids it (no-color.org).
[[nodiscard]] inline bool colours(int descriptor) {
  const char* const forbidden = std::getenv("NO_COLOR");
  return draws(descriptor) && (forbidden == nullptr || *forbidden == '\0');
}

/// The first Ctrl-C asks for a clean stop, a second one gets the default: the end.
inline void on_interrupt(int signal) {
  interrupted.store(true, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
}
inline void catch_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away shows when the output is written
}

/// "1 h 02 min", "3 min 05 s" or "12 s".
inline std::string duration(double seconds) {
  const auto whole = static_cast<unsigned long long>(seconds + 0.5);
  char text[32];
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%llu h %02llu min", whole / 3600, whole / 60 % 60);
  else if (whole >= 60)
    std::snprintf(text, sizeof text, "%llu min %02llu s", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%llu s", whole);
  return text;
}

/// "85", "8.5" or "0.085": two or three figures.
inline std::string rate_text(double per_s) {
  char text[32];
  std::snprintf(text, sizeof text, per_s >= 100 ? "%.0f" : "%.2g", per_s);
  return text;
}

/// On a terminal a bar, how many episodes are done, how many a second, the level where it is known, and how long the
/// rest will take at the pace so far; elsewhere a line per task. With --quiet nothing.
class progress_bar {
 public:
  progress_bar(std::string task, std::uint64_t total, std::uint64_t done = 0)
      : task_(std::move(task)), total_(total), first_(done), live_(draws(2) && !quiet) {
    show(done);
  }
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  ~progress_bar() {
    if (live_)
      std::fprintf(stderr, "\r\x1b[K");
    else if (!quiet)
      std::fprintf(stderr, "%s%s\n", task_.c_str(), interrupted.load() ? ": interrupted" : ": done");
  }

  /// The total has turned out to be another one.
  void show(std::uint64_t done, std::uint64_t total) {
    total_ = total;
    show(done);
  }
  /// The fraction in time of late, which the next drawing says; NaN: not known.
  void level(double fraction) { level_ = fraction; }
  /// Call it as often as you like: it draws ten times a second.
  void show(std::uint64_t done) {
    if (!live_) return;
    const auto now = clock::now();
    if (drawn_ && now - *drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    constexpr std::size_t width = 28;
    const auto filled = static_cast<std::size_t>(total_ == 0 ? width : done * width / total_);
    std::string bar;
    for (std::size_t k = 0; k < width; ++k) bar += k < filled ? "█" : "░";
    std::string left;
    const double passed_s = std::chrono::duration<double>(now - begun_).count();
    if (done > first_ && passed_s >= 1) {
      left = ", " + rate_text(static_cast<double>(done - first_) / passed_s) + "/s";
      if (std::isfinite(level_)) {
        char text[32];
        std::snprintf(text, sizeof text, ", %.2f %% in time", 100 * level_);
        left += text;
      }
      left +=
          ", " + duration(passed_s * static_cast<double>(total_ - done) / static_cast<double>(done - first_)) + " left";
    }
    std::fprintf(stderr, "\r\x1b[K%s %s %llu of %llu%s", bar.c_str(), task_.c_str(),
                 static_cast<unsigned long long>(done), static_cast<unsigned long long>(total_), left.c_str());
    std::fflush(stderr);
  }

 private:
  using clock = std::chrono::steady_clock;

  std::string task_;
  std::uint64_t total_;
  std::uint64_t first_;
  bool live_;
  double level_ = std::numeric_limits<double>::quiet_NaN();
  clock::time_point begun_ = clock::now();
  std::optional<clock::time_point> drawn_;
};

}  // namespace tool::terminal
