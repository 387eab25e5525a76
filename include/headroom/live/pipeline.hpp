#pragma once

#include <chrono>       // std::chrono::nanoseconds
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <type_traits>  // std::is_const_v, std::remove_cvref_t
#include <utility>      // std::move

#include <headroom/baselines/signals.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/types.hpp>
#include <headroom/io/journal_record.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/live/internal/decision_notes.hpp>
#include <headroom/live/internal/fallback_episode.hpp>
#include <headroom/live/internal/policy_episode.hpp>
#include <headroom/live/internal/sending.hpp>
#include <headroom/live/pacing.hpp>
#include <headroom/live/pipeline_health.hpp>
#include <headroom/live/pipeline_options.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/live/scaler.hpp>

namespace headroom {

/// The decision pipeline of a live host: source, observation, policy with its guards, limits, journal, scaler. Shadow
/// is a switch at the last arrow: everything else is the same code.
///
/// - Missing is never zero. Without a complete observation it holds; after `patience_s` the fallback decides, if what
///   is vital is known. After such an outage, and at the beginning, the policy sees `warm_up_s` of observations before
///   it may change anything. Each hold is counted and journalled with its reason.
/// - A decision is written down before it is sent, and is sent once. If there is no answer, or a refusal, nothing is
///   sent again: the next moment reads and decides anew.
/// - The policy is told what was executed: where it was overridden, refused, or only a shadow, what was seen instead.
/// - A gap in the observations is not learned from: the policy is paused (`stop` with `ongoing`).
///
/// A read, a decision and a change run one after another in the thread of the caller, who owns it.
///     pipeline host{pipeline_parts{source, policy, scaler, system_clock{}, journal{file}}, &sample::replicas, how};
///     host.run(stop_signals{});
template <class Parts>
class pipeline {
  using source_type = decltype(Parts::source);
  using clock_type = decltype(Parts::clock);

 public:
  using observation_type = observation_t<source_type>;

  static_assert(MetricSource<source_type>, "pipeline: the source must have observation_type and read()");
  static_assert(Policy<decltype(Parts::policy), observation_type, int>,
                "pipeline: the policy must decide on the source's observations, in replicas more or less (int)");
  static_assert(Policy<decltype(Parts::fallback), observation_type, int>,
                "pipeline: the fallback must decide on the source's observations, in replicas more or less (int)");
  static_assert(Scaler<decltype(Parts::scaler)>, "pipeline: the scaler must have scale(from, to) -> decision_outcome");
  static_assert(WallClock<clock_type>, "pipeline: the clock must have now(), sleep(d) and wall_s()");

  /// `replicas` is what a change changes. Throws std::invalid_argument for options out of range.
  pipeline(Parts all, feature<observation_type> replicas, const pipeline_options& options = {})
      : parts_(std::move(all)),
        replicas_(replicas),
        options_(checked(options)),
        pace_(parts_.clock, options.interval_s),
        known_(parts_.clock.now()) {
    require(static_cast<bool>(replicas_), "pipeline", "replicas", "missing", "be named");
    if (options_.slowest_read_s <= 0) options_.slowest_read_s = options_.interval_s;
    if (options_.run.empty()) options_.run = to_text(parts_.clock.wall_s());
  }

  /// Decides at each moment until `stop()` says so. A decision that has begun is finished before.
  template <class Stop>
  const pipeline_health& run(Stop&& stop) {
    while (next(stop)) {
    }
    finish();
    return health_;
  }
  /// Waits for the next moment and decides once: for hosts with a loop of their own. False if `stop()` said so.
  template <class Stop>
  bool next(Stop&& stop) {
    const auto now = pace_.next(stop);
    if (!now) return false;
    health_.missed += now->missed;
    decide();
    return true;
  }
  /// Reads, decides, writes down and sends, now. Returns the record.
  const journal_record& decide() {
    begin_record();
    const auto asked = parts_.clock.now();
    std::optional<observation_type> o = parts_.source.read();
    const auto now = parts_.clock.now();
    if (now < known_) known_ = now;  // the clock ran backwards: what is counted from before begins now
    if (now < warm_from_) warm_from_ = now;
    internal::note_fields(parts_.source, record_, health_);
    const bool slow = to_seconds(now - asked) > options_.slowest_read_s;
    std::optional<observation_type> partial;
    if constexpr (requires { parts_.source.vital(); }) {
      if (!slow) partial = parts_.source.vital();
    }
    if (slow) o.reset();
    from_.reset();
    if (o || partial) from_ = internal::whole_replicas(replicas_(o ? *o : *partial));
    if (from_) {
      health_.replicas = *from_;
      record_.from = from_;
      if (asked_for_ && *asked_for_ != *from_) ++health_.foreign_changes;
      asked_for_.reset();
    }
    settle(o && from_ ? ask_policy(*o, now)
                      : ask_fallback(partial, now, slow ? hold_reason::slow_read : hold_reason::unknown_input));
    if (o && from_) episode_.saw(std::move(o));
    return record_;
  }
  /// Ends the episode of the policy and of the fallback, as at the end of `run`. The consequence of the last decision
  /// is not seen, so it is not learned (`stop` with `ongoing`). It can go on afterwards.
  void finish() {
    episode_.finish(parts_.policy);
    fallback_.finish(parts_.fallback);
  }

  /// What a checkpoint stores, between two decisions: what the policy and the fallback store, and what was asked for
  /// last. A host that is started anew reads it: the policy is then asked with `start`, the windows fill as at the
  /// beginning, and guards go on with their budgets. The time in the observation must go on, too.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    const auto keep_of = [&a](const char* name, auto& part) {
      if constexpr (requires { std::remove_cvref_t<decltype(part)>::fields(part, a); }) a(name, part);
    };
    keep_of("policy", self.parts_.policy);
    keep_of("fallback", self.parts_.fallback);
    int asked = self.asked_for_.value_or(-1);
    a("asked_for", asked);
    if constexpr (!std::is_const_v<Self>) self.asked_for_ = asked < 0 ? std::nullopt : std::optional<int>(asked);
  }

  [[nodiscard]] const pipeline_health& health() const noexcept { return health_; }
  [[nodiscard]] const Parts& all() const noexcept { return parts_; }
  [[nodiscard]] Parts& all() noexcept { return parts_; }
  /// The last decision.
  [[nodiscard]] const journal_record& record() const noexcept { return record_; }

 private:
  using nanoseconds = std::chrono::nanoseconds;

  void begin_record() {
    record_ = {};
    record_.run = options_.run;
    record_.number = health_.decisions++;
    record_.time_s = parts_.clock.wall_s();
    record_.model = options_.model;
    record_.decided_by = "hold";
  }
  void hold(hold_reason why) { internal::note_hold(why, record_, health_); }

  int ask_policy(const observation_type& o, nanoseconds now) {
    // After an outage, and at the beginning, the windows fill anew.
    if (!episode_.begun() || (episode_.paused() && to_seconds(now - known_) >= options_.patience_s)) warm_from_ = now;
    fallback_.end(parts_.fallback, o);
    health_.fallback_active = false;
    known_ = now;
    health_.unknown_s = 0;
    episode_.judge(parts_.policy, *from_);
    parts_.describe(record_, episode_.before(), episode_.executed(), o);
    const int wish = episode_.ask(parts_.policy, o);
    internal::note_values(parts_.policy, record_);
    internal::note_guards(parts_.policy, wish, record_);
    internal::note_shadows(parts_.policy, record_);
    if constexpr (requires { parts_.describe.asked(record_); }) parts_.describe.asked(record_);
    if (to_seconds(now - warm_from_) < options_.warm_up_s) {
      hold(hold_reason::warming_up);
      return 0;
    }
    ++health_.by_policy;
    record_.decided_by = "policy";
    return wish;
  }
  int ask_fallback(const std::optional<observation_type>& partial, nanoseconds now, hold_reason why) {
    episode_.pause(parts_.policy);
    health_.unknown_s = to_seconds(now - known_);
    if (health_.unknown_s < options_.patience_s || !partial || !from_) {
      hold(why);
      internal::note_unknown_fields(record_);
      return 0;
    }
    const int wish = fallback_.ask(parts_.fallback, *partial);
    health_.fallback_active = true;
    ++health_.by_fallback;
    record_.decided_by = "fallback";
    record_.why = to_text(why);
    internal::note_unknown_fields(record_);
    internal::note_guards(parts_.fallback, wish, record_);
    return wish;
  }
  // The limits, the journal, the scaler, and what the policy must be told.
  void settle(int wish) {
    int delta = wish;
    if (wish != 0 && *from_ == 0 && options_.limits.minimum > 0) {
      hold(hold_reason::switched_off);
      delta = 0;
    } else if (wish != 0) {
      delta = options_.limits.towards(*from_, static_cast<double>(*from_) + wish);
      if (delta != wish) record_.guards.push_back({"limits", "the limits of the host", wish, delta});
    }
    if (!record_.guards.empty()) ++health_.guarded;
    if (from_) record_.to = *from_ + delta;
    const bool sends = delta != 0 && !options_.shadow;
    record_.outcome = sends        ? decision_outcome::unknown
                      : delta != 0 ? decision_outcome::shadow
                                   : decision_outcome::held;
    const bool written = internal::write_down(parts_.log, record_, sends, health_);
    if (sends && !written && !options_.act_without_journal) {
      hold(hold_reason::no_journal);
      record_.outcome = decision_outcome::held;
      record_.to = from_;
      delta = 0;
    } else if (sends) {
      internal::send(parts_.scaler, record_, health_);
      if (record_.outcome == decision_outcome::applied) asked_for_ = record_.to;
      if (written) internal::write_answer(parts_.log, record_, health_);
    } else if (delta != 0 && internal::rehearse(parts_.scaler, record_) && written) {
      internal::write_answer(parts_.log, record_, health_);
    }
    ++health_.outcomes[static_cast<std::size_t>(record_.outcome)];
    episode_.happened(parts_.policy, record_.outcome, delta, from_, options_.shadow);
    if (record_.decided_by == "fallback" && delta != wish) fallback_.executed(parts_.fallback, delta);
  }
  Parts parts_;
  feature<observation_type> replicas_;
  pipeline_options options_;
  pacing<clock_type> pace_;
  nanoseconds known_;         // when there was a complete observation last; at first, the beginning
  nanoseconds warm_from_{0};  // since when the windows fill
  internal::policy_episode<observation_type> episode_{};
  internal::fallback_episode<observation_type> fallback_{};
  std::optional<int> from_{};       // replicas that were read now
  std::optional<int> asked_for_{};  // what the service took last
  journal_record record_{};
  pipeline_health health_{};
};

template <class Parts, class Replicas>
pipeline(Parts, Replicas, const pipeline_options&) -> pipeline<Parts>;
template <class Parts, class Replicas>
pipeline(Parts, Replicas) -> pipeline<Parts>;

}  // namespace headroom
