#include <headroom/io/classifier.hpp>

#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::may_refuse([&] {
    const headroom::classifier_file read = headroom::read_classifier(fuzz::file_of(data, size));
    for (const auto& probe : read.probes) {
      const auto named = read.net(probe.input);
      fuzz::must(!named || *named < read.net.classes());
    }
  });
  return 0;
}
