#include <headroom/io/streamed_trace.hpp>

#include <cmath>
#include <vector>

#include <headroom/io/csv_trace.hpp>

#include "input.hpp"

using namespace headroom;

/// In blocks or at once, a file is the same load.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::may_refuse([&] {
    const streamed_trace load(fuzz::file_of(data, size), {.max_rows = 100'000});
    std::vector<float> counts(load.size());
    load.read(0, counts);
    for (const float count : counts) fuzz::must(std::isfinite(count) && count >= 0);
    const trace whole = read_trace_csv(fuzz::file_of(data, size));
    fuzz::must(whole.counts() == counts && whole.interval_s() == load.interval_s());
  });
  return 0;
}
