#pragma once

#include <cstddef>      // std::size_t
#include <filesystem>   // std::filesystem::path
#include <map>          // std::map
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/csv_numbers.hpp>
#include <headroom/io/internal/json_reader.hpp>
#include <headroom/io/internal/trace_clock.hpp>
#include <headroom/io/internal/trace_columns.hpp>
#include <headroom/io/internal/trace_rows.hpp>
#include <headroom/io/trace_options.hpp>

namespace headroom {

/// The answer of Prometheus to query_range, or the part of it that tools cut out:
///
///     {"status":"success","data":{"resultType":"matrix","result":[
///       {"metric":{"app":"shop"},"values":[[1714671060,"100"],[1714671120,"137"]]}]}}
///
/// One series is read. If there are several, options.series says which; otherwise they are refused by name.
class prometheus_range {
 public:
  prometheus_range(std::filesystem::path file, const trace_csv_options& options, trace_clock& clock)
      : file_(std::move(file)), options_(options), clock_(clock), wanted_(labels_in(options.series)) {}

  /// Whether a file that begins so is JSON.
  [[nodiscard]] static bool begins_with(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  }

  [[nodiscard]] std::vector<trace_row> rows(std::string_view json) {
    internal::json_reader in(json);
    in_ = &in;
    answer(next());
    if (in.next() != token::end) broken();
    if (!error_.empty()) refuse("holds an error instead of data: " + csv_field{error_}.quoted());
    if (!type_.empty() && type_ != "matrix") {
      refuse("holds a result of type '" + csv_field{type_}.quoted() + "', must be 'matrix', which query_range gives");
    }
    if (!found_result_) refuse("is JSON, and not what Prometheus answers to query_range: there is no 'result'");
    if (series_ == 0) refuse("holds no series");
    if (fitting_ == 0) refuse("holds no series with " + csv_field{options_.series}.quoted() + ", there are " + all());
    if (fitting_ > 1) refuse("holds " + to_text(fitting_) + " series, " + all() + ": set series to the labels of one");
    if (rows_.empty()) refuse("holds a series without values, " + name_);
    return std::move(rows_);
  }
  /// Of the series that was read: `http_requests_total{app="shop"}`.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// `http_requests_total`, or nothing where a function was applied.
  [[nodiscard]] const std::string& metric() const noexcept { return metric_; }

 private:
  using token = internal::json_reader::token;
  using labels = std::map<std::string, std::string, std::less<>>;

  [[noreturn]] void refuse(const std::string& sentence) const { throw csv_error(file_, 1, 1, sentence); }
  [[noreturn]] void broken() const {
    using failure = internal::json_reader::failure;
    refuse(in_->why() == failure::early_end ? "is JSON that ends early: the file may be cut"
                                            : "is no valid JSON at byte " + to_text(in_->position()));
  }
  token next() {
    const token t = in_->next();
    if (t == token::error) broken();
    return t;
  }
  static bool opens(token t) { return t == token::object || t == token::list; }
  static bool closes(token t) { return t == token::end_object || t == token::end_list; }
  // What is left of a value whose first token was t.
  void skip(token t) {
    for (std::size_t depth = opens(t) ? 1 : 0; depth > 0;) {
      const token u = next();
      depth += opens(u) ? 1 : 0;
      depth -= closes(u) ? 1 : 0;
    }
  }
  // Calls member(key, first token of its value) for each member of the object that was opened.
  template <class Member>
  void each_member(Member&& member) {
    for (token t = next(); t != token::end_object; t = next()) {
      const std::string key = in_->text();
      member(key, next());
    }
  }

  // The whole answer, its data, or the list of series alone.
  void answer(token t) {
    if (t == token::list) return series_list();
    if (t != token::object) return skip(t);
    each_member([&](const std::string& key, token value) {
      if (key == "data" && value == token::object) return answer(value);
      if (key == "result" && value == token::list) return series_list();
      if (value == token::text && key == "resultType") type_ = in_->text();
      if (value == token::text && key == "error") error_ = in_->text();
      skip(value);
    });
  }
  void series_list() {
    found_result_ = true;
    for (token t = next(); t != token::end_list; t = next()) {
      if (t != token::object) {
        if (type_ == "scalar" || type_ == "string") return skip(token::list);
        refuse("is JSON, and not what Prometheus answers to query_range: 'result' must hold objects");
      }
      series();
    }
  }
  void series() {
    labels metric;
    std::vector<trace_row> rows;
    each_member([&](const std::string& key, token value) {
      if (key == "metric" && value == token::object) {
        each_member([&](const std::string& label, token text) {
          if (text != token::text) refuse("holds a label '" + csv_field{label}.quoted() + "' that is no text");
          metric.emplace(label, in_->text());
          if (metric.size() > most_labels) refuse("holds a series with more than " + to_text(most_labels) + " labels");
        });
      } else if (key == "values" && value == token::list) {
        values(rows);
      } else {
        skip(value);
      }
    });
    bool fits = true;
    for (const auto& [label, value] : wanted_) {
      const auto found = metric.find(label);
      fits = fits && found != metric.end() && found->second == value;
    }
    if (++series_ <= most_named) names_ += (names_.empty() ? "" : ", ") + shown(metric);
    if (!fits) return;
    if (++fitting_ > 1) return;
    name_ = shown(metric);
    const auto called = metric.find("__name__");
    metric_ = called == metric.end() ? "" : called->second;
    rows_ = read(rows);
  }

  // [time, "value"] pairs, kept as they are: only the series that is wanted sets the clock and is judged.
  void values(std::vector<trace_row>& rows) {
    for (token t = next(); t != token::end_list; t = next()) {
      if (t != token::list) refuse("holds a value that is no pair of time and text");
      const token time = next();
      const bool a_number = time == token::whole || time == token::real;
      if (!a_number) refuse("holds a time that is no number, or is negative");
      trace_row r{.time = in_->number(), .line = 1};
      const token value = next();
      if (value == token::text)
        r.count = number(in_->text(), r.time);
      else if (value == token::whole || value == token::real || value == token::negative)
        r.count = in_->number();
      else
        refuse("holds a value at time " + to_text(r.time) + " that is neither text nor a number");
      if (next() != token::end_list) refuse("holds a value with more than time and text");
      rows.push_back(r);
    }
  }
  [[nodiscard]] double number(const std::string& text, double time) const {
    const csv_field f{text};
    const std::optional<double> value = f.text.starts_with('+') ? csv_field{f.text.substr(1)}.number() : f.number();
    if (!value) refuse("value at time " + to_text(time) + " is '" + f.quoted() + "', must be a number");
    return *value;
  }
  // Infinity is what a division by nothing gives: as little known as NaN.
  [[nodiscard]] double count(const trace_row& r) const {
    const auto law = law_broken_by_count(r.count);
    if (!law) return r.count;
    const bool unknown = !(r.count < 0);
    if (unknown && options_.gap != trace_gap::refuse) return trace_row::unknown;
    refuse("value at time " + to_text(r.time) + " is " + to_text(r.count) + ", " + *law +
           (unknown ? ": set gap, and it is filled" : ""));
  }
  [[nodiscard]] std::vector<trace_row> read(std::vector<trace_row>& rows) {
    csv_numbers numbers;
    for (trace_row& r : rows) {
      r.count = count(r);
      const std::string text = to_text(r.time);
      r.time = clock_.read(csv_field{text}, numbers, 1);
    }
    return std::move(rows);
  }

  [[nodiscard]] static std::string shown(const labels& metric) {
    std::string name;
    std::string rest;
    for (const auto& [label, value] : metric) {
      if (label == "__name__")
        name = csv_field{value}.quoted();
      else
        rest += (rest.empty() ? "" : ",") + csv_field{label}.quoted() + "=\"" + csv_field{value}.quoted() + '"';
    }
    return name + '{' + rest + '}';
  }
  [[nodiscard]] std::string all() const {
    return series_ > most_named ? names_ + " and " + to_text(series_ - most_named) + " more" : names_;
  }

  static constexpr std::size_t most_named = 10;
  static constexpr std::size_t most_labels = 1000;

  std::filesystem::path file_;
  const trace_csv_options& options_;
  trace_clock& clock_;
  series_labels wanted_;
  internal::json_reader* in_ = nullptr;
  std::string type_{};
  std::string error_{};
  bool found_result_ = false;
  std::string names_{};  // of the first series
  std::size_t series_ = 0;
  std::size_t fitting_ = 0;
  std::string name_{};
  std::string metric_{};
  std::vector<trace_row> rows_{};
};

}  // namespace headroom
