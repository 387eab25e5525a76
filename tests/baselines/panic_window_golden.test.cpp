#include <headroom/baselines/panic_window.hpp>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "test_data.hpp"

using namespace headroom;
using nlohmann::json;

namespace {

struct pods {
  double time_s = 0;
  double ready = 1;
  double wanted = 1;
  double concurrency = 0;
};

/// Every recording of the real program: ours, and those of a folder named by HEADROOM_GOLDEN.
std::vector<std::filesystem::path> recordings() {
  std::vector<std::filesystem::path> folders{test_data("golden")};
  if (const char* more = std::getenv("HEADROOM_GOLDEN"); more != nullptr && *more != 0) folders.emplace_back(more);
  std::vector<std::filesystem::path> found;
  for (const auto& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.rfind("kpa_", 0) == 0 && entry.path().extension() == ".json") found.push_back(entry.path());
    }
  }
  return found;
}

panic_window_options options_of(const json& c) {
  panic_window_options o;
  o.total = c.at("total");
  o.target = c.at("target");
  o.stable_window_s = c.at("stable_window_s");
  o.panic_window_s = c.at("panic_window_s");
  o.panic_threshold = c.at("panic_threshold");
  o.max_scale_up_rate = c.at("max_scale_up_rate");
  o.max_scale_down_rate = c.at("max_scale_down_rate");
  o.scale_down_delay_s = c.at("scale_down_delay_s");
  o.activation_scale = c.at("activation_scale");
  o.target_burst_capacity = c.at("target_burst_capacity");
  o.tick_s = c.at("tick_s");
  o.bucket_s = c.at("bucket_granularity_s");
  o.reachable = c.value("reachable", true);
  return o;
}

/// Steps at which policy and program differ.
std::size_t mismatches(const json& c) {
  // The recorded clock: seconds since the epoch, on which the buckets of the delay depend.
  constexpr double epoch_s = 1.7e9;
  const signals<pods> see{.time_s = &pods::time_s, .replicas = &pods::wanted, .ready = &pods::ready};
  panic_window policy{see, feature<pods>{&pods::concurrency}, options_of(c), {.minimum = 0, .max_up = 1 << 30}};
  std::size_t different = 0;
  bool started = false;
  double wanted = c.at("steps").at(0).at("ready");
  for (const json& s : c.at("steps")) {
    const pods now{epoch_s + s.at("t").get<double>(), s.at("ready"), wanted, s.at("concurrency_sample")};
    started ? policy.step(now) : policy.start(now);
    started = true;
    const panic_window_decision expected{s.at("desired"), s.at("in_panic_after"), s.at("excess_burst_capacity")};
    const bool same = policy.decision() == expected &&
                      std::abs(policy.stable_average() - s.at("stable_avg").get<double>()) <= 2e-6 &&
                      std::abs(policy.panic_average() - s.at("panic_avg").get<double>()) <= 2e-6;
    if (!same && ++different == 1) {
      UNSCOPED_INFO("first at t = " << s.at("t") << ": " << s.dump() << " but desired " << policy.decision().desired
                                    << ", panicking " << policy.decision().panicking << ", excess burst capacity "
                                    << policy.decision().excess_burst_capacity << ", averages "
                                    << policy.stable_average() << " and " << policy.panic_average());
    }
    wanted = policy.desired();
  }
  return different + policy.refused().total();
}

}  // namespace

TEST_CASE("a panic window is Knative's, step for step") {
  const auto files = recordings();
  REQUIRE(!files.empty());
  std::size_t steps = 0;
  for (const auto& file : files) {
    std::ifstream in(file);
    const json scenarios = json::parse(in);
    REQUIRE(!scenarios.empty());
    for (const json& c : scenarios) {
      INFO(file.string() << ": " << c.at("name").get<std::string>());
      REQUIRE(!c.at("steps").empty());
      CHECK(mismatches(c) == 0);
      steps += c.at("steps").size();
    }
  }
  CHECK(steps >= 2000);
}

TEST_CASE("a recording that was changed is noticed") {
  std::ifstream in(test_data("golden/kpa_knative_1.8.0.json"));
  json c = json::parse(in).at(1);
  json& s = c.at("steps").at(100);
  for (const char* name : {"desired", "excess_burst_capacity"}) {
    const int was = s.at(name);
    s[name] = was + 1;
    CHECK(mismatches(c) == 1);
    s[name] = was;
  }
  s["in_panic_after"] = !s.at("in_panic_after").get<bool>();
  s["stable_avg"] = s.at("stable_avg").get<double>() + 3e-6;
  CHECK(mismatches(c) == 1);
}
