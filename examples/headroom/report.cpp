#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include <headroom/core/types.hpp>
#include <headroom/run/compare.hpp>

namespace report {

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

struct column_style {
  std::string_view metric;
  std::string_view title;
  double scale;
  int decimals;
  int width;
};
constexpr column_style columns[] = {
    {"final_qos", "in time %", 100, 2, 6},   {"mean_workers", "mean workers", 1, 2, 5},
    {"max_workers", "max workers", 1, 1, 4}, {"scaling_actions", "scalings", 1, 1, 4},
    {"noop_actions", "no-ops", 1, 1, 5},     {"mean_workers_by_time", "workers by time", 1, 2, 5},
    {"total_reward", "reward", 1, 0, 7},
};

// Says of each learner what it is worth beside the baseline nearest to it in QoS, seed by seed, and who beats it
// outright.
void verdicts(const findings& f, std::ostream& out) {
  for (const row& learner : f.rows) {
    if (!learner.learns) continue;
    const double qos = learner.result.summarized("final_qos").mean;
    const double workers = learner.result.summarized("mean_workers").mean;
    const row* nearest = nullptr;
    std::string better;
    for (const row& other : f.rows) {
      if (other.learns || other.result.seeds != learner.result.seeds) continue;
      const double q = other.result.summarized("final_qos").mean;
      if (nearest == nullptr || std::abs(q - qos) < std::abs(nearest->result.summarized("final_qos").mean - qos))
        nearest = &other;
      if (q >= qos && other.result.summarized("mean_workers").mean <= workers)
        better.append(better.empty() ? "" : ", ").append(other.name);
    }
    if (nearest == nullptr) continue;
    comparison pair;
    pair.contenders = {{"a", learner.result}, {"b", nearest->result}};
    const summary q = pair.difference("a", "b", "final_qos");
    const summary w = pair.difference("a", "b", "mean_workers");
    const auto difference = [](const summary& s, double scale) {
      std::string text = fixed(s.mean * scale, 2);
      if (s.mean >= 0) text.insert(text.begin(), '+');
      return text.append(" ±").append(fixed((s.high - s.low) / 2 * scale, 2));
    };
    out << "  " << learner.name << " against " << nearest->name << ", paired: " << difference(q, 100)
        << " points in time, " << difference(w, 1) << " workers.";
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
  for (const row& r : f.rows) {
    if (r.checkpoints.empty() || r.checkpoints.front().final_qos.empty()) continue;
    const std::size_t seeds = r.checkpoints.front().final_qos.size();
    out << "  " << r.name << " over its training, " << seeds << (seeds == 1 ? " training seed" : " training seeds")
        << ": the learner as it stood then, median and range.\n";
    out << "    episodes   in time %                    " << (f.wide ? "workers by time" : "mean workers") << '\n';
    for (const checkpoint_row& at : r.checkpoints) {
      const auto spread = [&](std::vector<double> values, double scale, int width) {
        for (double& v : values) v *= scale;
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        const std::string middle = fixed(median(values), 2);
        const auto pad = static_cast<std::size_t>(std::max(0, width - static_cast<int>(middle.size())));
        return std::string(pad, ' ') + middle + "  (" + fixed(*low, 2) + " to " + fixed(*high, 2) + ")";
      };
      const std::string episodes = to_text(at.episodes);
      std::string line(12 - std::min<std::size_t>(12, episodes.size()), ' ');
      line += episodes + "   " + spread(at.final_qos, 100, 6);
      pad_to(line, 44, line.size());
      out << line << spread(f.wide ? at.mean_workers_by_time : at.mean_workers, 1, 6) << '\n';
    }
  }
}

}  // namespace

std::string clairvoyant_line(const bound::curve& c, double level) {
  const double proven = c.lower_at(level);
  const double found = c.found_at(level);
  std::string line = "  clairvoyant: " + fixed(level * 100, 2) + " % of all requests in time needs at least " +
                     fixed(proven, 2) + " mean workers, proven; ";
  if (!std::isfinite(found)) return line + "no schedule was found that keeps it.";
  return line + "a schedule that keeps it with " + fixed(found, 2) + " was found (gap " + fixed(found - proven, 2) +
         "). Regret: mean workers above the proven bound at a policy's own level.";
}

void print(const findings& f, std::ostream& out) {
  std::size_t name_width = 8;
  for (const row& r : f.rows) name_width = std::max(name_width, r.name.size());
  out << "The farm under " << f.sentence << ".\n";
  out << "Actions " << f.actions << " workers. " << f.seeds.size() << " paired episodes, seeds " << f.seeds.front()
      << " to " << f.seeds.back() << "; mean ± half of the 95 % interval.\n\n";
  std::string head = "  policy";
  pad_to(head, name_width + 4, head.size());
  std::size_t total = name_width + 4;
  for (const column_style& c : columns) {
    if (!f.shows(c.metric)) continue;
    const std::size_t width = static_cast<std::size_t>(c.width + c.decimals + 5) + 2;
    const std::size_t text = std::max(width, c.title.size() + 2);
    std::string title(c.title);
    pad_to(title, text, title.size());
    head += title;
    total += text;
  }
  if (f.clairvoyant) {
    head += "regret";
    total += 6;
  }
  while (!head.empty() && head.back() == ' ') head.pop_back();
  out << head << "\n  ";
  for (std::size_t k = 2; k < total; ++k) out << "─";
  out << '\n';
  for (const row& r : f.rows) {
    if (r.result.seeds.empty()) continue;
    std::string line = "  " + r.name;
    pad_to(line, name_width + 4, line.size());
    for (const column_style& c : columns) {
      if (!f.shows(c.metric)) continue;
      const std::size_t width = static_cast<std::size_t>(c.width + c.decimals + 5) + 2;
      std::string text = cell(r.result.summarized(c.metric), c.scale, c.decimals, c.width);
      pad_to(text, std::max(width, c.title.size() + 2), shown(text));
      line += text;
    }
    if (f.clairvoyant) {
      const std::string text = fixed(f.regret(r.result), 2);
      line += std::string(6 - std::min<std::size_t>(6, text.size()), ' ') + text;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out << line << '\n';
  }
  if (f.clairvoyant) out << clairvoyant_line(*f.clairvoyant, f.level) << '\n';
  out << '\n';
  for (const row& r : f.rows) {
    if (r.by_train_seed.size() < 2) continue;
    std::vector<double> qos;
    std::vector<double> workers;
    for (const evaluation& e : r.by_train_seed) {
      qos.push_back(e.summarized("final_qos").mean * 100);
      workers.push_back(e.summarized("mean_workers").mean);
    }
    const auto [low, high] = std::minmax_element(qos.begin(), qos.end());
    const auto [few, many] = std::minmax_element(workers.begin(), workers.end());
    out << "  " << r.name << ": the median of " << qos.size() << " training seeds of " << r.train_episodes
        << " episodes; they reach " << fixed(*low, 2) << " to " << fixed(*high, 2) << " % in time with "
        << fixed(*few, 2) << " to " << fixed(*many, 2) << " workers.\n";
  }
  verdicts(f, out);
  checkpoints(f, out);
  for (const std::string& note : f.notes) out << "  " << note << '\n';
  if (f.stopped) out << "  Interrupted: what was not finished is not in the table.\n";
}

}  // namespace report
