// Step for step against what the real program did: every tests/data/golden/hpa_*.json, and every hpa_*.json in the
// folder that HEADROOM_GOLDEN names. Whatever a file says that is not understood here is refused, not skipped.

#include <headroom/baselines/target_tracking.hpp>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "test_data.hpp"

using namespace headroom;
using nlohmann::json;

namespace {

struct recorded_step {
  double metric = 0;
  int current = 0;
  int raw = 0;
  int desired = 0;
};
struct scenario {
  std::string name;
  target_tracking_options options;
  replica_limits limits;
  std::vector<recorded_step> steps;
};

struct sample {
  double time_s = 0;
  double replicas = 0;
  double metric = 0;
};

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw std::runtime_error(where + ": " + what);
}
void only(const json& j, const std::string& where, std::initializer_list<const char*> known) {
  for (const auto& [key, value] : j.items()) {
    bool ok = false;
    for (const char* k : known) ok = ok || key == k;
    if (!ok) refuse(where, "'" + key + "' is not known here");
  }
}
template <class T>
T one_of(const json& j, const std::string& where, const char* key,
         std::initializer_list<std::pair<const char*, T>> known) {
  const auto text = j.at(key).get<std::string>();
  for (const auto& [name, value] : known) {
    if (text == name) return value;
  }
  refuse(where, std::string(key) + " '" + text + "' is not known here");
}
int whole(const json& j, const std::string& where, const char* key) {
  if (!j.at(key).is_number_integer()) refuse(where, std::string(key) + " must be a whole number");
  return j.at(key).get<int>();
}

scaling_rules read_rules(const json& j, const std::string& where) {
  only(j, where, {"stabilizationWindowSeconds", "selectPolicy", "policies"});
  scaling_rules rules;
  if (j.is_null()) return rules;
  if (j.contains("stabilizationWindowSeconds")) {
    rules.stabilisation_s = j.at("stabilizationWindowSeconds").get<double>();
  }
  if (j.contains("selectPolicy")) {
    rules.select = one_of<scaling_select>(
        j, where, "selectPolicy",
        {{"Max", scaling_select::maximum}, {"Min", scaling_select::minimum}, {"Disabled", scaling_select::disabled}});
  }
  for (const json& p : j.value("policies", json::array())) {
    only(p, where, {"type", "value", "periodSeconds"});
    rules.policies.push_back(
        {one_of<scaling_unit>(p, where, "type", {{"Pods", scaling_unit::replicas}, {"Percent", scaling_unit::percent}}),
         whole(p, where, "value"), p.at("periodSeconds").get<double>()});
  }
  return rules;
}

scenario read_scenario(const json& j, const std::string& file) {
  scenario s;
  s.name = file + " " + j.at("name").get<std::string>();
  only(j, s.name,
       {"name", "metric_type", "target", "tolerance", "sync_seconds", "downscale_stabilization_seconds", "min_replicas",
        "max_replicas", "behavior", "steps"});
  s.options.kind = one_of<target_kind>(j, s.name, "metric_type",
                                       {{"Value", target_kind::value}, {"AverageValue", target_kind::average_value}});
  s.options.target = j.at("target").get<double>();
  s.options.tolerance = j.at("tolerance").get<double>();
  s.options.sync_period_s = j.at("sync_seconds").get<double>();
  s.options.down_stabilisation_s = j.at("downscale_stabilization_seconds").get<double>();
  s.limits = {.minimum = whole(j, s.name, "min_replicas"),
              .maximum = whole(j, s.name, "max_replicas"),
              .max_up = std::numeric_limits<int>::max(),
              .max_down = std::numeric_limits<int>::max()};
  if (j.contains("behavior") && !j.at("behavior").is_null()) {
    const json& b = j.at("behavior");
    only(b, s.name + " behavior", {"scaleUp", "scaleDown"});
    s.options.behavior.emplace();
    if (b.contains("scaleUp")) s.options.behavior->up = read_rules(b.at("scaleUp"), s.name + " scaleUp");
    if (b.contains("scaleDown")) s.options.behavior->down = read_rules(b.at("scaleDown"), s.name + " scaleDown");
  }
  for (const json& step : j.at("steps")) {
    only(step, s.name + " step", {"metric", "current", "raw", "desired"});
    s.steps.push_back({step.at("metric").get<double>(), whole(step, s.name, "current"), whole(step, s.name, "raw"),
                       whole(step, s.name, "desired")});
  }
  if (s.steps.empty()) refuse(s.name, "it has no steps");
  return s;
}

std::vector<scenario> read_scenarios(const json& j, const std::string& file) {
  if (!j.is_array() || j.empty()) refuse(file, "it has no scenarios");
  std::vector<scenario> all;
  for (const json& s : j) all.push_back(read_scenario(s, file));
  return all;
}

// How many files there were; their scenarios go to `all`.
std::size_t read_folder(const std::filesystem::path& folder, std::vector<scenario>& all) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("hpa_") || !name.ends_with(".json")) continue;
    ++files;
    std::ifstream in(entry.path());
    for (scenario& s : read_scenarios(json::parse(in), name)) all.push_back(std::move(s));
  }
  return files;
}

std::vector<scenario> recorded_scenarios() {
  std::vector<scenario> all;
  if (read_folder(test_data("golden"), all) == 0) {
    refuse("tests/data/golden", "no hpa_*.json in it");
  }
  if (const char* more = std::getenv("HEADROOM_GOLDEN")) read_folder(more, all);
  return all;
}

// The real program's clock was ahead of the multiples of its period by what it needed.
double time_of(const scenario& s, std::size_t k) { return static_cast<double>(k) * (s.options.sync_period_s + 1e-6); }

json tiny() {
  return json::parse(R"([{"name": "tiny", "metric_type": "Value", "target": 50, "tolerance": 0.1, "sync_seconds": 15,
    "downscale_stabilization_seconds": 300, "min_replicas": 1, "max_replicas": 40,
    "behavior": {"scaleDown": {"selectPolicy": "Disabled"}},
    "steps": [{"metric": 100, "current": 3, "raw": 6, "desired": 6}]}])");
}

}  // namespace

TEST_CASE("target tracking does what Kubernetes did, step for step") {
  const auto scenarios = recorded_scenarios();
  REQUIRE(scenarios.size() >= 16);
  std::size_t steps = 0;
  for (const scenario& s : scenarios) {
    INFO(s.name);
    const signals<sample> see{.time_s = &sample::time_s, .replicas = &sample::replicas};
    target_tracking policy(see, &sample::metric, s.options, s.limits);
    for (std::size_t k = 0; k < s.steps.size(); ++k) {
      const recorded_step& r = s.steps[k];
      INFO("step " << k << ": metric " << r.metric << ", current " << r.current);
      const sample o{time_of(s, k), static_cast<double>(r.current), r.metric};
      const int action = k == 0 ? policy.start(o) : policy.step(o);
      REQUIRE(policy.raw() == r.raw);
      REQUIRE(policy.desired() == r.desired);
      REQUIRE(r.current + action == r.desired);
      ++steps;
    }
    CHECK(policy.refused().values == 0);
    CHECK(policy.refused().clocks == 0);
  }
  CHECK(steps >= 16 * 160);
}

TEST_CASE("the law alone does what Kubernetes did, step for step") {
  for (const scenario& s : recorded_scenarios()) {
    INFO(s.name);
    target_tracking_law law(s.options, s.limits.minimum, s.limits.maximum);
    for (std::size_t k = 0; k < s.steps.size(); ++k) {
      const recorded_step& r = s.steps[k];
      INFO("step " << k);
      const double metric[] = {r.metric};
      REQUIRE(law.step(time_of(s, k), {.current = r.current, .ready = r.current}, metric) == r.desired);
      REQUIRE(law.raw() == r.raw);
    }
  }
}

TEST_CASE("what was recorded tells the laws apart") {
  // Each of these is a mistake that somebody could make in the law; the recordings must show every one of them.
  const auto mistakes = [](auto spoil) {
    std::size_t wrong = 0;
    for (scenario s : recorded_scenarios()) {
      spoil(s);
      target_tracking_law law(s.options, s.limits.minimum, s.limits.maximum);
      for (std::size_t k = 0; k < s.steps.size(); ++k) {
        const recorded_step& r = s.steps[k];
        const double metric[] = {r.metric};
        wrong += law.step(time_of(s, k), {.current = r.current, .ready = r.current}, metric) != r.desired;
      }
    }
    return wrong;
  };
  CHECK(mistakes([](scenario&) {}) == 0);
  CHECK(mistakes([](scenario& s) { s.options.tolerance = 0.05; }) > 0);
  CHECK(mistakes([](scenario& s) { s.options.down_stabilisation_s = 285; }) > 0);
  CHECK(mistakes([](scenario& s) { s.options.behavior.reset(); }) > 0);
  CHECK(mistakes([](scenario& s) {
          if (!s.options.behavior) s.options.behavior.emplace();
        }) > 0);
  CHECK(mistakes([](scenario& s) { s.limits.maximum = 39; }) > 0);
  CHECK(mistakes([](scenario& s) {
          if (s.options.behavior) s.options.behavior->up.stabilisation_s = 0;
        }) > 0);
  CHECK(mistakes([](scenario& s) {
          if (s.options.behavior) s.options.behavior->down.select = scaling_select::maximum;
        }) > 0);
}

TEST_CASE("a recording that is not understood is refused") {
  CHECK(read_scenarios(tiny(), "f").size() == 1);
  const auto spoiled = [](auto spoil) {
    json j = tiny();
    spoil(j[0]);
    return j;
  };
  CHECK_THROWS_WITH(read_scenarios(json::array(), "f"), "f: it has no scenarios");
  CHECK_THROWS_WITH(read_scenarios(spoiled([](json& s) { s["steps"].clear(); }), "f"), "f tiny: it has no steps");
  CHECK_THROWS_WITH(read_scenarios(spoiled([](json& s) { s["scale_to_zero"] = true; }), "f"),
                    "f tiny: 'scale_to_zero' is not known here");
  CHECK_THROWS_WITH(read_scenarios(spoiled([](json& s) { s["metric_type"] = "Utilization"; }), "f"),
                    "f tiny: metric_type 'Utilization' is not known here");
  CHECK_THROWS_WITH(read_scenarios(spoiled([](json& s) { s["behavior"]["both"] = 1; }), "f"),
                    "f tiny behavior: 'both' is not known here");
  CHECK_THROWS_WITH(read_scenarios(spoiled([](json& s) { s["behavior"]["scaleDown"]["tolerance"] = 0.2; }), "f"),
                    "f tiny scaleDown: 'tolerance' is not known here");
  CHECK_THROWS_WITH(read_scenarios(spoiled([](json& s) { s["behavior"]["scaleDown"]["selectPolicy"] = "Most"; }), "f"),
                    "f tiny scaleDown: selectPolicy 'Most' is not known here");
  CHECK_THROWS_WITH(read_scenarios(spoiled([](json& s) { s["steps"][0]["ready"] = 2; }), "f"),
                    "f tiny step: 'ready' is not known here");
  CHECK_THROWS_WITH(read_scenarios(spoiled([](json& s) { s["min_replicas"] = 1.5; }), "f"),
                    "f tiny: min_replicas must be a whole number");
  CHECK_THROWS(read_scenarios(spoiled([](json& s) { s.erase("tolerance"); }), "f"));
}
