#pragma once

#include <cmath>        // std::isnan
#include <concepts>     // std::same_as
#include <cstddef>      // std::byte, std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <functional>   // std::less
#include <limits>       // std::numeric_limits
#include <map>          // std::map
#include <span>         // std::span, std::as_bytes
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::is_arithmetic_v
#include <utility>      // std::exchange, std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/checkpoint_file.hpp>
#include <headroom/io/internal/safetensors.hpp>
#include <headroom/io/internal/safetensors_reader.hpp>
#include <headroom/io/internal/stored_tensor.hpp>
#include <headroom/io/internal/utf8.hpp>

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

class checkpoint {
 public:
  static constexpr std::uint64_t format_version = 1;  ///< written; all versions up to it can be read

  // Tensors, row-major. The shape {} is one number; a dimension of 0 means no numbers.

  /// Copies `values`. Errors: std::invalid_argument for a name that is empty, taken, reserved or not UTF-8, for a
  /// number of values that does not fit the shape, and for NaN and infinity: a diverged learner must not overwrite a
  /// good one.
  template <internal::Contiguous Values>
  requires TensorScalar<internal::element_of<const Values>>
  void add(const std::string& name, const std::vector<std::uint64_t>& shape, const Values& values) {
    put(name, {shape, std::span<const internal::element_of<const Values>>(std::data(values), std::size(values))});
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
    return expect(name, dtype_of<T>, expected_shape).template values<T>();
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

  // A checkpoint in a part of another one, for what holds several things that each write a whole one.

  /// Copies everything of `other`; its names stand behind this prefix. Errors: as for `add` and `set`.
  void add_part(const std::string& prefix, const checkpoint& other) {
    for (const auto& [key, value] : other.settings_) set(prefix + key, value);
    for (const auto& [name, t] : other.tensors_) put(prefix + name, stored_tensor(t));
  }
  /// What stands behind this prefix, without it: what add_part copied. Empty if nothing does.
  [[nodiscard]] checkpoint part(std::string_view prefix) const {
    checkpoint c;
    c.source_ = source_;
    for (const auto& [key, value] : settings_) {
      if (key.starts_with(prefix)) c.settings_.emplace(key.substr(prefix.size()), value);
    }
    for (const auto& [name, t] : tensors_) {
      if (name.starts_with(prefix)) c.tensors_.emplace(name.substr(prefix.size()), t);
    }
    return c;
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
    require(internal::is_utf8(text), "checkpoint", what, in_quotes(text), "be UTF-8");
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

  void put(const std::string& name, stored_tensor&& t) {
    require_text("tensor name", name);
    require(!name.empty() && name != "__metadata__", "checkpoint", "tensor name", in_quotes(name),
            "be neither empty nor __metadata__");
    require(!contains(name), "checkpoint", "tensor name", in_quotes(name), "be new");
    require(t.shape.size() <= max_rank, "checkpoint", "number of dimensions of " + in_quotes(name), t.shape.size(),
            "be at most " + to_text(max_rank));
    const std::uint64_t width = dtype_bytes(t.dtype());
    const std::uint64_t bytes = t.bytes().size();
    require(tensor_bytes(t.shape, width) == bytes, "checkpoint", "number of values of " + in_quotes(name),
            bytes / width, "fill the shape " + shape_text(t.shape));
    const std::string bad = t.not_finite();
    if (!bad.empty()) {
      throw std::invalid_argument("checkpoint: tensor " + in_quotes(name) + ": " + bad + ", must be finite");
    }
    tensors_.emplace(name, std::move(t));
  }
  // The tensor, if a program may take its values for `dtype` and that shape.
  [[nodiscard]] const stored_tensor& expect(std::string_view name, std::string_view dtype,
                                            const std::vector<std::uint64_t>& shape) const {
    const stored_tensor& t = find(name);
    if (t.dtype() != dtype) {
      refuse("tensor " + in_quotes(name) + " is of " + to_text(t.dtype()) + ", must be of " + to_text(dtype));
    }
    if (t.shape != shape) {
      refuse("tensor " + in_quotes(name) + " has shape " + shape_text(t.shape) + ", must have " + shape_text(shape));
    }
    return t;
  }
  // The data section of a file whose layout was checked.
  void take_tensors(input_file& in, safetensors_header& header, const std::vector<std::string>& order,
                    const std::string& expected) {
    crc64 sum = checksum_start(header);
    for (const std::string& name : order) {
      const tensor_entry& t = header.tensors.at(name);
      stored_tensor& to = tensors_[name] = stored_tensor::zeros(t.shape, t.dtype, t.end - t.begin);
      in.read(to.bytes());
      sum.update(to.bytes());
    }
    if (sum.text() != expected) {
      refuse("checksum is \"" + sum.text() + "\", must be the " + in_quotes(expected) + " that was written");
    }
    for (const auto& [name, t] : tensors_) {
      const std::string bad = t.not_finite();
      if (!bad.empty()) refuse("tensor " + in_quotes(name) + ": " + bad + ", must be finite");
    }
  }

  std::filesystem::path source_ = "checkpoint";  // for messages
  std::map<std::string, std::string, std::less<>> settings_;
  std::map<std::string, stored_tensor, std::less<>> tensors_;
};

/// Writes `c` atomically: a crash leaves the old file or the new. The widest elements come first,
/// so that every tensor is aligned for a reader that maps the file; the same content gives the same bytes, whatever
/// the order of the calls. Errors: checkpoint_error, and then the old file is as it was (write_atomically).
inline void save(const checkpoint& c, const std::filesystem::path& file) {
  require(c.settings_.size() + c.tensors_.size() + 3 <= max_entries, "checkpoint", "number of settings and tensors",
          c.settings_.size() + c.tensors_.size(), "be at most " + to_text(max_entries - 3));
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
  try {
    input_file in(file);
    std::string json = internal::header_text(file, in, limits);
    const std::uint64_t data_bytes = in.size() - 8 - json.size();
    safetensors_header header = parse_safetensors_header(file, json);
    std::string().swap(json);
    const std::string expected = internal::checksum_of(file, header, checkpoint::format_version);
    const std::vector<std::string> order = check_layout(file, header, data_bytes);
    checkpoint c;
    c.source_ = file;
    c.take_tensors(in, header, order, expected);
    for (auto& [key, value] : header.metadata) {
      if (!checkpoint::reserved(key)) c.settings_.emplace(key, std::move(value));
    }
    return c;
  } catch (const file_error& e) {
    throw checkpoint_error(e.file(), e.reason());
  }
}

}  // namespace headroom
