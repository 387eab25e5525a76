#include <headroom/systems/scheduler/pod_status_reader.hpp>

#include "input.hpp"

using namespace headroom;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::may_refuse([&] {
    const auto checks = scheduler::read_pod_status(fuzz::file_of(data, size));
    fuzz::must(scheduler::observations_of(checks).size() == checks.size());
  });
  return 0;
}
