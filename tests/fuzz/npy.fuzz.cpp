#include <headroom/io/npy.hpp>

#include <cmath>

#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::may_refuse([&] {
    const headroom::q_table table = headroom::load_npy(fuzz::file_of(data, size));
    fuzz::must(table.states() * table.actions() == table.all().size() && 8 * table.all().size() <= size);
    for (const double v : table.all()) fuzz::must(std::isfinite(v));
  });
  return 0;
}
