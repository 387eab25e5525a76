#pragma once

#include <algorithm>   // std::max
#include <chrono>      // std::chrono::nanoseconds
#include <functional>  // std::function
#include <optional>    // std::optional
#include <span>        // std::span
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/live/clock.hpp>
#include <headroom/live/sense.hpp>

#include "hosts/live_setup.hpp"
#include "hosts/target.hpp"
#include "http/live_http.hpp"

namespace tool {

/// What went wrong while one observation was read. Shared by the queries of a source.
struct read_round {
  std::chrono::nanoseconds begin{0};
  double longest_s = 0;             ///< after which nothing more is asked: the answer would come too late
  std::vector<std::string> said{};  ///< sentences about what has no value
};

/// The observations of a running service: each field by its query, the replicas by the target where it tells them.
/// Model of MetricSource, with vital() and fields() as `sense` has them.
class live_source {
 public:
  using observation_type = live_observation;

  /// `begin_s`: the time of the observation begins here, to go on where another process ended.
  live_source(const live_setup& all, live_queries& queries, scaled_target& target, double begin_s)
      : round_(std::make_shared<read_round>()), sense_(fields_of(all, queries, target, begin_s)) {
    round_->longest_s = all.how.slowest_read_s > 0 ? all.how.slowest_read_s : all.how.interval_s;
  }

  std::optional<live_observation> read() {
    round_->begin = headroom::system_clock::now();
    round_->said.clear();
    return with_age(sense_.read());
  }
  [[nodiscard]] std::optional<live_observation> vital() const { return with_age(sense_.vital()); }
  [[nodiscard]] std::span<const headroom::sensed_field> fields() const noexcept { return sense_.fields(); }
  /// Why fields of the last observation have no value, a sentence each.
  [[nodiscard]] const std::vector<std::string>& said() const noexcept { return round_->said; }

 private:
  using clock = headroom::system_clock;
  using reading = headroom::reading;

  [[nodiscard]] std::optional<live_observation> with_age(std::optional<live_observation> o) const {
    if (!o) return o;
    for (const headroom::sensed_field& f : sense_.fields()) {
      if (f.seen.known()) o->age_s = std::max(o->age_s, f.seen.age_s);
    }
    return o;
  }
  template <class Ask>
  [[nodiscard]] std::function<reading()> within_the_round(std::string name, Ask ask) const {
    return [round = round_, name = std::move(name), ask]() -> reading {
      if (headroom::to_seconds(clock::now() - round->begin) > round->longest_s)
        return reading::none(headroom::unknown_why::failed);
      std::string said;
      const reading r = ask(said);
      if (!r.known() && !said.empty()) round->said.push_back(name + ": " + said);
      return r;
    };
  }
  [[nodiscard]] std::vector<headroom::sensed<live_observation>> fields_of(const live_setup& all, live_queries& queries,
                                                                          scaled_target& target, double begin_s) const {
    using O = live_observation;
    std::vector<headroom::sensed<O>> fields;
    headroom::field_options vital{.need = headroom::field_need::vital, .stale_s = 60, .name = "time_s"};
    fields.emplace_back(
        static_cast<double O::*>(&O::time_s),
        [since = headroom::elapsed<clock>{clock{}}, begin_s]() mutable {
          reading r = since();
          r.value += begin_s;
          return r;
        },
        vital);
    for (const asked_field& one : all.fields) {
      const auto ask = within_the_round(one.how.name, [&queries, query = one.query, age = one.age](std::string& said) {
        const reading r = queries.read(query, age);
        if (!r.known()) said = queries.said();
        return r;
      });
      if (one.field->real != nullptr)
        fields.emplace_back(static_cast<double O::*>(one.field->real), ask, one.how);
      else
        fields.emplace_back(static_cast<int O::*>(one.field->whole), ask, one.how);
    }
    const auto of_target = [&](const char* name, int O::*member, reading (scaled_target::*what)()) {
      vital.name = name;
      fields.emplace_back(member,
                          within_the_round(name,
                                           [&target, what](std::string& said) {
                                             const reading r = (target.*what)();
                                             if (!r.known()) said = target.said();
                                             return r;
                                           }),
                          vital);
    };
    if (target.tells_replicas()) of_target("replicas", &O::replicas, &scaled_target::replicas);
    if (target.tells_ready()) of_target("ready", &O::ready, &scaled_target::ready);
    return fields;
  }

  std::shared_ptr<read_round> round_;
  headroom::sense<live_observation> sense_;
};

}  // namespace tool
