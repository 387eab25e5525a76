#include "hosts/live_run.hpp"

#include <algorithm>   // std::max
#include <cmath>       // std::isfinite
#include <ctime>       // gmtime_r
#include <exception>   // std::exception
#include <filesystem>  // std::filesystem::exists
#include <iostream>    // std::cerr
#include <memory>      // std::make_shared
#include <optional>    // std::optional
#include <string>      // std::string
#include <utility>     // std::exchange, std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/journal.hpp>
#include <headroom/live/pipeline.hpp>
#include <headroom/live/stop_signals.hpp>
#include <headroom/policies/shadow.hpp>

#include "hosts/decision_words.hpp"
#include "hosts/interval_cost.hpp"
#include "hosts/live_source.hpp"
#include "hosts/live_state.hpp"
#include "support/command_line.hpp"

namespace tool {

using namespace headroom;

namespace {

// The targets of the tool as the pipeline scales them. It remembers what the target said.
struct scales_target {
  scaled_target* of;
  std::string said{};
  decision_outcome scale(int from, int to) {
    const decision_outcome what = of->scale(from, to);
    said = of->said();
    return what;
  }
  std::optional<rehearsal> rehearse(int from, int to) {
    const std::optional<decision_outcome> would = of->rehearse(from, to);
    said = of->said();
    if (!would) return std::nullopt;
    return rehearsal(*would, said);
  }
};

// What the model of the service says of a candidate; of both the same futures.
struct scored_by_model {
  std::shared_ptr<interval_cost> cost;
  double operator()(int action, int, const live_observation& o, const live_observation&) const {
    return (*cost)(action, o);
  }
};

// The terms of the reward of an interval, in replica-seconds, for learning from the journal. Both or none: what is not
// known is not zero.
// What the policies inside tell stands in the record as well.
struct describes {
  double interval_s;
  double late;
  std::shared_ptr<inside_view> inside;
  void operator()(journal_record& r, const live_observation* before, int, const live_observation& now) const {
    if (before == nullptr || !std::isfinite(now.late)) return;
    r.reward = {{"replicas", -now.replicas * interval_s}, {"late", -late * now.late}};
  }
  void asked(journal_record& r) const {
    r.note = std::exchange(inside->note, {});
    r.hand_over = inside->hand_over;
    if (!r.hand_over) return;
    r.shadows.push_back({"incumbent", inside->incumbent});
    r.shadows.push_back({"learner", inside->learner});
  }
};

using beside_policy = shadowed<live_observation, live_policy, keeps_past, scored_by_model>;

beside_policy deciding_policy(const live_setup& all) {
  std::vector<keeps_past> candidates;
  for (const auto& one : all.shadows) candidates.push_back(all.with_past(*one));
  return shadow_on<live_observation>(all.guarded_policy(), std::move(candidates), all.shadow_names,
                                     scored_by_model{std::make_shared<interval_cost>(all.plan, all.late_price)});
}

// What a process before this one left behind.
struct left_behind {
  std::optional<checkpoint> file{};
  double begin_s = 0;  // of the observation's time
};
left_behind look_for_state(const live_setup& all) {
  left_behind found;
  if (!std::filesystem::exists(all.state_file)) return found;
  checkpoint c = load(all.state_file);
  const live_state s = live_state::in(c);
  if (s.policy != all.identity()) {
    std::cerr << "headroom: " << all.state_file.string() << " is of " << s.policy << ", not of " << all.identity()
              << ": everything begins anew\n";
    return found;
  }
  // A clock that was set back must not set the guards back.
  found.begin_s = s.observed_s + std::max(0.0, system_clock::wall_s() - s.wall_s);
  found.file = std::move(c);
  return found;
}

template <class Host>
void go_on_from(Host& host, const live_setup& all, const left_behind& before) {
  if (!before.file) return;
  try {
    (void)restore(host, *before.file, "pipeline");
    std::cerr << "headroom: goes on from " << all.state_file.string() << ", after a warm-up of "
              << headroom::to_text(all.how.warm_up_s) << " s\n";
  } catch (const checkpoint_error& e) {
    std::cerr << "headroom: " << e.what() << ": the guards were other ones, they begin anew\n";
  }
}

// Tells what has no value, and what the target said: once, not at each decision.
class tells_changes {
 public:
  void operator()(const std::vector<std::string>& now) {
    for (const std::string& one : now) {
      bool before = false;
      for (const std::string& other : last_) before = before || other == one;
      if (!before) std::cerr << "headroom: " << one << '\n';
    }
    last_ = now;
  }

 private:
  std::vector<std::string> last_{};
};

std::string summary_of(const live_setup& all, const scaled_target& target) {
  std::string text = all.policy->sentence() + "; the host keeps " + headroom::to_text(all.how.limits.minimum) + " to " +
                     headroom::to_text(all.how.limits.maximum) + '\n';
  text += std::string(all.how.shadow ? "in shadow, it would scale " : "it scales ") + target.sentence() +
          "; a decision every " + headroom::to_text(all.how.interval_s) + " s, written to " + all.journal_file.string();
  if (all.learner) {
    const double step_s = all.how.interval_s * all.steps.block * all.steps.least_pairs;
    text += "\nhand-over to a learner: " + all.learner->sentence() + "\nit advises, then decides within " +
            headroom::to_text(all.steps.reach) + (all.steps.reach == 1 ? " replica" : " replicas") + " of " +
            all.policy->name() + ", then decides; the first step after " + headroom::to_text(step_s) +
            " s at the soonest";
  }
  for (std::size_t k = 0; k < all.shadow_names.size(); ++k)
    text += (k == 0 ? "\nbeside it, not asked: " : ", ") + all.shadow_names[k];
  return text;
}

// What is allowed, and has scaled a service down by mistake (docs/results/live.md). A line each.
std::string bewares_of(const live_setup& all) {
  std::string text;
  // Where a source fell silent Prometheus goes on with its last value for five minutes.
  std::string ageless;
  for (const asked_field& one : all.fields) {
    if (one.age.empty() && one.how.need != field_need::useful)
      ageless += (ageless.empty() ? "source." : ", source.") + one.how.name + ".age";
  }
  if (!ageless.empty())
    text += "\nbeware, an old value is not seen to be old without " + ageless + ": see docs/configuration.md";
  if (all.how.patience_s > all.how.warm_up_s)
    text += "\nbeware, live.patience_s = " + headroom::to_text(all.how.patience_s) +
            " is more than live.warm_up_s = " + headroom::to_text(all.how.warm_up_s) +
            ": after an outage between the two a rate over a window that is half empty is too low";
  return text;
}

void require_one_teller(const live_setup& all, const scaled_target& target) {
  const auto one = [&](const char* field, bool by_target) {
    const std::string key = std::string("source.") + field + ".query";
    if (by_target && all.asks_for(field))
      all.said->refuse(key, "be left out: the target itself tells it, and nobody knows which of the two is meant");
  };
  one("replicas", target.tells_replicas());
  one("ready", target.tells_ready());
  if (!target.tells_replicas() && !all.asks_for("replicas"))
    all.said->refuse("source.replicas.query", "be named: this target does not tell its replicas");
}

}  // namespace

std::string live_summary(const settings& s) {
  const live_setup all(s);
  const std::unique_ptr<scaled_target> target = make_target(s);
  require_one_teller(all, *target);
  (void)make_live_queries(s);
  if (s.given("live.metrics")) check_live_metrics(s);
  return summary_of(all, *target) + bewares_of(all);
}

int run_live(const settings& s, bool quiet) {
  const live_setup all(s);
  const std::unique_ptr<scaled_target> target = make_target(s);
  require_one_teller(all, *target);
  const std::unique_ptr<live_queries> queries = make_live_queries(s);
  target->check(all.how.shadow);
  const left_behind before = look_for_state(all);
  std::unique_ptr<live_metrics> metrics;
  journal log{all.journal_file, all.journal};
  if (s.given("live.metrics")) {
    metrics = make_live_metrics(s);
    const std::string listen = s.text("live.metrics");
    std::cerr << "headroom: listening on " << listen.substr(0, listen.rfind(':')) << ':' << metrics->port() << '\n';
  }
  const double each_s = replica_seconds_each(all.plan);
  pipeline host{pipeline_parts{live_source{all, *queries, *target, before.begin_s}, deciding_policy(all),
                               scales_target{target.get()}, system_clock{}, std::move(log), all.fallback_policy(),
                               describes{all.how.interval_s, all.late_price * each_s, all.inside}},
                [](const live_observation& o) { return static_cast<double>(o.replicas); }, all.how};
  go_on_from(host, all, before);
  std::cerr << "headroom: " << summary_of(all, *target) << bewares_of(all) << std::endl;

  const auto save_state = [&] {
    live_state now{all.identity(), before.begin_s, system_clock::wall_s(), host.health().decisions};
    for (const journal_field& f : host.record().fields) {
      if (f.name == "time_s" && f.why.empty()) now.observed_s = f.value;
    }
    try {
      now.save(host, all.state_file);
    } catch (const std::exception& e) {
      std::cerr << "headroom: the state is not saved: " << e.what() << '\n';
    }
  };
  tells_changes tell;
  stop_signals stop;
  while (host.next(stop)) {
    save_state();
    std::vector<std::string> troubles = host.all().source.said();
    if (!host.all().scaler.said.empty()) troubles.push_back("the target: " + host.all().scaler.said);
    host.all().scaler.said.clear();
    tell(troubles);
    if (!quiet) std::cerr << "headroom: " << line_of(host.record()) << std::endl;
    if (metrics) {
      const bool known = host.health().unknown_s == 0;
      metrics->show(
          [health = host.health(), far = all.inside->hand_over](exposition& to) {
            expose(to, health);
            if (!far) return;
            for (const char* const stage : {"advice", "bounded", "all"})
              to.gauge("headroom_hand_over_stage", "1 for the stage of the hand-over.", far->stage == stage ? 1 : 0,
                       {{"stage", stage}});
            to.gauge("headroom_hand_over_share", "Decisions that the learner made, as a fraction.", far->share);
          },
          known);
    }
  }
  host.finish();
  save_state();
  const pipeline_health& h = host.health();
  std::cerr << "headroom: stopped: " << h.decisions << " decisions, " << h.by_policy << " by the policy, "
            << h.by_fallback << " by the fallback, " << h.outcomes[static_cast<std::size_t>(decision_outcome::applied)]
            << " applied\n";
  return exit_done;
}

}  // namespace tool
