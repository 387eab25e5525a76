#pragma once

#include <cmath>        // std::floor
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/live/scaler.hpp>

namespace headroom::internal {

/// What a service tells of a workload; -1: it does not tell it.
struct told_replicas {
  int wanted = -1;
  int ready = -1;
};
/// A number of replicas in an answer; -1 if it is none.
[[nodiscard]] inline int count_of(double n) noexcept {
  const bool count = n >= 0 && n <= std::numeric_limits<int>::max() && n == std::floor(n);
  return count ? static_cast<int>(n) : -1;
}

/// How the sentences of a client speak of the service that it asks.
struct rest_words {
  std::string_view who;     ///< the client's own name
  std::string_view teller;  ///< who answers: "the gateway"
  std::string_view wanted;  ///< the name of the number that is wanted
  std::string_view ready;   ///< and of the number that serves
  std::string_view secret;  ///< what 401 and 403 do not accept: "the token is"
  std::string_view absent;  ///< what 404 means
  std::string_view itself;  ///< where the address must lead: "the gateway itself"
};

/// What clients share that scale a workload by one request, at a service that tells a number of replicas and no version
/// of it. A change of somebody else between our look and our change is overwritten: that cannot be helped, and is rare.
/// Derived has `place()`; `look()` -> optional<told_replicas>, which sets said_ and why_ where it returns nothing;
/// `change(to)` -> http_answer; and `settled(to)` -> decision_outcome, after a change that was taken.
template <class Derived>
class rest_scaler {
 public:
  /// The replicas that are wanted now; a workload that is not there is `empty`. One request. Does not throw.
  [[nodiscard]] reading read_replicas() { return of(&told_replicas::wanted); }
  /// Those that can serve.
  [[nodiscard]] reading read_ready() { return of(&told_replicas::ready); }
  /// The same as queries. This client must live longer than they, and stay where it is.
  [[nodiscard]] auto replicas() {
    return [this] { return read_replicas(); };
  }
  [[nodiscard]] auto ready() {
    return [this] { return read_ready(); };
  }

  /// Asks for `to` replicas, if the workload still wants `from`: else `conflict`; `refused` if nobody tells how many it
  /// wants. One change, no further try. Does not throw.
  decision_outcome scale(int from, int to) {
    said_.clear();
    if (to < 0) {
      said_ = std::string(words_.who) + ": replicas is " + to_text(to) + ", must be zero or more";
      return decision_outcome::refused;
    }
    const std::optional<told_replicas> before = self().look();
    if (!before || !tells(*before, &told_replicas::wanted)) return decision_outcome::refused;
    if (before->wanted != from) {
      said_ = self().place() + ": wants " + to_text(before->wanted) + " replicas now and not " + to_text(from) +
              ": somebody else scaled it";
      return decision_outcome::conflict;
    }
    const http_answer a = self().change(to);
    if (a.status >= 200 && a.status < 300) return self().settled(to);
    explain(a);
    return a.status >= 300 && a.status < 500 ? decision_outcome::refused : decision_outcome::unknown;
  }

  /// Why the last question has no answer, or the last change did not happen, in a sentence; empty if all is well.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }

 protected:
  /// `words` are texts that live for ever. Throws what http_question throws.
  rest_scaler(const rest_words& words, const http_server_options& o) : question_(words.who, o), words_(words) {}

  /// Whether a number was told; else said_ tells that it was not.
  bool tells(const told_replicas& t, int told_replicas::*number) {
    if (t.*number >= 0) return true;
    const std::string_view name = number == &told_replicas::wanted ? words_.wanted : words_.ready;
    said_ = self().place() + ": " + std::string(words_.teller) + " tells no " + std::string(name);
    return false;
  }
  /// What an answer means that is not the one that was hoped for.
  void explain(const http_answer& a) {
    const std::string head = self().place() + ": " + to_text(a.status);
    if (a.status == 0)
      said_ = a.problem;
    else if (a.status == 401 || a.status == 403)
      said_ = head + ": " + std::string(words_.secret) + " not accepted";
    else if (a.status == 404)
      said_ = head + ": " + std::string(words_.absent);
    else if (a.status >= 300 && a.status < 400)
      said_ = head + ": it sends elsewhere, must be " + std::string(words_.itself);
    else
      said_ = head + (a.body.empty() ? std::string() : ", " + a.body.substr(0, 200));
  }

  http_question question_;
  std::string said_{};
  unknown_why why_ = unknown_why::failed;  // of the last look

 private:
  Derived& self() noexcept { return static_cast<Derived&>(*this); }
  [[nodiscard]] reading of(int told_replicas::*number) {
    said_.clear();
    why_ = unknown_why::failed;
    const std::optional<told_replicas> t = self().look();
    if (!t) return reading::none(why_);
    return tells(*t, number) ? reading::of((*t).*number) : reading::none(unknown_why::impossible);
  }

  rest_words words_;
};

}  // namespace headroom::internal
