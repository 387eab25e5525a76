#include <filesystem>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "commands/commands.hpp"
#include "commands/settings_values.hpp"
#include "hosts/live_run.hpp"
#include "hosts/setting_words.hpp"
#include "support/command_line.hpp"

/// `headroom config`: the settings of `headroom run` and of the commands that simulate, without running any of them.
namespace tool {

namespace {

struct config_options {
  std::filesystem::path file{};  // of `run`, or with --settings the command
  std::filesystem::path settings{};
  std::string flags{};
  bool check = false;
  bool print = false;
  bool keys = false;
  bool shadow = false;
  std::string explain{};
};

std::string shown_settings(const config_options& o, const command_line& all) {
  const std::string name = o.file.empty() ? "compare" : o.file.string();
  command* const c = all.find(name);
  std::vector<std::string> arguments{"--settings", o.settings.string()};
  std::istringstream flags(o.flags);
  for (std::string one; flags >> one;) arguments.push_back(one);
  if (c == nullptr || !has_settings(name))
    throw std::invalid_argument("config: the command is " + name +
                                ", must be compare, train, evaluate, frontier or sweep; run's file stands without "
                                "--settings");
  c->parse(arguments);
  return command_settings_in_force(*c, name);
}

std::string explained(const command_line& all, const std::string& key) {
  const std::string text = explained_command_setting(all, key);
  if (find_setting(key) != nullptr) return explained_setting(key) + text;
  return text.empty() ? explained_setting(key) : text;
}

int show_config(const config_options& o, const command_line& all) {
  const int asked = (o.check ? 1 : 0) + (o.print ? 1 : 0) + (o.keys ? 1 : 0) + (o.explain.empty() ? 0 : 1);
  if (asked != 1) throw std::invalid_argument("config: say one of --check, --print, --explain and --keys");
  if (o.keys || !o.explain.empty()) {
    if (!o.file.empty() || !o.settings.empty())
      throw std::invalid_argument("config: --keys and --explain take no file");
    if (o.keys)
      std::cout << settings_table() << '\n' << command_settings_table(all);
    else
      std::cout << explained(all, o.explain);
    return exit_done;
  }
  if (!o.settings.empty()) {
    if (o.check || o.shadow) throw std::invalid_argument("config: --settings is for --print alone");
    std::cout << shown_settings(o, all);
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
  command& c = to.add("config", "Check, show or explain settings, without running anything");
  const auto o = std::make_shared<config_options>();
  c.add("file", o->file,
        "TOML file of `run`, of the keys that docs/configuration.md explains; with --settings the command");
  c.add("--flags", o->flags, "With --settings: what the command line would say beside it, in one text");
  c.add("--settings", o->settings, "With --print: the settings file of compare, train, evaluate, frontier or sweep");
  c.add_flag("--check", o->check, "Read and check everything that the file names; say what would run");
  c.add_flag("--print", o->print, "What is in force, and where each value was said: file and line, flag, or default");
  c.add_flag("--shadow", o->shadow, "As of `run`");
  c.add("--explain", o->explain, "What one key means, as in guards.flap_changes");
  c.add_flag("--keys", o->keys, "Every key, as docs/configuration.md has them");
  c.footer(
      "Examples:\n"
      "  headroom config --check autoscaler.toml\n"
      "  headroom config --print autoscaler.toml --shadow\n"
      "  headroom config --explain guards.flap_changes\n"
      "  headroom config --print --settings settings.toml compare\n"
      "  headroom config --print --settings settings.toml train --flags \"--seed 2\"");
  c.runs([o, &to] { return show_config(*o, to); });
}

}  // namespace tool
