#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include "commands/commands.hpp"
#include "support/command_line.hpp"
#include "systems/registry.hpp"

/// `headroom policies`: lists the policies of a system.
namespace tool {

namespace {

int list_policies(const system_choice& systems) {
  const std::unique_ptr<system> s = systems.make();
  for (const offered_policy& one : s->policies) {
    std::string name = one.name;
    name.resize(std::max<std::size_t>(name.size(), 29), ' ');
    std::cout << name << one.line;
    if (!one.knobs.empty())
      std::cout << (one.knobs.find('/') == std::string::npos ? " (knob: " : " (knobs: ") << one.knobs << ')';
    std::cout << '\n';
  }
  return exit_done;
}

}  // namespace

void add_policies(command_line& to) {
  command& c = to.add("policies", "List the policies by name");
  const auto systems = std::make_shared<system_choice>(c, system_choice::of::none);
  c.runs([systems] { return list_policies(*systems); });
}

}  // namespace tool
