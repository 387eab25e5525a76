#pragma once

#include <csignal>  // std::signal, SIGINT, SIGTERM

namespace headroom {

namespace internal {

inline volatile std::sig_atomic_t stop_signal_seen = 0;

extern "C" inline void note_stop_signal(int which) { stop_signal_seen = which; }

}  // namespace internal

/// Whether the process was asked to end: SIGTERM or SIGINT. While one exists, these signals end a wait and set a flag
/// instead of ending the process, so that a host finishes its decision and saves. The handlers that were there before
/// come back with it. One at a time, made and destroyed by one thread.
///     stop_signals stop;
///     host.run(stop);
class stop_signals {
 public:
  stop_signals() {
    internal::stop_signal_seen = 0;
    before_term_ = std::signal(SIGTERM, internal::note_stop_signal);
    before_int_ = std::signal(SIGINT, internal::note_stop_signal);
  }
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;
  ~stop_signals() {
    if (before_term_ != SIG_ERR) (void)std::signal(SIGTERM, before_term_);
    if (before_int_ != SIG_ERR) (void)std::signal(SIGINT, before_int_);
  }

  [[nodiscard]] bool operator()() const noexcept { return internal::stop_signal_seen != 0; }
  /// The signal; 0 if there was none.
  [[nodiscard]] int signal() const noexcept { return static_cast<int>(internal::stop_signal_seen); }

 private:
  void (*before_term_)(int) = SIG_DFL;
  void (*before_int_)(int) = SIG_DFL;
};

}  // namespace headroom
