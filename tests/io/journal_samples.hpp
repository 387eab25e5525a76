#pragma once

#include <limits>
#include <string>

#include <headroom/io/journal_record.hpp>

/// A decision with something in each of its parts.
inline headroom::journal_record sample_record() {
  headroom::journal_record r;
  r.run = "r\"1";
  r.number = 7;
  r.time_s = 1795310675.459;
  r.decided_by = "policy";
  r.fields = {{"load", 120.5, 5, ""}, {"latency_s", std::numeric_limits<double>::quiet_NaN(), 0, "stale"}};
  r.state = 12;
  r.action = 0;
  r.values = {-1, 2.5};
  r.legal = {true, false};
  r.forecasts = {{"load in 60 s", 180.25}};
  r.wished = -3;
  r.guards = {{"rate_limited", "no more replicas may be removed", -3, -1}};
  r.from = 8;
  r.to = 7;
  r.shadows = {{"hpa", 0}, {"sarsa", -2}};
  r.reward = {{"replicas", -8}, {"late", -0.25}};
  r.model = "sarsa 3f2a";
  r.hand_over = headroom::journal_hand_over{"bounded", true, 2, 0.25, 9, -0.5, 1.5};
  r.note = "the past was too old";
  r.outcome = headroom::decision_outcome::unknown;
  return r;
}

/// A decision with a number, that holds unless it says otherwise.
inline headroom::journal_record numbered(std::uint64_t number, const std::string& run = "a") {
  headroom::journal_record r;
  r.run = run;
  r.number = number;
  r.time_s = 1000 + 15 * static_cast<double>(number);
  r.decided_by = "policy";
  return r;
}
