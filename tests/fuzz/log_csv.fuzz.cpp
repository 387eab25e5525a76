#include <headroom/offline/log_csv.hpp>

#include <cmath>
#include <vector>

#include "input.hpp"

using namespace headroom;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::may_refuse([&] {
    const log_csv log(fuzz::file_of(data, size));
    if (log.dimension() == 0) {
      for (const auto& t : log.steps<state_index>()) fuzz::must(std::abs(t.reward) <= largest_reward);
    } else {
      for (const auto& t : log.steps<std::vector<float>>()) fuzz::must(t.state.size() == log.dimension());
    }
  });
  return 0;
}
