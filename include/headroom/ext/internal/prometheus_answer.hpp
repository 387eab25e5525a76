#pragma once

#include <cstddef>      // std::size_t
#include <limits>       // std::numeric_limits
#include <map>          // std::map
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/from_text.hpp>

namespace headroom::internal {

/// What Prometheus answers, read once. Its numbers are texts, NaN and +Inf among them.
///
///     {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795310675.459,"1"]}]}}
struct prometheus_answer {
  bool is_one = false;   ///< whether the text is such an answer at all
  bool success = false;  ///< what it says of itself
  std::string error;     ///< "bad_data: invalid parameter", where it says an error
  std::string warnings;  ///< joined by "; "; empty: none
  std::string type;      ///< vector, scalar, matrix or string
  std::size_t series = 0;
  double time_s = 0;                                        ///< of the first value
  double value = std::numeric_limits<double>::quiet_NaN();  ///< the first value
  bool number = false;                                      ///< whether the first value was a number

  /// `each(metric, values)` gets the texts of the labels and of the values of each series of a matrix.
  template <class Each>
  [[nodiscard]] static prometheus_answer of(std::string_view json, Each&& each) {
    prometheus_answer a;
    json_walk in(json);
    bool data = false;
    bool status = false;
    std::string error_type;
    if (in.next() != json_walk::token::object) return {};
    in.members([&](const std::string& key, json_walk::token t) {
      if (key == "status" && t == json_walk::token::text) {
        status = true;
        a.success = in.text() == "success";
      } else if (key == "errorType" && t == json_walk::token::text) {
        error_type = in.text();
      } else if (key == "error" && t == json_walk::token::text) {
        a.error = in.text();
      } else if ((key == "warnings" || key == "infos") && t == json_walk::token::list) {
        in.values([&](json_walk::token u) {
          if (u == json_walk::token::text) a.warnings += (a.warnings.empty() ? "" : "; ") + in.text();
          in.pass(u);
        });
      } else if (key == "data" && t == json_walk::token::object) {
        data = true;
        a.read_data(in, each);
      } else {
        in.pass(t);
      }
    });
    a.is_one = in.ends() && status && (data || !a.success);
    if (!error_type.empty()) a.error = a.error.empty() ? error_type : error_type + ": " + a.error;
    return a;
  }
  [[nodiscard]] static prometheus_answer of(std::string_view json) {
    return of(json, [](std::string_view, std::string_view) {});
  }
  /// The number that a value is written as, NaN and Inf among them; nothing where it is none.
  [[nodiscard]] static std::optional<double> number_of(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    return csv_field{text}.number();
  }

 private:
  template <class Each>
  void read_data(json_walk& in, Each& each) {
    in.members([&](const std::string& key, json_walk::token t) {
      if (key == "resultType" && t == json_walk::token::text) {
        type = in.text();
      } else if (key == "result" && t == json_walk::token::list) {
        read_result(in, each);
      } else {
        in.pass(t);
      }
    });
  }
  // A list of series; or, of a scalar and of a string, one pair of time and value.
  template <class Each>
  void read_result(json_walk& in, Each& each) {
    std::size_t at = 0;
    in.values([&](json_walk::token t) {
      if (t == json_walk::token::object) {
        ++series;
        read_series(in, each);
        return;
      }
      if (at == 0 && json_walk::is_number(t)) time_s = in.number();
      if (at == 1 && t == json_walk::token::text) {
        series = 1;
        set_value(in.text());
      }
      ++at;
      in.pass(t);
    });
  }
  template <class Each>
  void read_series(json_walk& in, Each& each) {
    std::string_view metric = "{}";
    std::string_view points;
    in.members([&](const std::string& key, json_walk::token t) {
      if (key == "metric" && t == json_walk::token::object) {
        metric = in.raw(t);
      } else if (key == "values" && t == json_walk::token::list) {
        points = in.raw(t);
      } else if (key == "value" && t == json_walk::token::list && series == 1) {
        std::size_t at = 0;
        in.values([&](json_walk::token u) {
          if (at == 0 && json_walk::is_number(u)) time_s = in.number();
          if (at == 1 && u == json_walk::token::text) set_value(in.text());
          ++at;
          in.pass(u);
        });
      } else {
        in.pass(t);
      }
    });
    if (in.good() && points.size() > 2) each(metric, points);
  }
  void set_value(std::string_view text) {
    const auto read = number_of(text);
    number = read.has_value();
    if (number) value = *read;
  }
};

}  // namespace headroom::internal
