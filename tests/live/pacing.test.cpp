#include <headroom/live/pacing.hpp>

#include <chrono>
#include <stdexcept>
#include <vector>

#include "catch.hpp"

using namespace headroom;
using namespace std::chrono_literals;

TEST_CASE("live.pacing: the phase is kept, however long each decision takes") {
  manual_clock clock;
  clock.advance(3.25);
  pacing pace{clock, 15};
  const std::vector<double> works{0, 14, 7.5, 0.001, 14.9, 3, 16, 1, 31, 0};
  std::vector<double> at;
  std::vector<std::uint64_t> missed;
  for (const double work_s : works) {
    const tick now = *pace.next();
    CHECK(now.number == at.size());
    at.push_back(to_seconds(clock.now()) - 3.25);
    missed.push_back(now.missed);
    clock.advance(work_s);
  }
  // 16 s of work end a second after the next moment, which is within a tenth: it is used, late. 31 s end one second
  // after the moment of 30 s: also used, and the one between is missed.
  CHECK(at == std::vector<double>{0, 15, 30, 45, 60, 75, 90, 106, 120, 151});
  CHECK(missed == std::vector<std::uint64_t>{0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  CHECK(pace.missed() == 1);
}

TEST_CASE("live.pacing: after a night in which the machine slept there is one decision, at the next moment") {
  manual_clock clock;
  pacing pace{clock, 60};
  (void)pace.next();
  clock.advance(8 * 3600 + 20);
  const tick morning = *pace.next();
  CHECK(to_seconds(clock.now()) == 8 * 3600 + 60);
  CHECK(morning.missed == 480);
  CHECK(morning.late_s == 0);
  const tick after = *pace.next();
  CHECK(to_seconds(clock.now()) == 8 * 3600 + 120);
  CHECK(after.missed == 0);
}

TEST_CASE("live.pacing: a clock that runs backwards does not stop the decisions") {
  manual_clock clock;
  clock.advance(7200);
  pacing pace{clock, 60};
  (void)pace.next();
  clock.jump_now(-3600);
  const tick again = *pace.next();
  CHECK(to_seconds(clock.now()) == 3600);
  CHECK(again.missed == 0);
  CHECK(pace.restarts() == 1);
  (void)pace.next();
  CHECK(to_seconds(clock.now()) == 3660);
  clock.jump_now(-20);  // less than an interval: it waits for its place
  (void)pace.next();
  CHECK(to_seconds(clock.now()) == 3720);
  CHECK(pace.restarts() == 1);
}

namespace {

// A clock that something disturbs while somebody sleeps.
struct disturbed_clock {
  manual_clock inner;
  double jump_s = 0;
  int* sleeps = nullptr;

  [[nodiscard]] std::chrono::nanoseconds now() const { return inner.now(); }
  void sleep(std::chrono::nanoseconds d) {
    inner.sleep(d);
    if (++*sleeps == 3) inner.jump_now(jump_s);
  }
};

}  // namespace

TEST_CASE("live.pacing: a jump of the clock within a sleep, forwards and backwards") {
  int sleeps = 0;
  const disturbed_clock ahead{manual_clock{}, 3605, &sleeps};
  pacing late{ahead, 10};
  CHECK(late.next()->missed == 0);
  const tick jumped = *late.next();
  CHECK(to_seconds(ahead.now()) == 3610);
  CHECK(jumped.missed == 360);

  sleeps = 0;
  disturbed_clock back{manual_clock{}, -3600, &sleeps};
  back.inner.advance(4000);
  pacing early{back, 10};
  (void)early.next();
  (void)early.next();
  CHECK(to_seconds(back.now()) == 403);
  CHECK(early.restarts() == 1);
  (void)early.next();
  CHECK(to_seconds(back.now()) == 413);
}

TEST_CASE("live.pacing: who asks it to stop waits for a second at most") {
  manual_clock clock;
  pacing pace{clock, 600};
  int asked = 0;
  CHECK(pace.next([] { return true; }) == std::nullopt);
  CHECK(pace.next([] { return false; }) != std::nullopt);
  CHECK(pace.next([&] { return ++asked == 4; }) == std::nullopt);
  CHECK(clock.now() == 3s);
  CHECK(pace.next()->missed == 0);
  CHECK(clock.now() == 600s);
}

TEST_CASE("live.pacing: an interval that cannot be kept is refused") {
  const manual_clock clock;
  CHECK_THROWS_WITH((pacing{clock, 0}), "pacing: interval_s is 0, must be from 0.001 to 1e6");
  CHECK_THROWS_AS((pacing{clock, 2e6}), std::invalid_argument);
  CHECK((pacing{clock, 0.5}).interval_s() == 0.5);
}
