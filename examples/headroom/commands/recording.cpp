#include "commands/recording.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "commands/settings_values.hpp"
#include "reports/behaviour.hpp"
#include "reports/run_folder.hpp"
#include "support/command_line.hpp"
#include "support/terminal.hpp"

/// The folder of a run: which episodes are kept step by step, and what is counted over them.
namespace tool {

using namespace headroom;

namespace {

using kept_episode = std::shared_ptr<const recorded_episode>;

// The seeds in the order of how hard they were: of the mean service level over all policies, the lowest first.
std::vector<std::uint64_t> hardest_first(const report::findings& f) {
  std::vector<std::pair<double, std::uint64_t>> order;
  for (std::size_t k = 0; k < f.seeds.size(); ++k) {
    double sum = 0;
    for (const report::row& r : f.rows) sum += r.result.of(f.how.service.metric).at(k);
    order.emplace_back(sum, f.seeds[k]);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::uint64_t> seeds;
  for (const auto& one : order) seeds.push_back(one.second);
  return seeds;
}

std::vector<report::chosen_episode> chosen_of(const std::vector<std::uint64_t>& hardest) {
  const std::size_t n = hardest.size();
  if (n == 1) return {{hardest.front(), "only"}};
  std::vector<report::chosen_episode> chosen{{hardest.front(), "hardest"}};
  if (n > 2) chosen.push_back({hardest[n / 2], "median"});
  chosen.push_back({hardest.back(), "easiest"});
  return chosen;
}

// Records each episode of each policy once. Nothing where a policy keeps no steps.
class recordings {
 public:
  explicit recordings(const std::vector<evaluated_policy>& of) : of_(of) {}

  [[nodiscard]] const kept_episode& at(std::size_t policy, std::uint64_t seed) {
    kept_episode& e = kept_[{policy, seed}];
    if (!e) e = of_[policy].one.record(seed);
    return e;
  }

 private:
  const std::vector<evaluated_policy>& of_;
  std::map<std::pair<std::size_t, std::uint64_t>, kept_episode> kept_{};
};

double most_in(const recorded_episode& e, std::string_view column, double most) {
  if (const std::vector<double>* const all = e.column(column)) {
    for (const double v : *all) {
      if (std::isfinite(v)) most = std::max(most, v);
    }
  }
  return most;
}

// A policy is asked along the episodes of the others as well: so a cell can tell what it would do where it never came.
report::json behaviour_over(const std::vector<evaluated_policy>& policies, const std::vector<std::uint64_t>& seeds,
                            recordings& all, terminal::progress_bar& bar) {
  double most_load = 0;
  double most_backlog = 0;
  std::uint64_t done = 0;
  for (std::size_t p = 0; p < policies.size(); ++p) {
    for (const std::uint64_t seed : seeds) {
      const kept_episode& e = all.at(p, seed);
      most_load = most_in(*e, "load", most_load);
      most_backlog = most_in(*e, "backlog", most_backlog);
      bar.show(++done);
      if (terminal::interrupted) return nullptr;
    }
  }
  report::behaviour_map map(most_load, most_backlog);
  for (std::size_t p = 0; p < policies.size(); ++p) {
    for (const std::uint64_t seed : seeds) map.add_own(policies[p].name, *all.at(p, seed));
    for (std::size_t other = 0; other < policies.size(); ++other) {
      if (other == p) continue;
      for (const std::uint64_t seed : seeds) {
        const kept_episode& e = all.at(other, seed);
        map.add_asked(policies[p].name, *e, policies[p].one.would(*e));
      }
      if (terminal::interrupted) return nullptr;
    }
    done += seeds.size();
    bar.show(done);
  }
  return map.as_json();
}

void record_steps(report::run_record& r, const report::findings& f, const std::vector<evaluated_policy>& policies) {
  constexpr std::size_t most_steps = 6'000;  // of one policy, over the episodes that are counted
  const std::vector<std::uint64_t> hardest = hardest_first(f);
  r.chosen = chosen_of(hardest);
  recordings all(policies);
  for (std::size_t p = 0; p < policies.size(); ++p) {
    report::policy_episodes one{policies[p].name, {}};
    for (const report::chosen_episode& c : r.chosen) one.episodes.push_back(all.at(p, c.seed));
    r.steps.push_back(std::move(one));
    if (terminal::interrupted) return;
  }
  const std::size_t length = std::max<std::size_t>(1, r.steps.front().episodes.front()->steps());
  const std::size_t count = std::min(f.seeds.size(), std::clamp<std::size_t>(most_steps / length, 3, 20));
  // From the hardest to the easiest, evenly.
  std::vector<std::uint64_t> seeds;
  for (std::size_t k = 0; k < count; ++k) seeds.push_back(hardest[k * hardest.size() / count]);
  terminal::progress_bar bar("what each policy does where", 2 * policies.size() * seeds.size());
  r.behaviour = behaviour_over(policies, seeds, all, bar);
}

}  // namespace

void leave_run(const std::filesystem::path& folder, const command& said, const std::string& name,
               const report::findings& f, const std::vector<evaluated_policy>& policies, report::run_record more) {
  if (folder.empty() || f.rows.empty()) return;
  report::run_record r = std::move(more);
  const std::string more_settings = r.settings_file;
  r.command = name;
  for (const command::setting& s : said.settings()) {
    // The same run elsewhere, or from a file of settings, is the same run.
    const bool of_every_command = s.name == "--settings" || s.name == "--quiet" || s.name == "--plain";
    if (!of_every_command && !says_where(key_of_option(s.name, name))) r.settings.push_back({s.name, s.value, s.given});
  }
  r.settings_file = "# headroom " + report::version_text() + "; again with: headroom " + name +
                    " --settings settings.toml --" + (name == "train" ? "folder" : "out") + " again\n" +
                    settings_text(said, name) + more_settings;
  const bool kept = !policies.empty() && std::all_of(policies.begin(), policies.end(), [](const evaluated_policy& p) {
    return static_cast<bool>(p.one.record);
  });
  if (kept && !f.stopped && !terminal::interrupted) record_steps(r, f, policies);
  report::write_run(folder, f, r);
}

}  // namespace tool
