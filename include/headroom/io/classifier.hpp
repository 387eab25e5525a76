#pragma once

#include <cstddef>      // std::byte, std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <functional>   // std::less
#include <set>          // std::set
#include <span>         // std::span, std::as_writable_bytes
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <nlohmann/json.hpp>

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/policies/classifier.hpp>

/// Reading a classifier from a JSON file of plain numbers,
///
///     {"mean": [...], "scale": [...], "layers": [{"weights": [[...], ...], "bias": [...]}, ...],
///      "probes": [{"input": [...], "class": 2}, ...]}
///
/// with (inputs, outputs) weights; other entries are ignored. `probes` may be missing: inputs of which the author says
/// what they are, to find out whether the numbers arrived as they were meant.
namespace headroom {

/// The content of such a file.
struct classifier_file {
  struct probe {
    std::vector<double> input;
    std::size_t named = 0;  ///< the class
  };
  classifier net;
  std::vector<probe> probes;
};

namespace classifier_json {

using nlohmann::json;

inline constexpr std::uint64_t largest_file = 4U << 20U;  // bytes; the published one has 66 kB
inline constexpr int deepest = 6;                         // the format needs 5

// The file's own document. What is too deep or says a name twice is refused while it is read, before it takes memory
// that its size does not explain.
class document {
 public:
  explicit document(const std::filesystem::path& file) : file_(file) {
    input_file in(file);
    if (in.size() > largest_file) {
      throw file_error(file, "has " + to_text(in.size()) + " bytes, must have at most " + to_text(largest_file));
    }
    std::string text(static_cast<std::size_t>(in.size()), '\0');
    in.read(std::as_writable_bytes(std::span(text)));
    // The lexer takes a zero byte for the end of its input and would ignore the rest.
    if (text.find('\0') != text.npos) refuse("has a zero byte at " + to_text(text.find('\0')) + ", must be JSON");
    std::vector<std::set<std::string, std::less<>>> names;
    const auto look = [&](int depth, json::parse_event_t event, json& value) {
      if (depth > deepest) refuse("is nested deeper than " + to_text(deepest));
      if (event == json::parse_event_t::object_start) names.emplace_back();
      if (event == json::parse_event_t::object_end) names.pop_back();
      if (event == json::parse_event_t::key && !names.back().insert(value.get<std::string>()).second) {
        refuse("entry " + shown(value) + " appears twice, must appear once");
      }
      return true;
    };
    try {
      root_ = json::parse(text, look);
    } catch (const json::parse_error& e) {
      refuse("is not JSON from byte " + to_text(e.byte) + " on");
    } catch (const json::exception&) {
      refuse("is not JSON that can be read: a number or a text is beyond its bounds");
    }
    if (!root_.is_object()) refuse(std::string("is ") + kind(root_) + ", must be an object");
  }

  [[nodiscard]] const json& root() const noexcept { return root_; }
  [[noreturn]] void refuse(const std::string& reason) const { throw file_error(file_, reason); }

  // The entry `name` of an object; `where` names the object.
  [[nodiscard]] const json& at(const json& object, const char* name, const std::string& where) const {
    if (!object.is_object()) refuse(where + " is " + kind(object) + ", must be an object");
    const auto found = object.find(name);
    if (found == object.end()) refuse("there is no " + joined(where, name) + ", must be there");
    return *found;
  }
  [[nodiscard]] const json& list(const json& value, const std::string& where) const {
    if (!value.is_array()) refuse(where + " is " + kind(value) + ", must be a list");
    return value;
  }
  [[nodiscard]] std::vector<double> numbers(const json& value, const std::string& where) const {
    std::vector<double> all;
    for (const json& x : list(value, where)) {
      if (!x.is_number()) refuse(where + '[' + to_text(all.size()) + "] is " + kind(x) + ", must be a number");
      all.push_back(x.get<double>());
    }
    return all;
  }
  [[nodiscard]] static std::string joined(const std::string& where, std::string_view name) {
    return where.empty() ? std::string(name) : where + '.' + std::string(name);
  }

 private:
  [[nodiscard]] static const char* kind(const json& value) {
    switch (value.type()) {
      case json::value_t::object:
        return "an object";
      case json::value_t::array:
        return "a list";
      case json::value_t::string:
        return "a text";
      case json::value_t::boolean:
        return "a boolean";
      case json::value_t::null:
        return "null";
      default:
        return "a number";
    }
  }
  // A name from a file, made safe for a message.
  [[nodiscard]] static std::string shown(const json& name) {
    const auto text = json(name.get<std::string>().substr(0, 40));
    return text.dump(-1, ' ', true, json::error_handler_t::replace);
  }

  std::filesystem::path file_;
  json root_;
};

}  // namespace classifier_json

/// Errors: file_error "FILE: sentence" for a file that cannot be read, is not such JSON, has more than 4 MiB, or has
/// numbers that do not fit together. The probes are not checked; the caller may check them.
[[nodiscard]] inline classifier_file read_classifier(const std::filesystem::path& file) {
  using classifier_json::json;
  const classifier_json::document d(file);
  classifier_numbers n;
  n.mean = d.numbers(d.at(d.root(), "mean", ""), "mean");
  n.scale = d.numbers(d.at(d.root(), "scale", ""), "scale");
  for (const json& layer : d.list(d.at(d.root(), "layers", ""), "layers")) {
    const std::string where = "layers[" + to_text(n.layers.size()) + ']';
    classifier_numbers::layer to;
    for (const json& row : d.list(d.at(layer, "weights", where), where + ".weights")) {
      to.weights.push_back(d.numbers(row, where + ".weights[" + to_text(to.weights.size()) + ']'));
    }
    to.bias = d.numbers(d.at(layer, "bias", where), where + ".bias");
    n.layers.push_back(std::move(to));
  }
  try {
    classifier_file read{classifier(n), {}};
    if (!d.root().contains("probes")) return read;
    for (const json& probe : d.list(d.at(d.root(), "probes", ""), "probes")) {
      const std::string where = "probes[" + to_text(read.probes.size()) + ']';
      classifier_file::probe p{d.numbers(d.at(probe, "input", where), where + ".input"), 0};
      if (p.input.size() != read.net.inputs()) {
        d.refuse(where + ".input has " + to_text(p.input.size()) + " numbers, must have " + to_text(read.net.inputs()));
      }
      const json& named = d.at(probe, "class", where);
      if (!named.is_number_unsigned() || named.get<std::uint64_t>() >= read.net.classes()) {
        d.refuse(where + ".class is none, must be a whole number below " + to_text(read.net.classes()));
      }
      p.named = named.get<std::size_t>();
      read.probes.push_back(std::move(p));
    }
    return read;
  } catch (const std::invalid_argument& e) {
    throw file_error(file, e.what());
  }
}

}  // namespace headroom
