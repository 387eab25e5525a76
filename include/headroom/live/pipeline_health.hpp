#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint64_t
#include <limits>       // std::numeric_limits
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/io/exposition.hpp>
#include <headroom/io/journal_record.hpp>
#include <headroom/live/reading.hpp>

namespace headroom {

/// Why a live host left everything as it was, although it was time to decide.
enum class hold_reason : std::uint8_t {
  unknown_input,  ///< a field that the policy needs was not known
  slow_read,      ///< the read took longer than it may
  warming_up,     ///< the windows of the policy are not full yet
  switched_off,   ///< there are 0 replicas and the minimum is above: an operator switched the service off
  no_journal      ///< the decision could not be written down, so it was not sent
};
inline constexpr std::size_t hold_reasons = 5;

/// The sentence that stands in a journal.
[[nodiscard]] constexpr std::string_view to_text(hold_reason why) noexcept {
  constexpr std::string_view sentences[hold_reasons] = {
      "not known", "the read took too long", "the windows are not full yet", "the service is switched off: 0 replicas",
      "the journal could not be written"};
  return sentences[static_cast<std::size_t>(why)];
}
/// The word for a counter.
[[nodiscard]] constexpr std::string_view label_of(hold_reason why) noexcept {
  constexpr std::string_view words[hold_reasons] = {"unknown_input", "slow_read", "warming_up", "switched_off",
                                                    "no_journal"};
  return words[static_cast<std::size_t>(why)];
}

/// What an operator must know of a pipeline. All are counts since it began, but for the last four.
struct pipeline_health {
  std::uint64_t decisions = 0;                     ///< moments at which it was time to decide
  std::uint64_t by_policy = 0;                     ///< of these, those in which the policy decided
  std::uint64_t by_fallback = 0;                   ///< those in which the fallback did
  std::array<std::uint64_t, hold_reasons> held{};  ///< those in which nobody did, by reason
  std::array<std::uint64_t, 6> outcomes{};         ///< by decision_outcome
  std::array<std::uint64_t, 7> unknown_fields{};   ///< fields without a value, by unknown_why
  std::uint64_t guarded = 0;                       ///< decisions that a guard or the limits changed
  std::uint64_t missed = 0;                        ///< moments that passed while it was busy or the machine slept
  std::uint64_t journal_failures = 0;              ///< lines that could not be written
  std::uint64_t foreign_changes = 0;               ///< reads with other replicas than were asked for: a second writer
  int replicas = -1;                               ///< that were read last; -1 before the first read
  int asked = -1;                                  ///< that were asked for last; -1 before
  bool fallback_active = false;                    ///< now
  double unknown_s = 0;                            ///< s without a complete observation, now
};

/// The counters and gauges of a pipeline as Prometheus text. `labels` stand at each of them, to tell pipelines apart.
inline void expose(exposition& to, const pipeline_health& h, const metric_labels& labels = {}) {
  const auto with = [&](std::string_view name, std::string_view value) {
    metric_labels all = labels;
    all.emplace_back(name, value);
    return all;
  };
  const auto count = [](std::uint64_t n) { return static_cast<double>(n); };
  constexpr std::string_view by = "Moments to decide, by who decided.";
  to.counter("headroom_decisions_total", by, count(h.by_policy), with("by", "policy"));
  to.counter("headroom_decisions_total", by, count(h.by_fallback), with("by", "fallback"));
  for (std::size_t k = 0; k < hold_reasons; ++k) {
    metric_labels all = with("by", "hold");
    all.emplace_back("why", label_of(static_cast<hold_reason>(k)));
    to.counter("headroom_decisions_total", by, count(h.held[k]), all);
  }
  for (std::size_t k = 0; k < h.outcomes.size(); ++k) {
    to.counter("headroom_outcomes_total", "Decisions, by what became of them.", count(h.outcomes[k]),
               with("outcome", to_text(static_cast<decision_outcome>(k))));
  }
  for (std::size_t k = 1; k < h.unknown_fields.size(); ++k) {
    to.counter("headroom_unknown_fields_total", "Fields that were read without a value, by reason.",
               count(h.unknown_fields[k]), with("why", to_text(static_cast<unknown_why>(k))));
  }
  to.counter("headroom_guarded_total", "Decisions that a guard or the limits changed.", count(h.guarded), labels);
  to.counter("headroom_missed_total", "Moments to decide that passed.", count(h.missed), labels);
  to.counter("headroom_journal_failures_total", "Lines that could not be written.", count(h.journal_failures), labels);
  to.counter("headroom_foreign_changes_total", "Reads with other replicas than were asked for.",
             count(h.foreign_changes), labels);
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  to.gauge("headroom_replicas", "Replicas that were read last.", h.replicas < 0 ? none : h.replicas, labels);
  to.gauge("headroom_asked_replicas", "Replicas that were asked for last.", h.asked < 0 ? none : h.asked, labels);
  to.gauge("headroom_fallback_active", "1 while the fallback decides.", h.fallback_active ? 1 : 0, labels);
  to.gauge("headroom_unknown_seconds", "Time without a complete observation.", h.unknown_s, labels);
}

}  // namespace headroom
