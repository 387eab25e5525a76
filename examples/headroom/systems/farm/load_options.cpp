#include <string>

#include "support/command_line.hpp"
#include "systems/farm/load.hpp"

/// The options of the farm's load: one of the published workloads, or a recorded one.
namespace tool {

void farm_load_options::declare(command& to) {
  const option published =
      to.add("--workload", workload,
             "Of farm: executed: what the published generator really does; documented: what its configuration says; "
             "shuffled: executed, phases in another order each episode")
          .shows_default();
  recorded.declare(to, "Drive the farm with a recorded load instead").excludes(published);
}

}  // namespace tool
