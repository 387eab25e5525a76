// Reads what scripts/bench measured and prints one table: ours, the peers, ratios, and what was to be reached.
//   table FOLDER [--json FILE]
// FOLDER holds one folder a round, and those hold Google Benchmark's JSON, PROGRAM.json. Every ratio is taken within a
// round, where both sides saw the same machine, and the median over the rounds is what counts; the ratio of the
// smallest times of all rounds, the machine at its quietest, stands beside it. FOLDER/notes.txt is printed above the
// table. Exit status 1 if something that must be reached was not.

#include <algorithm>    // std::max, std::min, std::ranges::nth_element, std::ranges::sort
#include <cmath>        // std::isnan
#include <cstddef>      // std::size_t
#include <cstdio>       // std::printf, std::fprintf
#include <exception>    // std::exception
#include <filesystem>   // std::filesystem::directory_iterator, path
#include <fstream>      // std::ifstream, std::ofstream
#include <functional>   // std::function
#include <limits>       // std::numeric_limits
#include <map>          // std::map
#include <optional>     // std::optional
#include <stdexcept>    // std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <nlohmann/json.hpp>

#include "dqn_problem.hpp"

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Values by name; what was not measured is not a number, and neither is what is computed from it. A name is
/// "program:benchmark" for its nanoseconds, or "program:benchmark:counter".
class values {
 public:
  void add(const std::string& name, double x) { all_[name].push_back(x); }
  void add_all(const values& other) {
    for (const auto& [name, xs] : other.all_) all_[name].insert(all_[name].end(), xs.begin(), xs.end());
  }
  [[nodiscard]] double median(const std::string& name) const {
    const auto found = all_.find(name);
    if (found == all_.end()) return nan;
    std::vector<double> xs = found->second;
    std::ranges::sort(xs);
    return (xs[(xs.size() - 1) / 2] + xs[xs.size() / 2]) / 2;
  }
  [[nodiscard]] double smallest(const std::string& name) const {
    const auto found = all_.find(name);
    return found == all_.end() ? nan : *std::ranges::min_element(found->second);
  }

 private:
  std::map<std::string, std::vector<double>> all_;
};

using lookup = std::function<double(const std::string&)>;

double nanoseconds(const nlohmann::json& entry) {
  // An iteration may hold many items, and then the item is what is told about.
  if (entry.contains("items_per_second")) return 1e9 / entry.at("items_per_second").get<double>();
  const auto unit = entry.at("time_unit").get<std::string>();
  const double scale = unit == "ns" ? 1 : unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : nan;
  return scale * entry.at("cpu_time").get<double>();
}

values read_round(const std::filesystem::path& folder) {
  values out;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    const auto json = nlohmann::json::parse(in);
    const std::string program = file.path().stem().string();
    for (const auto& entry : json.at("benchmarks")) {
      if (entry.value("run_type", "iteration") != "iteration") continue;
      if (entry.value("error_occurred", false)) {
        throw std::runtime_error(file.path().string() + ": " + entry.value("error_message", "an error"));
      }
      const std::string name = program + ":" + entry.value("run_name", entry.at("name").get<std::string>());
      out.add(name, nanoseconds(entry));
      for (const auto& [key, value] : entry.items()) {
        if (value.is_number()) out.add(name + ":" + key, value.get<double>());
      }
    }
  }
  return out;
}

/// A line of the table. `value` is computed for each round from its medians, and once from the smallest times.
struct row {
  std::string metric;
  std::string ours;   // name, shown as a time
  std::string other;  // name, shown as a time; may be empty
  std::function<double(const lookup&)> value;
  std::string form;  // "x": a ratio, "t": nanoseconds, "": a plain number
  bool larger_is_better = true;
  std::optional<double> must{}, goal{};
};

// How many times as long the other takes.
row faster(std::string metric, std::string ours, std::string other, std::optional<double> must = {},
           std::optional<double> goal = {}) {
  auto value = [ours, other](const lookup& t) { return t(other) / t(ours); };
  return {std::move(metric), ours, other, value, "x", true, must, goal};
}
// How many times as long ours takes.
row at_most(std::string metric, std::string ours, std::string other, std::optional<double> must = {},
            std::optional<double> goal = {}) {
  auto value = [ours, other](const lookup& t) { return t(ours) / t(other); };
  return {std::move(metric), ours, other, value, "x", false, must, goal};
}
row time_at_most(std::string metric, std::string ours, std::optional<double> must = {},
                 std::optional<double> goal = {}) {
  auto value = [ours](const lookup& t) { return t(ours); };
  return {std::move(metric), ours, "", value, "t", false, must, goal};
}
// The slowest of several over the fastest.
row flat(std::string metric, const std::vector<std::string>& names, double must, double goal) {
  auto value = [names](const lookup& t) {
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (const std::string& name : names) {
      const double x = t(name);
      if (std::isnan(x)) return nan;
      least = std::min(least, x);
      most = std::max(most, x);
    }
    return most / least;
  };
  return {std::move(metric), names.front(), names.back(), value, "x", false, must, goal};
}

std::vector<row> rows() {
  std::vector<row> out;
  const auto add = [&](row r) { out.push_back(std::move(r)); };
  const std::string small = "9-64-64-3", large = "9-128-64-3";

  add(faster("DQN update, batch 64, against libtorch", "agents:update/9-64-64-3/64", "libtorch:update/9-64-64-3/64", 9,
             12));
  add(faster("  its autograd, flat parameters", "agents:update/9-64-64-3/64", "libtorch:update_flat/9-64-64-3/64"));
  add(faster("  its products, no autograd", "agents:update/9-64-64-3/64", "libtorch:update_by_hand/9-64-64-3/64"));
  add(faster("  dlib, train step alone", "agents:update/9-64-64-3/64", "dlib:train_step/9-64-64-3/64"));
  add(faster("  FANN, epoch of plain gradient", "agents:update/9-64-64-3/64", "fann:train_epoch/9-64-64-3/64"));
  add(faster("  ours on plain Eigen products", "agents:update/9-64-64-3/64", "eigen:update/9-64-64-3/64"));
  for (const auto& [network, batch] : {std::pair{small, "32"}, {large, "64"}, {large, "32"}}) {
    const std::string suffix = "/" + network + "/" + batch;
    add(faster("DQN update, batch " + std::string(batch) + ", " + network + ", against libtorch",
               "agents:update" + suffix, "libtorch:update" + suffix));
    add(faster("  its autograd, flat parameters", "agents:update" + suffix, "libtorch:update_flat" + suffix));
    add(faster("  its products, no autograd", "agents:update" + suffix, "libtorch:update_by_hand" + suffix));
  }
  for (std::size_t k = 0; k < dqn_problem::networks.size(); ++k) {
    const auto& network = dqn_problem::networks[k];
    const std::string update = std::string("agents:update/") + network.name + "/64";
    const double operations = dqn_problem::operations(network, 64);
    auto fraction = [update, operations](const lookup& t) {
      const double peak = 2.0 * 12 * 1000 * t("agents:fma_peak:lanes") / t("agents:fma_peak");
      return operations / t(update) / peak;
    };
    row r{"fraction of the FMA peak, " + std::string(network.name) + ", batch 64", update, "", fraction, ""};
    if (k == 0) r.must = 0.40, r.goal = 0.55;
    add(r);
  }
  for (const std::string part : {"draw_and_gather", "forward", "backward", "clip_adam_and_follow"}) {
    add(time_at_most("  part of it: " + part, "agents:part/" + part));
  }
  for (const std::string copy : {"avx2", "baseline"}) {
    add(faster("DQN update, batch 64, against its own " + copy + " copy", "agents:update/9-64-64-3/64",
               "agents:update_with_" + copy + "/9-64-64-3/64"));
  }
  add(at_most("update after 20,000 updates against the first 500", "agents:update_after_20000/9-64-64-3/64",
              "agents:update_first_500/9-64-64-3/64", 1.10, 1.03));
  add(faster("choose, batch 1, against libtorch's inference mode", "agents:choose/9-64-64-3",
             "libtorch:choose/9-64-64-3", 40, 75));
  add(faster("  its products into buffers", "agents:choose/9-64-64-3", "libtorch:choose_by_hand/9-64-64-3"));
  add(faster("  dlib", "agents:choose/9-64-64-3", "dlib:choose/9-64-64-3"));
  add(faster("  FANN", "agents:choose/9-64-64-3", "fann:choose/9-64-64-3"));
  add(faster("  ours on plain Eigen products", "agents:choose/9-64-64-3", "eigen:choose/9-64-64-3"));
  add(faster("choose, 9-128-64-3, against libtorch's inference mode", "agents:choose/9-128-64-3",
             "libtorch:choose/9-128-64-3"));

  const std::string ten = "/states:10000/";
  for (const std::string path : {"walk", "jump"}) {
    add(at_most("SARSA(0) update, " + path + ", against a bare loop", "tabular:sarsa/lambda:0" + ten + path + ":ns",
                "tabular:bare_loop" + ten + path + ":ns", 1.10));
  }
  add(time_at_most("SARSA(0.9) update, 60 active traces, mean", "tabular:sarsa/lambda:0.9" + ten + "jump:ns", 35, 25));
  add(time_at_most("  revisiting, 24 active", "tabular:sarsa/lambda:0.9" + ten + "walk:ns"));
  std::vector<std::string> by_lambda, by_active;
  for (const std::string lambda : {"0.5", "0.9", "0.999"})
    by_lambda.push_back("tabular:sarsa/lambda:" + lambda + ten + "jump:ns");
  for (const std::string active : {"1", "2", "5", "10", "20", "50", "100", "200", "400"}) {
    by_active.push_back("tabular:sarsa/active:" + active + ten + "jump:ns");
  }
  add(flat("SARSA(lambda) update, lambda 0.5 to 0.999: largest/least", by_lambda, 1.5, 1.3));
  add(flat("SARSA(lambda) update, 1 to 400 active: largest/least", by_active, 1.5, 1.3));
  add(time_at_most("  1 active trace, as a list, which is used below 9",
                   "tabular:sarsa_listed/active:1" + ten + "jump:ns"));
  add(time_at_most("one SARSA(0.9) update, p99.9, timer included",
                   "tabular:tail/lambda:0.9" + ten + "jump/iterations:1:p99.9", 200, 120));
  for (const std::string path : {"walk", "jump"}) {
    add(time_at_most("choose greedily, 3 actions, " + path, "tabular:greedy" + ten + path + ":ns", 4, 2.5));
    add(time_at_most("choose epsilon-greedily, 3 actions, " + path, "tabular:epsilon_greedy" + ten + path + ":ns", 8,
                     5));
  }
  add(time_at_most("full step of the farm's agent, lambda 0.5", "tabular:farm/step/lambda:0.5:ns", 60, 40));

  // A decision of an autoscaler, the mean over 4096 observations eight seconds apart. Laws with a period decide at
  // every one of them where it says so, which is the dear case.
  for (const std::string cheap :
       {"constant/8s", "threshold/8s", "reactive_average/8s", "queue_target/8s/every", "alarm_tracking/8s",
        "step_scaling/8s", "openfaas_alerts/8s/every", "openfaas_pro/8s/every/windows", "staffing/8s",
        "staffing/8s/measured", "forecast/8s/holt_winters/staffing", "forecast/8s/decaying_histogram/staffing"})
    add(time_at_most("decide, " + cheap, "baselines:" + cheap + ":ns", 100));
  for (const std::string dear :
       {"target_tracking/8s", "target_tracking/8s/every/behavior", "panic_window/8s", "panic_window/8s/every/delay"})
    add(time_at_most("decide, " + dear, "baselines:" + dear + ":ns", 1000, 100));

  add(time_at_most("include cost of agents/sarsa.hpp", "compile:sarsa", 1e9, 0.7e9));
  add(time_at_most("one translation unit with a DQN agent, g++ -O3", "compile:dqn", 5e9, 3.5e9));
  return out;
}

std::string number(double x, const std::string& form) {
  if (std::isnan(x)) return "-";
  std::string unit = form == "x" ? "x" : "";
  if (form == "t") {
    if (x >= 1e8) {
      x /= 1e9, unit = " s";
    } else if (x >= 1e3) {
      x /= 1e3, unit = " us";
    } else {
      unit = " ns";
    }
  }
  char text[32];
  std::snprintf(text, sizeof text, x >= 100 ? "%.0f%s" : x >= 10 ? "%.1f%s" : "%.2f%s", x, unit.c_str());
  return text;
}

}  // namespace

int main(int argc, char** argv) try {
  std::filesystem::path folder, json_file;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json" && i + 1 < argc) {
      json_file = argv[++i];
    } else if (folder.empty() && !argument.starts_with("-")) {
      folder = argument;
    } else {
      std::fprintf(stderr, "usage: table FOLDER [--json FILE]\n");
      return 2;
    }
  }
  std::vector<values> rounds;
  values all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    rounds.push_back(read_round(entry.path()));
    all.add_all(rounds.back());
  }
  if (rounds.empty()) throw std::runtime_error(folder.string() + ": holds no round");

  bool all_reached = true;
  nlohmann::json json{{"rounds", rounds.size()}, {"rows", nlohmann::json::array()}};
  // What was measured where: lines "key: value", told as they are.
  std::ifstream notes(folder / "notes.txt");
  for (std::string line; std::getline(notes, line);) {
    std::printf("%s\n", line.c_str());
    const auto colon = line.find(": ");
    if (colon != std::string::npos) json["notes"][line.substr(0, colon)] = line.substr(colon + 2);
  }
  std::printf("%-56s %10s %10s %20s %8s %8s  %s\n", "metric", "ours", "other", "median (min)", "must", "goal",
              "reached");
  for (const row& r : rows()) {
    values over_rounds;
    for (const values& one : rounds) {
      const auto add = [&](const std::string& name, double x) {
        if (!std::isnan(x)) over_rounds.add(name, x);
      };
      const lookup medians = [&](const std::string& name) { return one.median(name); };
      add("value", r.value(medians));
      add("ours", one.median(r.ours));
      add("other", one.median(r.other));
    }
    const double median = over_rounds.median("value");
    const double quietest = r.value([&](const std::string& name) { return all.smallest(name); });
    const auto holds = [&](const std::optional<double>& bound) {
      return bound && (r.larger_is_better ? median >= *bound : median <= *bound);
    };
    std::string reached;
    if (r.must || r.goal) {
      reached = std::isnan(median) ? "not measured" : holds(r.goal) ? "goal" : holds(r.must) ? "must" : "NO";
      if (r.must && !std::isnan(median) && !holds(r.must)) all_reached = false;
    }
    const auto bound = [&](const std::optional<double>& b) { return b ? number(*b, r.form) : std::string(); };
    // A peer that is not here takes no room, unless something was to be reached.
    if (!std::isnan(median) || !reached.empty()) {
      std::printf("%-56s %10s %10s %20s %8s %8s  %s\n", r.metric.c_str(),
                  number(over_rounds.median("ours"), "t").c_str(), number(over_rounds.median("other"), "t").c_str(),
                  (number(median, r.form) + " (" + number(quietest, r.form) + ")").c_str(), bound(r.must).c_str(),
                  bound(r.goal).c_str(), reached.c_str());
    }
    const auto or_null = [](double x) { return std::isnan(x) ? nlohmann::json() : nlohmann::json(x); };
    json["rows"].push_back({{"metric", r.metric},
                            {"ours", r.ours},
                            {"other", r.other},
                            {"ours_ns", or_null(over_rounds.median("ours"))},
                            {"other_ns", or_null(over_rounds.median("other"))},
                            {"median", or_null(median)},
                            {"min", or_null(quietest)},
                            {"must", r.must ? nlohmann::json(*r.must) : nlohmann::json()},
                            {"goal", r.goal ? nlohmann::json(*r.goal) : nlohmann::json()},
                            {"reached", reached}});
  }
  if (!json_file.empty()) {
    std::ofstream out(json_file);
    out << json.dump(2) << '\n';
    if (!out.flush()) throw std::runtime_error(json_file.string() + ": cannot be written");
  }
  return all_reached ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "table: %s\n", e.what());
  return 2;
}
