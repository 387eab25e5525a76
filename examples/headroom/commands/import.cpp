#include <algorithm>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <headroom/core/check.hpp>
#include <headroom/io/streamed_trace.hpp>

#include "commands/commands.hpp"
#include "http/prometheus_source.hpp"
#include "support/command_line.hpp"
#include "support/files.hpp"
#include "support/journal_files.hpp"
#include "support/recorded_load.hpp"
#include "support/temporary_folder.hpp"

/// `headroom import`: reads a recorded load in any of the shapes in which people have it, and writes it as a clean one.
namespace tool {

using namespace headroom;

namespace {

struct import_options {
  std::filesystem::path file{};
  std::filesystem::path out{};
  recorded_load_options load{};
  prometheus_source_options source{};
  std::string field = "load";

  void declare(command& to) {
    const option one =
        to.add("file", file,
               "CSV of times and requests, or of requests alone, also of other separators, in gzip or UTF-16; "
               "JSON as Prometheus answers to query_range; a list of arrival times; a journal of `run`");
    source.declare(to, one);
    to.add("--field", field, "Of a journal of `run`: the field that is the load, requests a second").shows_default();
    to.add("--out", out, "File to write (default: standard output)");
    load.declare(to, nullptr);
  }
};

// Digits without an exponent, which spreadsheets and shells read as well.
template <class Number>
void append(std::string& to, Number value) {
  char digits[400];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed).ptr);
}

// The time of an interval as people write it: 0.3 and not 0.30000000000000004.
double begin_of(std::size_t interval, double interval_s) {
  const double exact = static_cast<double>(interval) * interval_s;
  return tidied(exact, 4 * std::numeric_limits<double>::epsilon() * exact);
}

std::string clean_text(const streamed_trace& t) {
  std::string text = "t_s,requests\n";
  std::vector<float> counts(4096);
  for (std::size_t first = 0; first < t.size(); first += counts.size()) {
    counts.resize(std::min(counts.size(), t.size() - first));
    t.read(first, counts);
    for (std::size_t k = 0; k < counts.size(); ++k) {
      append(text, begin_of(first + k, t.interval_s()));
      text += ',';
      append(text, counts[k]);
      text += '\n';
    }
  }
  return text;
}

std::string imported_text(const import_options& o) {
  if (!o.source.url.empty()) {
    const temporary_folder folder;
    const std::filesystem::path file = folder / "prometheus";
    const streamed_trace t = fetch_history(o.source, o.load, file);
    tell_recorded_load(file, o.load, t);
    return clean_text(t);
  }
  require(!o.file.empty(), "import", "what is to be imported", "not said", "be a file, or --prometheus and an address");
  if (is_journal(o.file)) {
    const temporary_folder folder;
    const std::filesystem::path file = folder / o.file.filename().string();
    const journal_table table = journal_as_load(o.file, o.field);
    write_file(file, table.csv);
    if (table.left_out > 0)
      std::cerr << "headroom: the journal does not know " << o.field << " at " << table.left_out << " decisions\n";
    recorded_load_options as = o.load;
    as.per_second = true;
    as.rising = true;
    as.time_column = "time_s";
    as.count_column = "requests_per_s";
    const streamed_trace t = open_recorded_load(file, as);
    tell_recorded_load(file, as, t);
    return clean_text(t);
  }
  const streamed_trace t = open_recorded_load(o.file, o.load);
  tell_recorded_load(o.file, o.load, t);
  return clean_text(t);
}

int import_load(const import_options& o) {
  require_place(o.out);
  const std::string text = imported_text(o);
  if (!o.out.empty()) {
    write_file(o.out, text);
    return exit_done;
  }
  std::cout << text << std::flush;
  if (std::cout) return exit_done;
  std::cerr << "headroom: standard output cannot be written\n";
  return exit_failed;
}

}  // namespace

void add_import(command_line& to) {
  command& c = to.add(
      "import", "Read a recorded load in any shape or from Prometheus, say how it was understood, write a clean CSV");
  const auto o = std::make_shared<import_options>();
  o->declare(c);
  c.footer(
      "Examples:\n"
      "  headroom import requests.csv --out load.csv\n"
      "  headroom import counts.csv.gz --interval 60 --gap zero --out load.csv\n"
      "  headroom import range.json --series app=shop --counter --out load.csv\n"
      "  headroom import --prometheus http://127.0.0.1:9090 --query 'sum(rate(http_requests_total[1m]))' \\\n"
      "    --per-second --from now-7d --step 1m --gap hold --out load.csv\n"
      "  headroom compare --trace load.csv\n"
      "What a file does not say is asked for by the name of the option, and never guessed.");
  c.runs([o] { return import_load(*o); });
}

}  // namespace tool
