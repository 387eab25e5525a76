#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <span>        // std::as_bytes, std::as_writable_bytes, std::span
#include <string>      // std::string
#include <utility>     // std::move

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/safetensors.hpp>

namespace headroom {

/// Limits on the size of a file, checked before memory is allocated.
struct load_limits {
  std::uint64_t max_bytes = std::uint64_t{1} << 30U;         ///< of the whole file; 1 GiB
  std::uint64_t max_header_bytes = std::uint64_t{1} << 24U;  ///< of the JSON; 16 MiB
};

/// The checksum of a file with this header and this data, without the header's own checksum.
[[nodiscard]] inline crc64 checksum_start(safetensors_header& header) {
  // Taken out and put back, because a copy of the header may take as much memory as the file.
  auto own = header.metadata.extract("checksum");
  const std::string json = header.json();
  if (own) header.metadata.insert(std::move(own));
  crc64 sum;
  sum.update(std::as_bytes(std::span(json)));
  return sum;
}

namespace internal {

/// Reads the JSON of a file's header. Its length is checked against the file and the limits before memory is allocated.
[[nodiscard]] inline std::string header_text(const std::filesystem::path& file, input_file& in,
                                             const load_limits& limits) {
  const auto refuse = [&](const std::string& reason) { throw checkpoint_error(file, reason); };
  if (in.size() > limits.max_bytes) {
    refuse("size is " + to_text(in.size()) + " bytes, must be at most " + to_text(limits.max_bytes));
  }
  if (in.size() < 8) refuse("size is " + to_text(in.size()) + " bytes, must be at least 8");
  std::uint64_t length = 0;
  in.read(std::as_writable_bytes(std::span(&length, 1)));
  if (length > in.size() - 8) {
    refuse("header length is " + to_text(length) + ", must be at most the " + to_text(in.size() - 8) +
           " bytes that follow");
  }
  if (length > limits.max_header_bytes) {
    refuse("header length is " + to_text(length) + ", must be at most " + to_text(limits.max_header_bytes));
  }
  std::string json(length, ' ');
  in.read(std::as_writable_bytes(std::span(json)));
  return json;
}

[[nodiscard]] inline const std::string& required_metadata(const std::filesystem::path& file,
                                                          const safetensors_header& header, const std::string& key,
                                                          const std::string& law) {
  const auto found = header.metadata.find(key);
  if (found == header.metadata.end()) {
    throw checkpoint_error(file, "metadata \"" + key + "\" is missing, must be " + law);
  }
  return found->second;
}

/// The checksum that the file says it has, after the format and its version, at most `newest`, were looked at.
[[nodiscard]] inline std::string checksum_of(const std::filesystem::path& file, const safetensors_header& header,
                                             std::uint64_t newest) {
  const auto refuse = [&](const std::string& reason) { throw checkpoint_error(file, reason); };
  const std::string& format = required_metadata(file, header, "format", "\"headroom\"");
  if (format != "headroom") refuse("metadata \"format\" is " + in_quotes(format) + ", must be \"headroom\"");
  const std::string& version = required_metadata(file, header, "format_version", "a version");
  const auto number = from_text<std::uint64_t>(version);
  if (!number || *number == 0) {
    refuse("metadata \"format_version\" is " + in_quotes(version) + ", must be a whole number of at least 1");
  }
  if (*number > newest) {
    refuse("written by a newer Headroom: format_version is " + to_text(*number) + ", this one reads up to " +
           to_text(newest));
  }
  return required_metadata(file, header, "checksum", "sixteen hexadecimal digits");
}

}  // namespace internal

}  // namespace headroom
