#pragma once

#include <concepts>  // std::same_as
#include <string>    // std::string
#include <utility>   // std::move

#include <headroom/io/journal_record.hpp>

namespace headroom {

/// What a pipeline changes a service with. `scale(from, to)` asks for `to` replicas, of a service that was read with
/// `from`, and says what became of it: `applied`, `refused`, `conflict` (the service was changed since it was read), or
/// `unknown` (no answer, it may have happened or not).
/// Semantics: one request, no further try. A number of replicas and not a difference, so that a request that is
/// delivered twice does no harm. It does not throw, and it returns within a time that its host states.
/// A scaler may have `rehearse(from, to)` as well: in shadow it is called in the place of `scale`, and may ask whether
/// the service would take the change, without any change. What it returns is journalled, if it is a `rehearsal`, a
/// decision_outcome, or an optional one of them.
///     struct obedient { headroom::decision_outcome scale(int from, int to) {
///                         return headroom::decision_outcome::applied; } };
template <class X>
concept Scaler = requires(X& scaler, int from, int to) {
  { scaler.scale(from, to) } -> std::same_as<decision_outcome>;
};

/// What a service said to a change that was only rehearsed: `applied` if it would take it.
struct rehearsal {
  rehearsal(decision_outcome what, std::string reason = {})  // NOLINT: implicit on purpose
      : outcome(what), why(std::move(reason)) {}
  decision_outcome outcome;
  std::string why;  ///< a sentence, if there is more to say
};

/// A scaler that changes nothing, for a host that only recommends.
struct no_scaler {
  static decision_outcome scale(int, int) noexcept { return decision_outcome::refused; }
};

}  // namespace headroom
