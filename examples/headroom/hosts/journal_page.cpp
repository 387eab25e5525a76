#include "hosts/journal_page.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <headroom/io/journal_record.hpp>

#include "hosts/decision_words.hpp"
#include "hosts/journal_use.hpp"

namespace tool {

using namespace headroom;

namespace {

constexpr std::size_t most_drawn = 3'000;
constexpr std::size_t most_told = 300;

using page_json = nlohmann::ordered_json;

page_json known(double v) { return std::isfinite(v) ? page_json(v) : page_json(nullptr); }
page_json known(const std::optional<int>& v) { return v ? page_json(*v) : page_json(nullptr); }

// A column that a decision may not have: null until it is filled.
void put(page_json& columns, const std::string& name, std::size_t row, std::size_t rows, page_json value) {
  if (!columns.contains(name)) columns[name] = std::vector<std::nullptr_t>(rows, nullptr);
  columns[name][row] = std::move(value);
}

page_json told(const journal_record& r) {
  page_json one{{"time", utc_text(r.time_s)}, {"run", r.run}, {"number", r.number}, {"line", line_of(r)}};
  one["sentences"] = page_json::array();
  const std::string text = sentences_of(r);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    one["sentences"].push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return one;
}

}  // namespace

nlohmann::ordered_json journal_for_page(const std::filesystem::path& file) {
  const std::vector<journal_record> all = decisions_in(file);
  const std::size_t drawn = std::min(all.size(), most_drawn);
  const std::size_t first = all.size() - drawn;
  page_json j;
  j["name"] = file.filename().string();
  j["decisions"] = all.size();
  j["drawn"] = drawn;
  j["from"] = utc_text(all[first].time_s);
  j["to"] = utc_text(all.back().time_s);
  j["model"] = all.back().model;
  for (const char* name : {"time_s", "replicas", "wanted", "wished"}) j[name] = page_json::array();
  j["fields"] = page_json::object();
  j["shadows"] = page_json::object();
  j["reward"] = page_json::object();
  j["outcomes"] = page_json::object();
  for (std::size_t k = 0; k < drawn; ++k) {
    const journal_record& r = all[first + k];
    j["time_s"].push_back(std::round(1e3 * r.time_s) / 1e3);
    j["replicas"].push_back(known(r.from));
    j["wanted"].push_back(known(r.to));
    j["wished"].push_back(r.from ? page_json(*r.from + r.wished) : page_json(nullptr));
    for (const journal_field& f : r.fields) {
      if (f.name != "time_s" && f.name != "replicas") put(j["fields"], f.name, k, drawn, known(f.value));
    }
    for (const journal_shadow& s : r.shadows) {
      if (r.from) put(j["shadows"], s.name, k, drawn, *r.from + s.decided);
    }
    for (const journal_number& n : r.reward) put(j["reward"], n.name, k, drawn, known(n.value));
    const std::string outcome(to_text(r.outcome));
    j["outcomes"][outcome] = j["outcomes"].value(outcome, 0) + 1;
  }
  j["told"] = page_json::array();
  for (std::size_t k = all.size(); k-- > 0 && j["told"].size() < most_told;) j["told"].push_back(told(all[k]));
  return j;
}

}  // namespace tool
