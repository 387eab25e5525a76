#pragma once

#include <charconv>      // std::from_chars
#include <cmath>         // std::isnan
#include <concepts>      // std::same_as
#include <cstddef>       // std::byte, std::size_t
#include <cstdint>       // std::uint64_t
#include <filesystem>    // std::filesystem::path
#include <functional>    // std::less
#include <limits>        // std::numeric_limits
#include <map>           // std::map
#include <optional>      // std::optional
#include <ranges>        // std::ranges::contiguous_range
#include <span>          // std::span, std::as_bytes
#include <stdexcept>     // std::invalid_argument
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc
#include <type_traits>   // std::is_arithmetic_v
#include <utility>       // std::exchange, std::move
#include <variant>       // std::get_if
#include <vector>        // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/safetensors.hpp>
#include <headroom/io/internal/stored_tensor.hpp>

/// What Headroom saves and loads: named tensors and named settings in one safetensors file.
///
///     checkpoint c;
///     c.set("discount", 0.95);
///     c.add("q", {states, actions}, values);
///     save(c, "sarsa.safetensors");
///     const checkpoint d = load("sarsa.safetensors");
///     d.setting<double>("discount");                        // the same bits
///     d.get<double>("q", {states, actions});                // a span, or a sentence that names both shapes
///
/// The file's metadata holds the settings and three entries of ours: format "headroom", format_version "1" and
/// checksum, the crc64 of safetensors_header::json() without the checksum itself, followed by the data section. So
/// damage anywhere is refused, while another tool may reorder or indent the header.
namespace headroom {

/// The inverse of to_text: reads all of `text` as one Number or bool. Nothing if it is anything else, out of range, or
/// NaN.
template <class Number>
requires std::is_arithmetic_v<Number>
[[nodiscard]] std::optional<Number> from_text(std::string_view text) {
  if constexpr (std::same_as<Number, bool>) {
    if (text != "true" && text != "false") return std::nullopt;
    return text == "true";
  } else {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if constexpr (std::is_floating_point_v<Number>) {
      if (std::isnan(value)) return std::nullopt;
    }
    return value;
  }
}

/// Limits on the size of a file, checked before memory is allocated.
struct load_limits {
  std::uint64_t max_bytes = std::uint64_t{1} << 30U;         ///< of the whole file; 1 GiB
  std::uint64_t max_header_bytes = std::uint64_t{1} << 24U;  ///< of the JSON; 16 MiB
};

class checkpoint {
 public:
  static constexpr std::uint64_t format_version = 1;  ///< written; all versions up to it can be read

  // Tensors, row-major. The shape {} is one number; a dimension of 0 means no numbers.

  /// Copies `values`. Errors: std::invalid_argument for a name that is empty, taken, reserved or not UTF-8, for a
  /// number of values that does not fit the shape, and for NaN and infinity: a diverged learner must not overwrite a
  /// good one.
  template <std::ranges::contiguous_range Values>
  requires std::ranges::sized_range<Values> && TensorScalar<std::ranges::range_value_t<Values>>
  void add(const std::string& name, const std::vector<std::uint64_t>& shape, const Values& values) {
    using scalar = std::ranges::range_value_t<Values>;
    require_text("tensor name", name);
    require(!name.empty() && name != "__metadata__", "checkpoint", "tensor name", in_quotes(name),
            "be neither empty nor __metadata__");
    require(!contains(name), "checkpoint", "tensor name", in_quotes(name), "be new");
    require(shape.size() <= max_rank, "checkpoint", "number of dimensions of " + in_quotes(name), shape.size(),
            "be at most " + to_text(max_rank));
    const std::size_t n = std::ranges::size(values);
    require(tensor_bytes(shape, sizeof(scalar)) == n * sizeof(scalar), "checkpoint",
            "number of values of " + in_quotes(name), n, "fill the shape " + shape_text(shape));
    stored_tensor t{shape, std::vector<scalar>(std::ranges::data(values), std::ranges::data(values) + n)};
    const std::string bad = t.not_finite();
    if (!bad.empty()) {
      throw std::invalid_argument("checkpoint: tensor " + in_quotes(name) + ": " + bad + ", must be finite");
    }
    tensors_.emplace(name, std::move(t));
  }

  [[nodiscard]] bool contains(std::string_view name) const { return tensors_.find(name) != tensors_.end(); }

  /// In the order of their bytes.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : tensors_) all.push_back(entry.first);
    return all;
  }

  /// Errors: checkpoint_error if there is no such tensor.
  [[nodiscard]] const std::vector<std::uint64_t>& shape(std::string_view name) const { return find(name).shape; }

  /// The values, valid as long as the checkpoint lives. Errors: checkpoint_error if the tensor is missing, of another
  /// type or of another shape.
  template <TensorScalar T>
  [[nodiscard]] std::span<const T> get(std::string_view name, const std::vector<std::uint64_t>& expected_shape) const {
    const stored_tensor& t = find(name);
    const auto* values = std::get_if<std::vector<T>>(&t.values);
    if (values == nullptr) {
      refuse("tensor " + in_quotes(name) + " is of " + to_text(t.dtype()) + ", must be of " + to_text(dtype_of<T>));
    }
    if (t.shape != expected_shape) {
      refuse("tensor " + in_quotes(name) + " has shape " + shape_text(t.shape) + ", must have " +
             shape_text(expected_shape));
    }
    return *values;
  }

  // Settings: text by name. Setting one again replaces it.

  /// Errors: std::invalid_argument for a key that is reserved, and for text that is not UTF-8.
  void set(const std::string& key, std::string_view value) {
    require(!reserved(key), "checkpoint", "setting", in_quotes(key), "not be format, format_version or checksum");
    require_text("setting", key);
    require_text("value of " + in_quotes(key), value);
    settings_[key] = std::string(value);
  }
  /// Writes a number as the shortest text that reads back as the same bits. Infinities are allowed, NaN is refused.
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void set(const std::string& key, Number value) {
    if constexpr (std::is_floating_point_v<Number>) {
      require(!std::isnan(value), "checkpoint", "value of " + in_quotes(key), value, "be a number");
    }
    set(key, std::string_view(to_text(value)));
  }

  [[nodiscard]] bool has(std::string_view key) const { return settings_.find(key) != settings_.end(); }
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& settings() const noexcept { return settings_; }

  /// Errors: checkpoint_error if there is no such setting.
  [[nodiscard]] const std::string& text(std::string_view key) const {
    const auto found = settings_.find(key);
    if (found == settings_.end()) refuse("setting " + in_quotes(key) + " is missing");
    return found->second;
  }
  /// A number or a bool. Errors: checkpoint_error if it is missing, or if its text is anything but one Number in its
  /// range.
  template <class Number>
  requires std::is_arithmetic_v<Number>
  [[nodiscard]] Number setting(std::string_view key) const {
    const std::string& all = text(key);
    const auto value = from_text<Number>(all);
    if (!value) refuse("setting " + in_quotes(key) + " is " + in_quotes(all) + ", must be " + law_of<Number>());
    return *value;
  }

  /// The file that it was loaded from, otherwise "checkpoint"; for messages.
  [[nodiscard]] const std::filesystem::path& source() const noexcept { return source_; }

  /// Same settings, same tensors; the source does not matter.
  friend bool operator==(const checkpoint& a, const checkpoint& b) {
    return a.settings_ == b.settings_ && a.tensors_ == b.tensors_;
  }

  friend void save(const checkpoint& c, const std::filesystem::path& file);
  friend checkpoint load(const std::filesystem::path& file, const load_limits& limits);

 private:
  [[nodiscard]] static bool reserved(std::string_view key) {
    return key == "format" || key == "format_version" || key == "checksum";
  }
  // Refuses what the JSON writer would refuse, where the mistake is made.
  static void require_text(std::string_view what, std::string_view text) {
    bool utf8 = true;
    try {
      (void)nlohmann::json(std::string(text)).dump();
    } catch (const nlohmann::json::type_error&) {
      utf8 = false;
    }
    require(utf8, "checkpoint", what, in_quotes(text), "be UTF-8");
  }
  template <class Number>
  [[nodiscard]] static std::string law_of() {
    using limits = std::numeric_limits<Number>;
    if constexpr (std::same_as<Number, bool>)
      return "true or false";
    else if constexpr (std::is_floating_point_v<Number>)
      return "a number";
    else
      return "a whole number from " + to_text(limits::min()) + " to " + to_text(limits::max());
  }
  [[noreturn]] void refuse(const std::string& reason) const { throw checkpoint_error(source_, reason); }
  [[nodiscard]] const stored_tensor& find(std::string_view name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) refuse("tensor " + in_quotes(name) + " is missing");
    return found->second;
  }

  std::filesystem::path source_ = "checkpoint";  // for messages
  std::map<std::string, std::string, std::less<>> settings_;
  std::map<std::string, stored_tensor, std::less<>> tensors_;
};

/// The checksum of a file with this header and this data, without the header's own checksum.
[[nodiscard]] inline crc64 checksum_start(safetensors_header header) {
  header.metadata.erase("checksum");
  const std::string json = header.json();
  crc64 sum;
  sum.update(std::as_bytes(std::span(json)));
  return sum;
}

/// Writes `c` atomically: a crash leaves the old file or the new. The widest elements come first,
/// so that every tensor is aligned for a reader that maps the file; the same content gives the same bytes, whatever
/// the order of the calls. Errors: checkpoint_error, and then the old file is as it was (write_atomically).
inline void save(const checkpoint& c, const std::filesystem::path& file) {
  safetensors_header header;
  header.metadata.insert(c.settings_.begin(), c.settings_.end());
  header.metadata["format"] = "headroom";
  header.metadata["format_version"] = to_text(checkpoint::format_version);
  std::vector<std::span<const std::byte>> pieces(2);  // length and header, known last
  std::uint64_t end = 0;
  for (const std::uint64_t width : {8U, 4U, 1U}) {
    for (const auto& [name, t] : c.tensors_) {
      if (dtype_bytes(t.dtype()) != width) continue;
      pieces.push_back(t.bytes());
      const std::uint64_t begin = std::exchange(end, end + pieces.back().size());
      header.tensors[name] = {std::string(t.dtype()), t.shape, begin, end};
    }
  }
  crc64 sum = checksum_start(header);
  for (const auto& piece : pieces) sum.update(piece);
  header.metadata["checksum"] = sum.text();
  std::string json = header.json();
  json.append((8 - json.size() % 8) % 8, ' ');
  const std::uint64_t length = json.size();
  pieces[0] = std::as_bytes(std::span(&length, 1));
  pieces[1] = std::as_bytes(std::span(json));
  try {
    write_atomically(file, pieces);
  } catch (const file_error& e) {
    throw checkpoint_error(e.file(), e.reason());
  }
}

/// What `save` wrote, bit for bit. Whatever contradicts itself, its size or the limits is refused before memory is
/// reserved for its contents, and damage, NaN and infinity after; nothing in the file is executed.
/// Errors: checkpoint_error, "FILE: sentence with the value and the law". O(size).
[[nodiscard]] inline checkpoint load(const std::filesystem::path& file, const load_limits& limits = {}) {
  const auto refuse = [&](const std::string& reason) { throw checkpoint_error(file, reason); };
  try {
    input_file in(file);
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
    safetensors_header header = parse_safetensors_header(file, json);

    const auto ours = [&](const char* key, const char* law) {
      const auto found = header.metadata.find(key);
      if (found == header.metadata.end()) refuse("metadata \"" + std::string(key) + "\" is missing, must be " + law);
      return found->second;
    };
    if (const auto format = ours("format", "\"headroom\""); format != "headroom") {
      refuse("metadata \"format\" is " + in_quotes(format) + ", must be \"headroom\"");
    }
    const std::string version = ours("format_version", "a version");
    const auto number = from_text<std::uint64_t>(version);
    if (!number || *number == 0) {
      refuse("metadata \"format_version\" is " + in_quotes(version) + ", must be a whole number of at least 1");
    }
    if (*number > checkpoint::format_version) {
      refuse("written by a newer Headroom: format_version is " + to_text(*number) + ", this one reads up to " +
             to_text(checkpoint::format_version));
    }
    const std::string expected = ours("checksum", "sixteen hexadecimal digits");
    const std::vector<std::string> order = check_layout(file, header, in.size() - 8 - length);

    checkpoint c;
    c.source_ = file;
    crc64 sum = checksum_start(header);
    for (const std::string& name : order) {
      const tensor_entry& t = header.tensors.at(name);
      stored_tensor& to = c.tensors_[name] = stored_tensor::zeros(t.shape, t.dtype, t.end - t.begin);
      in.read(to.bytes());
      sum.update(to.bytes());
    }
    if (sum.text() != expected) {
      refuse("checksum is \"" + sum.text() + "\", must be the " + in_quotes(expected) + " that was written");
    }
    for (const auto& [name, t] : c.tensors_) {
      const std::string bad = t.not_finite();
      if (!bad.empty()) refuse("tensor " + in_quotes(name) + ": " + bad + ", must be finite");
    }
    for (const auto& [key, value] : header.metadata) {
      if (!checkpoint::reserved(key)) c.settings_.emplace(key, value);
    }
    return c;
  } catch (const file_error& e) {
    throw checkpoint_error(e.file(), e.reason());
  }
}

}  // namespace headroom
