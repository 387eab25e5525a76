#pragma once

#include <unistd.h>  // isatty

#include <atomic>       // std::atomic
#include <csignal>      // std::signal
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <cstdio>       // std::fprintf
#include <string>       // std::string
#include <string_view>  // std::string_view

/// What the tool says while it works, on standard error only: results go to standard output and are the same bytes in
/// every run.
namespace terminal {

inline std::atomic<bool> interrupted{false};

/// The first Ctrl-C asks for a clean stop, a second one gets the default: the end.
inline void on_interrupt(int signal) {
  interrupted.store(true, std::memory_order_relaxed);
  std::signal(signal, SIG_DFL);
}
inline void catch_interrupts() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

/// A progress bar on a terminal, a line per task elsewhere.
class progress_bar {
 public:
  progress_bar(std::string task, std::uint64_t total) : task_(std::move(task)), total_(total), live_(isatty(2) != 0) {
    show(0);
  }
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  ~progress_bar() {
    if (live_)
      std::fprintf(stderr, "\r\x1b[K");
    else
      std::fprintf(stderr, "%s%s\n", task_.c_str(), interrupted.load() ? ": interrupted" : ": done");
  }

  void show(std::uint64_t done) const {
    if (!live_) return;
    constexpr std::size_t width = 28;
    const auto filled = static_cast<std::size_t>(total_ == 0 ? width : done * width / total_);
    std::string bar;
    for (std::size_t k = 0; k < width; ++k) bar += k < filled ? "█" : "░";
    std::fprintf(stderr, "\r\x1b[K%s %s %3u %%", bar.c_str(), task_.c_str(),
                 static_cast<unsigned>(total_ == 0 ? 100 : done * 100 / total_));
    std::fflush(stderr);
  }

 private:
  std::string task_;
  std::uint64_t total_;
  bool live_;
};

}  // namespace terminal
