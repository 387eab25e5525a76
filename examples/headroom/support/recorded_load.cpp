#include "support/recorded_load.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>

#include "support/command_line.hpp"
#include "support/terminal.hpp"

namespace tool {

using namespace headroom;

namespace {

template <class Value>
Value one_of(const char* option, const char* what, const std::string& said, const std::map<std::string, Value>& all,
             const char* law) {
  const auto found = all.find(said);
  require(found != all.end(), option, what, said, law);
  return found->second;
}

// The library names its own options; whoever reads the message has those of the command line.
std::string in_words_of_the_tool(const std::string& sentence) {
  static const std::map<std::string_view, std::string_view> options{{"unit_s", "--time-unit"},
                                                                    {"interval_s", "--interval"},
                                                                    {"time_column", "--time-column"},
                                                                    {"count_column", "--count-column"},
                                                                    {"gap", "--gap"},
                                                                    {"repeat", "--repeat"},
                                                                    {"series", "--series"},
                                                                    {"separator", "--separator"},
                                                                    {"decimal", "--decimal"},
                                                                    {"counter", "--counter"},
                                                                    {"rising", "--rising"},
                                                                    {"arrivals", "--arrivals"}};
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  std::string out;
  std::string before;  // the word before
  bool setting = false;
  for (std::size_t at = 0; at < sentence.size();) {
    if (!is_word(sentence[at])) {
      out += sentence[at++];
      continue;
    }
    std::size_t end = at;
    while (end < sentence.size() && is_word(sentence[end])) ++end;
    const std::string word = sentence.substr(at, end - at);
    at = end;
    setting = setting || (word == "set" && !before.empty());
    const auto found = options.find(word);
    const bool asked = before == "set" || (setting && before == "or") || word.find('_') != std::string::npos ||
                       (out.empty() && sentence[end] == ':');
    out += found != options.end() && asked ? std::string(found->second) : word;
    before = word;
  }
  const std::string_view raise = ", raise max_rows";
  if (out.ends_with(raise))
    out.replace(out.size() - raise.size(), raise.size(), ": cut the file, or write longer intervals");
  return out;
}

std::string rounded_text(double x) { return to_text(std::round(1000 * x) / 1000); }

}  // namespace

void recorded_load_options::declare(command& to, const option* file) {
  const auto needs = [&](const option& one) {
    if (file != nullptr) one.needs(*file);
    return one;
  };
  const auto add = [&](const char* names, auto& value, const char* sentence) {
    return needs(to.add(names, value, sentence));
  };
  const auto add_flag = [&](const char* names, bool& value, const char* sentence) {
    needs(to.add_flag(names, value, sentence));
  };
  add("--interval,--trace-interval", interval_s,
      "Seconds from row to row, for a file without times or with row numbers instead (default: 1 s); for single "
      "arrivals the length of the intervals in which they are counted");
  add("--time-unit,--trace-unit", time_unit,
      "Unit of the times: s, ms, us, ns, min or h (default: the name of the column or the magnitude tells)");
  add("--time-column", time_column, "Column of the times: its name, or its number from 1");
  add("--count-column", count_column, "Column of the requests: its name, or its number from 1");
  add("--gap,--trace-gap", gap,
      "What a missing row or an unknown count means: refuse, zero, hold (as before) or interpolate")
      .shows_default();
  add("--repeat", repeat, "What rows of one time with different counts mean: refuse, sum or last").shows_default();
  add("--series", series, "Of several series in one file the one with these labels: app=shop,code=200");
  add_flag("--counter,--trace-counter", counter,
           "The counts are those of a counter, which only rises until a restart: take the differences");
  add_flag("--rising", rising, "Counts that only rise are requests all the same, and no counter");
  add_flag("--arrivals", arrivals, "Each row is one request at its time: count them");
  add_flag("--per-second", per_second, "The counts are requests a second, whatever the interval");
  add("--separator", separator, "Between two fields: a character, or the word tab");
  add("--decimal", decimal, "Mark of decimals in a number: point or comma");
  add("--function,--trace-function", function,
      "Of an Azure Functions trace, the function with this hash alone (default: the sum of all)");
}

trace_csv_options recorded_load_options::reading() const {
  require_not_negative("--interval", "the interval", interval_s);
  trace_csv_options r{.interval_s = interval_s, .function = function};
  r.unit_s = one_of<double>("--time-unit", "the unit", time_unit,
                            {{"", 0}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"min", 60}, {"h", 3600}},
                            "be s, ms, us, ns, min or h");
  r.gap = one_of<trace_gap>("--gap", "the rule", gap,
                            {{"refuse", trace_gap::refuse},
                             {"zero", trace_gap::zero},
                             {"hold", trace_gap::hold},
                             {"interpolate", trace_gap::interpolate}},
                            "be refuse, zero, hold or interpolate");
  r.repeat =
      one_of<trace_repeat>("--repeat", "the rule", repeat,
                           {{"refuse", trace_repeat::refuse}, {"sum", trace_repeat::sum}, {"last", trace_repeat::last}},
                           "be refuse, sum or last");
  r.decimal =
      one_of<char>("--decimal", "the mark", decimal, {{"", '\0'}, {"point", '.'}, {"comma", ','}}, "be point or comma");
  const bool one_character = separator.size() <= 1 && separator != "\"" && separator != ".";
  require(separator == "tab" || one_character, "--separator", "the mark", separator,
          "be one character such as ; or the word tab, and neither a quote nor a point");
  r.separator = separator == "tab" ? '\t' : separator.empty() ? '\0' : separator.front();
  require(!(counter && arrivals), "--arrivals", "the choice", "made", "not stand beside --counter");
  require(!(counter && per_second), "--per-second", "the choice", "made", "not stand beside --counter");
  r.time_column = time_column;
  r.count_column = count_column;
  r.series = series;
  r.counter = counter;
  r.rising = rising;
  r.arrivals = arrivals;
  r.per_second = per_second;
  return r;
}

// A file of a single block is read before anybody could look.
streamed_trace open_recorded_load(const std::filesystem::path& file, const recorded_load_options& o) {
  const trace_csv_options options = o.reading();
  std::optional<terminal::progress_bar> bar;
  const auto show = [&](std::uint64_t done, std::uint64_t total) {
    constexpr std::uint64_t mega = 1'000'000;
    if (!bar && done < total) bar.emplace("reading " + file.filename().string() + ", MB", total / mega, done / mega);
    if (bar) bar->show(done / mega);
    return terminal::interrupted.load();
  };
  try {
    return streamed_trace(file, options, show);
  } catch (const csv_error& e) {
    const std::string what = e.what();
    const std::size_t name = e.file().string().size();
    throw std::invalid_argument(what.substr(0, name) + in_words_of_the_tool(what.substr(name)));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(in_words_of_the_tool(e.what()));
  }
}

void tell_recorded_load(const std::filesystem::path& file, const recorded_load_options& o, const streamed_trace& t) {
  const trace_reading& r = t.reading();
  const auto some = [](std::uint64_t n, const char* one, const char* many) {
    return n == 0 ? std::string() : to_text(n) + (n == 1 ? one : many);
  };
  std::string line = "headroom: " + csv_field{file.filename().string()}.quoted() + ": " + to_text(r.rows) +
                     (r.rows == 1 ? " row of " : " rows of ") + to_text(r.interval_s) + " s, " +
                     to_text(t.duration_s()) + " s in all; times: ";
  line.append(r.times).append("; numbers: ").append(r.counts);
  line +=
      "; mean " + rounded_text(t.mean_per_s()) + " and peak " + rounded_text(t.peak_per_s()) + " requests a second; ";
  if (r.resets > 0) line += some(r.resets, " restart of the counter; ", " restarts of the counter; ");
  line += some(r.out_of_order, " row out of order is sorted; ", " rows out of order are sorted; ");
  line += some(r.repeated, " row that came again is left out; ", " rows that came again are left out; ");
  if (r.resampled) line += "rows keep no step and are spread over intervals of their median distance; ";
  if (r.cut)
    line += "the file ends within a row, which is left out; ";
  else if (r.open_end)
    line += "the last line has no line end and may be cut; ";
  line += r.filled == 0 ? "no gaps" : some(r.filled, " row filled (", " rows filled (") + o.gap + ")";
  std::cerr << line << '\n';
}

}  // namespace tool
