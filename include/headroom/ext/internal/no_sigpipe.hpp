#pragma once

#include <csignal>  // pthread_sigmask, sigpending, sigset_t, sigtimedwait
#include <ctime>    // timespec

namespace headroom::internal {

/// While it lives, a write of this thread to a connection that the other side has closed is an error and no signal:
/// SIGPIPE would end the program. A library must not ignore the signal for the whole program, so it is blocked for this
/// thread, and taken if it came.
class no_sigpipe {
 public:
  no_sigpipe() noexcept {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  no_sigpipe(const no_sigpipe&) = delete;
  no_sigpipe& operator=(const no_sigpipe&) = delete;
  ~no_sigpipe() {
    const timespec at_once{};
    while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace headroom::internal
