#include <headroom/systems/farm/phases.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/systems/farm/image_service.hpp>

#include "catch.hpp"
#include "first_failure.hpp"
#include "test_data.hpp"

using namespace headroom;

static_assert(Workload<farm::phases>);

namespace {

// A value printed with so many decimals.
bool agrees(double value, double printed, int decimals) {
  return std::abs(value - printed) <= 0.5001 * std::pow(10.0, -decimals);
}

arrivals episode_of(const farm::phases& p, std::uint64_t seed, farm::phase_mode mode) {
  arrivals a;
  p.generate(seed, mode, a);
  return a;
}

}  // namespace

TEST_CASE("as executed, the workload is the published one for 35 seeds") {
  std::ifstream file(test_data("openfaas_workload_vectors.csv"));
  REQUIRE(file);
  std::string line;
  std::getline(file, line);
  CHECK(line ==
        "seed,phase1_end_s,phase2_end_s,phase3_end_s,phase4_end_s,n,sum_arrival_s,sum_service_s,n_service_clamped_hi,"
        "t0,p0,"
        "t1,p1,t2,p2,t_last,p_last");
  const farm::phases workload;
  const farm::image_service service;
  arrivals a;
  int rows = 0;
  while (std::getline(file, line)) {
    std::vector<double> row;
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) row.push_back(std::stod(field));
    REQUIRE(row.size() == 17);
    const auto seed = static_cast<std::uint64_t>(row[0]);
    INFO("seed " << seed);

    workload.generate(seed, farm::phase_mode::executed, a);
    auto random = farm::mersenne_twister::from_words(seed);
    std::vector<double> p;
    for (std::size_t i = 0; i < a.size(); ++i) p.push_back(service(random));
    const double sum_arrival_s = std::accumulate(a.time_s.begin(), a.time_s.end(), 0.0);
    const double sum_service_s = std::accumulate(p.begin(), p.end(), 0.0);

    REQUIRE(a.phase_start_s.size() == 4);
    CHECK(a.phase_start_s[0] == 0);
    CHECK(agrees(a.phase_start_s[1], row[1], 9));
    CHECK(agrees(a.phase_start_s[2], row[2], 9));
    CHECK(agrees(a.phase_start_s[3], row[3], 9));
    CHECK(agrees(a.end_s, row[4], 9));
    CHECK(a.size() == static_cast<std::size_t>(row[5]));
    CHECK(agrees(sum_arrival_s, row[6], 6));
    CHECK(agrees(sum_service_s, row[7], 6));
    CHECK(std::count(p.begin(), p.end(), service.seconds(4096)) == static_cast<std::ptrdiff_t>(row[8]));
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(agrees(a.time_s[i], row[9 + 2 * i], 9));
      CHECK(agrees(p[i], row[10 + 2 * i], 9));
    }
    CHECK(agrees(a.time_s.back(), row[15], 9));
    CHECK(agrees(p.back(), row[16], 9));
    CHECK(std::is_sorted(a.time_s.begin(), a.time_s.end()));
    CHECK(std::is_sorted(a.window.begin(), a.window.end()));
    ++rows;
  }
  CHECK(rows == 35);
}

TEST_CASE("as executed, empty windows take no time, and each non-empty one counts once") {
  const arrivals a = episode_of(farm::phases{}, 42, farm::phase_mode::executed);
  CHECK(a.phase_start_s[1] == Approx(45.391915968).epsilon(1e-10));  // not 60
  CHECK(a.window.front() == 0);
  CHECK(a.window.back() < 240);
  first_failure by_one;
  for (std::size_t i = 1; i < a.size(); ++i)
    by_one.holds(a.window[i] - a.window[i - 1] <= 1, a.window[i - 1], a.window[i]);
  CHECK(by_one.report() == "");
}

TEST_CASE("as documented, every episode has 1140 requests, in windows of a second") {
  const farm::phases workload;
  CHECK(workload.requests() == 1140);
  CHECK(workload.duration_s() == 240);
  arrivals a;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    INFO("seed " << seed);
    workload.generate(seed, farm::phase_mode::documented, a);
    CHECK(a.size() == 1140);
    CHECK(a.phase_start_s == std::vector<double>{0, 60, 120, 180});
    CHECK(a.end_s == 240);
    CHECK(std::is_sorted(a.time_s.begin(), a.time_s.end()));
    std::vector<std::size_t> in_phase(4);
    first_failure first_stands_at_the_start;
    for (std::size_t i = 0; i < a.size(); ++i) {
      REQUIRE(a.time_s[i] < 240);
      ++in_phase[static_cast<std::size_t>(a.time_s[i] / 60)];
      const bool first_of_window = i == 0 || a.window[i] != a.window[i - 1];
      const bool whole = a.time_s[i] == std::floor(a.time_s[i]);
      const bool same_second = i == 0 || std::floor(a.time_s[i]) == std::floor(a.time_s[i - 1]);
      first_stands_at_the_start.holds(first_of_window ? whole : same_second, a.time_s[i]);
    }
    CHECK(in_phase == std::vector<std::size_t>{90, 450, 300, 300});
    CHECK(first_stands_at_the_start.report() == "");
  }
}

TEST_CASE("as documented, the phases oscillate, as executed they do not") {
  const farm::phases workload;
  constexpr int episodes = 400;
  // Mean count of the window that begins at a whole second, and its standard error.
  const auto window = [&](farm::phase_mode mode, double second) {
    double mean = 0;
    double square = 0;
    for (int seed = 0; seed < episodes; ++seed) {
      const arrivals a = episode_of(workload, static_cast<std::uint64_t>(seed), mode);
      const double from = mode == farm::phase_mode::documented ? second : a.phase_start_s[2] + (second - 120);
      const auto begin = std::lower_bound(a.time_s.begin(), a.time_s.end(), from);
      const auto n = static_cast<double>(std::lower_bound(begin, a.time_s.end(), from + 1) - begin);
      mean += n / episodes;
      square += n * n / episodes;
    }
    return std::pair{mean, std::sqrt((square - mean * mean) / episodes)};
  };
  for (const double second : {120.0, 135.0, 150.0, 180.0, 187.0}) {
    INFO("second " << second);
    const auto [mean, error] = window(farm::phase_mode::documented, second);
    CHECK(std::abs(mean - workload(second + 0.5)) < 5 * error);
  }
  const auto [trough, trough_error] = window(farm::phase_mode::documented, 120);
  const auto [crest, crest_error] = window(farm::phase_mode::documented, 150);
  CHECK(crest - trough > 5 * std::hypot(crest_error, trough_error));
  const auto [middle, middle_error] = window(farm::phase_mode::executed, 150);
  const auto [early, early_error] = window(farm::phase_mode::executed, 125);
  CHECK(std::abs(middle - early) < 5 * std::hypot(middle_error, early_error));  // 7.5 and 2.9 as documented
}

TEST_CASE("the documented rate at hand-picked times") {
  const farm::phases workload;
  CHECK(workload(0) == 1.5);
  CHECK(workload(59.999) == 1.5);
  CHECK(workload(60) == 7.5);
  CHECK(workload(120) == 2.5);
  CHECK(workload(135) == Approx(5).epsilon(1e-12));
  CHECK(workload(150) == Approx(7.5).epsilon(1e-12));
  CHECK(workload(180) == 1.5);
  CHECK(workload(187.5) == Approx(8.5).epsilon(1e-12));
  CHECK(workload(195) == Approx(1.5).epsilon(1e-12));
  CHECK(workload(-1e-9) == 0);
  CHECK(workload(240) == 0);
  double requests = 0;
  for (int k = 0; k < 24'000; ++k) requests += workload((k + 0.5) / 100) / 100;
  CHECK(requests == Approx(1140).epsilon(1e-9));
}

TEST_CASE("the published shuffle of seed 42 gives 3, 2, 4, 1") {
  const farm::phases shuffled = farm::phases{}.shuffled(42);
  std::vector<std::string> names;
  for (const farm::phase& p : shuffled.list()) names.push_back(p.name);
  CHECK(names == std::vector<std::string>{"slow oscillation", "steady high", "fast oscillation", "steady low"});
}

TEST_CASE("a shuffle keeps the phases and reaches all orders") {
  std::vector<std::vector<double>> orders;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const farm::phases shuffled = farm::phases{}.shuffled(seed);
    CHECK(shuffled.requests() == 1140);
    std::vector<double> order;
    for (const farm::phase& p : shuffled.list()) order.push_back(p.multiplier + p.cycles);
    orders.push_back(order);
  }
  std::sort(orders.begin(), orders.end());
  orders.erase(std::unique(orders.begin(), orders.end()), orders.end());
  CHECK(orders.size() == 24);
}

TEST_CASE("the same seed gives the same bits, into whatever buffer") {
  const farm::phases workload;
  arrivals used = episode_of(workload, 7, farm::phase_mode::documented);
  workload.generate(42, farm::phase_mode::executed, used);
  const arrivals fresh = episode_of(workload, 42, farm::phase_mode::executed);
  CHECK(used.time_s == fresh.time_s);
  CHECK(used.window == fresh.window);
  CHECK(used.phase_start_s == fresh.phase_start_s);
  CHECK(used.end_s == fresh.end_s);
  CHECK(episode_of(workload, 43, farm::phase_mode::executed).time_s != fresh.time_s);
}

TEST_CASE("phases refuse what makes no workload") {
  CHECK_THROWS_WITH(farm::phases(std::vector<farm::phase>{}), "phases: number of phases is 0, must be at least 1");
  CHECK_THROWS_WITH(farm::phases(farm::phases::farm_phases(), 0),
                    "phases: base_rate_per_s is 0, must be positive and finite");
  CHECK_THROWS_WITH(farm::phases({{"odd", -1}}), "phases: multiplier of odd is -1, must be positive and finite");
  CHECK_THROWS_WITH(farm::phases({{"odd", 1, 60, 0}}), "phases: window_s of odd is 0, must be positive and finite");
  CHECK_THROWS_WITH(farm::phases({{"odd", 1, 0.5, 1}}),
                    "phases: duration_s of odd is 0.5, must be at least one window");
  CHECK_THROWS_WITH(farm::phases({{"odd", 1, 60, 1, 2, 1}}),
                    "phases: swing_high of odd is 1, must not be below swing_low, and not both be 0");
}
