#include <headroom/io/csv_trace.hpp>

#include <cmath>

#include "input.hpp"

using namespace headroom;

/// The first byte says with which options the rest is read.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  trace_csv_options options;
  if ((data[0] & 1U) != 0) options.interval_s = 60;
  if ((data[0] & 2U) != 0) options.unit_s = 1;
  options.max_rows = 1'000'000;  // a gap that is filled may be long
  fuzz::may_refuse([&] {
    const trace load = read_trace_csv(fuzz::file_of(data + 1, size - 1), options);
    fuzz::must(std::isfinite(load.interval_s()) && load.interval_s() > 0);
    for (const float count : load.counts()) fuzz::must(std::isfinite(count) && count >= 0);
  });
  return 0;
}
