#pragma once

#include <cstdint>   // std::uint64_t
#include <optional>  // std::optional
#include <string>    // std::string
#include <vector>    // std::vector

#include <headroom/run/evaluate.hpp>

#include "reports/bound.hpp"
#include "reports/json.hpp"
#include "reports/known_rate.hpp"
#include "reports/report.hpp"
#include "scaling/scaled_system.hpp"

namespace headroom {
class checkpoint;
}

/// The results of a unit of work as JSON, and back: every number to its last bit, not finite ones as text.
namespace tool::shards {

using report::json;

[[nodiscard]] json as_json(double value);
[[nodiscard]] json as_json(const std::string& text);
[[nodiscard]] json as_json(const std::vector<double>& values);
[[nodiscard]] json as_json(const std::vector<std::uint64_t>& values);
[[nodiscard]] json as_json(const headroom::evaluation& e);
[[nodiscard]] json as_json(const report::checkpoint_row& r);
[[nodiscard]] json as_json(const clairvoyant_bound& b);
[[nodiscard]] json as_json(const known_rate_line& k);
[[nodiscard]] json as_json(const episode_player::trained& t);
template <class T>
[[nodiscard]] json as_json(const std::optional<T>& one) {
  return one ? as_json(*one) : json(nullptr);
}

void read_kept(const json& from, double& to);
void read_kept(const json& from, std::string& to);
void read_kept(const json& from, std::vector<double>& to);
void read_kept(const json& from, std::vector<std::uint64_t>& to);
void read_kept(const json& from, headroom::evaluation& to);
void read_kept(const json& from, report::checkpoint_row& to);
void read_kept(const json& from, clairvoyant_bound& to);
void read_kept(const json& from, known_rate_line& to);
void read_kept(const json& from, episode_player::trained& to);
template <class T>
void read_kept(const json& from, std::optional<T>& to) {
  to.reset();
  if (!from.is_null()) read_kept(from, to.emplace());
}

/// Lists of anything of these.
template <class T>
[[nodiscard]] json list_json(const std::vector<T>& all) {
  json j = json::array();
  for (const T& one : all) j.push_back(as_json(one));
  return j;
}
template <class T>
void read_list(const json& from, std::vector<T>& to) {
  to.clear();
  for (const json& one : from) read_kept(one, to.emplace_back());
}

/// The bytes of the file that `save` makes of a model, in hexadecimal digits; and the model again. Both go through a
/// file in a temporary folder, so that what is read was checked as every model is. Throws file_error.
[[nodiscard]] std::string model_text(const headroom::checkpoint& model);
[[nodiscard]] headroom::checkpoint model_in(const std::string& digits);
/// The bytes that hexadecimal digits stand for. Throws std::runtime_error for other text.
[[nodiscard]] std::string bytes_in(const std::string& digits);

}  // namespace tool::shards
