#include "frontier/sweep.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "shards/shared_work.hpp"
#include "support/terminal.hpp"
#include "support/threads.hpp"
#include "systems/farm/learners.hpp"
#include "systems/policy_names.hpp"

namespace tool::frontier {

namespace {

// Of more settings than this only those are reported that nothing beats on the tuning episodes: the best of a thousand
// on the reported ones would be the luckiest.
constexpr std::size_t reported_settings = 48;

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
std::vector<std::string> at_prices(const std::string& name, const std::string& list, const scaled_system& on) {
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
      if (!on.priced(item.substr(0, colon))) refuse();
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
    const double level = mean_of(s.tuned, f.metrics.level);
    cost.push_back({level, mean_of(s.tuned, f.metrics.cost)});
    churn.push_back({level, mean_of(s.tuned, f.metrics.churn)});
  }
  chosen = pareto_front(cost);
  for (const std::size_t k : pareto_front(churn)) chosen.push_back(k);
  if (tuned.published) chosen.push_back(*tuned.published);
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

// What one thread plays on.
std::unique_ptr<episode_player> player_of(const sweep_job& j) { return j.on.player(j.f.tuning_seeds, j.f.seeds); }

// Plays each of the named settings that `chosen` picks; false if the user stopped it.
bool play_all(const sweep_job& j, const std::vector<std::string>& names, const std::vector<std::size_t>& chosen,
              episode_player::part which, shared_bar& bar, const std::function<void(std::size_t, evaluation)>& keep) {
  on_all_threads(
      chosen.size(), [&] { return player_of(j); },
      [&](std::unique_ptr<episode_player>& own, std::size_t k) {
        auto e = own->play(which, names[chosen[k]]);
        if (!e) return false;
        keep(chosen[k], std::move(*e));
        bar.add(1);
        return true;
      });
  return !terminal::interrupted;
}

// Of the settings of an autoscaler, one that is reported.
struct swept_setting {
  std::size_t index = 0;  // among the names
  evaluation tuned{};
  evaluation reported{};
};
shards::json as_json(const std::vector<swept_setting>& all) {
  shards::json j = shards::json::array();
  for (const swept_setting& one : all) {
    j.push_back(
        {{"index", one.index}, {"tuned", shards::as_json(one.tuned)}, {"reported", shards::as_json(one.reported)}});
  }
  return j;
}
void read_kept(const shards::json& from, std::vector<swept_setting>& to) {
  to.clear();
  for (const shards::json& one : from) {
    swept_setting& s = to.emplace_back();
    s.index = one.at("index").get<std::size_t>();
    shards::read_kept(one.at("tuned"), s.tuned);
    shards::read_kept(one.at("reported"), s.reported);
  }
}

constexpr std::uint64_t first_train_seed = 1;

std::uint64_t episodes_of(const sweep_job& j, const std::string& name) {
  return j.on.train_episodes(j.on.offered(name), j.train_episodes);
}

// One training of a learner at one price, played. Nothing of it that the user stopped.
episode_player::trained train_once(const sweep_job& j, episode_player& own, const std::string& name,
                                   std::uint64_t train_seed, shared_bar& bar) {
  const std::uint64_t episodes = episodes_of(j, name);
  std::uint64_t shown = 0;
  return own.train(name, train_seed, episodes, [&](std::uint64_t done) {
    if (done >= shown + 100 || done == episodes) {
      bar.add(done - shown);
      shown = done;
    }
    return terminal::interrupted.load();
  });
}

// The median of what was trained at one price; nothing if no training was finished.
std::optional<setting> median_of(const sweep_job& j, const std::string& name, std::span<episode_player::trained> all,
                                 findings& f) {
  setting s{.name = name};
  std::vector<evaluation> tuned;
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (!all[k].reported) continue;
    const std::uint64_t train_seed = first_train_seed + k;
    note_overlap(f.notes, f.seeds, name, train_seed, j.on.trained_on(name, train_seed, episodes_of(j, name)));
    tuned.push_back(std::move(*all[k].tuned));
    s.by_train_seed.push_back(std::move(*all[k].reported));
    s.train_seeds.push_back(train_seed);
  }
  if (tuned.empty()) return std::nullopt;
  std::vector<std::size_t> order(tuned.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return mean_of(tuned[x], f.metrics.level) < mean_of(tuned[y], f.metrics.level);
  });
  const std::size_t middle = order[(order.size() - 1) / 2];  // of an even number, the lower of the two in the middle
  s.tuned = std::move(tuned[middle]);
  s.result = s.by_train_seed[middle];
  return s;
}

}  // namespace

std::vector<std::string> prices_of(const std::string& list, const std::string& name, const scaled_system& on,
                                   double level) {
  std::vector<std::string> names{name};
  if (name != kind_of(name)) return names;
  if (trains_to_level(name)) {
    if (!on.priced(name)) names.clear();
    names.push_back(held_to_level(name, level));
  }
  if (!on.priced(name)) return names;
  for (std::string& one : at_prices(name, list, on)) names.push_back(std::move(one));
  return names;
}

bool sweep_autoscaler(const sweep_job& j, const std::string& name, findings& f) {
  const std::vector<std::string> names = j.on.settings_of(name);
  contender c{.name = std::string(kind_of(name)), .tried = names.size()};
  c.knobs = j.on.knobs_of(name);
  if (names.front() == name) c.published = 0;
  for (const std::string& one : names) c.settings.push_back({.name = one});
  // A unit of the work is a setting; where it depends on all of them which are reported, all of them together.
  const bool apart = names.size() <= reported_settings;
  const std::vector<std::string> units = apart ? names : std::vector<std::string>{c.name};
  const std::vector<std::size_t> own = shards::work().own(units.size());
  std::vector<std::vector<swept_setting>> results(units.size());
  if (!own.empty()) {
    shared_bar bar("sweeping " + name, 2 * (apart ? own.size() : names.size()));
    std::vector<std::size_t> all(names.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    const std::vector<std::size_t>& chosen = apart ? own : all;
    const auto tuned = [&](std::size_t k, evaluation e) { c.settings[k].tuned = std::move(e); };
    if (!play_all(j, names, chosen, episode_player::part::tuning, bar, tuned)) return false;
    const std::vector<std::size_t> worth = apart ? own : worth_reporting(c, f);
    const auto result = [&](std::size_t k, evaluation e) { c.settings[k].result = std::move(e); };
    if (!play_all(j, names, worth, episode_player::part::reported, bar, result)) return false;
    for (const std::size_t k : worth)
      results[apart ? k : 0].push_back({k, std::move(c.settings[k].tuned), std::move(c.settings[k].result)});
  }
  shards::work().settle(units, own, results);
  if (shards::work().is_part()) return true;
  std::vector<setting> reported;
  for (std::vector<swept_setting>& unit : results) {
    for (swept_setting& one : unit) {
      if (c.published == one.index) c.published = reported.size();
      reported.push_back({.name = names[one.index], .tuned = std::move(one.tuned), .result = std::move(one.reported)});
    }
  }
  c.settings = std::move(reported);
  choose(c, f);
  f.contenders.push_back(std::move(c));
  return true;
}

bool sweep_learner(const sweep_job& j, const std::string& name, findings& f) {
  contender c{.name = std::string(kind_of(name)), .learns = true};
  c.knobs.push_back({"price", std::string(j.on.price_unit)});
  const std::vector<std::string> names = prices_of(j.prices, name, j.on, f.level);
  const std::size_t seeds = j.train_seeds;
  std::vector<episode_player::trained> all(names.size() * seeds);
  std::vector<std::string> units;
  for (std::size_t k = 0; k < all.size(); ++k)
    units.push_back(names[k / seeds] + ", training seed " + to_text(first_train_seed + k % seeds));
  const std::vector<std::size_t> own = shards::work().own(all.size());
  if (!own.empty()) {
    shared_bar bar("training " + name + ", " + to_text(own.size()) + " times", own.size() * episodes_of(j, name));
    on_all_threads(
        own.size(), [&] { return player_of(j); },
        [&](std::unique_ptr<episode_player>& player, std::size_t k) {
          const std::size_t unit = own[k];
          all[unit] = train_once(j, *player, names[unit / seeds], first_train_seed + unit % seeds, bar);
          return !terminal::interrupted;
        });
  }
  shards::work().settle(units, own, all);
  if (shards::work().is_part()) return !terminal::interrupted;
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
