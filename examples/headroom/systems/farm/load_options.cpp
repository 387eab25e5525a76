#include <string>

#include "support/command_line.hpp"
#include "systems/farm/load.hpp"

/// The options of the farm's load: one of the published workloads, or a recorded one.
namespace tool {

namespace {

option declared_workload(command& to, std::string& workload) {
  return to
      .add("--workload", workload,
           "Of farm: executed: what the published generator really does; documented: what its configuration says; "
           "shuffled: executed, phases in another order each episode")
      .shows_default();
}

}  // namespace

void farm_load_options::declare_workload(command& to) { declared_workload(to, workload); }

void farm_load_options::declare(command& to) {
  const option published = declared_workload(to, workload);
  recorded.declare(to, "Drive the farm with a recorded load instead").excludes(published);
}

}  // namespace tool
