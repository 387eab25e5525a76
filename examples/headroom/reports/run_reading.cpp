#include "reports/run_reading.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <headroom/core/types.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "reports/own_run.hpp"

namespace tool::report {

using namespace headroom;

namespace {

constexpr std::size_t most_points = 360;  // of an episode on the page

std::string text_of(const std::filesystem::path& file) {
  input_file in(file);
  if (in.size() > std::uint64_t{1} << 30U) throw file_error(file, "is larger than 1 GiB, must be a run's");
  std::string text(static_cast<std::size_t>(in.size()), '\0');
  in.read(std::as_writable_bytes(std::span<char>(text.data(), text.size())));
  return text;
}
json json_in(const std::filesystem::path& file) {
  json j = json::parse(text_of(file), nullptr, false);
  if (j.is_discarded()) throw file_error(file, "is not JSON, must be the JSON of a run");
  return j;
}

json rounded(double v) {
  if (!std::isfinite(v)) return nullptr;
  if (v == 0) return 0;
  const double unit = std::pow(10.0, std::floor(std::log10(std::abs(v))) - 4);
  const double r = std::round(v / unit) * unit;
  if (r == std::round(r) && std::abs(r) < 1e15) return static_cast<long long>(r);
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", v);
  return from_text<double>(text).value_or(v);
}

// What names a step's figures: by what several of them become one point.
enum class together : std::uint8_t { mean, most, sum };
together joined(std::string_view column) {
  if (column == "backlog" || column == "latency_s") return together::most;
  if (column == "move" || column == "late" || column.starts_with("reward.")) return together::sum;
  return together::mean;
}
json thinned(const std::vector<double>& all, std::size_t per_point, together how) {
  json points = json::array();
  for (std::size_t at = 0; at < all.size(); at += per_point) {
    double sum = 0;
    double most = -std::numeric_limits<double>::infinity();
    double n = 0;
    for (std::size_t k = at; k < std::min(all.size(), at + per_point); ++k) {
      if (!std::isfinite(all[k])) continue;
      sum += all[k];
      most = std::max(most, all[k]);
      n += 1;
    }
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    points.push_back(rounded(n == 0 ? nothing : how == together::most ? most : how == together::sum ? sum : sum / n));
  }
  return points;
}

// steps.csv, as write_run leaves it: the rows of an episode stand together.
json steps_in(const std::filesystem::path& file) {
  const std::string text = text_of(file);
  std::string_view rest = text;
  const auto line = [&] {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    return one;
  };
  const std::vector<std::string_view> names = cells_of(line());
  const std::array<std::string_view, 4> first{"policy", "seed", "step", "move"};
  if (names.size() < first.size() || !std::equal(first.begin(), first.end(), names.begin()))
    throw file_error(file, "does not begin with policy,seed,step,move, must be a run's steps.csv");
  json j;
  j["columns"] = json::array();
  for (std::size_t c = 3; c < names.size(); ++c) j["columns"].push_back(names[c]);
  j["episodes"] = json::array();
  std::size_t per_point = 1;
  std::size_t row = 1;
  std::string policy;
  std::string seed;
  std::vector<std::vector<double>> values;
  const auto flush = [&] {
    if (values.empty() || values.front().empty()) return;
    const std::size_t each = (values.front().size() + most_points - 1) / most_points;
    per_point = std::max(per_point, each);
    json e{{"policy", policy}, {"seed", from_text<std::uint64_t>(seed).value_or(0)}, {"per_point", each}};
    e["values"] = json::array();
    for (std::size_t c = 0; c < values.size(); ++c)
      e["values"].push_back(thinned(values[c], each, joined(names[c + 3])));
    j["episodes"].push_back(std::move(e));
  };
  while (!rest.empty()) {
    ++row;
    const std::vector<std::string_view> cells = cells_of(line());
    if (cells.size() != names.size())
      throw file_error(file, "line " + to_text(row) + ": has " + to_text(cells.size()) + " cells, must have " +
                                 to_text(names.size()));
    if (cells[0] != policy || cells[1] != seed) {
      flush();
      policy = cells[0];
      seed = cells[1];
      values.assign(names.size() - 3, {});
    }
    for (std::size_t c = 3; c < cells.size(); ++c) {
      const std::optional<double> v = from_text<double>(cells[c]);
      if (!v && !cells[c].empty())
        throw file_error(file, "line " + to_text(row) + ": '" + std::string(cells[c]) + "' must be a number or empty");
      values[c - 3].push_back(v.value_or(std::numeric_limits<double>::quiet_NaN()));
    }
  }
  flush();
  j["per_point"] = per_point;
  return j;
}

// {"mean", "ci95"} of every metric as [mean, low, high].
json short_summary(const json& summary) {
  json j = json::object();
  for (const auto& [metric, s] : summary.items()) j[metric] = {s.at("mean"), s.at("ci95").at(0), s.at("ci95").at(1)};
  return j;
}

// What a page shows of a policy: everything but its episodes, of which it keeps the service level, worst first.
json policy_for_page(const json& p, const std::string& service) {
  json one{{"name", p.at("name")}};
  one["learns"] = p.contains("learns") ? p.at("learns") : json(p.contains("train_seeds"));
  if (p.contains("summary")) one["summary"] = short_summary(p.at("summary"));
  for (const char* key : {"regret", "to_rate_known", "train_episodes", "checkpoints", "knobs", "published", "best"}) {
    if (p.contains(key)) one[key] = p.at(key);
  }
  for (const json& t : p.value("train_seeds", json::array()))
    one["train_seeds"].push_back({{"seed", t.at("seed")}, {"summary", short_summary(t.at("summary"))}});
  for (const json& t : p.value("points", json::array())) {
    one["points"].push_back({{"setting", t.at("setting")},
                             {"on_front", t.value("on_front", false)},
                             {"summary", short_summary(t.at("summary"))}});
  }
  std::vector<double> levels;
  for (const json& e : p.value("episodes", json::array())) {
    if (e.contains(service) && e.at(service).is_number()) levels.push_back(e.at(service).get<double>());
  }
  std::sort(levels.begin(), levels.end());
  one["levels"] = json::array();
  constexpr std::size_t most = 101;
  const std::size_t n = std::min(levels.size(), most);
  for (std::size_t k = 0; k < n; ++k)
    one["levels"].push_back(rounded(levels[n == 1 ? 0 : k * (levels.size() - 1) / (n - 1)]));
  return one;
}

// Without run.json the columns are those that every scaled system has.
json usual_figures(const json& summary, const std::filesystem::path& file) {
  const auto first_of = [&](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names) {
      if (summary.contains(name)) return name;
    }
    throw file_error(file, "has no service level of a scaled system, must be a folder that compare --out left");
  };
  const std::string level = first_of({"final_qos", "in_time"});
  const std::string cost = first_of({"mean_workers", "mean_replicas"});
  const std::string noun = cost == "mean_workers" ? "worker" : "replica";
  json j;
  j["service"] = {{"metric", level}, {"title", "in time %"}, {"scale", 100}, {"decimals", 2}};
  j["cost"] = {{"metric", cost}, {"title", "mean " + noun + "s"}, {"scale", 1}, {"decimals", 2}};
  j["columns"] = {j["service"], j["cost"]};
  if (summary.contains("scaling_actions"))
    j["columns"].push_back({{"metric", "scaling_actions"}, {"title", "scalings"}, {"scale", 1}, {"decimals", 1}});
  return j;
}

void add_results(json& run, const json& results, const std::filesystem::path& file) {
  if (!results.is_object() || !results.contains("policies") || results.at("policies").empty())
    throw file_error(file, "has no policies, must be a folder of compare --out, or the JSON of compare or frontier");
  const json& first = results.at("policies").front();
  const json& summary = first.contains("summary") ? first.at("summary") : first.at("points").at(0).at("summary");
  if (!run.contains("figures")) run["figures"] = usual_figures(summary, file);
  for (const char* key : {"environment", "workload", "actions", "headroom_version", "stopped", "level"}) {
    if (results.contains(key) && !run.contains(key)) run[key] = results.at(key);
  }
  if (!run.contains("seeds") && results.contains("seeds")) {
    const json& s = results.at("seeds");
    run["seeds"] = s.is_array() ? json{{"first", s.front()}, {"count", s.size()}} : s;
  }
  for (const char* key : {"clairvoyant", "known_rate", "references"}) {
    if (results.contains(key)) run[key] = results.at(key);
  }
  const std::string service = run.at("figures").at("service").at("metric").get<std::string>();
  run["policies"] = json::array();
  for (const json& p : results.at("policies")) run["policies"].push_back(policy_for_page(p, service));
}

// What a program of the user's own left: episodes.csv, and beside it steps.csv if it wrote steps.
json own_run_for_page(const std::filesystem::path& episodes, const std::filesystem::path& steps) {
  const json results = own_run(text_of(episodes), episodes);
  json run{{"own", true}, {"figures", results.at("figures")}};
  run["sentence"] = "What a program of your own found";
  if (results.contains("notes")) run["notes"] = results.at("notes");
  add_results(run, results, episodes);
  std::error_code ignored;
  if (steps.empty() || !std::filesystem::exists(steps, ignored)) return run;
  run["steps"] = steps_in(steps);
  run["episodes"] = json::array();
  std::set<std::uint64_t> seeds;
  for (const json& e : run["steps"]["episodes"]) {
    const auto seed = e.at("seed").get<std::uint64_t>();
    if (seeds.insert(seed).second) run["episodes"].push_back({{"seed", seed}, {"why", "recorded"}});
  }
  return run;
}

}  // namespace

json run_for_page(const std::filesystem::path& at) {
  std::error_code ignored;
  json run = json::object();
  try {
    if (!std::filesystem::is_directory(at, ignored)) {
      if (at.extension() == ".csv") run = own_run_for_page(at, {});
      run["name"] = at.filename().string();
      if (!run.contains("policies")) add_results(run, json_in(at), at);
      return run;
    }
    if (!std::filesystem::exists(at / "run.json", ignored) && std::filesystem::exists(at / "episodes.csv", ignored)) {
      run = own_run_for_page(at / "episodes.csv", at / "steps.csv");
      run["name"] = (at.has_filename() ? at : at.parent_path()).filename().string();
      return run;
    }
    run = json_in(at / "run.json");
    if (run.value("format", "") != "headroom run 1")
      throw file_error(at / "run.json",
                       "is of the format " + run.value("format", json("none")).dump() + ", must be \"headroom run 1\"");
    run["name"] = (at.has_filename() ? at : at.parent_path()).filename().string();
    add_results(run, json_in(at / "results.json"), at / "results.json");
    if (std::filesystem::exists(at / "steps.csv", ignored)) run["steps"] = steps_in(at / "steps.csv");
    if (std::filesystem::exists(at / "behaviour.json", ignored)) run["behaviour"] = json_in(at / "behaviour.json");
  } catch (const json::exception& e) {
    throw file_error(at, std::string("is not what a run leaves: ") + e.what());
  }
  return run;
}

}  // namespace tool::report
