#include <headroom/live/stop_signals.hpp>

#include <csignal>

#include "catch.hpp"

using namespace headroom;

namespace {

volatile std::sig_atomic_t seen_before = 0;
extern "C" void note_for_test(int which) { seen_before = which; }

}  // namespace

TEST_CASE("live.stop_signals: both signals are noticed, and the last one is told") {
  const stop_signals stop;
  CHECK_FALSE(stop());
  CHECK(stop.signal() == 0);
  std::raise(SIGTERM);
  CHECK(stop());
  CHECK(stop.signal() == SIGTERM);
  std::raise(SIGINT);
  CHECK(stop());
  CHECK(stop.signal() == SIGINT);
}

TEST_CASE("live.stop_signals: the handlers that were there come back, and a new one begins without a signal") {
  for (const int which : {SIGTERM, SIGINT}) {
    INFO(which);
    auto* const before = std::signal(which, note_for_test);
    seen_before = 0;
    {
      const stop_signals stop;
      std::raise(which);
      CHECK(stop.signal() == which);
      CHECK(seen_before == 0);  // it ends no wait of anybody else meanwhile
    }
    std::raise(which);
    CHECK(seen_before == which);
    const stop_signals anew;
    CHECK_FALSE(anew());
    CHECK(std::signal(which, before) == internal::note_stop_signal);
  }
}
