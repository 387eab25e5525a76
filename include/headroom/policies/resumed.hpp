#pragma once

#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t
#include <limits>       // std::numeric_limits
#include <type_traits>  // std::type_identity_t
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/internal/roomy_vector.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>
#include <headroom/policies/guard_note.hpp>

namespace headroom {

/// A member of an observation that a policy reads.
template <class O>
struct observed_member {
  observed_member(double O::*member) : real(member) {}  // NOLINT: implicit on purpose
  observed_member(int O::*member) : whole(member) {}    // NOLINT
  double O::*real = nullptr;
  int O::*whole = nullptr;
};

/// How much of its past a policy keeps.
struct resumed_options {
  double window_s = 3600;    ///< s of observations that are kept; 0: none
  double stale_s = 300;      ///< s; after a longer gap the policy begins anew
  std::size_t most = 4'096;  ///< observations that are kept at most
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const resumed_options& checked(const resumed_options& o) {
  require_not_negative("resumed", "window_s", o.window_s);
  require_not_negative("resumed", "stale_s", o.stale_s);
  require(o.most >= 1 && o.most <= 1'000'000, "resumed", "most", o.most, "be from 1 to 1000000");
  return o;
}

/// What became of the past that another process left.
enum class resumed_past : std::uint8_t {
  none,     ///< there was none
  goes_on,  ///< it was shown to the policy
  stale     ///< it was too old, or of a later time than now: the policy began anew
};

/// Any policy whose windows and averages survive a restart of their process. It keeps what the policy saw, and what was
/// executed, for a window of time; that is all that a checkpoint stores. `start` after `restore` shows it to the new
/// policy again, with a gap behind it (`stop` with `ongoing`), and the policy decides as if it had been there all the
/// time. If the last observation is older than `stale_s`, it is dropped. So nothing inside needs `fields`, and another
/// policy can go on with the past of the one before.
///
/// What lasts longer than the window is forgotten: the average of a day is that of the window. Not for a policy that
/// learns, because it would learn the same twice; one that was trained is wrapped in `frozen`. Its random numbers begin
/// anew. The clock in the observation must go on.
///
/// A decision costs that of the policy and a copy of the members, O(kept) numbers are moved once the window is full; a
/// restart costs all decisions of the window. No allocation after construction. Model of CorrectablePolicy.
///     resumed policy{std::move(hpa), &sample::time_s, {&sample::utilisation, &sample::replicas}, {.stale_s = 120}};
template <class Inner, class O>
class resumed {
 public:
  /// `members`: what the policy reads besides the time; the others have their initial values when the past is shown.
  resumed(Inner inner, double O::*time_s, std::vector<std::type_identity_t<observed_member<O>>> members,
          const resumed_options& options = {})
      : inner_(std::move(inner)), time_s_(time_s), members_(std::move(members)), options_(checked(options)) {
    require(time_s != nullptr, "resumed", "time_s", "missing", "be named");
    members_.insert(members_.begin(), observed_member<O>(time_s));
    values_.reserve(options_.most * members_.size());
    known_.reserve(options_.most * members_.size());
    executed_.reserve(options_.most);
    marks_.reserve(options_.most);
  }

  int start(const O& o) {
    const bool left = !begun_ && !marks_.empty() && options_.window_s > 0;
    begun_ = true;
    past_ = resumed_past::none;
    if (left) {
      const double gap_s = o.*time_s_ - seen(marks_.size() - 1).*time_s_;
      gap_s_ = gap_s;
      past_ = gap_s >= 0 && gap_s <= options_.stale_s ? resumed_past::goes_on : resumed_past::stale;
    }
    shown_ = past_ == resumed_past::goes_on ? marks_.size() : 0;
    if (past_ != resumed_past::goes_on) {
      forget();
      return keep(o, inner_.start(o));
    }
    show_again();
    return keep(o, inner_.step(o));
  }
  int step(const O& o) { return keep(o, inner_.step(o)); }
  void stop(const O& o, episode end) {
    if (end == episode::ongoing && !marks_.empty())
      marks_.back() |= mark_gap;
    else if (end != episode::ongoing)
      forget();  // an episode that ended is nobody's past
    inner_.stop(o, end);
  }
  void executed(int delta) {
    if (!marks_.empty()) {
      executed_.back() = delta;
      marks_.back() |= mark_told;
    }
    tell(delta);
  }

  /// What a checkpoint stores: what was seen and executed.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if (!a.training()) return;  // a deployed copy begins its own episode
    a.same("members", self.members_.size());
    a.list("values", self.values_);
    a.list("known", self.known_);
    a.list("executed", self.executed_);
    a.list("marks", self.marks_);
    const std::size_t n = self.marks_.size();
    const std::size_t numbers = n * self.members_.size();
    a.check(self.executed_.size() == n, "executed", self.executed_.size(), "have one for each observation");
    a.check(self.values_.size() == numbers, "values", self.values_.size(), "have one for each member");
    a.check(self.known_.size() == numbers, "known", self.known_.size(), "have one for each member");
  }

  /// What became of the past at the last `start`, how many observations were shown, and how old the last one was.
  [[nodiscard]] resumed_past past() const noexcept { return past_; }
  [[nodiscard]] std::size_t shown() const noexcept { return shown_; }
  [[nodiscard]] double gap_s() const noexcept { return gap_s_; }
  [[nodiscard]] std::size_t kept() const noexcept { return marks_.size(); }
  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }
  [[nodiscard]] Inner& inner() noexcept { return inner_; }
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(inner_, sink);
  }
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(inner_, sink);
  }

 private:
  static constexpr std::uint8_t mark_told = 1;  // the policy was told what was executed
  static constexpr std::uint8_t mark_gap = 2;   // the policy was paused behind it

  void tell(int delta) {
    if constexpr (requires { inner_.executed(delta); }) inner_.executed(delta);
  }
  void forget() noexcept {
    values_.clear();
    known_.clear();
    executed_.clear();
    marks_.clear();
  }
  // Shows the past to a policy that was just made.
  void show_again() {
    for (std::size_t k = 0; k < marks_.size(); ++k) {
      const O o = seen(k);
      static_cast<void>(k == 0 ? inner_.start(o) : inner_.step(o));
      if ((marks_[k] & mark_told) != 0) tell(executed_[k]);
      if ((marks_[k] & mark_gap) != 0 || k + 1 == marks_.size()) inner_.stop(o, episode::ongoing);
    }
    marks_.back() |= mark_gap;
  }
  [[nodiscard]] O seen(std::size_t k) const {
    O o{};
    for (std::size_t j = 0; j < members_.size(); ++j) {
      const std::size_t at = k * members_.size() + j;
      if (members_[j].whole != nullptr)
        o.*members_[j].whole = static_cast<int>(values_[at]);
      else
        o.*members_[j].real = known_[at] != 0 ? values_[at] : std::numeric_limits<double>::quiet_NaN();
    }
    return o;
  }
  int keep(const O& o, int delta) {
    if (!(options_.window_s > 0) || !std::isfinite(o.*time_s_)) return delta;
    std::size_t old = marks_.size() == options_.most ? 1 : 0;
    while (old < marks_.size() && o.*time_s_ - values_[old * members_.size()] > options_.window_s) ++old;
    drop(old);
    for (const observed_member<O>& m : members_) {
      // No checkpoint holds a NaN.
      const double v = m.whole != nullptr ? static_cast<double>(o.*m.whole) : o.*m.real;
      known_.push_back(std::isfinite(v) ? 1 : 0);
      values_.push_back(std::isfinite(v) ? v : 0);
    }
    executed_.push_back(delta);
    marks_.push_back(0);
    return delta;
  }
  void drop(std::size_t observations) {
    if (observations == 0) return;
    const auto some = static_cast<std::ptrdiff_t>(observations);
    const auto numbers = static_cast<std::ptrdiff_t>(observations * members_.size());
    values_.erase(values_.begin(), values_.begin() + numbers);
    known_.erase(known_.begin(), known_.begin() + numbers);
    executed_.erase(executed_.begin(), executed_.begin() + some);
    marks_.erase(marks_.begin(), marks_.begin() + some);
  }

  Inner inner_;
  double O::*time_s_;
  std::vector<observed_member<O>> members_;  // the time is the first
  resumed_options options_;
  // Of each observation, the oldest first; a copy has room for as many.
  internal::roomy_vector<double> values_{};
  internal::roomy_vector<std::uint8_t> known_{};
  internal::roomy_vector<int> executed_{};
  internal::roomy_vector<std::uint8_t> marks_{};
  bool begun_ = false;  // this object was started: the past is its own
  resumed_past past_ = resumed_past::none;
  std::size_t shown_ = 0;
  double gap_s_ = 0;
};

}  // namespace headroom
