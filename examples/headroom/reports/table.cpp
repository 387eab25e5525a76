#include "reports/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <ostream>

#include <headroom/core/types.hpp>
#include <headroom/run/compare.hpp>

#include "reports/sparkline.hpp"
#include "support/terminal.hpp"

namespace tool::report {

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string cell(const summary& s, double scale, int decimals, int width) {
  const std::string mean = fixed(s.mean * scale, decimals);
  const std::string half = fixed((s.high - s.low) / 2 * scale, decimals);
  const auto pad = static_cast<std::size_t>(std::max(0, width - static_cast<int>(mean.size())));
  std::string text = std::string(pad, ' ') + mean + " ±" + half;
  const std::size_t tail = static_cast<std::size_t>(decimals + 3);
  if (half.size() < tail) text += std::string(tail - half.size(), ' ');
  return text;
}

void pad_to(std::string& line, std::size_t width, std::size_t shown) {
  if (shown < width) line += std::string(width - shown, ' ');
}
std::size_t shown(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  return n;
}

namespace {

// Says of each learner what it is worth beside its rival among the baselines, seed by seed, and who beats it outright.
void verdicts(const findings& f, std::ostream& out) {
  const figure& service = f.how.service;
  const figure& cost = f.how.cost;
  for (const row& learner : f.rows) {
    if (!learner.learns) continue;
    const double level = learner.result.summarized(service.metric).mean;
    const double spent = learner.result.summarized(cost.metric).mean;
    const auto distance = [&](double other) { return f.how.service_is_all ? -other : std::abs(other - level); };
    const row* rival = nullptr;
    std::string better;
    for (const row& other : f.rows) {
      if (other.learns || other.knows || other.result.seeds != learner.result.seeds) continue;
      const double q = other.result.summarized(service.metric).mean;
      if (rival == nullptr || distance(q) < distance(rival->result.summarized(service.metric).mean)) rival = &other;
      if (q >= level && other.result.summarized(cost.metric).mean <= spent && !f.how.service_is_all)
        better.append(better.empty() ? "" : ", ").append(other.name);
    }
    if (rival == nullptr) continue;
    comparison pair;
    pair.contenders = {{"a", learner.result}, {"b", rival->result}};
    const summary q = pair.difference("a", "b", service.metric);
    const summary w = pair.difference("a", "b", cost.metric);
    const auto difference = [](const summary& s, const figure& of) {
      std::string text = fixed(s.mean * of.scale, of.decimals);
      if (s.mean >= 0) text.insert(text.begin(), '+');
      return text.append(" ±").append(fixed((s.high - s.low) / 2 * of.scale, of.decimals)) + ' ';
    };
    out << "  " << learner.name << " against " << rival->name << ", paired: " << difference(q, service)
        << service.change << ", " << difference(w, cost) << cost.change << ".";
    if (!better.empty()) out << " It loses on both counts to " << better << ".";
    out << '\n';
  }
}

// The lower of the two in the middle, if their number is even.
double median(std::vector<double> sample) {
  const auto middle = sample.begin() + static_cast<std::ptrdiff_t>((sample.size() - 1) / 2);
  std::nth_element(sample.begin(), middle, sample.end());
  return *middle;
}

// Whether a learner settles, and whether its training seeds agree: its level at moments of the training.
void checkpoints(const findings& f, std::ostream& out) {
  const auto place = [&](const figure& of) {
    return static_cast<std::size_t>(std::find(f.how.tracked.begin(), f.how.tracked.end(), of.metric) -
                                    f.how.tracked.begin());
  };
  const figure& service = f.how.service;
  const figure& cost = f.how.cost_over_training;
  for (const row& r : f.rows) {
    if (r.checkpoints.empty() || r.checkpoints.front().figures.empty()) continue;
    const std::size_t seeds = r.checkpoints.front().figures.front().size();
    out << "  " << r.name << " over its training, " << seeds << (seeds == 1 ? " training seed" : " training seeds")
        << ": the learner as it stood then, median and range.\n";
    std::string head = "    episodes   " + std::string(service.title);
    pad_to(head, 44, head.size());
    out << head << cost.title << '\n';
    for (const checkpoint_row& at : r.checkpoints) {
      const auto spread = [&](const figure& of) {
        std::vector<double> values = at.figures[place(of)];
        for (double& v : values) v *= of.scale;
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        const std::string middle = fixed(median(values), of.decimals);
        const auto pad = static_cast<std::size_t>(std::max(0, 6 - static_cast<int>(middle.size())));
        return std::string(pad, ' ') + middle + "  (" + fixed(*low, of.decimals) + " to " + fixed(*high, of.decimals) +
               ")";
      };
      const std::string episodes = to_text(at.episodes);
      std::string line(12 - std::min<std::size_t>(12, episodes.size()), ' ');
      line += episodes + "   " + spread(service);
      pad_to(line, 44, line.size());
      out << line << spread(cost) << '\n';
    }
  }
}

}  // namespace

std::string clairvoyant_line(const clairvoyant_bound& c, double level) {
  const double proven = c.lower_at(level);
  const double found = c.found_at(level);
  const std::string wanted = "  clairvoyant: " + fixed(level * 100, 2) + " % of all requests in time ";
  if (proven > c.most) return wanted + "cannot be kept with " + fixed(c.most, 0) + " workers at most, proven.";
  const std::string line = wanted + "needs at least " + fixed(proven, 2) + " mean workers, proven; ";
  if (!std::isfinite(found)) return line + "no schedule was found that keeps it.";
  return line + "a schedule that keeps it with " + fixed(found, 2) + " was found (gap " + fixed(found - proven, 2) +
         "). Regret: mean workers above the proven bound at a policy's own level.";
}

std::string known_rate_line_text(const known_rate_line& k, double level, std::string_view noun) {
  std::string line =
      "  rate-known: told the rate and not the arrivals, a policy keeps " + fixed(level * 100, 2) + " % in time ";
  const double replicas = k.at(level);
  if (!std::isfinite(replicas)) return line + "at no price that was tried.";
  line += "with " + fixed(replicas, 2) + " mean " + std::string(noun) + "s";
  if (k.leaves_out.empty() && k.episodes > 0) {
    line += ".";
  } else {
    line += ", " + k.leaves_out + ".";
  }
  const known_rate_point& p = *k.nearest(level);
  return line + " Its plan promised a cost of " + fixed(p.promised, 2) + " there, and it paid " + fixed(p.paid, 2) +
         " (gap " + fixed(p.paid - p.promised, 2) + ").";
}

namespace {

[[nodiscard]] std::size_t width_of(const figure& c) {
  return std::max(static_cast<std::size_t>(c.width + c.decimals + 5) + 2, c.title.size() + 2);
}

void trim(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
}

// On a terminal: the episodes of each row by service, worst to best, on one scale for the table.
class spark_column {
 public:
  spark_column(const findings& f, const std::ostream& out)
      : metric_(f.how.service.metric), drawn_(&out == &std::cout && terminal::draws(1) && f.seeds.size() > 1) {
    for (const row& r : f.rows) {
      if (!drawn_ || r.result.seeds.empty()) continue;
      const auto [low, high] = std::minmax_element(r.result.of(metric_).begin(), r.result.of(metric_).end());
      least_ = std::min(least_, *low);
      most_ = std::max(most_, *high);
    }
  }
  [[nodiscard]] std::string head() const { return drawn_ ? "  worst to best" : ""; }
  [[nodiscard]] std::string of(const row& r) const {
    if (!drawn_) return {};
    const std::string bars = sparkline(r.result.of(metric_), least_, most_);
    return terminal::colours(1) ? "  \x1b[36m" + bars + "\x1b[0m" : "  " + bars;
  }

 private:
  std::string_view metric_;
  bool drawn_;
  double least_ = std::numeric_limits<double>::infinity();
  double most_ = -std::numeric_limits<double>::infinity();
};

void table(const findings& f, std::ostream& out) {
  const spark_column sparks(f, out);
  std::size_t name_width = 8;
  for (const row& r : f.rows) name_width = std::max(name_width, r.name.size());
  for (const reference& r : f.references) name_width = std::max(name_width, r.name.size() + 2);
  std::string head = "  policy";
  pad_to(head, name_width + 4, head.size());
  std::size_t total = name_width + 4;
  for (const figure& c : f.how.columns) {
    std::string title(c.title);
    pad_to(title, width_of(c), title.size());
    head += title;
    total += width_of(c);
  }
  if (f.has_regret()) {
    head += "regret";
    total += 6;
  }
  if (f.known_rate) {
    head += "  to rate-known";
    total += 15;
  }
  head += sparks.head();
  total += sparks.head().size();
  trim(head);
  out << head << "\n  ";
  for (std::size_t k = 2; k < total; ++k) out << "─";
  out << '\n';
  for (const row& r : f.rows) {
    if (r.result.seeds.empty()) continue;
    std::string line = "  " + r.name;
    pad_to(line, name_width + 4, line.size());
    for (const figure& c : f.how.columns) {
      std::string text = cell(r.result.summarized(c.metric), c.scale, c.decimals, c.width);
      pad_to(text, width_of(c), shown(text));
      line += text;
    }
    if (r.regret) {
      const std::string text = fixed(*r.regret, 2);
      line += std::string(6 - std::min<std::size_t>(6, text.size()), ' ') + text;
    }
    if (f.known_rate) {
      const double more = f.known_rate->regret(r.result, f.how.service.metric, f.how.cost.metric);
      const std::string text = std::isfinite(more) ? fixed(more, 2) : "–";
      line += std::string(15 - shown(text), ' ') + text;
    }
    line += sparks.of(r);
    trim(line);
    out << line << '\n';
  }
  for (const reference& r : f.references) {
    std::string line = "  [" + r.name + "]";
    pad_to(line, name_width + 4, line.size());
    for (const figure& c : f.how.columns) {
      std::string text;
      for (const auto& [metric, value] : r.figures) {
        if (metric != c.metric) continue;
        text = fixed(value * c.scale, c.decimals);
        text.insert(0, static_cast<std::size_t>(std::max(0, c.width - static_cast<int>(text.size()))), ' ');
      }
      pad_to(text, width_of(c), text.size());
      line += text;
    }
    trim(line);
    out << line << '\n';
  }
}

}  // namespace

void print(const findings& f, std::ostream& out) {
  const figure& service = f.how.service;
  const figure& cost = f.how.cost;
  out << f.how.subject << f.sentence << ".\n";
  out << "Actions " << f.actions << f.how.unit << ". " << f.seeds.size() << " paired episodes, seeds "
      << f.seeds.front() << " to " << f.seeds.back() << "; mean ± half of the 95 % interval.\n\n";
  table(f, out);
  if (f.clairvoyant) out << clairvoyant_line(*f.clairvoyant, f.level) << '\n';
  if (f.known_rate) out << known_rate_line_text(*f.known_rate, f.level, f.how.noun) << '\n';
  if (!f.regret.empty() && f.has_regret()) out << "  " << f.regret << '\n';
  out << '\n';
  for (const row& r : f.rows) {
    if (r.by_train_seed.size() < 2) continue;
    std::vector<double> levels;
    std::vector<double> costs;
    for (const evaluation& e : r.by_train_seed) {
      levels.push_back(e.summarized(service.metric).mean * service.scale);
      costs.push_back(e.summarized(cost.metric).mean * cost.scale);
    }
    const auto [low, high] = std::minmax_element(levels.begin(), levels.end());
    const auto [few, many] = std::minmax_element(costs.begin(), costs.end());
    out << "  " << r.name << ": the median of " << levels.size() << " training seeds of " << r.train_episodes
        << " episodes; they reach " << fixed(*low, service.decimals) << " to " << fixed(*high, service.decimals) << ' '
        << service.amount << " with " << fixed(*few, cost.decimals) << " to " << fixed(*many, cost.decimals) << ' '
        << cost.amount << ".\n";
  }
  verdicts(f, out);
  checkpoints(f, out);
  for (const std::string& note : f.notes) out << "  " << note << '\n';
  if (f.stopped) out << "  Interrupted: what was not finished is not in the table.\n";
}

}  // namespace tool::report
