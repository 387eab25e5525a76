#include <cmath>     // std::isfinite
#include <optional>  // std::optional

#include <headroom/core/check.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/time_stamp.hpp>

#include "http/prometheus_source.hpp"
#include "support/command_line.hpp"

namespace tool {

using namespace headroom;

namespace {

// "15s", "1.5h". Nothing for anything else.
std::optional<double> seconds_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double unit = 1;
  switch (text.back()) {
    case 's':
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86'400;
      break;
    case 'w':
      unit = 7 * 86'400.0;
      break;
    default:
      return std::nullopt;
  }
  const auto value = from_text<double>(text.substr(0, text.size() - 1));
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return *value * unit;
}

}  // namespace

void prometheus_source_options::declare(command& to_command, const option& file) {
  const option address = to_command.add("--prometheus", url,
                                        "Instead of a file: the address of a Prometheus, as in http://127.0.0.1:9090");
  address.excludes(file);
  const auto add = [&](const char* name, auto& value, const char* help) {
    const option one = to_command.add(name, value, help);
    one.needs(address);
    return one;
  };
  const option one =
      add("--query", query, "What to ask it: an expression of one series, as in sum(rate(http_requests_total[1m]))");
  add("--queries", queries,
      "Instead: a TOML file with a query for each column of a history for calibrate, [source.load] query = \"...\", as "
      "headroom run reads it")
      .excludes(one);
  add("--from", from, "The first moment: seconds since 1970, 2026-11-01T00:00:00Z, or now-7d");
  add("--to", to, "The last moment").shows_default();
  add("--step", step, "From value to value: 15s, 1m, 1h").shows_default();
  to_command.add_flag("--per-step", per_step, "The values are requests in each step, as increase(...[STEP]) gives them")
      .needs(address);
  add("--timeout", timeout_s, "Seconds that it may take for an answer").shows_default();
  add("--token-file", token_file, "File with a bearer token to send");
  add("--user", user, "User of basic authentication, with --password-file");
  add("--password-file", password_file, "File with the password");
  add("--ca-file", ca_file, "PEM file: who may have signed its certificate (default: the system's list)");
}

double moment_in(const char* option_name, const std::string& text, double now_s) {
  if (const auto seconds = from_text<double>(text)) return *seconds;
  if (text == "now") return now_s;
  if (text.starts_with("now-")) {
    if (const auto ago = seconds_of(std::string_view(text).substr(4)); ago && *ago >= 0) return now_s - *ago;
  }
  const auto date = time_stamp::of(text);
  require(!date || date->zoned, option_name, "the moment", text, "name its zone, as in 2026-11-01T00:00:00Z");
  require(date.has_value(), option_name, "the moment", text,
          "be seconds since 1970, a date with its zone as in 2026-11-01T00:00:00Z, now, or now-7d (s, m, h, d, w)");
  return static_cast<double>(date->nanoseconds) / 1e9;
}

double span_in(const char* option_name, const std::string& text) {
  const auto plain = from_text<double>(text);
  const double seconds = plain ? *plain : seconds_of(text).value_or(0);
  require(seconds > 0 && std::isfinite(seconds), option_name, "the time", text, "be as in 15, 15s, 1m, 1h or 1d");
  return seconds;
}

}  // namespace tool
