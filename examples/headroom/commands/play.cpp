#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/check.hpp>

#include "commands/commands.hpp"
#include "commands/options.hpp"
#include "hosts/decision_words.hpp"
#include "support/command_line.hpp"
#include "support/terminal.hpp"
#include "systems/policy_names.hpp"
#include "systems/registry.hpp"

/// `headroom play`: one episode, step by step: what each policy would do.
namespace tool {

using namespace headroom;

namespace {

struct play_options {
  std::string policies{};
  std::uint64_t seed = 1000;
  std::optional<std::uint64_t> train_episodes{};
  std::uint64_t first = 1;
  std::optional<std::uint64_t> steps{};
  bool all = false;
};

policy policy_to_play(const system& s, const std::string& name, const std::optional<std::uint64_t>& episodes) {
  const offered_policy& offered = s.offered(name);
  policy one;
  if (offered.learns()) {
    const std::uint64_t count = s.train_episodes(offered, episodes);
    const auto training = offered.train(name, 1, count);
    terminal::progress_bar bar(training_task(name, 1), count);
    train(*training, to_the_end, bar);
    if (!training->finished()) throw std::runtime_error("interrupted before " + name + " was trained");
    one = training->best();
  } else {
    one = offered.make(name);
  }
  if (!one.record)
    throw std::invalid_argument("play: the policies of " + s.description.environment +
                                " keep no steps, must be those of a system that is scaled by replicas");
  return one;
}

std::string seen_at(const recorded_episode& e, std::size_t step) {
  const auto say = [&](const char* column, const char* before, const char* after) {
    const std::vector<double>* const all = e.column(column);
    if (all == nullptr) return std::string();
    return std::string(before) + (std::isfinite((*all)[step]) ? short_number((*all)[step]) : "?") + after;
  };
  return say("time_s", "", " s") + say("load", ", load ", "/s") + say("replicas", ", replicas ", "") +
         say("backlog", ", backlog ", "");
}

// Between two steps a person presses Enter. False: enough.
bool go_on() {
  std::string line;
  std::cout << "Enter: next step, q: end> " << std::flush;
  return std::getline(std::cin, line) && line != "q" && !terminal::interrupted;
}

int play(const play_options& o, const system_choice& systems) {
  require(o.seed <= std::numeric_limits<std::uint32_t>::max(), "--seed", "the seed", o.seed, "be below 2^32");
  require(o.first >= 1, "--from", "the first step", o.first, "be at least 1");
  const std::unique_ptr<system> s = systems.make();
  const std::vector<std::string> names = names_in(o.policies);
  std::vector<policy> policies;
  for (const std::string& name : names) policies.push_back(policy_to_play(*s, name, o.train_episodes));
  const auto episode = policies.front().record(o.seed);
  std::vector<std::vector<int>> moves{episode->moves};
  for (std::size_t p = 1; p < policies.size(); ++p) moves.push_back(policies[p].would(*episode));

  const std::size_t last =
      o.steps ? static_cast<std::size_t>(std::min<std::uint64_t>(episode->steps(), o.first - 1 + *o.steps))
              : episode->steps();
  require(o.first <= episode->steps(), "--from", "the first step", o.first,
          "be at most " + to_text(episode->steps()) + ", the last one of the episode");
  std::cout << s->description.how.subject << s->description.sentence << ".\nEpisode " << o.seed << ", "
            << episode->steps() << " steps. " << names.front() << " decides"
            << (names.size() > 1 ? "; the others say what they would do in its place.\n" : ".\n");
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, name.size());
  const bool waits = !o.all && terminal::draws(1) && isatty(0) != 0;
  for (std::size_t k = o.first - 1; k < last; ++k) {
    std::cout << "step " << k + 1 << ": " << seen_at(*episode, k) << '\n';
    for (std::size_t p = 0; p < names.size(); ++p) {
      std::cout << "  " << names[p] << std::string(width - names[p].size() + 2, ' ')
                << (moves[p][k] == 0 ? " 0" : signed_text(moves[p][k]));
      if (p > 0 && moves[p][k] != moves[0][k]) std::cout << "  otherwise than " << names.front();
      std::cout << '\n';
    }
    if (waits && k + 1 < last && !go_on()) break;
  }
  return terminal::interrupted ? exit_interrupted : exit_done;
}

}  // namespace

void add_play(command_line& to) {
  command& c = to.add("play", "One episode, step by step: what each policy would do, in a line each");
  const auto systems = std::make_shared<system_choice>(c, system_choice::of::scaled_without_table);
  const auto o = std::make_shared<play_options>();
  c.add("--policies", o->policies,
        "Names separated by commas (headroom policies). The first one decides; the others are asked at every step, and "
        "told what was done in their place")
      .required();
  c.add("--seed", o->seed, "The episode").shows_default();
  c.add("--train-episodes", o->train_episodes, "Train each learner on this many episodes (default: its own number)");
  c.add("--from", o->first, "The first step that is shown").shows_default();
  c.add("--steps", o->steps, "Show so many steps (default: all)");
  c.add_flag("--all", o->all, "On a terminal: do not wait for Enter between two steps");
  c.footer(
      "Examples:\n"
      "  headroom play --policies threshold,constant:14,reactive-average\n"
      "  headroom play --service web.toml --pattern bursty --policies hpa,kpa,staffing --from 100 --steps 20");
  c.runs([o, systems] { return play(*o, *systems); });
}

}  // namespace tool
