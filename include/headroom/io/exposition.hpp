#pragma once

#include <cmath>        // std::isinf, std::isnan
#include <cstddef>      // std::size_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::pair
#include <vector>       // std::vector

#include <headroom/core/check.hpp>

namespace headroom {

/// Names and values of labels.
using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// Counters and gauges as the text that Prometheus scrapes (version 0.0.4). Samples of one name stand together, in the
/// order in which the names came first, whatever the order of the calls. O(samples x names). Throws
/// std::invalid_argument for a name or a label that Prometheus would refuse, for a counter whose name does not end in
/// `_total` or that is negative, for a name with two types, and for a sample that is there already.
///     exposition text;
///     text.counter("headroom_decisions_total", "Decisions, by who made them.", 12, {{"by", "policy"}});
///     reply(text.text(), exposition::content_type);
class exposition {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  void counter(std::string_view name, std::string_view help, double value, const metric_labels& labels = {}) {
    require(name.ends_with("_total"), "exposition", "counter", name, "end in _total");
    require_not_negative("exposition", name, value);
    add(name, help, "counter", value, labels);
  }
  /// NaN says that the value is not known, and an infinity is one.
  void gauge(std::string_view name, std::string_view help, double value, const metric_labels& labels = {}) {
    add(name, help, "gauge", value, labels);
  }

  [[nodiscard]] std::string text() const {
    std::string all;
    for (const family& f : families_) {
      all.append("# HELP ").append(f.name).append(" ").append(escaped(f.help, false)).append("\n# TYPE ");
      all.append(f.name).append(" ").append(f.type).append("\n");
      for (const auto& [labels, value] : f.samples)
        all.append(f.name).append(labels).append(" ").append(value).append("\n");
    }
    return all;
  }

 private:
  struct family {
    std::string name;
    std::string help;
    std::string type;
    std::vector<std::pair<std::string, std::string>> samples{};
  };

  void add(std::string_view name, std::string_view help, std::string_view type, double value,
           const metric_labels& labels) {
    require(is_name(name, true), "exposition", "name", name, "be of letters, digits, _ and :, and begin with no digit");
    std::string tags;
    for (const auto& [label, tag] : labels) {
      require(is_name(label, false) && !label.starts_with("__"), "exposition", "label", label,
              "be of letters, digits and _, and begin with no digit and no __");
      tags.append(tags.empty() ? "{" : ",").append(label).append("=\"").append(escaped(tag, true)).append("\"");
    }
    if (!tags.empty()) tags += '}';
    std::size_t at = 0;
    while (at < families_.size() && families_[at].name != name) ++at;
    if (at == families_.size()) families_.push_back({std::string(name), std::string(help), std::string(type)});
    family& f = families_[at];
    require(f.type == type, "exposition", name, type, "be a " + f.type + ", as it was before");
    for (const auto& sample : f.samples)
      require(sample.first != tags, "exposition", "sample", std::string(name) + tags, "be told once");
    f.samples.emplace_back(tags, number(value));
  }

  static bool is_name(std::string_view name, bool colons) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (const char c : name) {
      const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      if (!ok && !(colons && c == ':')) return false;
    }
    return true;
  }
  static std::string number(double v) {
    if (std::isnan(v)) return "NaN";
    if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
    return to_text(v);
  }
  static std::string escaped(std::string_view text, bool quotes) {
    std::string all;
    for (const char c : text) {
      if (c == '\n') {
        all += "\\n";
      } else {
        if (c == '\\' || (quotes && c == '"')) all += '\\';
        all += c;
      }
    }
    return all;
  }

  std::vector<family> families_;
};

}  // namespace headroom
