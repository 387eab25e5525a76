#pragma once

#include <cmath>    // std::isfinite
#include <cstdint>  // std::uint64_t

namespace headroom {

/// The signals that an autoscaler refused, by kind. On each of them it kept the current scale, except for
/// `above_maximum`, after which it goes back to the maximum, as Kubernetes does.
struct refused_signals {
  std::uint64_t values = 0;         ///< loads, utilisations, latencies that are not finite or negative
  std::uint64_t clocks = 0;         ///< times that are not finite or earlier than the one before
  std::uint64_t replicas = 0;       ///< counts of replicas that are not finite or negative
  std::uint64_t above_maximum = 0;  ///< more replicas than the limits allow: another controller scales, too

  [[nodiscard]] std::uint64_t total() const noexcept { return values + clocks + replicas + above_maximum; }
  friend bool operator==(const refused_signals&, const refused_signals&) = default;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("values", self.values);
    a("clocks", self.clocks);
    a("replicas", self.replicas);
    a("above_maximum", self.above_maximum);
  }
};

/// Checks the signals of an autoscaler: says which can be used, and counts the others.
class intake {
 public:
  /// A new episode: the clock may start anywhere. The counts stay.
  void start() noexcept { seen_ = false; }

  /// Whether `now_s` can be used. A time before the last one is refused once; the next time is compared with the new
  /// one. If this returns false and `jumped()`, the caller must forget what it keeps by time.
  [[nodiscard]] bool clock(double now_s) noexcept {
    jumped_ = seen_ && now_s < last_s_;
    if (!std::isfinite(now_s) || jumped_) {
      ++refused_.clocks;
      if (jumped_) last_s_ = now_s;
      return false;
    }
    last_s_ = now_s;
    seen_ = true;
    return true;
  }
  [[nodiscard]] bool jumped() const noexcept { return jumped_; }

  /// Whether a load, a utilisation or a latency can be used.
  [[nodiscard]] bool value(double v) noexcept {
    if (std::isfinite(v) && v >= 0) return true;
    ++refused_.values;
    return false;
  }
  /// Whether a count of replicas can be used.
  [[nodiscard]] bool count(double n, int maximum) noexcept {
    if (!(std::isfinite(n) && n >= 0)) {
      ++refused_.replicas;
      return false;
    }
    if (n > maximum) ++refused_.above_maximum;
    return true;
  }

  [[nodiscard]] const refused_signals& refused() const noexcept { return refused_; }

  /// What a checkpoint stores, between episodes.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("refused", self.refused_);
  }
  /// What it needs besides to go on within an episode.
  template <class Self, class Archive>
  static void past(Self& self, Archive& a) {
    a("clock_seen", self.seen_);
    a("clock_s", self.last_s_);
  }

 private:
  refused_signals refused_{};
  double last_s_ = 0;
  bool seen_ = false;
  bool jumped_ = false;
};

}  // namespace headroom
