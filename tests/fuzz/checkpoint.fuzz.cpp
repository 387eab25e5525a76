#include <headroom/io/checkpoint.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include "input.hpp"

using namespace headroom;

/// The header alone, then the whole file, whose checksum is right in the seeds only.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz::may_refuse([&] {
    safetensors_header header = parse_safetensors_header("header", text.substr(std::min<std::size_t>(8, size)));
    const std::string json = header.json();
    fuzz::must(parse_safetensors_header("header", json).json() == json);
    static_cast<void>(check_layout("header", header, size));
  });
  fuzz::may_refuse([&] {
    const checkpoint c = load(fuzz::file_of(data, size));
    for (const auto& name : c.names()) fuzz::must(c.contains(name));
  });
  return 0;
}
