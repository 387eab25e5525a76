#include "http/prometheus_source.hpp"

#include <chrono>     // std::chrono::system_clock
#include <cmath>      // std::abs, std::floor
#include <cstdint>    // std::uint64_t
#include <iostream>   // std::cerr
#include <stdexcept>  // std::invalid_argument, std::runtime_error

#include <headroom/core/check.hpp>
#include <headroom/ext/prometheus.hpp>
#include <headroom/ext/prometheus_history.hpp>

#include "support/files.hpp"
#include "support/terminal.hpp"

namespace tool {

using namespace headroom;

namespace {

// The refusals of the library name its options; whoever reads them has those of the command line.
prometheus client_of(const prometheus_source_options& o) {
  try {
    return prometheus{{.url = o.url,
                       .timeout_s = o.timeout_s,
                       .bearer_token_file = o.token_file,
                       .user = o.user,
                       .password_file = o.password_file,
                       .ca_file = o.ca_file}};
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument("--prometheus: " + std::string(e.what()));
  }
}

prometheus_span span_of(const prometheus_source_options& o) {
  require(!o.from.empty(), "--from", "the first moment", "missing", "be given with --prometheus");
  using seconds = std::chrono::duration<double>;
  const double now_s = std::floor(seconds(std::chrono::system_clock::now().time_since_epoch()).count());
  prometheus_span s{moment_in("--from", o.from, now_s), moment_in("--to", o.to, now_s), span_in("--step", o.step)};
  require(s.to_s > s.from_s, "--from", "the moment", o.from, "be before --to, " + o.to);
  require(s.to_s - s.from_s >= s.step_s, "--step", "the time", o.step, "be at most that from --from to --to");
  s.from_s = std::floor(s.from_s / s.step_s) * s.step_s;  // so that two imports of one day have the same moments
  return checked(s);
}

}  // namespace

std::string fetch_history_values(const prometheus_source_options& o, const std::string& expression) {
  const prometheus_span span = span_of(o);
  prometheus metrics = client_of(o);
  try {
    terminal::progress_bar bar("asking Prometheus", 1);
    return prometheus_history(metrics, expression, span,
                              [](std::uint64_t, std::uint64_t) { return terminal::interrupted.load(); });
  } catch (const prometheus_error& e) {
    throw std::runtime_error("--prometheus: " + std::string(e.what()));
  }
}

streamed_trace fetch_history(const prometheus_source_options& o, const recorded_load_options& load,
                             const std::filesystem::path& file) {
  const int meanings = (load.counter ? 1 : 0) + (load.per_second ? 1 : 0) + (o.per_step ? 1 : 0);
  require(meanings == 1, "--prometheus", "what a value is", meanings == 0 ? "not said" : "said twice",
          "be said by one of --per-second (a rate), --per-step (an increase over the step) and --counter");
  require(!o.query.empty(), "--query", "the expression", "missing", "be given with --prometheus");
  const prometheus_span span = span_of(o);
  const std::string json = fetch_history_values(o, o.query);
  write_file(file, json);
  recorded_load_options as = load;
  if (o.per_step) as.rising = true;  // that they rise does not make them a counter
  const std::string name = file.string();
  try {
    streamed_trace t = open_recorded_load(file, as);
    require(std::abs(t.interval_s() - span.step_s) < 1e-3 * span.step_s, "--step", "the time between two values",
            t.interval_s(), "be the step, " + to_text(span.step_s) + ": the history has few values");
    const auto asked = static_cast<std::uint64_t>((span.to_s - span.from_s + 0.0005) / span.step_s) +
                       (load.counter ? 0U : 1U);  // the first value of a counter counts nothing
    if (t.size() < asked) {
      std::cerr << "headroom: the history has no value in " << asked - t.size() << " of " << asked
                << " steps at its beginning or its end; they are left out\n";
    }
    return t;
  } catch (const std::exception& e) {
    std::string what = e.what();
    for (std::size_t at = what.find(name); at != what.npos; at = what.find(name))
      what.replace(at, name.size(), "history");
    throw std::invalid_argument("--prometheus: " + what);
  }
}

}  // namespace tool
