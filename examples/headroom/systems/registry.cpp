#include "systems/registry.hpp"

#include <algorithm>
#include <iostream>
#include <stdexcept>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "scaling/scaled_system.hpp"
#include "support/command_line.hpp"

namespace tool {

// A new system is one file, which defines this function, and a line in the table below.
std::unique_ptr<system_options> farm_system_options();
std::unique_ptr<system_options> service_system_options();
std::unique_ptr<system_options> scheduler_system_options();
std::unique_ptr<system_options> teastore_system_options();
std::unique_ptr<system_options> quota_system_options();

namespace {

struct known_system {
  std::string_view name;
  std::string_view line;  // for the help
  std::unique_ptr<system_options> (*options)();
  bool scaled = false;  // by its number of replicas: a scaled_system
};

constexpr known_system known_systems[] = {
    {"farm", "the published OpenFaaS farm", farm_system_options, true},
    {"service", "a service of yours", service_system_options, true},
    {"scheduler", "a request scheduler", scheduler_system_options},
    {"teastore", "a table of measurements", teastore_system_options},
    {"quota", "quotas on a small cluster", quota_system_options},
};

// "farm, scheduler, teastore or quota".
std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t k = 0; k < items.size(); ++k) {
    text.append(k == 0 ? "" : k + 1 == items.size() ? " or " : ", ").append(items[k]);
  }
  return text;
}

// A name that a system had before.
std::string today(const std::string& name) {
  if (name != "queueing") return name;
  std::cerr << "headroom: the environment queueing is called scheduler now\n";
  return "scheduler";
}

}  // namespace

system_choice::system_choice(command& c, of which) : command_(c) {
  const bool scaled_alone = which == of::scaled || which == of::scaled_without_table;
  std::vector<std::string> lines;
  for (const known_system& one : known_systems) {
    if (scaled_alone && !one.scaled) continue;
    lines.push_back(std::string(one.name) + " (" + std::string(one.line) + ")");
  }
  c.add("--environment", name_, "Which system: " + list_of(lines)).shows_default();
  for (const known_system& one : known_systems) {
    if (scaled_alone && !one.scaled) continue;
    candidates_.push_back({one.name, one.options(), {}});
    if (which == of::none) continue;
    const std::size_t before = c.names().size();
    candidates_.back().options->declare(c);
    if (which != of::scaled_without_table) candidates_.back().options->declare_table(c);
    candidates_.back().names.assign(c.names().begin() + static_cast<std::ptrdiff_t>(before), c.names().end());
  }
}

// Whether an option was given that the farm, the default, does not have.
bool system_choice::any_given(const candidate& one) const {
  const std::vector<std::string>& usual = candidates_.front().names;
  return std::any_of(one.names.begin(), one.names.end(), [&](const std::string& option) {
    return command_.given(option) && std::find(usual.begin(), usual.end(), option) == usual.end();
  });
}

const system_choice::candidate& system_choice::chosen() const {
  if (!command_.given("--environment")) {
    for (const candidate& one : candidates_) {
      if (one.name == "service" && any_given(one)) return one;  // --service says which system it is
    }
  }
  return named(today(name_));
}

const system_choice::candidate& system_choice::named(const std::string& name) const {
  std::vector<std::string> names;
  for (const candidate& one : candidates_) {
    if (one.name == name) return one;
    names.emplace_back(one.name);
  }
  throw std::invalid_argument("--environment: the name is " + name + ", must be " + list_of(names));
}

void system_choice::refuse_options_of_others(const candidate& mine) const {
  for (const candidate& other : candidates_) {
    for (const std::string& option : other.names) {
      if (!command_.given(option) || std::find(mine.names.begin(), mine.names.end(), option) != mine.names.end())
        continue;
      const std::string place = command_.place(option);  // a file may have said it, and what is asked for another one
      throw std::invalid_argument(place + ": --environment " + std::string(mine.name) + " has no use for it" +
                                  (place == option
                                       ? ""
                                       : ", " + std::string(other.name) + " has: say environment.name = \"" +
                                             std::string(other.name) + "\", or leave it out"));
    }
  }
}

void system_choice::require_none(const std::string& why) const {
  if (command_.given("--environment")) throw std::invalid_argument("--environment: " + why);
  for (const candidate& one : candidates_) {
    for (const std::string& option : one.names) {
      if (command_.given(option)) throw std::invalid_argument(option + ": " + why);
    }
  }
}

namespace {

std::unique_ptr<scaled_system> as_scaled(std::unique_ptr<system> made) {
  auto* const scaled = dynamic_cast<scaled_system*>(made.get());
  if (scaled == nullptr) throw std::logic_error("a system that is not scaled by replicas was chosen");
  static_cast<void>(made.release());
  return std::unique_ptr<scaled_system>(scaled);
}

}  // namespace

std::unique_ptr<system> system_choice::make() const {
  const candidate& mine = chosen();
  refuse_options_of_others(mine);
  return mine.options->make();
}

std::unique_ptr<scaled_system> system_choice::make_scaled() const { return as_scaled(make()); }

std::unique_ptr<scaled_system> system_choice::make_for(const headroom::checkpoint& model) const {
  // A file from before there was another system does not say.
  const std::string name = model.has("environment") ? model.text("environment") : "farm";
  headroom::require(!command_.given("--environment") || today(name_) == name, "--environment", "the value", name_,
                    "be " + name + ", as " + model.source().string() + " says");
  const auto known =
      std::find_if(candidates_.begin(), candidates_.end(), [&](const auto& c) { return c.name == name; });
  if (known == candidates_.end())
    throw headroom::checkpoint_error(model.source(), "environment is " + headroom::in_quotes(name) +
                                                         ", must be one whose learners are kept in files");
  refuse_options_of_others(*known);
  return as_scaled(known->options->make_for(model));
}

}  // namespace tool
