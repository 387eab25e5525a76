#include "frontier/sweep.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/systems/farm/published_reward.hpp>
#include <headroom/systems/farm/score.hpp>
#include <headroom/run/observers.hpp>

#include "support/terminal.hpp"
#include "support/threads.hpp"
#include "systems/policy_names.hpp"

namespace tool::frontier {

namespace {

// Of more settings than this only those are reported that nothing beats on the tuning episodes: the best of a thousand
// on the reported ones would be the luckiest.
constexpr std::size_t reported_settings = 48;

// The same episodes for one policy after the other. Up to a few thousand are drawn once.
class episodes_of_seeds {
 public:
  episodes_of_seeds(farm_load load, std::vector<std::uint64_t> seeds)
      : load_(std::move(load)), seeds_(std::move(seeds)) {
    load_.farm.distinct_episodes = seeds_.size() <= 5'000 ? seeds_.size() : 0;
  }

  // Nothing where the user stopped it.
  [[nodiscard]] std::optional<evaluation> play(farm_policy& policy) {
    if (!world_ || load_.farm.distinct_episodes == 0) world_.emplace(load_.make(seeds_.front()));
    evaluation e = evaluate([this](std::uint64_t) { return again{&*world_}; }, policy, seeds_,
                            farm::score{farm::published_reward{}}, stop_when{terminal::interrupted});
    if (e.stopped) return std::nullopt;
    return e;
  }
  [[nodiscard]] const std::vector<std::uint64_t>& seeds() const { return seeds_; }

 private:
  // The farm, which goes on from episode to episode.
  struct again {
    using observation_type = farm::observation;
    using action_type = int;
    farm::environment* world;
    farm::observation reset() { return world->reset(); }
    step_result<farm::observation> step(int delta) { return world->step(delta); }
  };

  farm_load load_;
  std::vector<std::uint64_t> seeds_;
  std::optional<farm::environment> world_;
};

// What one thread plays on.
struct both_episodes {
  explicit both_episodes(const sweep_job& j)
      : tuning(j.farm.load().training_part(), j.f.tuning_seeds), reported(j.farm.load(), j.f.seeds) {}
  episodes_of_seeds tuning;
  episodes_of_seeds reported;
};

// One bar for what many threads do.
class shared_bar {
 public:
  shared_bar(const std::string& task, std::uint64_t total) : bar_(task, total) {}
  void add(std::uint64_t more) {
    const std::scoped_lock lock(one_at_a_time_);
    bar_.show(done_ += more);
  }

 private:
  std::mutex one_at_a_time_;
  terminal::progress_bar bar_;
  std::uint64_t done_ = 0;
};

// "3,6,12" as the names of a learner at these prices; "3,6,cem:2/4/8" has other ones for one of them.
std::vector<std::string> at_prices(const std::string& name, const std::string& list) {
  std::vector<std::string> names;
  std::vector<std::string> own;
  std::string_view rest = list;
  const auto refuse = [&] {
    throw std::invalid_argument("--prices: '" + list +
                                "' must be numbers above 0 and at most a million, separated by commas, as in 3,6,12, "
                                "or, for one learner alone, as in cem:2/4/8");
  };
  const auto add = [&](std::string_view text, std::vector<std::string>& to) {
    const auto price = from_text<double>(text);
    if (!price || !(*price > 0 && *price <= 1e6)) refuse();
    to.push_back(name + ':' + to_text(*price));
  };
  for (;;) {
    const auto comma = rest.find(',');
    std::string_view item = rest.substr(0, comma);
    const auto colon = item.find(':');
    if (colon == std::string_view::npos) {
      add(item, names);
    } else {
      if (find_farm_learner(item.substr(0, colon)) == nullptr) refuse();
      std::vector<std::string> others;
      std::vector<std::string>& to = item.substr(0, colon) == name ? own : others;
      item.remove_prefix(colon + 1);
      for (;;) {
        const auto slash = item.find('/');
        add(item.substr(0, slash), to);
        if (slash == std::string_view::npos) break;
        item.remove_prefix(slash + 1);
      }
    }
    if (comma == std::string_view::npos) return own.empty() ? names : own;
    rest.remove_prefix(comma + 1);
  }
}

// The settings that are reported: all, or those that nothing beats on the tuning episodes.
std::vector<std::size_t> worth_reporting(const contender& tuned, const findings& f) {
  std::vector<std::size_t> chosen(tuned.settings.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  if (chosen.size() <= reported_settings) return chosen;
  std::vector<operating_point> cost;
  std::vector<operating_point> churn;
  for (const setting& s : tuned.settings) {
    const double level = mean_of(s.tuned, level_metric);
    cost.push_back({level, mean_of(s.tuned, f.cost())});
    churn.push_back({level, mean_of(s.tuned, churn_metric)});
  }
  chosen = pareto_front(cost);
  for (const std::size_t k : pareto_front(churn)) chosen.push_back(k);
  if (tuned.published) chosen.push_back(*tuned.published);
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

// Plays each of the named settings that `chosen` picks; false if the user stopped it.
bool play_all(const sweep_job& j, const std::vector<std::string>& names, const std::vector<std::size_t>& chosen,
              episodes_of_seeds both_episodes::*which, shared_bar& bar,
              const std::function<void(std::size_t, evaluation)>& keep) {
  on_all_threads(
      chosen.size(), [&] { return both_episodes(j); },
      [&](both_episodes& own, std::size_t k) {
        farm_policy policy = j.farm.autoscaler_named(names[chosen[k]]);
        auto e = (own.*which).play(policy);
        if (!e) return false;
        keep(chosen[k], std::move(*e));
        bar.add(1);
        return true;
      });
  return !terminal::interrupted;
}

constexpr std::uint64_t first_train_seed = 1;

std::uint64_t episodes_of(const sweep_job& j, const std::string& name) {
  return j.farm.train_episodes(j.farm.offered(name), j.train_episodes);
}

// One training of a learner at one price, played.
struct trained {
  std::optional<evaluation> tuned{};
  std::optional<evaluation> reported{};
};

// Nothing of it that the user stopped.
trained train_once(const sweep_job& j, both_episodes& own, const std::string& name, std::uint64_t train_seed,
                   shared_bar& bar) {
  const std::uint64_t episodes = episodes_of(j, name);
  const auto training = j.farm.learner_named(name, train_seed, episodes);
  std::uint64_t shown = 0;
  training->go_on([&](std::uint64_t done) {
    if (done >= shown + 100 || done == episodes) {
      bar.add(done - shown);
      shown = done;
    }
    return terminal::interrupted.load();
  });
  if (!training->finished()) return {};
  farm_policy policy = training->best();
  trained t{.tuned = own.tuning.play(policy)};
  if (t.tuned) t.reported = own.reported.play(policy);
  return t;
}

// The median of what was trained at one price; nothing if no training was finished.
std::optional<setting> median_of(const sweep_job& j, const std::string& name, std::span<trained> all, findings& f) {
  setting s{.name = name};
  std::vector<evaluation> tuned;
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (!all[k].reported) continue;
    const std::uint64_t train_seed = first_train_seed + k;
    note_overlap(f.notes, f.seeds, name, train_seed, j.farm.trained_on(name, train_seed, episodes_of(j, name)));
    tuned.push_back(std::move(*all[k].tuned));
    s.by_train_seed.push_back(std::move(*all[k].reported));
    s.train_seeds.push_back(train_seed);
  }
  if (tuned.empty()) return std::nullopt;
  std::vector<std::size_t> order(tuned.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return mean_of(tuned[x], level_metric) < mean_of(tuned[y], level_metric);
  });
  const std::size_t middle = order[(order.size() - 1) / 2];  // of an even number, the lower of the two in the middle
  s.tuned = std::move(tuned[middle]);
  s.result = s.by_train_seed[middle];
  return s;
}

}  // namespace

std::vector<std::string> prices_of(const std::string& list, const std::string& name) {
  std::vector<std::string> names{name};
  if (name != kind_of(name) || name.ends_with("-published")) return names;
  for (std::string& one : at_prices(name, list)) names.push_back(std::move(one));
  return names;
}

bool sweep_autoscaler(const sweep_job& j, const std::string& name, findings& f) {
  const std::vector<std::string> names = j.farm.settings_of(name);
  contender c{.name = std::string(kind_of(name)), .tried = names.size()};
  for (const auto& k : find_autoscaler(name)->knobs) c.knobs.push_back({k.name, k.meaning});
  if (names.front() == name) c.published = 0;
  for (const std::string& one : names) c.settings.push_back({.name = one});
  shared_bar bar("sweeping " + name, 2 * names.size());
  std::vector<std::size_t> all(names.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto tuned = [&](std::size_t k, evaluation e) { c.settings[k].tuned = std::move(e); };
  if (!play_all(j, names, all, &both_episodes::tuning, bar, tuned)) return false;
  const std::vector<std::size_t> worth = worth_reporting(c, f);
  const auto result = [&](std::size_t k, evaluation e) { c.settings[k].result = std::move(e); };
  if (!play_all(j, names, worth, &both_episodes::reported, bar, result)) return false;
  std::vector<setting> reported;
  for (const std::size_t k : worth) {
    if (c.published == k) c.published = reported.size();
    reported.push_back(std::move(c.settings[k]));
  }
  c.settings = std::move(reported);
  choose(c, f);
  f.contenders.push_back(std::move(c));
  return true;
}

bool sweep_learner(const sweep_job& j, const std::string& name, findings& f) {
  contender c{.name = std::string(kind_of(name)), .learns = true};
  c.knobs.push_back({"price", "of a request out of time, in worker-steps"});
  const std::vector<std::string> names = prices_of(j.prices, name);
  const std::size_t seeds = j.train_seeds;
  std::vector<trained> all(names.size() * seeds);
  {
    shared_bar bar("training " + name + ", " + to_text(all.size()) + " times", all.size() * episodes_of(j, name));
    on_all_threads(
        all.size(), [&] { return both_episodes(j); },
        [&](both_episodes& own, std::size_t k) {
          all[k] = train_once(j, own, names[k / seeds], first_train_seed + k % seeds, bar);
          return !terminal::interrupted;
        });
  }
  for (std::size_t k = 0; k < names.size(); ++k) {
    auto s = median_of(j, names[k], std::span(all).subspan(k * seeds, seeds), f);
    if (!s) continue;
    if (names[k] == c.name) c.published = c.settings.size();
    c.settings.push_back(std::move(*s));
  }
  c.tried = c.settings.size();
  if (c.settings.empty()) return false;
  choose(c, f);
  f.contenders.push_back(std::move(c));
  return !terminal::interrupted;
}

}  // namespace tool::frontier
