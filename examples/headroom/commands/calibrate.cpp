#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <headroom/calibration.hpp>
#include <headroom/core/check.hpp>

#include "commands/commands.hpp"
#include "reports/series.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/journal_files.hpp"
#include "support/temporary_folder.hpp"
#include "support/terminal.hpp"
#include "systems/service/service_file.hpp"

/// `headroom calibrate`: fits the description of a service to its history.
namespace tool {

using namespace headroom;

namespace {

constexpr std::size_t least_rows = 40;  // to fit, and to hold back

struct calibrate_options {
  std::filesystem::path trace{};
  std::filesystem::path out{};
  std::filesystem::path svg{};
  std::filesystem::path json{};
  service_flags service{};
  std::string keep{};
  std::string law{};
  std::string decisions = "anywhere";
  std::string columns{};
  std::string time_unit{};
  std::string latency_unit{};
  std::string rows = "end";
  bool per_second = false;
  double held_back = 0.3;
  double requests = 1.5e5;
  std::uint64_t seed = 1;

  void declare(command& to) {
    to.add(
          "--trace", trace,
          "The history: a CSV with a line of names and a row at equal distances of time; columns for the time, the "
          "load, the wanted or the ready replicas, and some of latency (mean, p50, p95, p99), utilisation and requests "
          "in flight; or a journal of `run`")
        .required();
    to.add("--out", out, "Service file to write, for --service of compare and frontier (default: standard output)");
    to.add("--svg", svg, "Write a picture: the held-back part as observed, beside the fitted model");
    to.add("--json", json, "Write what was found as JSON");
    to.add("--keep", keep,
           "What is known and not fitted, of start_delay, service_time, variation, slots, separated by commas: its "
           "value is that of --service or of the flag");
    to.add("--law", law, "Shape of the service times: lognormal or gamma (default: the one that fits better)");
    to.add("--decisions", decisions,
           "When between two rows the wanted replicas change: anywhere, or after-row, if right after a row")
        .shows_default();
    to.add("--columns", columns, "Which column is what, where its name does not say it: wanted=spec,load=hits");
    to.add("--time-unit", time_unit, "Unit of numeric times: s, ms, us, ns, min or h (default: the name tells)");
    to.add("--latency-unit", latency_unit, "Unit of the latencies: s or ms (default: their names tell, as in p95_ms)");
    to.add("--rows", rows,
           "Load, utilisation and latencies of a row are over the time before it (end) or behind it (begin)")
        .shows_default();
    to.add_flag("--per-second", per_second, "The load is requests a second, whatever the interval");
    to.add("--held-back", held_back, "Last fraction of the history that is not fitted, to judge the model by; 0: none")
        .shows_default();
    to.add("--requests", requests, "So many requests are replayed at a time, of the last rows that are fitted")
        .shows_default();
    to.add("--seed", seed, "Of the replays").shows_default();
    service.declare(to);
  }
};

template <class Value>
Value one_of(const char* flag, const std::string& said, const std::map<std::string, Value>& all, const char* law) {
  const auto found = all.find(said);
  require(found != all.end(), flag, "the value", said, law);
  return found->second;
}

std::vector<std::string> words_in(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    words.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return words;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

service_history read(const calibrate_options& o, history_reading& told) {
  history_csv_options how;
  how.per_second = o.per_second;
  how.rows_begin = one_of<bool>("--rows", o.rows, {{"end", false}, {"begin", true}}, "be end or begin");
  how.unit_s = one_of<double>("--time-unit", o.time_unit,
                              {{"", 0}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"min", 60}, {"h", 3600}},
                              "be s, ms, us, ns, min or h");
  how.latency_unit_s =
      one_of<double>("--latency-unit", o.latency_unit, {{"", 0}, {"s", 1}, {"ms", 1e-3}}, "be s or ms");
  for (const std::string& pair : words_in(o.columns)) {
    const auto equals = pair.find('=');
    require(equals != std::string::npos, "--columns", "the choice", pair, "be pairs as in wanted=spec,load=hits");
    how.columns.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  const temporary_folder folder;
  std::filesystem::path file = o.trace;
  if (is_journal(o.trace)) {
    const journal_table table = journal_as_history(o.trace);
    file = folder / o.trace.filename().string();
    write_file(file, table.csv);
    std::cerr << "headroom: " << o.trace.string() << ": the longest stretch of the journal without a gap, "
              << table.rows << " decisions; " << table.left_out << " stand outside of it\n";
  }
  try {
    return read_history_csv(file, how, &told);
  } catch (const csv_error& e) {
    std::string text = replaced(e.what(), "with columns", "with --columns");
    text = replaced(std::move(text), "set latency_unit_s", "set --latency-unit");
    throw std::invalid_argument(replaced(std::move(text), "set unit_s", "set --time-unit"));
  }
}

void tell(const calibrate_options& o, const history_reading& r, const service_history& h) {
  std::string used;
  for (const auto& [what, name] : r.used) {
    used += (used.empty() ? "" : ", ") + what + (name == what ? "" : " (column " + name + ")");
  }
  std::string ignored;
  for (const std::string& name : r.ignored) ignored += (ignored.empty() ? "; not read: " : ", ") + name;
  std::cerr << "headroom: " << o.trace.string() << ": " << h.size() << " rows, one every " << to_text(h.interval_s)
            << " s, times in " << r.times << "; " << used << "; load is "
            << (r.per_second ? "requests a second" : "requests of each interval") << ignored << '\n';
}

// Three figures.
std::string shown(double x) {
  if (x == std::round(x) && std::abs(x) < 1e6) return to_text(x);
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", x);
  return text;
}

// The keys and flags by which a user gives what a history cannot tell.
struct parameter_words {
  const char* key;
  const char* flag;
  const char* unit;
  const char* name;
};
parameter_words words_of(service_parameter p) {
  switch (p) {
    case service_parameter::start_delay:
      return {"start_delay", "--start-delay", " s", "start delay"};
    case service_parameter::service_time:
      return {"service_time", "--service-time", " s", "service time"};
    case service_parameter::variation:
      return {"service_time", "--service-time", "", "variation"};
    case service_parameter::slots:
      break;
  }
  return {"slots", "--slots", "", "slots"};
}
parameter_words words_of(service_parameter p, const service_plan& plan) {
  if (p == service_parameter::slots && plan.service.order == discipline::processor_sharing)
    return {"cores", "--cores", "", "cores"};
  return words_of(p);
}

std::vector<service_parameter> kept_in(const std::string& list, const service_plan& plan) {
  std::vector<service_parameter> kept;
  for (const std::string& word : words_in(list)) {
    std::optional<service_parameter> found;
    for (const service_parameter p : service_parameters) {
      if (word == name_of(p) || word == words_of(p, plan).key) found = found ? found : p;
    }
    require(found.has_value(), "--keep", "the name", word, "be start_delay, service_time, variation or slots");
    const parameter_words w = words_of(*found, plan);
    require(plan.given.contains(w.key), "--keep", word, "not given", std::string("be said by --service or ") + w.flag);
    kept.push_back(*found);
  }
  return kept;
}

// What cannot be told must be given: the file that is written says everything that a simulation needs.
void require_told(const std::vector<fitted_parameter>& all, const service_plan& plan) {
  std::string missing;
  for (const fitted_parameter& p : all) {
    const parameter_words w = words_of(p.which, plan);
    if (p.untold.empty() || plan.given.contains(w.key)) continue;
    missing += (missing.empty() ? "" : ". ") + std::string("the ") + w.name + " cannot be told: " + p.untold +
               "; say it with " + w.flag;
  }
  if (!missing.empty()) throw std::invalid_argument(missing);
}

// The fit as a plan: every key of the user's, with what was fitted.
service_plan plan_of(const service_fit& f, service_plan plan, const service_history& h) {
  const auto set = [&](const std::string& key, const std::string& text) { set_key(plan, key, text, {}); };
  const auto digits = [](double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", x);
    return std::string(text);
  };
  if (f[service_parameter::start_delay].fitted()) {
    const duration& d = f.options.start_delay;
    set("start_delay", d.variation() > 0 ? "lognormal:" + digits(d.mean_s()) + "/" + digits(d.variation())
                                         : "constant:" + digits(d.mean_s()));
  }
  if (f[service_parameter::service_time].fitted() || f[service_parameter::variation].fitted()) {
    const duration& d = f.options.service_time;
    set("service_time", d.variation() > 0 ? (f.law == service_law::gamma ? "gamma:" : "lognormal:") +
                                                digits(d.mean_s()) + "/" + digits(d.variation())
                                          : "constant:" + digits(d.mean_s()));
  }
  if (f[service_parameter::slots].fitted()) {
    if (plan.service.order == discipline::processor_sharing)
      set("cores", digits(f.options.cores));
    else
      set("slots", to_text(f.options.slots));
  }
  const double most = *std::max_element(h.replicas().begin(), h.replicas().end());
  if (most > plan.service.max_replicas) set("max_replicas", to_text(static_cast<int>(std::lround(most))));
  check_plan(plan);
  return plan;
}

std::string line_of(const fitted_parameter& p, const service_plan& plan) {
  const parameter_words w = words_of(p.which, plan);
  std::string text = w.name;
  text.resize(14, ' ');
  text += shown(p.value) + w.unit;
  if (p.kept) return text + ", as given, not fitted";
  if (!p.untold.empty()) return text + ", as given; the history cannot tell it: " + p.untold;
  if (p.low == p.high) return text + ", 90 % interval: no other number fits";
  return text + ", 90 % interval " + shown(p.low) + " to " + shown(p.high) + w.unit;
}

std::string head_of(const service_fit& f, const service_plan& plan, const service_history& fitted) {
  std::string text;
  for (const fitted_parameter& p : f.parameters) text += line_of(p, plan) + '\n';
  text += "Replayed: " + to_text(fitted.size() - f.first_row) + " rows, " + to_text(f.replays) + " times.\n";
  if (f.replays > 0 && f.found.probability < 0.02) {
    std::size_t worst = 0;
    for (std::size_t k = 1; k < f.found.off.size(); ++k) {
      if (std::abs(f.found.off[k]) > std::abs(f.found.off[worst])) worst = k;
    }
    text +=
        "Beware: no such service gives this history (fewer than 2 % of the model's own replays are as far off). The "
        "intervals were widened. Farthest off: " +
        f.summaries[worst] + ", " + (f.found.off[worst] > 0 ? "higher" : "lower") + " than the model's.\n";
  }
  return text;
}

std::string text_of(const std::vector<column_check>& checks) {
  std::string text;
  for (const column_check& c : checks) {
    char line[160];
    std::snprintf(line, sizeof line,
                  "  %-12s %5.1f %% off in the median row; %3.0f %% of %zu rows within the model's 90 %%\n",
                  c.name.c_str(), 100 * c.error, 100 * c.within, c.rows);
    text += line;
  }
  return text;
}

std::string file_text(const service_fit& f, const service_plan& plan, const calibrate_options& o) {
  std::string text = "# Fitted to " + o.trace.filename().string() + " by headroom calibrate:\n";
  for (const fitted_parameter& p : f.parameters) text += "#   " + line_of(p, plan) + '\n';
  return text + service_file_text(plan);
}

nlohmann::ordered_json json_of(const service_fit& f, const service_plan& plan,
                               const std::vector<column_check>& checks) {
  nlohmann::ordered_json j;
  j["format"] = "headroom calibration 1";
  for (const fitted_parameter& p : f.parameters) {
    nlohmann::ordered_json one{{"value", p.value}, {"kept", p.kept}};
    if (p.fitted()) one["low"] = p.low, one["high"] = p.high;
    if (!p.untold.empty()) one["untold"] = p.untold;
    j["parameters"][std::string(name_of(p.which))] = one;
  }
  j["law"] = f.law == service_law::gamma ? "gamma" : "lognormal";
  j["replays"] = f.replays;
  if (f.replays > 0) {
    j["misfit"] = {{"value", f.found.misfit}, {"usual", f.found.usual_misfit}, {"probability", f.found.probability}};
    for (std::size_t k = 0; k < f.found.off.size(); ++k) j["summaries"][f.summaries[k]] = f.found.off[k];
  }
  for (const column_check& c : checks) {
    j["held_back"][c.name] = {{"rows", c.rows}, {"error", c.error}, {"within", c.within}};
  }
  for (const auto& [key, value] : plan.given) j["service"][key] = value;
  return j;
}

void write_picture(const calibrate_options& o, const std::vector<column_check>& checks, const service_history& h,
                   std::size_t first) {
  svg::series_chart c;
  c.title = "What " + o.trace.filename().string() + " holds back, and what the fitted model gives";
  c.subtitle =
      "black: observed; orange: median of 19 replays of the model, and their range: nine rows of ten if it is right";
  c.interval_s = h.interval_s;
  c.first_s = h.interval_s * static_cast<double>(first);
  for (const column_check& one : checks) c.panels.push_back({one.name, one.observed, one.middle, one.low, one.high});
  write_file(o.svg, svg::draw(c));
}

int calibrate(const calibrate_options& o) {
  for (const auto& file : {o.out, o.svg, o.json}) require_place(file);
  require(o.held_back >= 0 && o.held_back <= 0.8, "--held-back", "the fraction", o.held_back, "be in [0, 0.8]");
  require(o.requests >= 1000 && o.requests <= 1e9, "--requests", "the number", o.requests, "be from 1000 to 1e9");
  service_plan plan = o.service.plan();
  service_fit_options how;
  how.kept = kept_in(o.keep, plan);
  if (!o.law.empty()) {
    how.law =
        one_of<service_law>("--law", o.law, {{"lognormal", service_law::lognormal}, {"gamma", service_law::gamma}},
                            "be lognormal or gamma");
  }
  how.decisions = one_of<decision_moment>(
      "--decisions", o.decisions, {{"anywhere", decision_moment::anywhere}, {"after-row", decision_moment::after_row}},
      "be anywhere or after-row");
  history_reading told;
  const service_history all = read(o, told);
  tell(o, told, all);
  const auto held = static_cast<std::size_t>(o.held_back * static_cast<double>(all.size()));
  require(all.size() - held >= least_rows && (held == 0 || held >= least_rows), o.trace.string(), "the number of rows",
          all.size(), "leave " + to_text(least_rows) + " to fit and as many to hold back, or none with --held-back 0");
  const service_history fitted = all.rows(0, all.size() - held);
  how.start = plan.service;
  how.start.initial_replicas = std::clamp(1, how.start.min_replicas, how.start.max_replicas);
  if (!plan.given.contains("window_s")) how.start.window_s = all.interval_s;
  how.start.scrape_s = std::min(how.start.scrape_s, how.start.window_s);
  how.most_requests = o.requests;
  how.search.seed = o.seed;

  std::optional<terminal::progress_bar> bar;
  how.progress = [&bar](std::size_t done, std::size_t expected) {
    if (!bar) bar.emplace("calibrating, replays", expected);
    bar->show(done, expected);
    return terminal::interrupted.load();
  };
  service_calibration calibration(fitted, how);
  require_told(calibration.told(), plan);
  const service_fit f = calibration.fit();
  bar.reset();
  if (f.stopped) return exit_interrupted;
  require_told(f.parameters, plan);

  std::vector<column_check> checks;
  if (held > 0) {
    bar.emplace("replaying what was held back", 19);
    const auto run_in = static_cast<std::size_t>(40 + 2 * f.options.start_delay.mean_s() / all.interval_s);
    checks = check_model(all, all.size() - held, f.options, o.seed, how.decisions, run_in,
                         [&bar](std::size_t done, std::size_t) {
                           bar->show(done);
                           return terminal::interrupted.load();
                         });
    bar.reset();
    if (terminal::interrupted) return exit_interrupted;
  }
  plan = plan_of(f, std::move(plan), all);
  const std::string service_text = file_text(f, plan, o);
  std::string report = head_of(f, plan, fitted);
  if (!checks.empty()) report += "On the last " + to_text(held) + " rows, which were held back:\n" + text_of(checks);
  (o.out.empty() ? std::cerr : std::cout) << report;
  if (o.out.empty())
    std::cout << service_text;
  else
    write_file(o.out, service_text);
  if (!o.svg.empty()) write_picture(o, checks, all, all.size() - held);
  if (!o.json.empty()) write_file(o.json, json_of(f, plan, checks).dump(2) + '\n');
  return exit_done;
}

}  // namespace

void add_calibrate(command_line& to) {
  command& c = to.add("calibrate", "Fit the model of your service to its history; write a file for --service");
  const auto o = std::make_shared<calibrate_options>();
  o->declare(c);
  c.footer(
      "Examples:\n"
      "  headroom calibrate --trace history.csv --out service.toml\n"
      "  headroom calibrate --trace history.csv --service start.toml --keep slots --out service.toml --svg fit.svg\n"
      "  headroom compare --service service.toml --trace history.csv\n"
      "What the history cannot tell is named, and must be given by --service or a flag.");
  c.runs([o] { return calibrate(*o); });
}

}  // namespace tool
