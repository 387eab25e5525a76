#include "support/journal_files.hpp"

#include <algorithm>    // std::find, std::nth_element, std::sort
#include <cmath>        // std::llround
#include <filesystem>   // std::filesystem::is_regular_file
#include <fstream>      // std::ifstream
#include <set>          // std::set
#include <string_view>  // std::string_view
#include <utility>      // std::pair

#include <headroom/core/check.hpp>
#include <headroom/io/journal_reader.hpp>
#include <headroom/offline/log_csv.hpp>

namespace tool {

using namespace headroom;

namespace {

const journal_field* field_in(const journal_record& r, std::string_view name) {
  for (const journal_field& f : r.fields) {
    if (f.name == name && f.why.empty()) return &f;
  }
  return nullptr;
}

// The usual distance of decisions; 0 where there are fewer than two.
double usual_distance(const std::vector<journal_record>& all) {
  std::vector<double> distances;
  for (std::size_t k = 1; k < all.size(); ++k) {
    if (all[k].run == all[k - 1].run) distances.push_back(all[k].time_s - all[k - 1].time_s);
  }
  if (distances.empty()) return 0;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  const double d = *middle;
  return d >= 1 ? std::round(d) : std::round(d * 1000) / 1000;
}

std::vector<journal_record> whole_journal(const std::filesystem::path& file) {
  std::vector<journal_record> all = journal_records(file);
  if (all.size() < 2 || !(usual_distance(all) > 0))
    throw file_error(file, "holds " + to_text(all.size()) + " decisions, must hold two of one run at least");
  return all;
}

}  // namespace

bool is_journal(const std::filesystem::path& file) {
  // A pipe would wait for its first line, and could not be read from the beginning again.
  if (!std::filesystem::is_regular_file(file)) return false;
  constexpr std::string_view begin = R"({"schema":)";
  std::string first(begin.size(), '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(first.data(), static_cast<std::streamsize>(first.size()));
  return in.gcount() == static_cast<std::streamsize>(begin.size()) && first == begin;
}

journal_table journal_as_load(const std::filesystem::path& file, const std::string& field) {
  const std::vector<journal_record> all = whole_journal(file);
  const double step_s = usual_distance(all);
  journal_table t;
  t.csv = "time_s,requests_per_s\n";
  long long last = 0;
  bool named = false;
  for (const journal_record& r : all) {
    for (const journal_field& f : r.fields) named = named || f.name == field;
    const journal_field* const f = field_in(r, field);
    const long long place = std::llround(r.time_s / step_s);
    if (f == nullptr || (t.rows > 0 && place <= last)) {
      ++t.left_out;
      continue;
    }
    last = place;
    ++t.rows;
    t.csv += to_text(static_cast<double>(place) * step_s) + ',' + to_text(f->value) + '\n';
  }
  if (!named) throw file_error(file, "has no field '" + field + "', must have one; name another with --field");
  if (t.rows == 0) throw file_error(file, "never knew the field '" + field + "'");
  return t;
}

journal_table journal_as_history(const std::filesystem::path& file) {
  const std::vector<journal_record> all = whole_journal(file);
  const double step_s = usual_distance(all);
  constexpr std::pair<const char*, const char*> columns[] = {{"load", "requests_per_s"},
                                                             {"replicas", "wanted"},
                                                             {"ready", "ready"},
                                                             {"in_flight", "in_flight"},
                                                             {"utilisation", "utilisation"},
                                                             {"latency_s", "latency_s"},
                                                             {"p50_s", "p50_s"},
                                                             {"p95_s", "p95_s"},
                                                             {"p99_s", "p99_s"}};
  std::string names = "time_s";
  std::vector<const char*> read;
  for (const auto& [field, column] : columns) {
    bool known = false;
    for (const journal_record& r : all) known = known || field_in(r, field) != nullptr;
    if (!known) continue;
    read.push_back(field);
    names.append(",").append(column);
  }
  // The longest stretch in which the load and the replicas are known at each step.
  std::size_t begin = 0;
  std::size_t longest = 0;
  std::size_t longest_begin = 0;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const bool known = field_in(all[k], "load") != nullptr && field_in(all[k], "replicas") != nullptr;
    const bool follows =
        k > begin && std::llround(all[k].time_s / step_s) == std::llround(all[k - 1].time_s / step_s) + 1;
    if (!known) {
      begin = k + 1;
      continue;
    }
    if (!follows) begin = k;
    if (k + 1 - begin > longest) {
      longest = k + 1 - begin;
      longest_begin = begin;
    }
  }
  journal_table t;
  t.csv = names + '\n';
  for (std::size_t k = longest_begin; k < longest_begin + longest; ++k) {
    t.csv += to_text(static_cast<double>(std::llround(all[k].time_s / step_s)) * step_s);
    for (const char* const field : read) {
      const journal_field* const f = field_in(all[k], field);
      t.csv += ',';
      if (f != nullptr) t.csv += to_text(f->value);
    }
    t.csv += '\n';
  }
  t.rows = longest;
  t.left_out = all.size() - longest;
  if (t.rows == 0) throw file_error(file, "never knew the load and the replicas together, must know both");
  return t;
}

journal_table journal_as_log(const std::filesystem::path& file, std::vector<int>& moves,
                             const std::filesystem::path& to) {
  std::set<int> made{0};
  std::vector<std::string> fields;
  std::uint64_t decisions = 0;
  bool rewarded = false;
  (void)read_journal(file, [&](const journal_record& r) {
    ++decisions;
    rewarded = rewarded || !r.reward.empty();
    if (r.outcome == decision_outcome::applied && r.from && r.to) made.insert(*r.to - *r.from);
    for (const journal_field& f : r.fields) {
      if (f.name != "time_s" && std::find(fields.begin(), fields.end(), f.name) == fields.end())
        fields.push_back(f.name);
    }
  });
  if (!rewarded)
    throw file_error(file, "tells no reward, must tell one: name source.late in the settings, so that it is known");
  if (moves.empty()) moves.assign(made.begin(), made.end());
  const auto log = journal_transitions(file, moves, fields);
  if (log.empty()) {
    throw file_error(file, "has no step to learn from: " + to_text(decisions) +
                               " decisions, and in none is everything known before and after, with a move of the menu");
  }
  write_log_csv(log, to);
  return {{}, log.size(), decisions - log.size()};
}

}  // namespace tool
