#pragma once

#include <concepts>   // std::convertible_to
#include <exception>  // std::exception
#include <utility>    // std::move

#include <headroom/io/journal_record.hpp>
#include <headroom/live/pipeline_health.hpp>
#include <headroom/live/scaler.hpp>

/// The way of a decision out of a pipeline: onto the disk, then to the service, and what the service answered. No
/// failure of the journal or of the scaler gets out; it is counted.
namespace headroom::internal {

/// Whether the decision is written down.
template <class Log>
bool write_down(Log& log, const journal_record& r, bool sends, pipeline_health& health) {
  try {
    log.decided(r, sends);
    return true;
  } catch (const std::exception&) {
    ++health.journal_failures;
    return false;
  }
}

/// The answer to a decision that is written down. An outcome without its decision would be no journal.
template <class Log>
void write_answer(Log& log, const journal_record& r, pipeline_health& health) {
  try {
    log.became(r);
  } catch (const std::exception&) {
    ++health.journal_failures;
  }
}

/// Sends `r.from` to `r.to`, once. The outcome stands in the record.
template <class X>
void send(X& scaler, journal_record& r, pipeline_health& health) {
  health.asked = *r.to;
  try {
    r.outcome = scaler.scale(*r.from, *r.to);
  } catch (const std::exception&) {
    r.outcome = decision_outcome::unknown;
  }
}

inline void note_rehearsal(journal_record& r, rehearsal answer) {
  r.rehearsed = answer.outcome;
  r.rehearsed_why = std::move(answer.why);
}

/// In shadow: a scaler that can is asked whether the service would take the change. Nothing depends on the answer;
/// returns whether there is one.
template <class X>
bool rehearse(X& scaler, journal_record& r) {
  if constexpr (requires { scaler.rehearse(*r.from, *r.to); }) {
    try {
      using answer = decltype(scaler.rehearse(*r.from, *r.to));
      if constexpr (std::convertible_to<answer, rehearsal>) {
        note_rehearsal(r, scaler.rehearse(*r.from, *r.to));
      } else if constexpr (requires { note_rehearsal(r, *scaler.rehearse(*r.from, *r.to)); }) {
        if (answer a = scaler.rehearse(*r.from, *r.to)) note_rehearsal(r, *std::move(a));
      } else {
        static_cast<void>(scaler.rehearse(*r.from, *r.to));
      }
    } catch (const std::exception& e) {
      note_rehearsal(r, {decision_outcome::unknown, e.what()});
    }
  }
  return r.rehearsed.has_value();
}

}  // namespace headroom::internal
