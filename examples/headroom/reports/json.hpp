#pragma once

#include <nlohmann/json.hpp>

#include <headroom/run/evaluate.hpp>

#include "reports/bound.hpp"
#include "reports/known_rate.hpp"

/// What the JSON of every command has in common.
namespace tool::report {

using json = nlohmann::ordered_json;

/// A number, or null: a level that nobody keeps needs infinitely many workers, for which JSON has none.
[[nodiscard]] json number_json(double value);
[[nodiscard]] json summary_json(const headroom::evaluation& e);
[[nodiscard]] json clairvoyant_json(const clairvoyant_bound& c, double level);
[[nodiscard]] json known_rate_json(const known_rate_line& k, double level);
[[nodiscard]] std::string version_text();

}  // namespace tool::report
