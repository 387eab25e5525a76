#include <headroom/tables/table_csv.hpp>

#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::may_refuse([&] {
    const headroom::measurements m = headroom::read_table_csv(fuzz::file_of(data, size));
    fuzz::must(m.rows() > 0 && m.rows() * m.columns() <= size);
  });
  return 0;
}
