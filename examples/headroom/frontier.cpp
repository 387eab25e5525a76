#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/rewards/farm_published.hpp>
#include <headroom/run/farm_score.hpp>
#include <headroom/run/observers.hpp>

#include "frontier.hpp"
#include "play.hpp"

using namespace headroom;

namespace {

// Of more settings than this only those are reported that nothing beats on the tuning episodes: the best of a thousand
// on the reported ones would be the luckiest.
constexpr std::size_t reported_settings = 48;

// The same episodes for one policy after the other. Up to a few thousand are drawn once.
class stage {
 public:
  stage(scenario where, std::vector<std::uint64_t> seeds) : where_(std::move(where)), seeds_(std::move(seeds)) {
    where_.farm.distinct_episodes = seeds_.size() <= 5'000 ? seeds_.size() : 0;
  }

  // Nothing where the user stopped it.
  [[nodiscard]] std::optional<evaluation> play(any_farm_policy& policy) {
    if (!world_ || where_.farm.distinct_episodes == 0) world_.emplace(where_.make(seeds_.front()));
    evaluation e = evaluate([this](std::uint64_t) { return again{&*world_}; }, policy, seeds_,
                            farm_score{farm_published{}}, stop_when{terminal::interrupted});
    if (e.stopped) return std::nullopt;
    return e;
  }
  [[nodiscard]] const std::vector<std::uint64_t>& seeds() const { return seeds_; }

 private:
  // The farm, which goes on from episode to episode.
  struct again {
    using observation_type = farm_observation;
    using action_type = int;
    farm* world;
    farm_observation reset() { return world->reset(); }
    step_result<farm_observation> step(int delta) { return world->step(delta); }
  };

  scenario where_;
  std::vector<std::uint64_t> seeds_;
  std::optional<farm> world_;
};

struct job {
  const arguments& a;
  const scenario& where;
  const std::vector<int>& moves;
  stage tuning;
  stage reported;
};

// "3,6,12" as the names of a learner at these prices.
std::vector<std::string> at_prices(const std::string& name, const std::string& list) {
  std::vector<std::string> names;
  std::string_view rest = list;
  for (;;) {
    const auto comma = rest.find(',');
    const auto price = from_text<double>(rest.substr(0, comma));
    if (!price || !(*price > 0 && *price <= 1e6)) {
      throw std::invalid_argument("--prices: '" + list +
                                  "' must be numbers above 0 and at most a million, separated by commas, as in 3,6,12");
    }
    names.push_back(name + ':' + to_text(*price));
    if (comma == std::string_view::npos) return names;
    rest.remove_prefix(comma + 1);
  }
}

// A learner with every price, or only with the one that it was asked for with.
std::vector<std::string> prices_of(const arguments& a, const std::string& name) {
  std::vector<std::string> names{name};
  if (name != contestants::kind_of(name) || name.ends_with("-published")) return names;
  for (std::string& one : at_prices(name, a.prices)) names.push_back(std::move(one));
  return names;
}

// The settings that are reported: all, or those that nothing beats on the tuning episodes.
std::vector<std::size_t> worth_reporting(const frontier::contender& tuned, const frontier::findings& f) {
  std::vector<std::size_t> chosen(tuned.settings.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  if (chosen.size() <= reported_settings) return chosen;
  std::vector<operating_point> cost;
  std::vector<operating_point> churn;
  for (const frontier::setting& s : tuned.settings) {
    const double level = frontier::mean_of(s.tuned, frontier::level_metric);
    cost.push_back({level, frontier::mean_of(s.tuned, f.cost())});
    churn.push_back({level, frontier::mean_of(s.tuned, frontier::churn_metric)});
  }
  chosen = pareto_front(cost);
  for (const std::size_t k : pareto_front(churn)) chosen.push_back(k);
  if (tuned.published) chosen.push_back(*tuned.published);
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

// False if the user stopped it.
bool sweep_autoscaler(job& j, const std::string& name, frontier::findings& f) {
  const std::vector<std::string> names = contestants::settings_of(name, j.where);
  frontier::contender c{.name = std::string(contestants::kind_of(name)), .tried = names.size()};
  const bool has_published = names.front() == name;
  if (has_published) c.published = 0;
  terminal::progress_bar bar("sweeping " + name, 2 * names.size());
  std::uint64_t done = 0;
  for (const std::string& one : names) {
    any_farm_policy policy = contestants::baseline(one, j.where, j.moves.back());
    auto e = j.tuning.play(policy);
    if (!e) return false;
    c.settings.push_back({.name = one, .tuned = std::move(*e)});
    bar.show(++done);
  }
  std::vector<frontier::setting> reported;
  for (const std::size_t k : worth_reporting(c, f)) {
    if (c.published == k) c.published = reported.size();
    any_farm_policy policy = contestants::baseline(c.settings[k].name, j.where, j.moves.back());
    auto e = j.reported.play(policy);
    if (!e) return false;
    reported.push_back(std::move(c.settings[k]));
    reported.back().result = std::move(*e);
    bar.show(++done);
  }
  c.settings = std::move(reported);
  frontier::choose(c, f);
  f.contenders.push_back(std::move(c));
  return true;
}

// Nothing if the user stopped it before one training was finished.
std::optional<frontier::setting> train_setting(job& j, const std::string& name, frontier::findings& f) {
  frontier::setting s{.name = name};
  std::vector<evaluation> tuned;
  const std::uint64_t episodes = episodes_of(j.a, j.where, name);
  for (std::uint64_t k = 0; k < j.a.train_seeds && !terminal::interrupted; ++k) {
    const contestants::plan p{name, j.where.name, j.moves, j.a.train_seed + k, episodes};
    const auto training = contestants::training(p, j.where);
    {
      terminal::progress_bar bar(training_task(p.policy, p.train_seed), episodes);
      train(*training, to_the_end, bar);
    }
    if (!training->finished()) break;
    any_farm_policy policy = training->best();
    auto t = j.tuning.play(policy);
    if (!t) break;
    auto r = j.reported.play(policy);
    if (!r) break;
    note_overlap(f.notes, f.seeds, name, p.train_seed, contestants::seeds_of(name, p.train_seed, episodes));
    tuned.push_back(std::move(*t));
    s.by_train_seed.push_back(std::move(*r));
    s.train_seeds.push_back(p.train_seed);
  }
  if (tuned.empty()) return std::nullopt;
  std::vector<std::size_t> order(tuned.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return frontier::mean_of(tuned[x], frontier::level_metric) < frontier::mean_of(tuned[y], frontier::level_metric);
  });
  const std::size_t middle = order[(order.size() - 1) / 2];  // of an even number, the lower of the two in the middle
  s.tuned = std::move(tuned[middle]);
  s.result = s.by_train_seed[middle];
  return s;
}

// False if the user stopped it; what was finished is kept.
bool sweep_learner(job& j, const std::string& name, frontier::findings& f) {
  frontier::contender c{.name = std::string(contestants::kind_of(name)), .learns = true};
  for (const std::string& one : prices_of(j.a, name)) {
    auto s = train_setting(j, one, f);
    if (!s) break;
    if (one == c.name) c.published = c.settings.size();
    c.settings.push_back(std::move(*s));
    if (terminal::interrupted) break;
  }
  c.tried = c.settings.size();
  if (c.settings.empty()) return false;
  frontier::choose(c, f);
  f.contenders.push_back(std::move(c));
  return !terminal::interrupted;
}

std::vector<std::string> default_contenders(const scenario& where) {
  std::vector<std::string> names;
  for (const contestants::autoscaler& one : contestants::autoscalers()) {
    if (one.kind() == "scheduled") {
      if (where.phases == 4) names.emplace_back("scheduled:16/17/13/12");
    } else {
      names.emplace_back(one.kind());
    }
  }
  names.emplace_back("sarsa");
  names.emplace_back("cem");
  return names;
}

void require_contenders(const arguments& a, const scenario& where, const std::vector<int>& moves,
                        const std::vector<std::string>& names) {
  std::vector<std::string> all;
  std::vector<std::string_view> kinds;
  for (const std::string& name : names) {
    const std::string_view kind = contestants::kind_of(name);
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end())
      throw std::invalid_argument("--policies: '" + std::string(kind) +
                                  "' is named twice; a frontier has all of its settings");
    kinds.push_back(kind);
    const auto settings = contestants::learns(name) ? prices_of(a, name) : contestants::settings_of(name, where);
    all.insert(all.end(), settings.begin(), settings.end());
  }
  require_policies(a, where, moves, all);
}

int publish_frontier(const arguments& a, frontier::findings& f) {
  f.stopped = terminal::interrupted;
  if (f.contenders.empty()) {
    std::cerr << "headroom: interrupted before the first result\n";
    return exit_interrupted;
  }
  frontier::print(f, std::cout);
  std::cout.flush();
  if (!a.json.empty()) report::write(a.json, frontier::json_text(f));
  if (!a.csv.empty()) report::write(a.csv, frontier::csv_text(f));
  if (!a.svg.empty()) report::write(a.svg, frontier::picture(f));
  if (!a.churn_svg.empty()) report::write(a.churn_svg, frontier::churn_picture(f));
  return f.stopped ? exit_interrupted : 0;
}

}  // namespace

int frontier_command(const arguments& a) {
  const scenario where = make_scenario(a.load);
  const std::vector<int> moves = moves_of(a.actions);
  const report::findings checked = begin_findings(a, where, moves);
  require(a.tune_episodes >= 1 && a.tune_episodes <= 1'000'000, "--tune-episodes", "the number", a.tune_episodes,
          "be from 1 to 1000000");
  require(a.level > 0 && a.level < 1, "--level", "the fraction of requests in time", a.level, "be in (0, 1)");
  const std::vector<const std::filesystem::path*> files{&a.json, &a.csv, &a.svg, &a.churn_svg};
  for (std::size_t k = 0; k < files.size(); ++k) {
    report::require_place(*files[k]);
    for (std::size_t other = 0; other < k; ++other) {
      require(files[k]->empty() || *files[k] != *files[other], "frontier", "a file to write", files[k]->string(),
              "not be named twice");
    }
  }
  const auto names = a.policies.empty() ? default_contenders(where) : names_in(a.policies);
  require_contenders(a, where, moves, names);

  frontier::findings f{.workload = checked.workload,
                       .sentence = checked.sentence,
                       .actions = checked.actions,
                       .seeds = checked.seeds,
                       .tuning_seeds = seed_range(contestants::first_validation_seed, a.tune_episodes),
                       .level = a.level,
                       .wide = moves.back() > 1};
  const auto overlap = [&](std::uint64_t seed) { return seed >= f.seeds.front() && seed <= f.seeds.back(); };
  if (where.name != "trace" && (overlap(f.tuning_seeds.front()) || overlap(f.tuning_seeds.back()))) {
    f.notes.push_back("Beware: settings are chosen on episodes from " + to_text(f.tuning_seeds.front()) +
                      " on, some of which this table evaluates.");
  }
  job j{a, where, moves, stage(where.training_part(), f.tuning_seeds), stage(where, f.seeds)};
  for (const std::string& name : names) {
    if (!(contestants::learns(name) ? sweep_learner(j, name, f) : sweep_autoscaler(j, name, f))) break;
  }
  if (!f.contenders.empty()) f.clairvoyant = bound_of(a, where, moves, f.seeds, f.notes);
  return publish_frontier(a, f);
}
