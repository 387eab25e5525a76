#include <headroom/calibration/internal/history_columns.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace headroom;
using internal::history_columns;

namespace {

using asked_columns = std::vector<std::pair<std::string, std::string>>;

history_columns columns(std::vector<std::string> names, const asked_columns& asked = {}, double latency_unit_s = 0) {
  return {std::move(names), asked, latency_unit_s, [](const std::string& why) { throw std::invalid_argument(why); }};
}
std::string refusal(std::vector<std::string> names, const asked_columns& asked = {}) {
  try {
    static_cast<void>(columns(std::move(names), asked));
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("names that people give are understood, and what is another thing is not taken") {
  const auto is = [](const char* name) { return history_columns::meaning(name); };
  CHECK(is("Latency P95 (ms)") == history_columns::p95);
  CHECK(is("median_latency_s") == history_columns::p50);
  CHECK(is("response_time_ms") == history_columns::latency);
  CHECK(is("cpu_utilization_percent") == history_columns::utilisation);
  CHECK(is("requests_in_flight") == history_columns::in_flight);
  CHECK(is("available_replicas") == history_columns::ready);
  CHECK(is("spec_replicas") == history_columns::wanted);
  CHECK(is("pods") == history_columns::wanted);
  CHECK(is("timestamp") == history_columns::time);
  CHECK(is("requests") == history_columns::load);
  CHECK(is("p90_s") == history_columns::kinds);
  CHECK(is("max_replicas") == history_columns::kinds);
  CHECK(is("target_utilisation") == history_columns::kinds);
  CHECK(is("colour") == history_columns::kinds);
}

TEST_CASE("each column has its place and its unit, and what is not used is told") {
  const history_columns c = columns({"time_s", "requests", "replicas", "colour", "p95_ms", "utilisation_percent"});
  CHECK(c.width() == 6);
  CHECK(c.place(history_columns::p95) == 4);
  CHECK(c.scale(history_columns::p95) == 0.001);
  CHECK(c.scale(history_columns::utilisation) == 0.01);
  CHECK(c.scale(history_columns::load) == 1);
  CHECK(c.place(history_columns::ready) == history_columns::none);
  std::vector<std::pair<std::string, std::string>> used;
  std::vector<std::string> ignored;
  c.tell(used, ignored);
  CHECK(used.size() == 5);
  CHECK(ignored == std::vector<std::string>{"colour"});
  CHECK(history_columns::needed(history_columns::wanted));
  CHECK_FALSE(history_columns::needed(history_columns::in_flight));

  service_history h;
  std::size_t seen = 0;
  c.each(h, [&](std::size_t is, std::vector<double>& column) {
    seen |= std::size_t{1} << is;
    column.push_back(1);
  });
  CHECK(seen == ((1U << history_columns::load) | (1U << history_columns::wanted) |
                 (1U << history_columns::utilisation) | (1U << history_columns::p95)));
  CHECK(h.p95_s.size() == 1);
  CHECK(h.p50_s.empty());
}

TEST_CASE("what could be several, or is none, is refused with the way out") {
  CHECK(refusal({"time_s", "requests", "replicas", "replicas_wanted"}) ==
        "columns 'replicas' and 'replicas_wanted' may both be wanted: say which with columns");
  CHECK(refusal({"time_s", "colour", "replicas"}).find("no column is surely the load, there are time_s, colour") == 0);
  CHECK(refusal({"requests", "replicas"}).find("no column is surely the time") == 0);
  CHECK(refusal({"time_s", "requests"}).find("no column is surely the wanted or the ready replicas") == 0);
  CHECK(refusal({"time_s", "requests", "replicas", "p95"}) ==
        "column 'p95' tells no unit: name it as in p95_s or p95_ms, or set latency_unit_s");
  CHECK(refusal({"time_s", "requests", "replicas"}, {{"colour", "requests"}}).find("'colour' is not known, must be") ==
        0);
  CHECK(refusal({"time_s", "requests", "replicas"}, {{"load", "hits"}}) ==
        "there is no column 'hits', there are time_s, requests, replicas");
  // Said which, and said in which unit.
  const history_columns c = columns({"time_s", "requests", "replicas", "replicas_wanted", "p95"},
                                    {{"wanted", "replicas_wanted"}, {"ready", "replicas"}}, 60);
  CHECK(c.place(history_columns::wanted) == 3);
  CHECK(c.place(history_columns::ready) == 2);
  CHECK(c.scale(history_columns::p95) == 60);
}

TEST_CASE("rows that stand at their beginnings get what was measured in the interval before them") {
  service_history h;
  for (int k = 0; k < 4; ++k) {
    h.load_per_s.push_back(k);
    h.wanted.push_back(10 + k);
    h.utilisation.push_back(0.1 * k);
  }
  const service_history ends = internal::ends_of_rows(h);
  CHECK(ends.load_per_s == std::vector<double>{0, 1, 2});
  CHECK(ends.wanted == std::vector<double>{11, 12, 13});
  CHECK(ends.utilisation[2] == Approx(0.2));
  CHECK(ends.p95_s.empty());
}
