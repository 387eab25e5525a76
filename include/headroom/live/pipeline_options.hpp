#pragma once

#include <string>  // std::string

#include <headroom/actions/limits.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/io/journal_record.hpp>

namespace headroom {

/// How a pipeline decides.
struct pipeline_options {
  replica_limits limits{};           ///< the last word, whatever the policy and its guards say
  double interval_s = 15;            ///< s between decisions
  double warm_up_s = 0;              ///< s of complete observations before the first change, and after an outage
  double patience_s = 120;           ///< s without a complete observation after which the fallback decides
  double slowest_read_s = 0;         ///< s; nothing is decided on a slower read; 0: the interval
  bool shadow = false;               ///< decide and write down, and change nothing
  bool act_without_journal = false;  ///< send decisions that could not be written down
  std::string run{};                 ///< names this process in the journal, another one each time; empty: the time
  std::string model{};               ///< names what decides, and its version
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const pipeline_options& checked(const pipeline_options& o) {
  checked(o.limits);
  require_positive("pipeline", "interval_s", o.interval_s);
  require_not_negative("pipeline", "warm_up_s", o.warm_up_s);
  require_not_negative("pipeline", "patience_s", o.patience_s);
  require_not_negative("pipeline", "slowest_read_s", o.slowest_read_s);
  return o;
}

/// A fallback that leaves everything as it is.
struct hold_policy {
  template <class O>
  int start(const O&) noexcept {
    return 0;
  }
  template <class O>
  int step(const O&) noexcept {
    return 0;
  }
  template <class O>
  void stop(const O&, episode) noexcept {}
  template <class Self, class Archive>
  static void fields(Self&, Archive&) {}  // it has no state
};
/// A journal that keeps nothing.
struct no_journal {
  static void decided(const journal_record&, bool) noexcept {}
  static void became(const journal_record&) noexcept {}
};
/// Adds nothing to a record.
struct no_description {
  template <class O>
  void operator()(journal_record&, const O*, int, const O&) const noexcept {}
};

/// The parts of a pipeline. `source` is a MetricSource; if it has `vital()` and `fields()`, as `sense` has, the
/// fallback can decide on less than all, and the journal tells each field. `policy` and `fallback` are policies of
/// deltas. `log` is a `journal`. `describe(record, before, executed, now)` may add the state, the values, a forecast
/// and the terms of the reward; `before` is null where the last interval cannot be judged. If it has `asked(record)`,
/// that is called once the policy has decided.
template <class Source, class P, class X, class C, class Log = no_journal, class Fallback = hold_policy,
          class Describe = no_description>
struct pipeline_parts {
  Source source;
  P policy;
  X scaler;
  C clock;
  Log log{};
  Fallback fallback{};
  Describe describe{};
};
template <class Source, class P, class X, class C, class... Rest>
pipeline_parts(Source, P, X, C, Rest...) -> pipeline_parts<Source, P, X, C, Rest...>;

}  // namespace headroom
