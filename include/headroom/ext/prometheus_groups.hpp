#pragma once

#include <map>       // std::map
#include <optional>  // std::optional
#include <string>    // std::string

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/config_node.hpp>
#include <headroom/ext/internal/prometheus_answer.hpp>
#include <headroom/ext/prometheus.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/live/reading.hpp>

namespace headroom {

/// The values of many services from one question, by the label that tells them apart. Needs the CMake component `http`.
struct prometheus_groups {
  std::map<std::string, reading> by_label{};  ///< NaN and Inf are unknown there
  std::string said{};                         ///< why there is no answer at all, in a sentence; empty if there is one
  std::string warnings{};  ///< what the server warned of, such as a part of its data that it could not read

  /// The value of a service. One without a sample is unknown (`empty`), and so is each where the question failed
  /// (`failed`): never zero.
  [[nodiscard]] reading of(const std::string& service) const {
    if (!said.empty()) return reading::none(unknown_why::failed);
    const auto at = by_label.find(service);
    return at == by_label.end() ? reading::none(unknown_why::empty) : at->second;
  }
};

/// Asks for all services at once. `expression` must give one value for each value of `label`, as in
/// sum by (service)(...). Two values of one label are unknown (`several`), because nobody can say which is meant. A
/// series without the label fails the whole answer: the expression is not grouped by it. One request; O(answer). Does
/// not throw, except std::invalid_argument for an empty label.
///     prometheus_groups load = read_groups(metrics, "sum by (app)(rate(http_requests_total[1m]))", "app");
///     const reading shop = load.of("shop");
[[nodiscard]] inline prometheus_groups read_groups(prometheus& from, const std::string& expression,
                                                   const std::string& label) {
  require(!label.empty(), "read_groups", "label", "missing", "be the one that the expression groups by");
  prometheus_groups all;
  const auto failed = [&](const std::string& sentence) {
    all.by_label.clear();
    all.said = csv_field{expression}.quoted() + ": " + sentence;
    return all;
  };
  const std::string body = from.answer("/api/v1/query", "query", expression);
  if (!from.said().empty()) return failed(from.said());
  const internal::prometheus_answer a = internal::prometheus_answer::of(body);
  all.warnings = a.warnings;
  if (a.is_one && !a.success) return failed(a.error);
  const auto root = internal::config_node::of_json(body);
  const internal::config_node* const series = root ? root->at({"data", "result"}) : nullptr;
  if (!a.is_one || series == nullptr) return failed("not what Prometheus answers, or cut off");
  if (a.type != "vector") return failed("gives a " + csv_field{a.type}.quoted() + ", must give a vector");
  for (const auto& part : series->parts) {
    const internal::config_node* const name = part.second.at({"metric", label});
    const internal::config_node* const value = part.second.find("value");
    if (name == nullptr)
      return failed("a series has no label " + label + ": group by it, as in sum by (" + label + ")(...)");
    if (value == nullptr || value->parts.size() != 2) return failed("a series has no value");
    const auto number = internal::prometheus_answer::number_of(value->parts[1].second.text);
    const reading r = number ? reading::of(*number) : reading::none(unknown_why::failed);
    const auto [at, first] = all.by_label.emplace(name->text, r);
    if (!first) at->second = reading::none(unknown_why::several);
  }
  return all;
}

}  // namespace headroom
