#pragma once

#include <cstddef>     // std::size_t
#include <filesystem>  // std::filesystem::path
#include <optional>    // std::optional
#include <stdexcept>   // std::invalid_argument
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/json_document.hpp>
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

/// Errors: file_error "FILE: sentence" for a file that cannot be read, is not such JSON, has more than 4 MiB, or has
/// numbers that do not fit together. The probes are not checked; the caller may check them.
[[nodiscard]] inline classifier_file read_classifier(const std::filesystem::path& file) {
  using internal::json_value;
  const internal::json_document d(file, {.bytes = 4U << 20U, .depth = 6});  // the published one has 66 kB; 5 are needed
  classifier_numbers n;
  n.mean = d.numbers(d.at(d.root(), "mean", ""), "mean");
  n.scale = d.numbers(d.at(d.root(), "scale", ""), "scale");
  std::size_t inputs = n.mean.size();
  d.each(d.at(d.root(), "layers", ""), "layers", [&](const json_value& layer) {
    const std::string where = "layers[" + to_text(n.layers.size()) + ']';
    classifier_numbers::layer to;
    const json_value weights = d.at(layer, "weights", where);
    const std::size_t rows = d.size(weights, where + ".weights");
    // Before memory is taken for them: a row of one number takes many times its text.
    if (rows != inputs) {
      d.refuse("classifier: number of rows of the weights of layer " + to_text(n.layers.size()) + " is " +
               to_text(rows) + ", must be the layer's number of inputs, " + to_text(inputs));
    }
    to.weights.reserve(rows);
    d.each(weights, where + ".weights", [&](const json_value& row) {
      to.weights.push_back(d.numbers(row, where + ".weights[" + to_text(to.weights.size()) + ']'));
    });
    to.bias = d.numbers(d.at(layer, "bias", where), where + ".bias");
    inputs = to.bias.size();
    n.layers.push_back(std::move(to));
  });
  try {
    classifier_file read{classifier(n), {}};
    const std::optional<json_value> probes = d.find(d.root(), "probes");
    if (!probes) return read;
    d.each(*probes, "probes", [&](const json_value& probe) {
      const std::string where = "probes[" + to_text(read.probes.size()) + ']';
      classifier_file::probe p{d.numbers(d.at(probe, "input", where), where + ".input"), 0};
      if (p.input.size() != read.net.inputs()) {
        d.refuse(where + ".input has " + to_text(p.input.size()) + " numbers, must have " + to_text(read.net.inputs()));
      }
      const json_value named = d.at(probe, "class", where);
      if (named.kind != json_value::is::whole || named.whole >= read.net.classes()) {
        d.refuse(where + ".class is none, must be a whole number below " + to_text(read.net.classes()));
      }
      p.named = static_cast<std::size_t>(named.whole);
      read.probes.push_back(std::move(p));
    });
    return read;
  } catch (const std::invalid_argument& e) {
    throw file_error(file, e.what());
  }
}

}  // namespace headroom
