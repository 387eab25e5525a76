#include "reports/figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/types.hpp>

#include "reports/behaviour_figure.hpp"
#include "reports/series.hpp"
#include "reports/svg.hpp"
#include "support/files.hpp"
#include "support/new_folder.hpp"

namespace tool::report {

using namespace headroom;

namespace {

double number_of(const json& j) { return j.is_number() ? j.get<double>() : std::numeric_limits<double>::quiet_NaN(); }

// "constant-12" of "constant:12": a name that every file system takes.
std::string file_word(const std::string& name) {
  std::string word;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
    word += plain ? c : '-';
  }
  return word;
}

// From a level of 0.9 on: the bound counts all requests, the level of the farm those that were answered, and below the
// two lie too far apart.
std::vector<svg::point> bound_of(const json& run, const svg::chart& c) {
  std::vector<svg::point> line;
  const double first = 1 - std::max(0.9, c.lowest);
  constexpr int parts = 240;
  for (int k = 0; k <= parts; ++k) {
    const double late = first * std::pow((1 - c.highest) / first, static_cast<double>(k) / parts);
    double least = 0;
    for (const json& p : run.at("clairvoyant").at("points"))
      least = std::max(least, p.at("lower").get<double>() - p.at("price").get<double>() * late);
    line.push_back({least, 1 - late});
  }
  return line;
}

// Service level against cost. Nothing where the level is no fraction.
std::string level_figure(const json& run) {
  const json& service = run.at("figures").at("service");
  const json& cost = run.at("figures").at("cost");
  if (number_of(service.at("scale")) != 100) return {};
  const std::string level_name = service.at("metric");
  const std::string cost_name = cost.at("metric");
  svg::chart c;
  c.title = "What a service level costs";
  c.subtitle = run.value("sentence", run.value("name", ""));
  c.subtitle = c.subtitle.substr(0, c.subtitle.find(';'));
  c.x_label = cost.at("title");
  c.mark = run.contains("level") ? run.at("level").get<double>() : 0.99;
  for (const json& p : run.at("policies")) {
    svg::curve one{.name = p.at("name"), .strong = p.value("learns", false)};
    const auto add = [&](const json& summary) {
      if (summary.contains(level_name) && summary.contains(cost_name))
        one.points.push_back({number_of(summary.at(cost_name).at(0)), number_of(summary.at(level_name).at(0))});
    };
    if (p.contains("points")) {
      for (const json& at : p.at("points")) {
        if (at.value("on_front", true)) add(at.at("summary"));
      }
    } else if (p.contains("summary")) {
      add(p.at("summary"));
    }
    std::sort(one.points.begin(), one.points.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
    for (const svg::point& at : one.points) c.lowest = std::min(c.lowest, at.y - 0.1 * (1 - at.y));
    if (!one.points.empty()) c.curves.push_back(std::move(one));
  }
  c.lowest = std::max(c.lowest, 0.02);
  if (run.contains("clairvoyant")) {
    c.impossible = bound_of(run, c);
    c.impossible_name = "impossible:\nproven, even\nfor a policy that\nknows the future";
  }
  return svg::draw(c);
}

// A panel with the terms of a reward, where there are any.
void add_reward(svg::series_chart& c, std::vector<svg::named_series> terms) {
  if (terms.empty()) return;
  for (svg::named_series& one : terms) std::replace(one.name.begin(), one.name.end(), '_', ' ');
  const std::vector<double> no_line(terms.front().values.size(), std::numeric_limits<double>::quiet_NaN());
  c.panels.push_back({.name = "reward of a step", .observed = no_line, .terms = std::move(terms)});
}

std::string episode_figure(const json& run, const json& e) {
  const json& columns = run.at("steps").at("columns");
  svg::series_chart c;
  c.title = e.at("policy").get<std::string>() + ", episode " + e.at("seed").dump();
  c.subtitle = run.value("sentence", "");
  const std::vector<std::pair<const char*, const char*>> words{{"load", "load, requests a second"},
                                                               {"replicas", "replicas"},
                                                               {"backlog", "backlog, requests that wait"},
                                                               {"latency_s", "mean latency, seconds"}};
  const auto values = [&](std::size_t k) {
    std::vector<double> all;
    for (const json& v : e.at("values").at(k)) all.push_back(number_of(v));
    return all;
  };
  for (std::size_t k = 0; k < columns.size(); ++k) {
    if (columns[k] != "time_s") continue;
    const std::vector<double> time_s = values(k);
    c.first_s = time_s.front();
    if (time_s.size() > 1) c.interval_s = (time_s.back() - time_s.front()) / static_cast<double>(time_s.size() - 1);
  }
  for (const auto& [name, title] : words) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      if (columns[k] == name) c.panels.push_back({.name = title, .observed = values(k)});
    }
  }
  std::vector<svg::named_series> terms;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const std::string name = columns[k];
    if (name.starts_with("reward.")) terms.push_back({name.substr(7), values(k)});
  }
  add_reward(c, std::move(terms));
  c.x_label = "since the episode began";
  return svg::draw(c);
}

// The replicas of a live host, what each shadow would have asked for, and what was observed.
std::string journal_figure(const json& j) {
  const auto values = [](const json& list) {
    std::vector<double> all;
    for (const json& v : list) all.push_back(number_of(v));
    return all;
  };
  svg::series_chart c;
  c.title = "The journal " + j.at("name").get<std::string>();
  c.subtitle = j.at("from").get<std::string>() + " to " + j.at("to").get<std::string>();
  const std::vector<double> time_s = values(j.at("time_s"));
  if (time_s.size() > 1) c.interval_s = (time_s.back() - time_s.front()) / static_cast<double>(time_s.size() - 1);
  svg::panel replicas{.name = "replicas", .observed = values(j.at("replicas"))};
  replicas.lines.push_back({"asked for", values(j.at("wanted"))});
  for (const auto& [name, wanted] : j.at("shadows").items())
    replicas.lines.push_back({"shadow " + name, values(wanted)});
  c.panels.push_back(std::move(replicas));
  const std::vector<std::pair<const char*, const char*>> fields{{"load", "load, requests a second"},
                                                                {"backlog", "backlog, requests that wait"},
                                                                {"latency_s", "mean latency, seconds"},
                                                                {"p95_s", "95th percentile of the latency, seconds"}};
  for (const auto& [name, title] : fields) {
    if (j.at("fields").contains(name)) c.panels.push_back({.name = title, .observed = values(j.at("fields").at(name))});
  }
  std::vector<svg::named_series> terms;
  for (const auto& [name, of] : j.at("reward").items()) terms.push_back({name, values(of)});
  add_reward(c, std::move(terms));
  c.x_label = "since the first decision that is drawn";
  return svg::draw(c);
}

// The median over the training seeds as a line, all of them as a band.
std::string training_figure(const json& run, const json& policy) {
  svg::series_chart c;
  c.title = policy.at("name").get<std::string>() + " over its training";
  c.subtitle = "median and range over the training seeds, of the learner as it stood then";
  for (const char* which : {"service", "cost"}) {
    const json& f = run.at("figures").at(which);
    const std::string metric = f.at("metric");
    svg::panel p{.name = f.at("title")};
    for (const json& at : policy.at("checkpoints")) {
      std::vector<double> values;
      for (const json& v : at.value(metric, json::array())) values.push_back(number_of(v) * number_of(f.at("scale")));
      std::sort(values.begin(), values.end());
      const double none = std::numeric_limits<double>::quiet_NaN();
      p.observed.push_back(none);
      p.middle.push_back(values.empty() ? none : values[(values.size() - 1) / 2]);
      p.low.push_back(values.empty() ? none : values.front());
      p.high.push_back(values.empty() ? none : values.back());
    }
    const auto [low, high] = std::minmax_element(p.low.begin(), p.low.end());
    if (low != p.low.end() && std::isfinite(*low)) p.least = std::max(0.0, std::floor(*low - 0.2 * (*high - *low)));
    c.panels.push_back(std::move(p));
  }
  const json& points = policy.at("checkpoints");
  c.first_s = number_of(points.front().at("episodes"));
  if (points.size() > 1)
    c.interval_s = (number_of(points.back().at("episodes")) - c.first_s) / static_cast<double>(points.size() - 1);
  c.x_label = "training episodes";
  c.counts = true;
  return svg::draw(c);
}

}  // namespace

void write_figures(const std::filesystem::path& folder, const json& data) {
  new_folder to(folder);
  const json& runs = data.at("runs");
  for (std::size_t k = 0; k < runs.size(); ++k) {
    const json& run = runs[k];
    const std::string before = runs.size() > 1 ? to_text(k + 1) + "-" : std::string();
    if (const std::string text = level_figure(run); !text.empty()) write_file(to / (before + "level.svg"), text);
    if (run.contains("steps")) {
      for (const json& e : run.at("steps").at("episodes")) {
        write_file(to / (before + "episode-" + e.at("seed").dump() + "-" + file_word(e.at("policy")) + ".svg"),
                   episode_figure(run, e));
      }
    }
    if (run.contains("behaviour")) {
      for (const json& p : run.at("behaviour").at("policies")) {
        write_file(to / (before + "behaviour-" + file_word(p.at("name")) + ".svg"),
                   behaviour_figure(run.at("behaviour"), p, run.value("sentence", "")));
      }
    }
    for (const json& p : run.at("policies")) {
      if (p.contains("checkpoints"))
        write_file(to / (before + "training-" + file_word(p.at("name")) + ".svg"), training_figure(run, p));
    }
  }
  if (data.contains("journal") && !data.at("journal").is_null())
    write_file(to / "journal.svg", journal_figure(data.at("journal")));
  to.complete();
}

}  // namespace tool::report
