#include "reports/own_run.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <headroom/io/file.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/run/statistics.hpp>

namespace tool::report {

using namespace headroom;

namespace {

// One policy: its seeds, and a column of values for each figure, NaN where nothing is known.
struct own_policy {
  std::string name{};
  std::set<std::uint64_t> seeds{};
  std::vector<std::vector<double>> values{};
};

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view one = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), end + 1));
  if (one.ends_with('\r')) one.remove_suffix(1);
  return one;
}

json figure_of(std::string_view metric, bool fraction) {
  std::string title(metric);
  std::replace(title.begin(), title.end(), '_', ' ');
  if (fraction) title += " %";
  return {{"metric", metric}, {"title", title}, {"scale", fraction ? 100 : 1}, {"decimals", 2}};
}

std::vector<double> known(const std::vector<double>& all) {
  std::vector<double> some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), [](double v) { return std::isfinite(v); });
  return some;
}

json policy_json(const own_policy& p, const std::vector<std::string_view>& names) {
  json one{{"name", p.name}, {"summary", json::object()}, {"episodes", json::array()}};
  for (std::size_t m = 0; m < names.size(); ++m) {
    const summary s = summarize(known(p.values[m]));
    if (s.count > 0) one["summary"][std::string(names[m])] = {{"mean", s.mean}, {"ci95", {s.low, s.high}}};
  }
  for (std::size_t k = 0; k < p.seeds.size(); ++k) {
    json episode = json::object();
    for (std::size_t m = 0; m < names.size(); ++m) episode[std::string(names[m])] = number_json(p.values[m][k]);
    one["episodes"].push_back(std::move(episode));
  }
  return one;
}

}  // namespace

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t comma = line.find(',');
    cells.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

json own_run(std::string_view text, const std::filesystem::path& file) {
  std::vector<std::string_view> names = cells_of(next_line(text));
  if (names.size() < 4 || names[0] != "policy" || names[1] != "seed") {
    throw file_error(file,
                     "does not begin with policy,seed and two figures, must be a line for each policy and episode: "
                     "policy,seed, a service level, a cost, and further figures");
  }
  names.erase(names.begin(), names.begin() + 2);
  std::vector<own_policy> policies;
  for (std::size_t row = 2; !text.empty(); ++row) {
    const std::string at = "line " + to_text(row) + ": ";
    const std::vector<std::string_view> cells = cells_of(next_line(text));
    if (cells.size() != names.size() + 2)
      throw file_error(file, at + "has " + to_text(cells.size()) + " cells, must have " + to_text(names.size() + 2));
    auto p = std::find_if(policies.begin(), policies.end(), [&](const own_policy& q) { return q.name == cells[0]; });
    if (p == policies.end())
      p = policies.insert(p, {std::string(cells[0]), {}, std::vector<std::vector<double>>(names.size())});
    const auto seed = from_text<std::uint64_t>(cells[1]);
    if (!seed) throw file_error(file, at + "the seed '" + std::string(cells[1]) + "' must be a whole number");
    if (!p->seeds.insert(*seed).second)
      throw file_error(file, at + "has seed " + to_text(*seed) + " of " + p->name + " again, must have it once");
    for (std::size_t m = 0; m < names.size(); ++m) {
      const std::string_view cell = cells[m + 2];
      const std::optional<double> v = from_text<double>(cell);
      if (!cell.empty() && (!v || !std::isfinite(*v)))
        throw file_error(file, at + "'" + std::string(cell) + "' must be a number or empty");
      p->values[m].push_back(v.value_or(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  if (policies.empty()) throw file_error(file, "has no episode, must have a line for each policy and episode");

  // The columns that a table of `compare` has keep their meaning; else the first two are level and cost.
  const auto place_of = [&](std::initializer_list<std::string_view> usual, std::size_t other) {
    const auto found = std::find_first_of(names.begin(), names.end(), usual.begin(), usual.end());
    return found == names.end() ? other : static_cast<std::size_t>(found - names.begin());
  };
  const std::size_t level = place_of({"final_qos", "in_time"}, 0);
  const std::size_t cost = place_of({"mean_workers", "mean_replicas"}, 1);
  const bool fraction = std::all_of(policies.begin(), policies.end(), [&](const own_policy& p) {
    return std::none_of(p.values[level].begin(), p.values[level].end(), [](double v) { return v < 0 || v > 1; });
  });
  json j;
  j["figures"] = {{"service", figure_of(names[level], fraction)}, {"cost", figure_of(names[cost], false)}};
  j["figures"]["columns"] = {j["figures"]["service"], j["figures"]["cost"]};
  for (std::size_t m = 0; m < names.size(); ++m) {
    if (m != level && m != cost) j["figures"]["columns"].push_back(figure_of(names[m], false));
  }
  j["policies"] = json::array();
  for (const own_policy& p : policies) j["policies"].push_back(policy_json(p, names));
  const std::set<std::uint64_t>& seeds = policies.front().seeds;
  if (std::all_of(policies.begin(), policies.end(), [&](const own_policy& p) { return p.seeds == seeds; }))
    j["seeds"] = {{"first", *seeds.begin()}, {"count", seeds.size()}};
  else
    j["notes"] = {"The policies did not play the same seeds, so a difference of theirs is one of luck as well."};
  return j;
}

}  // namespace tool::report
