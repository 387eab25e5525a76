#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "commands/commands.hpp"
#include "hosts/live_run.hpp"
#include "hosts/setting_words.hpp"
#include "support/command_line.hpp"

/// `headroom config`: the settings of `headroom run`, without running it.
namespace tool {

namespace {

struct config_options {
  std::filesystem::path file{};
  bool check = false;
  bool print = false;
  bool keys = false;
  bool shadow = false;
  std::string explain{};
};

int show_config(const config_options& o) {
  const int asked = (o.check ? 1 : 0) + (o.print ? 1 : 0) + (o.keys ? 1 : 0) + (o.explain.empty() ? 0 : 1);
  if (asked != 1) throw std::invalid_argument("config: say one of --check, --print, --explain and --keys");
  if (o.keys || !o.explain.empty()) {
    if (!o.file.empty()) throw std::invalid_argument("config: --keys and --explain take no file");
    std::cout << (o.keys ? settings_table() : explained_setting(o.explain));
    return exit_done;
  }
  if (o.file.empty()) throw std::invalid_argument("config: the file is missing, must be named");
  settings s(o.file);
  if (o.shadow) s.set("live.shadow", "true", "--shadow");
  if (o.print)
    std::cout << settings_in_force(s);
  else
    std::cout << live_summary(s) << "\nNothing was asked, and nothing was changed.\n";
  return exit_done;
}

}  // namespace

void add_config(command_line& to) {
  command& c = to.add("config", "Check or show the settings of `run`, without running anything");
  const auto o = std::make_shared<config_options>();
  c.add("file", o->file, "TOML file of the keys that docs/configuration.md explains");
  c.add_flag("--check", o->check, "Read and check everything that the file names; say what would run");
  c.add_flag("--print", o->print, "What is in force, and where each value was said: file and line, flag, or default");
  c.add_flag("--shadow", o->shadow, "As of `run`");
  c.add("--explain", o->explain, "What one key means, as in guards.flap_changes");
  c.add_flag("--keys", o->keys, "Every key, as docs/configuration.md has them");
  c.footer(
      "Examples:\n"
      "  headroom config --check autoscaler.toml\n"
      "  headroom config --print autoscaler.toml --shadow\n"
      "  headroom config --explain guards.flap_changes");
  c.runs([o] { return show_config(*o); });
}

}  // namespace tool
