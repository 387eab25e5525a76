#include "commands/sweep_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "commands/settings_values.hpp"
#include "hosts/settings.hpp"
#include "support/command_line.hpp"

namespace tool::sweeping {

using namespace headroom;

namespace {

constexpr std::size_t most_settings = 10'000;
constexpr std::string_view swept_keys = "sweep.over.";

// Four figures: a setting is written down, read and typed by people.
std::string number_text(double v, bool whole) {
  char text[32];
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%.4g", v);
  return text;
}
double at(const range& r, double part) {
  return r.log ? r.from * std::pow(r.to / r.from, part) : r.from + part * (r.to - r.from);
}

[[noreturn]] void refuse_axis(const axis& a, const std::string& what) {
  throw std::invalid_argument(a.from + ": sweep.over." + a.key + ": " + what);
}

// What every setting must have in common, or what is swept in another way.
void require_swept(const axis& a, bool halving) {
  if (a.key.starts_with("seeds.") || a.key.starts_with("output.") || a.key == "policies.level")
    refuse_axis(a, "cannot be swept: all settings are chosen and judged by the same " +
                       std::string(a.key == "policies.level" ? "level" : "episodes, in one folder"));
  if (halving && a.key == "agent.train_episodes")
    refuse_axis(a, "cannot be swept by successive halving, whose rounds are of different length already");
}

std::vector<std::string> steps_of(const axis& a) {
  if (!a.over) return a.values;
  if (a.over->steps < 2) refuse_axis(a, "steps are missing, a grid needs them, at least 2");
  std::vector<std::string> all;
  for (std::size_t k = 0; k < a.over->steps; ++k) {
    std::string one =
        number_text(at(*a.over, static_cast<double>(k) / static_cast<double>(a.over->steps - 1)), a.whole);
    if (all.empty() || all.back() != one) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::vector<axis> axes_in(const settings& file, const command& c) {
  std::map<std::string, command::declared_option> options;
  bool halving = false;
  for (const command::declared_option& o : c.options()) options.emplace(key_of_option(o.name, "sweep"), o);
  for (const command::setting& s : c.settings()) halving = halving || (s.name == "--method" && s.value == "halving");
  std::map<std::string, axis> all;
  std::map<std::string, std::map<std::string, settings::entry>> ranges;
  for (const auto& [name, v] : file.values()) {
    if (!name.starts_with(swept_keys)) continue;
    std::string key = name.substr(swept_keys.size());
    std::string part;
    if (!v.is_list) {
      part = key.substr(key.rfind('.') + 1);
      key.resize(key.rfind('.'));
    }
    axis& a = all[key];
    a.key = key;
    a.from = v.from;
    const auto found = options.find(key);
    if (found == options.end()) refuse_axis(a, "is no key of sweep, which trains one learner and evaluates it");
    a.option = found->second.name;
    a.whole = found->second.is == command::kind::whole;
    require_swept(a, halving);
    if (part.empty())
      a.values = v.texts;
    else
      ranges[key][part] = v;
  }
  for (const auto& [key, parts] : ranges) {
    axis& a = all.at(key);
    const auto number = [&, &said = parts](const char* part, double usual) {
      const auto found = said.find(part);
      if (found == said.end() && std::isnan(usual)) refuse_axis(a, std::string(part) + " is missing, must be a number");
      if (found == said.end()) return usual;
      const auto value = from_text<double>(found->second.texts.front());
      if (!value || !std::isfinite(*value)) refuse_axis(a, std::string(part) + ": must be a number");
      return *value;
    };
    range r{number("from", std::nan("")), number("to", std::nan(""))};
    const double steps = number("steps", 0);
    const auto log = parts.find("log");
    if (log != parts.end() && log->second.shape != setting_type::yes_no) refuse_axis(a, "log: must be true or false");
    r.log = log != parts.end() && log->second.texts.front() == "true";
    if (!(r.from < r.to)) refuse_axis(a, "from is " + to_text(r.from) + ", must be below to, " + to_text(r.to));
    if (r.log && !(r.from > 0)) refuse_axis(a, "from is " + to_text(r.from) + ", must be above 0 for log = true");
    if (steps != std::floor(steps) || steps < 0 || steps > 1000 || steps == 1)
      refuse_axis(a, "steps: must be a whole number from 2 to 1000");
    r.steps = static_cast<std::size_t>(steps);
    a.over = r;
  }
  std::vector<axis> list;
  for (auto& [key, a] : all) list.push_back(std::move(a));
  return list;
}

std::vector<setting> grid_of(const std::vector<axis>& axes) {
  std::vector<setting> all{{}};
  for (const axis& a : axes) {
    const std::vector<std::string> values = steps_of(a);
    if (all.size() * values.size() > most_settings)
      refuse_axis(
          a, "the grid has more than " + to_text(most_settings) + " settings, must have fewer; draw some at random");
    std::vector<setting> longer;
    for (const setting& s : all) {
      for (const std::string& v : values) {
        longer.push_back(s);
        longer.back().push_back({a.key, a.option, v});
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::vector<setting> draws_of(const std::vector<axis>& axes, std::size_t count, std::uint64_t seed) {
  engine random(seed, stream::exploration);
  std::vector<setting> all;
  std::vector<std::string> names;
  for (std::size_t tries = 0; all.size() < count && tries < 100 * count; ++tries) {
    setting s;
    for (const axis& a : axes) {
      const double part = uniform(random, 0, 1);
      if (a.over) {
        s.push_back({a.key, a.option, number_text(at(*a.over, part), a.whole)});
      } else {
        const auto k = static_cast<std::size_t>(part * static_cast<double>(a.values.size()));
        s.push_back({a.key, a.option, a.values[std::min(k, a.values.size() - 1)]});
      }
    }
    std::string name = name_of(s);
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    names.push_back(std::move(name));
    all.push_back(std::move(s));
  }
  return all;
}

std::string name_of(const setting& s) {
  std::string text;
  for (const chosen_value& v : s) text.append(text.empty() ? "" : ", ").append(v.key).append(" = ").append(v.text);
  return text;
}

std::string text_of(const std::vector<axis>& axes) {
  std::string text = "\n[sweep.over]\n";
  for (const axis& a : axes) {
    text += a.key + " = ";
    if (a.over) {
      text += "{from = " + to_text(a.over->from) + ", to = " + to_text(a.over->to);
      if (a.over->steps > 0) text += ", steps = " + to_text(a.over->steps);
      text += std::string(a.over->log ? ", log = true" : "") + "}\n";
      continue;
    }
    std::string list;
    for (const std::string& v : a.values) list += (list.empty() ? "\"" : ", \"") + v + "\"";
    text += "[" + list + "]\n";
  }
  return text;
}

}  // namespace tool::sweeping
