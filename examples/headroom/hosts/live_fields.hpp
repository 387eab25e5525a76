#pragma once

#include <string_view>  // std::string_view

#include "serving/served_service.hpp"

namespace tool {

/// What `headroom run` sees of a service: what `recommend` and `serve` are told, and how old it is.
struct live_observation : told_observation {
  double age_s = 0;  ///< of the oldest value that is known
};

/// A field of the observation that a query can be named for.
struct live_field {
  std::string_view name;
  double told_observation::*real = nullptr;
  int told_observation::*whole = nullptr;
  std::string_view help{};
};
inline constexpr live_field live_fields[] = {
    {"load", &told_observation::load, nullptr, "requests that arrive, per second"},
    {"replicas", nullptr, &told_observation::replicas, "replicas that are asked for"},
    {"ready", nullptr, &told_observation::ready, "replicas that serve"},
    {"in_flight", &told_observation::in_flight, nullptr, "requests in service"},
    {"backlog", &told_observation::backlog, nullptr, "requests that wait"},
    {"utilisation", &told_observation::utilisation, nullptr, "busy fraction of the replicas that serve, 0 to 1"},
    {"latency_s", &told_observation::latency_s, nullptr, "mean latency, seconds"},
    {"p50_s", &told_observation::p50_s, nullptr, "median of the latency, seconds"},
    {"p95_s", &told_observation::p95_s, nullptr, "95th percentile of the latency, seconds"},
    {"p99_s", &told_observation::p99_s, nullptr, "99th percentile of the latency, seconds"},
    {"finished", &told_observation::finished, nullptr, "answers in time, per second"},
    {"timeouts", &told_observation::timeouts, nullptr, "clients that gave up, per second"},
    {"errors", &told_observation::errors, nullptr, "requests that failed, per second"},
    {"late", &told_observation::late, nullptr, "requests that were late since the last decision"},
};

}  // namespace tool
