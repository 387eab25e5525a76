#include <limits>   // std::numeric_limits
#include <memory>   // std::make_unique
#include <utility>  // std::move
#include <vector>   // std::vector

#include <headroom/io/pause_file.hpp>
#include <headroom/policies/confirmed_down.hpp>
#include <headroom/policies/flap_budget.hpp>
#include <headroom/policies/hold_when_stale.hpp>
#include <headroom/policies/instant_undo.hpp>
#include <headroom/policies/rate_limited.hpp>
#include <headroom/policies/stabilized.hpp>

#include "hosts/hands_over.hpp"
#include "hosts/interval_cost.hpp"
#include "hosts/live_setup.hpp"

/// The guards of `headroom run`.
namespace tool {

using namespace headroom;

namespace {

signals<live_observation> seen_by_guards() {
  return {.time_s = [](const live_observation& o) { return o.time_s; },
          .replicas = [](const live_observation& o) { return static_cast<double>(o.replicas); }};
}

// The rules of one direction; none if nothing is said.
std::vector<scaling_policy> rates_in(const settings& s, const std::string& direction) {
  std::vector<scaling_policy> all;
  const double period_s = s.number(direction + "_period_s", 0.001, 1e7);
  if (s.given(direction + "_replicas"))
    all.push_back({scaling_unit::replicas, s.whole(direction + "_replicas", 1), period_s});
  if (s.given(direction + "_percent"))
    all.push_back({scaling_unit::percent, s.whole(direction + "_percent", 1), period_s});
  if (all.empty() && s.given(direction + "_period_s"))
    s.refuse(direction + "_period_s", "stand beside " + direction + "_replicas or " + direction + "_percent");
  return all;
}

feature<live_observation> field_of(const live_setup& all, const std::string& key) {
  const std::string name = all.said->text(key);
  for (const live_field& f : live_fields) {
    if (f.name != name || f.real == nullptr) continue;
    if (!all.asks_for(name)) all.said->refuse(key, "be a field with a query: source." + name + ".query is missing");
    return [real = f.real](const live_observation& o) { return o.*real; };
  }
  all.said->refuse(key, "be a field of the source, such as late, errors or p99_s");
}

}  // namespace

live_policy live_setup::guarded_policy() const {
  const settings& s = *said;
  const signals<live_observation> see = seen_by_guards();
  live_policy p{with_past(*policy, inside)};
  if (learner) {
    const double each_s = replica_seconds_each(plan);
    p = live_policy{
        hands_over{std::move(p), live_policy{with_past(*learner, inside)},
                   cost_seen{std::make_shared<interval_cost>(plan, late_price), how.interval_s, late_price * each_s},
                   steps, inside}};
  }
  if (witness) p = live_policy{confirmed_down{std::move(p), with_past(*witness)}};
  const double up_s = s.number("guards.up_stabilisation_s", 0, 1e7);
  const double down_s = s.number("guards.down_stabilisation_s", 0, 1e7);
  if (up_s > 0 || down_s > 0)
    p = live_policy{stabilized{std::move(p), see, {.up_s = up_s, .down_s = down_s, .interval_s = how.interval_s}}};
  const std::vector<scaling_policy> up = rates_in(s, "guards.up");
  const std::vector<scaling_policy> down = rates_in(s, "guards.down");
  if (!up.empty() || !down.empty()) {
    const std::vector<scaling_policy> any{{scaling_unit::replicas, 1'000'000'000, 1}};
    rate_limited_options o{
        .up = up.empty() ? any : up, .down = down.empty() ? any : down, .interval_s = how.interval_s};
    p = live_policy{rate_limited{std::move(p), see, o}};
  }
  if (s.given("guards.undo_field")) {
    p = live_policy{instant_undo{std::move(p),
                                 see,
                                 field_of(*this, "guards.undo_field"),
                                 {.broken_above = s.number("guards.undo_above", -1e15, 1e15),
                                  .watch_s = s.number("guards.undo_watch_s", 0.001, 1e7),
                                  .widen_s = s.number("guards.undo_widen_s", 0, 1e7),
                                  .margin = s.number("guards.undo_margin", 0, 100)},
                                 how.limits}};
  }
  if (s.given("guards.flap_changes")) {
    p = live_policy{flap_budget{std::move(p),
                                see,
                                {.changes = s.whole("guards.flap_changes", 2, 1000),
                                 .window_s = s.number("guards.flap_window_s", 0.001, 1e7)}}};
  }
  if (s.given("guards.hold_when_stale_s")) {
    p = live_policy{hold_when_stale{std::move(p),
                                    [](const live_observation& o) { return o.age_s; },
                                    {.limit_s = s.number("guards.hold_when_stale_s", 0.001, 1e7)}}};
  }
  if (s.given("guards.pause_file")) {
    p = live_policy{pausable{std::move(p), [](const live_observation& o) { return static_cast<double>(o.replicas); },
                             pause_file{s.file("guards.pause_file")}}};
  }
  return p;
}

live_policy live_setup::fallback_policy() const {
  if (!fallback) return live_policy{hold_policy{}};
  return live_policy{with_past(*fallback)};
}

keeps_past live_setup::with_past(const served_policy& one, std::shared_ptr<inside_view> view) const {
  return {one.make(), one.name(), past_s, past_stale_s, std::move(view)};
}

}  // namespace tool
