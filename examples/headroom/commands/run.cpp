#include <filesystem>
#include <iostream>
#include <memory>

#include "commands/commands.hpp"
#include "hosts/live_run.hpp"
#include "support/command_line.hpp"

/// `headroom run`: the daemon.
namespace tool {

namespace {

struct run_options {
  std::filesystem::path config{};
  bool shadow = false;
  bool quiet = false;
};

int run_daemon(const run_options& o) {
  settings s(o.config);
  if (o.shadow) s.set("live.shadow", "true", "--shadow");
  return run_live(s, o.quiet);
}

}  // namespace

void add_run(command_line& to) {
  command& c = to.add("run", "Scale a running service: read its metrics, decide, guard, write down, scale");
  const auto o = std::make_shared<run_options>();
  c.add("--config", o->config, "TOML file of the keys that docs/configuration.md explains").required();
  c.add_flag("--shadow", o->shadow, "Decide and write down, and change nothing");
  c.add_flag("--quiet", o->quiet, "No line for each decision");
  c.footer(
      "Example:\n"
      "  headroom config --check autoscaler.toml\n"
      "  headroom run --config autoscaler.toml --shadow\n"
      "  headroom journal decisions.jsonl\n"
      "SIGTERM and Ctrl-C finish the decision that has begun, save the state, and end with 0. A restart goes on from "
      "there, and changes nothing while its windows fill.");
  c.runs([o] { return run_daemon(*o); });
}

}  // namespace tool
