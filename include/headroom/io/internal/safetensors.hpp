#pragma once

#include <algorithm>    // std::sort
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <map>          // std::map
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <tuple>        // std::tie
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/json_writer.hpp>

/// The header of a safetensors file (github.com/huggingface/safetensors): eight bytes little-endian length N, N bytes
/// of JSON, then the tensors' raw little-endian bytes, row-major. Chosen because Python, Rust and JavaScript read it,
/// and because it holds numbers and text and nothing that could be executed. The reader treats the file as hostile:
/// it takes no more memory than the header's own size asks for, and each refusal is a sentence.
namespace headroom {

/// The error for a file that is not as it should be: "FILE: sentence with the value and the law".
class checkpoint_error : public file_error {
 public:
  using file_error::file_error;
};

/// The place of a tensor. `begin` and `end` are bytes from the start of the data section.
struct tensor_entry {
  std::string dtype;  ///< "F64", "F32", "I64", "U64", "I32", "U32" or "U8"
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct safetensors_header {
  std::map<std::string, std::string> metadata;
  std::map<std::string, tensor_entry> tensors;

  /// The compact JSON, keys in the order of their bytes: one content, one text. The same as Python's
  /// json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).
  [[nodiscard]] std::string json() const {
    internal::json_writer to;
    std::size_t about = 256;  // growing step by step would take twice the memory
    for (const auto& [key, value] : metadata) about += key.size() + value.size() + 6;
    for (const auto& entry : tensors) about += entry.first.size() + 128;
    to.reserve(about);
    to.open('{');
    // The metadata stand among the tensors, where their name belongs.
    const auto behind = tensors.lower_bound("__metadata__");
    for (auto at = tensors.begin(); at != behind; ++at) write_entry(to, at->first, at->second);
    to.name("__metadata__").open('{');
    for (const auto& [key, value] : metadata) to.name(key).text(value);
    to.close('}');
    for (auto at = behind; at != tensors.end(); ++at) write_entry(to, at->first, at->second);
    return to.close('}').json();
  }

 private:
  static void write_entry(internal::json_writer& to, const std::string& name, const tensor_entry& t) {
    to.name(name).open('{').name("data_offsets").open('[').whole(t.begin).whole(t.end).close(']');
    to.name("dtype").text(t.dtype).name("shape").open('[');
    for (const std::uint64_t n : t.shape) to.whole(n);
    to.close(']').close('}');
  }
};

/// Most entries of a header, tensors and metadata together. An entry of a few characters takes a hundred bytes of
/// memory; a checkpoint has some hundred entries.
inline constexpr std::size_t max_entries = 65536;

/// Most dimensions of a tensor; NumPy's limit.
inline constexpr std::size_t max_rank = 32;

/// Bytes an element takes; 0 if Headroom does not store that type.
[[nodiscard]] inline std::uint64_t dtype_bytes(std::string_view dtype) noexcept {
  if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
  if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
  return dtype == "U8" ? 1 : 0;
}

/// The bytes of a tensor, nothing if they are 2^64 or more.
[[nodiscard]] inline std::optional<std::uint64_t> tensor_bytes(const std::vector<std::uint64_t>& shape,
                                                               std::uint64_t bytes_per_element) {
  std::uint64_t bytes = bytes_per_element;
  for (const std::uint64_t n : shape) {
    if (n != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / n) return std::nullopt;
    bytes *= n;
  }
  return bytes;
}

/// A name from a file, made safe for a message: quoted, control characters escaped, at most 64 bytes.
[[nodiscard]] inline std::string in_quotes(std::string_view name) {
  const std::string text = internal::json_text(name.substr(0, 64));
  return name.size() <= 64 ? text : text + "...";
}

[[nodiscard]] inline std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const std::uint64_t n : shape) text.append(text.size() > 1 ? ", " : "").append(to_text(n));
  return text + "]";
}

/// The names in the order of their data. Refuses types that Headroom does not store, shapes that overflow or
/// contradict their offsets, and data that overlaps, has gaps, or does not fill the `data_bytes` of the file exactly.
/// O(n log n).
[[nodiscard]] inline std::vector<std::string> check_layout(const std::filesystem::path& file,
                                                           const safetensors_header& header, std::uint64_t data_bytes) {
  std::vector<std::string> order;
  for (const auto& entry : header.tensors) {
    const auto& [name, t] = entry;
    const auto refuse = [&](const std::string& reason) {
      throw checkpoint_error(file, "tensor " + in_quotes(entry.first) + ": " + reason);
    };
    if (dtype_bytes(t.dtype) == 0)
      refuse("dtype is " + in_quotes(t.dtype) + ", must be F64, F32, I64, U64, I32, U32 or U8");
    const auto bytes = tensor_bytes(t.shape, dtype_bytes(t.dtype));
    if (!bytes) refuse("shape is " + shape_text(t.shape) + ", must take less than 2^64 bytes");
    const std::string offsets = "data_offsets are [" + to_text(t.begin) + ", " + to_text(t.end) + "], must ";
    if (t.begin > t.end) refuse(offsets + "not decrease");
    if (t.end - t.begin != *bytes) {
      refuse(offsets + "span " + to_text(*bytes) + " bytes for shape " + shape_text(t.shape) + " of " + t.dtype);
    }
    order.push_back(name);
  }
  std::sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    const tensor_entry& x = header.tensors.at(a);
    const tensor_entry& y = header.tensors.at(b);
    return std::tie(x.begin, x.end, a) < std::tie(y.begin, y.end, b);
  });
  std::uint64_t end = 0;
  for (const std::string& name : order) {
    const tensor_entry& t = header.tensors.at(name);
    if (t.begin != end) {
      throw checkpoint_error(file, "tensor " + in_quotes(name) + ": data begins at byte " + to_text(t.begin) +
                                       ", must begin at " + to_text(end) + " where the data before it ends");
    }
    end = t.end;
  }
  if (end != data_bytes) {
    throw checkpoint_error(
        file, "data section is " + to_text(data_bytes) + " bytes, must be the " + to_text(end) + " of the tensors");
  }
  return order;
}

}  // namespace headroom
