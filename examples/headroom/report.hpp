#pragma once

#include <unistd.h>  // access

#include <algorithm>     // std::max, std::minmax_element, std::nth_element
#include <cmath>         // std::abs
#include <cstddef>       // std::size_t
#include <cstdint>       // std::uint64_t
#include <cstdio>        // std::snprintf
#include <filesystem>    // std::filesystem::path
#include <ostream>       // std::ostream
#include <span>          // std::span, std::as_bytes
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::error_code
#include <vector>        // std::vector

#include <nlohmann/json.hpp>

#include <headroom/io/file.hpp>
#include <headroom/run/compare.hpp>
#include <headroom/version.hpp>

/// What the tool found, for a person, for a program and for a spreadsheet.
namespace report {

using namespace headroom;

/// A learner at one moment of its training: its means, one per training seed.
struct checkpoint_row {
  std::uint64_t episodes = 0;
  std::vector<double> final_qos{};
  std::vector<double> mean_workers{};
  std::vector<double> mean_workers_by_time{};
};

/// One policy's result. A learner has one evaluation per training seed; its own is that of the median one by QoS.
struct row {
  std::string name{};
  evaluation result{};
  bool learns = false;
  std::uint64_t train_episodes = 0;
  std::vector<std::uint64_t> train_seeds{};
  std::vector<evaluation> by_train_seed{};
  std::vector<checkpoint_row> checkpoints{};
};

/// The whole answer.
struct findings {
  std::string environment = "farm";
  std::string workload;
  std::string sentence;
  std::string actions;
  std::vector<std::uint64_t> seeds;
  std::vector<row> rows;
  std::vector<std::string> notes;
  bool stopped = false;
  bool wide = false;  ///< moves of more than one worker: steps differ in length

  /// Weighting by time changes nothing where every step lasts the same.
  [[nodiscard]] bool shows(std::string_view metric) const { return wide || metric != "mean_workers_by_time"; }
};

inline std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// A mean and half its 95 % interval, right-aligned: " 99.31 ±0.10".
inline std::string cell(const summary& s, double scale, int decimals, int width) {
  const std::string mean = fixed(s.mean * scale, decimals);
  const std::string half = fixed((s.high - s.low) / 2 * scale, decimals);
  const auto pad = static_cast<std::size_t>(std::max(0, width - static_cast<int>(mean.size())));
  std::string text = std::string(pad, ' ') + mean + " ±" + half;
  const std::size_t tail = static_cast<std::size_t>(decimals + 3);
  if (half.size() < tail) text += std::string(tail - half.size(), ' ');
  return text;
}

struct column_style {
  std::string_view metric;
  std::string_view title;
  double scale;
  int decimals;
  int width;
};
inline constexpr column_style columns[] = {
    {"final_qos", "in time %", 100, 2, 6},   {"mean_workers", "mean workers", 1, 2, 5},
    {"max_workers", "max workers", 1, 1, 4}, {"scaling_actions", "scalings", 1, 1, 4},
    {"noop_actions", "no-ops", 1, 1, 5},     {"mean_workers_by_time", "workers by time", 1, 2, 5},
    {"total_reward", "reward", 1, 0, 7},
};

inline void pad_to(std::string& line, std::size_t width, std::size_t shown) {
  if (shown < width) line += std::string(width - shown, ' ');
}
/// Columns that a text takes on a terminal: bytes that begin a character.
inline std::size_t shown(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  return n;
}

/// Says of each learner what it is worth beside the baseline nearest to it in QoS, seed by seed, and who beats it
/// outright.
inline void verdicts(const findings& f, std::ostream& out) {
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
        better += (better.empty() ? "" : ", ") + other.name;
    }
    if (nearest == nullptr) continue;
    comparison pair;
    pair.contenders = {{"a", learner.result}, {"b", nearest->result}};
    const summary q = pair.difference("a", "b", "final_qos");
    const summary w = pair.difference("a", "b", "mean_workers");
    const auto difference = [](const summary& s, double scale) {
      return (s.mean >= 0 ? "+" : "") + fixed(s.mean * scale, 2) + " ±" + fixed((s.high - s.low) / 2 * scale, 2);
    };
    out << "  " << learner.name << " against " << nearest->name << ", paired: " << difference(q, 100)
        << " points in time, " << difference(w, 1) << " workers.";
    if (!better.empty()) out << " It loses on both counts to " << better << ".";
    out << '\n';
  }
}

/// The lower of the two in the middle, if their number is even.
inline double median(std::vector<double> sample) {
  const auto middle = sample.begin() + static_cast<std::ptrdiff_t>((sample.size() - 1) / 2);
  std::nth_element(sample.begin(), middle, sample.end());
  return *middle;
}

/// Whether a learner settles, and whether its training seeds agree: its level at moments of the training.
inline void checkpoints(const findings& f, std::ostream& out) {
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

inline void print(const findings& f, std::ostream& out) {
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
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out << line << '\n';
  }
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

inline nlohmann::ordered_json summary_json(const evaluation& e) {
  nlohmann::ordered_json j = nlohmann::ordered_json::object();
  for (const std::string_view metric : e.names) {
    const summary s = e.summarized(metric);
    j[std::string(metric)] = {{"mean", s.mean}, {"std", s.deviation}, {"ci95", {s.low, s.high}}};
  }
  return j;
}

inline nlohmann::ordered_json to_json(const findings& f) {
  nlohmann::ordered_json j;
  j["environment"] = f.environment;
  j["workload"] = f.workload;
  j["actions"] = f.actions;
  j["headroom_version"] =
      to_text(HEADROOM_VERSION_MAJOR) + "." + to_text(HEADROOM_VERSION_MINOR) + "." + to_text(HEADROOM_VERSION_PATCH);
  j["stopped"] = f.stopped;
  j["seeds"] = f.seeds;
  j["policies"] = nlohmann::ordered_json::array();
  for (const row& r : f.rows) {
    nlohmann::ordered_json p;
    p["name"] = r.name;
    p["summary"] = summary_json(r.result);
    p["episodes"] = nlohmann::ordered_json::array();
    for (std::size_t k = 0; k < r.result.seeds.size(); ++k) {
      nlohmann::ordered_json one;
      one["seed"] = r.result.seeds[k];
      for (std::size_t m = 0; m < r.result.names.size(); ++m)
        one[std::string(r.result.names[m])] = r.result.values[m][k];
      p["episodes"].push_back(one);
    }
    if (r.learns) {
      p["train_episodes"] = r.train_episodes;
      p["train_seeds"] = nlohmann::ordered_json::array();
      for (std::size_t k = 0; k < r.by_train_seed.size(); ++k) {
        p["train_seeds"].push_back({{"seed", r.train_seeds[k]}, {"summary", summary_json(r.by_train_seed[k])}});
      }
      // Arrays in the order of train_seeds.
      for (const checkpoint_row& at : r.checkpoints) {
        p["checkpoints"].push_back({{"episodes", at.episodes},
                                    {"final_qos", at.final_qos},
                                    {"mean_workers", at.mean_workers},
                                    {"mean_workers_by_time", at.mean_workers_by_time}});
      }
    }
    j["policies"].push_back(p);
  }
  return j;
}

inline std::string to_csv(const findings& f) {
  std::string text;
  for (const row& r : f.rows) {
    if (text.empty()) {
      text = "policy,seed";
      for (const std::string_view m : r.result.names) text.append(",").append(m);
      text += '\n';
    }
    for (std::size_t k = 0; k < r.result.seeds.size(); ++k) {
      text += r.name + ',' + to_text(r.result.seeds[k]);
      for (const auto& values : r.result.values) text += ',' + to_text(values[k]);
      text += '\n';
    }
  }
  return text;
}

/// Whether a result can be written there, asked before an hour of training and not after. Throws file_error.
inline void require_place(const std::filesystem::path& file) {
  if (file.empty()) return;
  require_regular_or_absent(file);
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    throw file_error(file, "cannot be written: there is no folder " + folder.string());
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw file_error(file, "cannot be written: the folder is not ours to write to");
}

/// All or nothing, as checkpoints are written.
inline void write(const std::filesystem::path& file, const std::string& text) {
  write_atomically(file, {std::as_bytes(std::span<const char>(text.data(), text.size()))});
}

}  // namespace report
