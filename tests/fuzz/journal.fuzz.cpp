#include <headroom/io/journal_reader.hpp>

#include <vector>

#include "input.hpp"

// A journal that is read, and written again and read, says the same.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::may_refuse([&] {
    const std::vector<headroom::journal_record> all = headroom::journal_records(fuzz::file_of(data, size));
    fuzz::must(all.size() <= size);
    for (const headroom::journal_record& r : all) {
      const std::string line = headroom::journal_line(r);
      fuzz::must(line.find('\n') == std::string::npos);
      headroom::journal_record again;
      const bool is_outcome = headroom::internal::read_journal_line(line, again);
      fuzz::must(!is_outcome && headroom::journal_line(again) == line);
    }
  });
  return 0;
}
