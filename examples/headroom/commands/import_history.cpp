#include "commands/import_history.hpp"

#include <algorithm>    // std::max, std::min
#include <cmath>        // std::isfinite, std::round
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t, std::uint64_t
#include <iostream>     // std::cerr
#include <limits>       // std::numeric_limits
#include <map>          // std::map
#include <stdexcept>    // std::invalid_argument
#include <string_view>  // std::string_view

#include <nlohmann/json.hpp>
#include <toml++/toml.h>

#include <headroom/core/check.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "support/files.hpp"

namespace tool {

using namespace headroom;

namespace {

// Values by their moment, in thousandths of a second, which is what Prometheus counts in.
using moments = std::map<std::int64_t, double>;

moments values_of(const std::string& name, const std::string& json) {
  const auto answer = nlohmann::json::parse(json);
  const auto& series = answer.at("data").at("result");
  const std::string who = "--queries: " + name;
  require(!series.empty(), who, "number of series", 0, "be 1: no value in the whole time");
  require(series.size() == 1, who, "number of series", series.size(), "be 1: aggregate them, as in sum(...)");
  moments all;
  for (const auto& value : series[0].at("values")) {
    const auto number = from_text<double>(value.at(1).get<std::string>());
    if (number && std::isfinite(*number))
      all[static_cast<std::int64_t>(std::round(value.at(0).get<double>() * 1000))] = *number;
  }
  require(!all.empty(), who, "number of values that are finite", 0, "be at least 1");
  return all;
}

void add_query(history_queries& all, const std::filesystem::path& file, const std::string& name,
               const toml::node* expression) {
  const std::string who = file.string() + ": " + name;
  const auto* text = expression == nullptr ? nullptr : expression->as_string();
  require(text != nullptr && !text->get().empty(), who, "the query", "none", "be an expression in quotation marks");
  const bool plain = name.find_first_of(",\"\n") == std::string::npos;
  require(plain && name != "time_s", who, "the name", name, "be without commas and quotation marks, and not time_s");
  all.emplace_back(name == "load" ? "rps" : name, text->get());
}

}  // namespace

history_queries read_history_queries(const std::filesystem::path& file) {
  const std::string text = file_lines(file).all(1 << 20);
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& e) {
    throw std::invalid_argument(file.string() + ", line " + to_text(static_cast<std::int64_t>(e.source().begin.line)) +
                                ": " + std::string(e.description()));
  }
  history_queries all;
  if (const toml::table* source = table["source"].as_table()) {
    for (const auto& [name, field] : *source)
      if (const toml::table* one = field.as_table()) add_query(all, file, std::string(name), one->get("query"));
  } else {
    for (const auto& [name, expression] : table) add_query(all, file, std::string(name), &expression);
  }
  require(!all.empty(), file.string(), "number of queries", 0,
          "be at least 1, as in [source.load] with query = \"sum(rate(x_total[1m]))\"");
  return all;
}

std::string history_text(const prometheus_source_options& o, const history_queries& queries) {
  std::vector<moments> columns;
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  std::string text = "time_s";
  for (const auto& [name, expression] : queries) {
    columns.push_back(values_of(name, fetch_history_values(o, expression)));
    first = std::max(first, columns.back().begin()->first);
    last = std::min(last, columns.back().rbegin()->first);
    text += ',' + name;
  }
  require(first <= last, "--queries", "the time in which every query has a value", "empty",
          "hold a row: look at each query alone");
  text += '\n';
  const auto step = static_cast<std::int64_t>(std::round(span_in("--step", o.step) * 1000));
  std::size_t rows = 0;
  std::size_t unknown = 0;
  for (std::int64_t at = first; at <= last; at += step, ++rows) {
    text += to_text(at / 1000);
    if (at % 1000 != 0) text += '.' + to_text(at % 1000 + 1000).substr(1);
    for (const moments& column : columns) {
      const auto value = column.find(at);
      text += ',';
      if (value != column.end()) text += to_text(value->second);
      unknown += value == column.end() ? 1U : 0U;
    }
    text += '\n';
  }
  std::cerr << "headroom: " << rows << " rows of " << o.step << ", " << queries.size() << " columns, " << unknown
            << " cells are not known and empty\n";
  return text;
}

}  // namespace tool
