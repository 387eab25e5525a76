#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "commands/commands.hpp"
#include "reports/json.hpp"
#include "reports/report.hpp"
#include "speed/measure.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/terminal.hpp"

/// `headroom bench`: how fast agents of a user's own sizes are on his machine, beside what the machine itself takes.
namespace tool {

using namespace headroom;

namespace {

constexpr std::size_t rounds_of_bench = 9;

struct bench_options {
  std::size_t states = 10'000;
  std::size_t actions = 3;
  std::size_t features = 9;
  std::string layers = "64,64";
  std::size_t batch = 64;
  double seconds = 0.02;
  std::filesystem::path json{};

  void declare(command& to) {
    to.add("--states", states, "States of the table").shows_default();
    to.add("--actions", actions, "Entries of the menu, of tables and networks").shows_default();
    to.add("--features", features, "Numbers that the network sees").shows_default();
    to.add("--layers", layers, "Widths of the network's hidden layers").shows_default();
    to.add("--batch", batch, "Transitions of an update of the network").shows_default();
    to.add("--seconds", seconds, "How long each of the fifteen measurements of a round takes").shows_default();
    to.add("--json", json, "Write the table, with the times of every round, as JSON");
  }
  [[nodiscard]] speed::sizes checked() const {
    require(states >= 5 && states <= 100'000'000, "--states", "the number", states, "be from 5 to 100000000");
    require(actions >= 2 && actions <= 1'000, "--actions", "the number", actions, "be from 2 to 1000");
    require(states <= 100'000'000 / actions, "--states", "the size of the table, states times actions,",
            states * actions, "be at most 100000000");
    require(features >= 1 && features <= 1'000, "--features", "the number", features, "be from 1 to 1000");
    require(batch >= 1 && batch <= 4'096, "--batch", "the number", batch, "be from 1 to 4096");
    require(seconds >= 0.001 && seconds <= 1, "--seconds", "the time", seconds, "be from 0.001 to 1");
    require_place(json);
    return {states, actions, features, widths(), batch};
  }

 private:
  [[nodiscard]] std::vector<std::size_t> widths() const {
    std::vector<std::size_t> all;
    std::string_view rest = layers;
    for (;;) {
      const std::size_t comma = rest.find(',');
      const auto one = from_text<std::size_t>(rest.substr(0, comma));
      if (!one || *one < 1 || *one > 4'096 || all.size() == 8) {
        throw std::invalid_argument("--layers: the value is '" + layers +
                                    "', must be up to eight whole numbers from 1 to 4096, as in 64,64");
      }
      all.push_back(*one);
      if (comma == std::string_view::npos) return all;
      rest.remove_prefix(comma + 1);
    }
  }
};

double median_in(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}
double least_in(const std::vector<double>& all) { return *std::min_element(all.begin(), all.end()); }

// The ratio within each round, where both sides met the same machine.
std::vector<double> ratios_of(const speed::work_row& row, const speed::yardstick& beside) {
  std::vector<double> all;
  for (std::size_t k = 0; k < row.ns.size(); ++k) all.push_back(row.ns[k] / (beside.ns[k] * row.operations));
  return all;
}
double ratio_of_least(const speed::work_row& row, const speed::yardstick& beside) {
  return least_in(row.ns) / (least_in(beside.ns) * row.operations);
}

// Three figures.
std::string three_figures(double value) {
  if (!std::isfinite(value)) return "-";
  char text[32];
  const int before = value >= 1 ? static_cast<int>(std::log10(value)) + 1 : 1;
  std::snprintf(text, sizeof text, "%.*f", std::max(0, 3 - before), value);
  return text;
}
std::string nanoseconds(double ns) {
  char text[32];
  if (ns < 0.1)
    std::snprintf(text, sizeof text, "%.4f ns", ns);
  else if (ns < 10'000)
    std::snprintf(text, sizeof text, "%s ns", three_figures(ns).c_str());
  else
    std::snprintf(text, sizeof text, "%s us", three_figures(ns / 1000).c_str());
  return text;
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  }
  return "a processor that does not say its name";
}

std::string loads_text(const std::vector<double>& all) {
  std::string text;
  for (const double one : all) text.append(text.empty() ? "" : " ").append(report::fixed(one, 2));
  return text.empty() ? "not known" : text;
}
// What a reader must know before he believes a number.
std::string machine_line(const speed::machine_state& s) {
  std::string line = "load average " + loads_text(s.load_before) + " before, " + loads_text(s.load_after) + " after; " +
                     report::fixed(100 * s.got, 0) + " % of a processor for this process; ";
  line += std::isfinite(s.stolen) ? report::fixed(100 * s.stolen, 1) + " % of the time stolen by the host"
                                  : std::string("stolen time not known");
  if (s.got < 0.9 || s.stolen > 0.02) line += ". The machine was busy: trust no time, and measure again";
  return line;
}

// The columns stand to the right, but the first and the one in words.
void print_line(const std::string& name, const std::string& ratio, const std::string& least, const std::string& beside,
                const std::string& ns) {
  std::string line = "  " + name;
  report::pad_to(line, 52, report::shown(line));
  const auto right = [&](const std::string& text, std::size_t width) {
    line += std::string(width - std::min(width, text.size()), ' ') + text;
  };
  right(ratio, 11);
  right(least, 11);
  if (!ns.empty()) {
    line += "  " + beside;
    right(ns, 25 - std::min<std::size_t>(25, beside.size()));
  }
  std::cout << line << '\n';
}

void print_bench(const speed::measured& m, const bench_options& o) {
  std::cout << "machine: " << processor() << ", " << std::thread::hardware_concurrency() << " processors\n"
            << "program: headroom " << report::version_text() << ", compiler " << __VERSION__ << '\n'
            << "meanwhile: " << machine_line(m.machine) << "\n\n";
  print_line("the machine itself", "median", "least", "", "");
  for (const speed::yardstick& y : m.yardsticks)
    print_line(y.name, nanoseconds(median_in(y.ns)), nanoseconds(least_in(y.ns)), "", "");
  std::cout << "  the peak is " << report::fixed(m.flops / 1e9, 0) << " GFLOP/s, " << m.lanes
            << " floats in a register\n\n";
  print_line("agents at work", "ratio", "least", "to", "time");
  for (const speed::work_row& row : m.rows) {
    const speed::yardstick& y = m.yardsticks[row.beside];
    print_line(row.name, three_figures(median_in(ratios_of(row, y))), three_figures(ratio_of_least(row, y)), y.in_short,
               nanoseconds(median_in(row.ns)));
  }
  std::cout << "\nA table of " << o.states << " states and " << o.actions << " actions; a network " << o.features
            << '-';
  for (const char c : o.layers) std::cout << (c == ',' ? '-' : c);
  std::cout << '-' << o.actions << ", batches of " << o.batch << ". The farm's agent has sizes of its own.\n"
            << "A ratio is the median over " << rounds_of_bench
            << " rounds of the ratios within a round; least: of the least times.\n"
            << "To the peak it is the time over what the multiplications alone would take there.\n";
}

report::json bench_json(const speed::measured& m, const bench_options& o) {
  using report::json;
  using report::number_json;
  json j;
  j["format"] = "headroom bench 1";
  j["headroom_version"] = report::version_text();
  j["compiler"] = __VERSION__;
  j["processor"] = processor();
  j["processors"] = std::thread::hardware_concurrency();
  j["sizes"] = {
      {"states", o.states}, {"actions", o.actions}, {"features", o.features}, {"layers", o.layers}, {"batch", o.batch}};
  j["meanwhile"] = {{"load_before", m.machine.load_before},
                    {"load_after", m.machine.load_after},
                    {"stolen", number_json(m.machine.stolen)},
                    {"got", number_json(m.machine.got)}};
  j["peak_flops"] = number_json(m.flops);
  j["machine"] = json::array();
  for (const speed::yardstick& y : m.yardsticks) {
    j["machine"].push_back(
        {{"name", y.name}, {"ns", number_json(median_in(y.ns))}, {"least_ns", least_in(y.ns)}, {"rounds_ns", y.ns}});
  }
  j["rows"] = json::array();
  for (const speed::work_row& row : m.rows) {
    const speed::yardstick& y = m.yardsticks[row.beside];
    j["rows"].push_back({{"name", row.name},
                         {"ratio", number_json(median_in(ratios_of(row, y)))},
                         {"least_ratio", number_json(ratio_of_least(row, y))},
                         {"beside", y.name},
                         {"operations", row.operations},
                         {"ns", median_in(row.ns)},
                         {"least_ns", least_in(row.ns)},
                         {"rounds_ns", row.ns}});
  }
  return j;
}

int bench(const bench_options& o) {
  const speed::sizes s = o.checked();
  speed::measured m;
  {
    terminal::progress_bar bar("measuring", 1);
    m = speed::measure(s, rounds_of_bench, o.seconds, [&](std::size_t done, std::size_t of) {
      bar.show(done, of);
      return terminal::interrupted.load();
    });
  }
  if (m.rows.empty()) {
    std::cerr << "headroom: interrupted before the end\n";
    return exit_interrupted;
  }
  print_bench(m, o);
  if (!o.json.empty()) write_file(o.json, bench_json(m, o).dump(1) + '\n');
  return exit_done;
}

}  // namespace

void add_bench(command_line& to) {
  command& c = to.add("bench", "Measure agents of your sizes on this machine, beside what the machine itself takes");
  const auto o = std::make_shared<bench_options>();
  o->declare(c);
  c.footer(
      "A time of a shared machine says little. So every row is a ratio to something that the same process measures in\n"
      "the same round: a load, a branch, a bare loop, the peak of its multiplications. Compare ratios between "
      "machines.\n"
      "Examples:\n"
      "  headroom bench                                          the sizes of docs/performance.md, in seconds\n"
      "  headroom bench --states 500 --actions 5                 a table of your own\n"
      "  headroom bench --features 20 --layers 128,64 --batch 32 --json bench.json");
  c.runs([o] { return bench(*o); });
}

}  // namespace tool
