// What the tool says where it was built without hiredis.
#include <stdexcept>

#include "redis/live_farm.hpp"

namespace tool {

int run_farm(const farm_run_options&) {
  throw std::invalid_argument("farm: this program speaks to no Redis, must be built where hiredis is installed");
}
int compare_live_farm(const farm_run_options& o, const farm_live_options&, const command&) { return run_farm(o); }
int run_farm_part(const farm_part_options&) { return run_farm({}); }

}  // namespace tool
