#pragma once

#include <algorithm>    // std::find, std::sort
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t, std::int64_t
#include <filesystem>   // std::filesystem::path
#include <limits>       // std::numeric_limits
#include <map>          // std::map
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <tuple>        // std::tie
#include <utility>      // std::exchange, std::move
#include <vector>       // std::vector

#include <nlohmann/json.hpp>

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>

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
    nlohmann::json all = nlohmann::json::object();
    all["__metadata__"] = metadata;
    for (const auto& [name, t] : tensors) {
      all[name] = {{"dtype", t.dtype}, {"shape", t.shape}, {"data_offsets", {t.begin, t.end}}};
    }
    return all.dump();
  }
};

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
  using nlohmann::json;
  const auto text = json(std::string(name.substr(0, 64))).dump(-1, ' ', false, json::error_handler_t::replace);
  return name.size() <= 64 ? text : text + "...";
}

[[nodiscard]] inline std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const std::uint64_t n : shape) text.append(text.size() > 1 ? ", " : "").append(to_text(n));
  return text + "]";
}

/// Receives the header token by token. A document tree would silently keep the last of two equal names, and would be
/// built before it can be checked, however deep and large it is. A token that the format does not have is refused at
/// once.
class safetensors_reader {
 public:
  explicit safetensors_reader(const std::filesystem::path& file) : file_(file) {}
  [[nodiscard]] safetensors_header take() { return std::move(header_); }

  bool null() { return wrong("null"); }
  bool boolean(bool) { return wrong("a boolean"); }
  bool number_integer(std::int64_t) { return wrong("a negative number"); }
  bool number_float(double, const std::string&) { return wrong("a number that is not whole or too large"); }
  bool binary(nlohmann::json::binary_t&) { return wrong("binary"); }
  bool number_unsigned(std::uint64_t value) {
    if (place_ != place::list) return wrong("a number");
    list_->push_back(value);
    if (list_->size() > (field_ == "shape" ? max_rank : 2)) {
      refuse(subject() + " has more than " + (field_ == "shape" ? to_text(max_rank) + " dimensions" : "two numbers"));
    }
    return true;
  }
  bool string(std::string& value) {
    if (place_ == place::metadata)
      header_.metadata[field_] = std::move(value);
    else if (place_ == place::tensor && field_ == "dtype")
      tensor_->dtype = std::move(value);
    else
      return wrong("a string");
    return true;
  }
  bool start_object(std::size_t) {
    if (place_ == place::outside)
      place_ = place::root;
    else if (place_ == place::root)
      place_ = name_ == "__metadata__" ? place::metadata : place::tensor;
    else
      return wrong("an object");
    seen_.clear();
    return true;
  }
  bool key(std::string& value) {
    if (place_ == place::root) {
      name_ = std::move(value);
      const bool metadata = name_ == "__metadata__";
      const bool twice = metadata ? std::exchange(metadata_seen_, true) : header_.tensors.contains(name_);
      if (twice) refuse(subject() + " appears twice, must appear once");
      if (!metadata) tensor_ = &header_.tensors[name_];
      return true;
    }
    field_ = std::move(value);
    if (place_ == place::tensor && field_ != "dtype" && field_ != "shape" && field_ != "data_offsets") {
      refuse(subject() + " is unknown, must be dtype, shape or data_offsets");
    }
    const bool twice = place_ == place::metadata ? header_.metadata.contains(field_)
                                                 : std::find(seen_.begin(), seen_.end(), field_) != seen_.end();
    if (twice) refuse(subject() + " appears twice, must appear once");
    if (place_ == place::tensor) seen_.push_back(field_);
    return true;
  }
  bool end_object() {
    if (place_ == place::tensor && seen_.size() < 3) {
      refuse("tensor " + in_quotes(name_) + " has " + to_text(seen_.size()) +
             " fields, must have dtype, shape and data_offsets");
    }
    place_ = place_ == place::root ? place::outside : place::root;
    return true;
  }
  bool start_array(std::size_t) {
    if (place_ != place::tensor || field_ == "dtype") return wrong("an array");
    place_ = place::list;
    list_ = field_ == "shape" ? &tensor_->shape : &offsets_;
    offsets_.clear();
    return true;
  }
  bool end_array() {
    if (field_ == "data_offsets") {
      if (offsets_.size() != 2) refuse(subject() + " has " + to_text(offsets_.size()) + " numbers, must have two");
      tensor_->begin = offsets_[0];
      tensor_->end = offsets_[1];
    }
    place_ = place::tensor;
    return true;
  }
  template <class Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception&) {
    refuse("header is not JSON from its byte " + to_text(position) + " on, must be a JSON object");
    return false;
  }

 private:
  enum class place { outside, root, metadata, tensor, list };

  [[noreturn]] void refuse(const std::string& reason) const { throw checkpoint_error(file_, reason); }
  [[nodiscard]] std::string subject() const {
    if (place_ == place::metadata) return "metadata " + in_quotes(field_);
    const std::string tensor = "tensor " + in_quotes(name_);
    if (place_ == place::tensor || place_ == place::list) return tensor + ": " + in_quotes(field_);
    return name_ == "__metadata__" ? name_ : tensor;
  }
  bool wrong(const std::string& kind) const {
    if (place_ == place::list) refuse(subject() + " holds " + kind + ", must hold whole numbers from 0 to 2^64 - 1");
    const bool text = place_ == place::metadata || field_ == "dtype";
    const std::string law = place_ == place::root ? "an object" : text ? "a string" : "an array";
    refuse(subject() + " is " + kind + ", must be " + law);
  }

  std::filesystem::path file_;
  safetensors_header header_;
  place place_ = place::outside;
  bool metadata_seen_ = false;
  std::string name_;   // of the tensor
  std::string field_;  // within the tensor or the metadata
  std::vector<std::string> seen_;
  tensor_entry* tensor_ = nullptr;
  std::vector<std::uint64_t>* list_ = nullptr;
  std::vector<std::uint64_t> offsets_;
};

/// The header in `text`, its grammar checked and nothing more. `file` is for messages. Errors: checkpoint_error.
/// O(size of text), without recursion.
[[nodiscard]] inline safetensors_header parse_safetensors_header(const std::filesystem::path& file,
                                                                 std::string_view text) {
  if (!text.starts_with('{')) throw checkpoint_error(file, "header does not begin with {, must be a JSON object");
  // The JSON lexer takes a zero byte for the end of its input and would ignore the rest.
  const auto zero = text.find('\0');
  if (zero != text.npos) throw checkpoint_error(file, "header has a zero byte at " + to_text(zero) + ", must be JSON");
  safetensors_reader reader(file);
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  return reader.take();
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
