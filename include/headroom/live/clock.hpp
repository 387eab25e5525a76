#pragma once

#include <chrono>   // std::chrono::nanoseconds, std::chrono::duration
#include <ctime>    // clock_gettime, clock_nanosleep
#include <memory>   // std::make_shared, std::shared_ptr
#include <utility>  // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/live/reading.hpp>

/// Clocks of a live host. Intervals are measured by a clock that nobody sets; the time of day is for journals only. A
/// clock is a handle: its copies show the same time.
namespace headroom {

[[nodiscard]] constexpr double to_seconds(std::chrono::nanoseconds d) noexcept {
  return std::chrono::duration<double>(d).count();
}
/// The nearest nanosecond. Only for |s| below 9e9, which is 285 years.
[[nodiscard]] constexpr std::chrono::nanoseconds from_seconds(double s) noexcept {
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(s * 1e9 + (s < 0 ? -0.5 : 0.5)));
}

/// A clock that also knows the time of day.
template <class C>
concept WallClock = Clock<C> && requires(const C& clock) {
  { clock.wall_s() } -> std::same_as<double>;
};

/// The clock of the machine. `now` goes on while the machine is suspended, where the system can tell (Linux), so that
/// what was read before is seen to be old afterwards. Nobody can set it; the time of day can be set. Model of
/// WallClock.
class system_clock {
 public:
  /// Since an unknown moment, usually the start of the machine.
  [[nodiscard]] static std::chrono::nanoseconds now() noexcept { return read(steady); }
  /// Returns early when the process gets a signal. No wait if `d` is not positive.
  static void sleep(std::chrono::nanoseconds d) noexcept {
    if (d.count() <= 0) return;
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(d);
    const timespec wait{static_cast<std::time_t>(whole.count()), static_cast<long>((d - whole).count())};
    (void)::clock_nanosleep(steady, 0, &wait, nullptr);
  }
  /// Seconds since 1970-01-01T00:00Z. May jump.
  [[nodiscard]] static double wall_s() noexcept { return to_seconds(read(CLOCK_REALTIME)); }

 private:
#ifdef CLOCK_BOOTTIME
  static constexpr clockid_t steady = CLOCK_BOOTTIME;
#else
  static constexpr clockid_t steady = CLOCK_MONOTONIC;
#endif
  [[nodiscard]] static std::chrono::nanoseconds read(clockid_t which) noexcept {
    timespec t{};
    (void)::clock_gettime(which, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }
};

/// A clock that only moves when it is told to: for tests and simulations. A sleep moves it at once. Model of WallClock.
class manual_clock {
 public:
  explicit manual_clock(double wall_s = 0) : time_(std::make_shared<time>()) { time_->offset_s = wall_s; }

  [[nodiscard]] std::chrono::nanoseconds now() const noexcept { return time_->now; }
  void sleep(std::chrono::nanoseconds d) noexcept {
    if (d.count() > 0) time_->now += d;
  }
  [[nodiscard]] double wall_s() const noexcept { return time_->offset_s + to_seconds(time_->now); }

  /// Lets time pass, as a slow read or a suspended machine does.
  void advance(double s) noexcept { sleep(from_seconds(s)); }
  /// Sets the time of day on or back, as an administrator does. `now` is not changed.
  void jump_wall(double s) noexcept { time_->offset_s += s; }
  /// Breaks the promise that `now` never runs backwards, as a virtual machine that is moved may.
  void jump_now(double s) noexcept { time_->now += from_seconds(s); }

 private:
  struct time {
    std::chrono::nanoseconds now{0};
    double offset_s = 0;
  };
  std::shared_ptr<time> time_;
};

/// A query for the time of an observation: seconds by the clock since this was made. It never runs backwards: a clock
/// that was set back goes on from the last time.
///     sense<sample> source{{&sample::time_s, elapsed{clock}}, {&sample::load, load}};
template <Clock C>
class elapsed {
 public:
  explicit elapsed(C clock) : clock_(std::move(clock)), start_(clock_.now()), last_(start_) {}
  [[nodiscard]] reading operator()() {
    const auto now = clock_.now();
    if (now < last_) start_ -= last_ - now;
    last_ = now;
    return reading::of(to_seconds(now - start_));
  }

 private:
  C clock_;
  std::chrono::nanoseconds start_;
  std::chrono::nanoseconds last_;
};

}  // namespace headroom
