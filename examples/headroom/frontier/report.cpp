#include <algorithm>
#include <cmath>
#include <ostream>
#include <utility>

#include <headroom/core/types.hpp>
#include <headroom/run/compare.hpp>

#include "frontier/findings.hpp"
#include "reports/report.hpp"

namespace tool::frontier {

using report::fixed;

std::vector<operating_point> points_of(const findings& f, const contender& c, std::string_view metric) {
  std::vector<operating_point> points;
  for (const setting& s : c.settings) points.push_back({mean_of(s.result, f.metrics.level), mean_of(s.result, metric)});
  return points;
}

void choose(contender& c, const findings& f) {
  for (std::size_t k = 0; k < c.settings.size(); ++k) {
    const double level = mean_of(c.settings[k].tuned, f.metrics.level);
    const double best = mean_of(c.settings[c.best].tuned, f.metrics.level);
    const bool keeps = level >= f.level;
    const bool cheaper =
        mean_of(c.settings[k].tuned, f.metrics.cost) < mean_of(c.settings[c.best].tuned, f.metrics.cost);
    if (keeps ? !c.keeps_level || cheaper : !c.keeps_level && level > best) c.best = k;
    c.keeps_level = c.keeps_level || keeps;
  }
}

namespace {

struct rival_curves {
  std::vector<const contender*> of{};
  std::vector<cost_curve> curves{};
};

rival_curves autoscaler_curves(const findings& f, std::string_view metric) {
  rival_curves all;
  for (const contender& c : f.contenders) {
    if (c.learns) continue;
    all.of.push_back(&c);
    all.curves.emplace_back(points_of(f, c, metric));
  }
  return all;
}

summary paired(const evaluation& a, const evaluation& b, std::string_view metric) {
  comparison pair;
  pair.contenders = {{"a", a}, {"b", b}};
  return pair.difference("a", "b", metric);
}

}  // namespace

std::vector<verdict> verdicts(const findings& f) {
  const rival_curves rivals = autoscaler_curves(f, f.metrics.cost);
  std::vector<verdict> all;
  if (rivals.of.empty()) return all;
  for (const contender& learner : f.contenders) {
    if (!learner.learns) continue;
    const auto points = points_of(f, learner, f.metrics.cost);
    const cost_curve own(points);
    verdict v{.learner = &learner, .own = own.keeping(f.level)};
    double cheapest = std::numeric_limits<double>::infinity();
    double mixed = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < rivals.of.size(); ++k) {
      mixed = std::min(mixed, rivals.curves[k].mixed(f.level));
      if (rivals.curves[k].deployed(f.level) >= cheapest) continue;
      cheapest = rivals.curves[k].deployed(f.level);
      v.rival = rivals.of[k];
      v.rivals = rivals.curves[k].keeping(f.level);
    }
    v.mixed_margin = mixed - own.mixed(f.level);
    if (v.own != cost_curve::none && v.rival != nullptr) {
      v.difference = paired(v.rival->settings[v.rivals].result, learner.settings[v.own].result, f.metrics.cost);
    }
    for (const std::size_t k : own.front()) {
      const standing s = stand(points[k], rivals.curves);
      v.range.push_back({k, s.left_of_all, s.rival == cost_curve::none ? nullptr : rivals.of[s.rival], s.margin});
    }
    all.push_back(std::move(v));
  }
  return all;
}

namespace {

std::string right(const std::string& text, std::size_t width) {
  const std::size_t n = report::shown(text);
  return (n < width ? std::string(width - n, ' ') : std::string()) + text;
}
std::string left(std::string text, std::size_t width) {
  report::pad_to(text, width, report::shown(text));
  return text;
}
// "workers".
std::string nouns(const findings& f) { return std::string(f.metrics.noun) + 's'; }
std::string percent(double level, int decimals) { return fixed(level * 100, decimals); }

// The knob's part of a setting's name: "0.7/300" of "hpa:0.7/300".
std::string turned_to(const setting& s) {
  const std::size_t colon = s.name.find(':');
  return colon == std::string::npos ? "as published" : s.name.substr(colon + 1);
}

std::size_t name_width(const findings& f) {
  std::size_t width = 12;
  for (const contender& c : f.contenders) width = std::max(width, c.name.size());
  return width + 2;
}

// In time, replicas, scalings and, with a bound, regret.
std::string figures_of(const findings& f, const setting& s) {
  std::string text = right(percent(mean_of(s.result, f.metrics.level), 2), 7) +
                     right(fixed(mean_of(s.result, f.metrics.cost), 2), 9) +
                     right(fixed(mean_of(s.result, f.metrics.churn), 1), 10);
  if (f.clairvoyant) {
    const double bound = f.clairvoyant->lower_at(mean_of(s.result, f.metrics.level_all));
    text += right(fixed(mean_of(s.result, f.metrics.bounded) - bound, 2), 8);
  }
  if (f.known_rate) {
    const double more = f.known_rate->regret(s.result, f.metrics.level, f.metrics.cost);
    text += right(std::isfinite(more) ? fixed(more, 2) : "–", 9);
  }
  return text;
}
std::string rule(std::size_t width) {
  std::string line = "  ";
  for (std::size_t k = 0; k < width; ++k) line += "─";
  return line + '\n';
}

void print_knobs(const findings& f, std::ostream& out) {
  const std::size_t name = name_width(f);
  std::size_t knob = 12;
  for (const contender& c : f.contenders) knob = std::max(knob, turned_to(c.settings[c.best]).size());
  const std::string head = " time %" + right(nouns(f), 9) + "  scalings" +
                           std::string(f.clairvoyant ? "  regret" : "") + std::string(f.known_rate ? "  to rate" : "");
  const std::size_t figures = 26U + (f.clairvoyant ? 8U : 0U) + (f.known_rate ? 9U : 0U);
  out << "  " << left("", name) << left("as published", figures + 3) << "best knob\n";
  out << "  " << left("policy", name) << left(head, figures + 3) << left("setting", knob) << head << '\n';
  out << rule(name + 2 * figures + 3 + knob);
  for (const contender& c : f.contenders) {
    std::string line = "  " + left(c.name, name);
    line += left(c.published ? figures_of(f, c.settings[*c.published]) : std::string("      –"), figures + 3);
    line += left(turned_to(c.settings[c.best]), knob) + figures_of(f, c.settings[c.best]);
    if (!c.keeps_level) line += "   no setting kept it";
    out << line << '\n';
  }
  out << '\n';
}

// What each level costs: the cheapest setting that keeps it.
void print_levels(const findings& f, std::string_view title, std::string_view metric, int decimals, std::ostream& out) {
  std::vector<double> levels{0.9, 0.95, 0.98, 0.99, 0.995, 0.999};
  if (std::find(levels.begin(), levels.end(), f.level) == levels.end()) levels.push_back(f.level);
  std::sort(levels.begin(), levels.end());
  const std::size_t name = name_width(f);
  out << "  " << title << '\n' << "  " << left("in time %, at least", std::max<std::size_t>(name, 20));
  for (const double level : levels) out << right(to_text(std::round(level * 1e6) / 1e4), 8);
  out << '\n' << rule(std::max<std::size_t>(name, 20) + 8 * levels.size());
  const auto line = [&](std::string_view who, auto&& cost_at) {
    out << "  " << left(std::string(who), std::max<std::size_t>(name, 20));
    for (const double level : levels) {
      const double cost = cost_at(level);
      out << right(std::isfinite(cost) ? fixed(cost, decimals) : "–", 8);
    }
    out << '\n';
  };
  for (const contender& c : f.contenders) {
    const cost_curve curve(points_of(f, c, metric));
    line(c.name, [&](double level) { return curve.deployed(level); });
  }
  if (f.known_rate && metric == f.metrics.cost)
    line("rate-known", [&](double level) { return f.known_rate->at(level); });
  if (f.clairvoyant && metric == f.metrics.cost) {
    line("clairvoyant, found", [&](double level) { return f.clairvoyant->found_at(level); });
    line("nobody below", [&](double level) { return f.clairvoyant->lower_at(level); });
  }
  out << '\n';
}

void print_verdict(const findings& f, const verdict& v, std::ostream& out) {
  const std::string& name = v.learner->name;
  const std::string level = to_text(std::round(f.level * 1e6) / 1e4) + " % in time";
  if (v.own == cost_curve::none) {
    out << "  " << name << " does not keep " << level << " at any setting";
    out << (v.rival == nullptr ? ", nor does any autoscaler.\n" : "; " + v.rival->settings[v.rivals].name + " does.\n");
  } else {
    const setting& own = v.learner->settings[v.own];
    const double replicas = mean_of(own.result, f.metrics.cost);
    out << "  " << name << " at " << level << ": " << own.name << " needs " << fixed(replicas, 2) << " " << nouns(f)
        << ". ";
    if (v.rival == nullptr) {
      out << "No autoscaler keeps that level at any setting.\n";
    } else {
      const setting& rival = v.rival->settings[v.rivals];
      const summary& d = v.difference;
      out << "Of the autoscalers " << rival.name << " needs fewest, " << fixed(mean_of(rival.result, f.metrics.cost), 2)
          << ": the learner ";
      const std::string by = fixed(std::abs(d.mean), 2) + " ±" + fixed((d.high - d.low) / 2, 2) + " (paired), " +
                             fixed(100 * std::abs(d.mean) / (replicas + d.mean), 1) + " %";
      if (d.low > 0)
        out << "wins by " << by << "; its point lies left of every autoscaler's curve.\n";
      else if (d.high < 0)
        out << "loses by " << by << "; its point lies right of that curve.\n";
      else
        out << "is level with it, " << (d.mean > 0 ? "fewer" : "more") << " by " << by << ": no difference that so few "
            << "episodes could show.\n";
      if (std::isfinite(v.mixed_margin)) {
        out << "    Were settings mixed from episode to episode, " << fixed(std::abs(v.mixed_margin), 2) << ' '
            << (v.mixed_margin > 0 ? "fewer" : "more") << " than any autoscaler.\n";
      }
    }
  }
  std::string lost;
  std::size_t won = 0;
  for (const verdict::at& p : v.range) {
    if (p.left_of_all) {
      ++won;
      continue;
    }
    const setting& s = v.learner->settings[p.setting];
    lost.append(lost.empty() ? "" : "; ")
        .append(s.name + " (" + percent(mean_of(s.result, f.metrics.level), 2) + " %) to " + p.rival->name + " by ")
        .append(fixed(-p.margin, 2));
  }
  out << "    Over the range: " << won << " of " << v.range.size()
      << " points of its frontier lie left of every autoscaler's curve";
  out << (lost.empty() ? "." : "; it loses with " + lost + ".") << '\n';
}

}  // namespace

void print(const findings& f, std::ostream& out) {
  out << f.subject << f.sentence << ".\n";
  out << "Actions " << f.actions << ' ' << nouns(f) << ". " << f.seeds.size() << " paired episodes, seeds "
      << f.seeds.front() << " to " << f.seeds.back() << ". The best knob is the setting that kept "
      << to_text(std::round(f.level * 1e6) / 1e4) << " % in time with the\nfewest " << nouns(f) << " on "
      << f.tuning_seeds.size() << " other episodes, seeds " << f.tuning_seeds.front() << " to " << f.tuning_seeds.back()
      << (f.tuned_on_first_part ? " of the first part" : "") << ".\n\n";
  print_knobs(f, out);
  print_levels(f, "Fewest mean " + nouns(f) + " with which some setting keeps a level:", f.metrics.cost, 2, out);
  print_levels(f, "Fewest scaling actions an episode with which some setting keeps a level:", f.metrics.churn, 1, out);
  if (f.clairvoyant) out << report::clairvoyant_line(*f.clairvoyant, f.level) << '\n';
  if (f.known_rate) out << report::known_rate_line_text(*f.known_rate, f.level, f.metrics.noun) << '\n';
  for (const verdict& v : verdicts(f)) print_verdict(f, v, out);
  for (const contender& c : f.contenders) {
    if (!c.learns || c.settings.front().train_seeds.size() < 2) continue;
    out << "  " << c.name << ": every setting is the median of " << c.settings.front().train_seeds.size()
        << " training seeds by service level on those other episodes.\n";
  }
  for (const std::string& note : f.notes) out << "  " << note << '\n';
  if (f.stopped) out << "  Interrupted: what was not finished is not in the table.\n";
}

}  // namespace tool::frontier
