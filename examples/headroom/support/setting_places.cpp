#include "support/setting_places.hpp"

#include <algorithm>
#include <iterator>

namespace tool {

namespace {

// A further option of compare, train, evaluate, frontier or sweep is a line here.
constexpr setting_place places[] = {
    {"environment.name", "--environment"},
    {"environment.actions", "--actions"},
    {"environment.no_bound", "--no-bound"},
    {"environment.data", "--data"},
    {"environment.start_row", "--start-row"},

    {"workload.name", "--workload"},
    {"workload.pattern", "--pattern"},
    {"workload.mean", "--mean"},
    {"workload.peak_ratio", "--peak-ratio"},
    {"workload.episode_length", "--episode-length"},
    {"workload.trace", "--trace"},
    {"workload.trace_peak", "--trace-peak"},
    {"workload.trace_mean", "--trace-mean"},
    {"workload.trace_from", "--trace-from"},
    {"workload.trace_to", "--trace-to"},
    {"workload.trace_repeat", "--trace-repeat"},
    {"workload.trace_window", "--trace-window"},
    {"workload.trace_split", "--trace-split"},
    {"workload.interval", "--interval"},
    {"workload.time_unit", "--time-unit"},
    {"workload.time_column", "--time-column"},
    {"workload.count_column", "--count-column"},
    {"workload.gap", "--gap"},
    {"workload.repeat", "--repeat"},
    {"workload.series", "--series"},
    {"workload.counter", "--counter"},
    {"workload.rising", "--rising"},
    {"workload.arrivals", "--arrivals"},
    {"workload.per_second", "--per-second"},
    {"workload.separator", "--separator"},
    {"workload.decimal", "--decimal"},
    {"workload.function", "--function"},
    {"workload.log", "--from-log"},

    {"policies.names", "--policies"},
    {"policies.level", "--level", "frontier"},
    {"policies.level", "--level", "sweep"},
    {"policy.model", "--model"},

    {"agent.name", "--policy"},
    {"agent.train_episodes", "--train-episodes"},
    {"agent.checkpoints", "--checkpoints"},
    {"agent.checkpoint_every_s", "--checkpoint-every"},
    {"agent.resume", "--resume"},
    {"agent.passes", "--passes"},
    {"agent.discount", "--discount"},
    {"agent.log_actions", "--log-actions"},
    {"encoder.log_states", "--log-states"},
    {"reward.level", "--level"},
    {"reward.prices", "--prices"},
    {"reward.price", "--price"},

    {"seeds.first", "--seed"},
    {"seeds.episodes", "--episodes"},
    {"seeds.train", "--seed", "train"},
    {"seeds.train_seeds", "--train-seeds"},
    {"seeds.tune_episodes", "--tune-episodes"},
    {"seeds.shard", "--shard"},

    {"output.folder", "--out"},
    {"output.folder", "--folder", "train"},
    {"output.model", "--out", "train"},
    {"output.json", "--json"},
    {"output.csv", "--csv"},
    {"output.svg", "--svg"},
    {"output.churn_svg", "--churn-svg"},

    {"sweep.method", "--method"},
    {"sweep.draws", "--draws"},
    {"sweep.seed", "--draw-seed"},
    {"sweep.keep_one_in", "--keep-one-in"},
    {"sweep.least_episodes", "--least-episodes"},
    {"sweep.threads", "--threads"},
};

}  // namespace

const std::vector<setting_place>& setting_places() {
  static const std::vector<setting_place> all(std::begin(places), std::end(places));
  return all;
}

const setting_place* place_of_option(std::string_view option, std::string_view command) {
  const setting_place* found = nullptr;
  for (const setting_place& one : places) {
    if (one.option != option) continue;
    if (one.only == command) return &one;
    if (one.only.empty()) found = &one;
  }
  return found;
}

std::vector<std::string> place_sections() {
  std::vector<std::string> all;
  for (const setting_place& one : places) {
    std::string section(one.key.substr(0, one.key.find('.')));
    if (all.empty() || all.back() != section) all.push_back(std::move(section));
  }
  all.insert(all.begin() + 2, "service");
  return all;
}

bool is_placed(std::string_view key) {
  return std::any_of(std::begin(places), std::end(places), [&](const setting_place& one) { return one.key == key; });
}

}  // namespace tool
