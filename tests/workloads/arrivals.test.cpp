#include <headroom/workloads/arrivals.hpp>

#include <cstdint>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("clear forgets the requests and keeps the memory") {
  arrivals a;
  a.time_s.assign(1000, 1.5);
  a.window.assign(1000, 3);
  a.phase_start_s = {0, 60};
  a.end_s = 120;
  CHECK(a.size() == 1000);
  const double* memory = a.time_s.data();
  a.clear();
  CHECK(a.size() == 0);
  CHECK(a.window.empty());
  CHECK(a.phase_start_s.empty());
  CHECK(a.end_s == 0);
  a.time_s.assign(1000, 2.5);
  CHECK(a.time_s.data() == memory);
}

TEST_CASE("anything that fills arrivals from a seed is a source") {
  const arrival_source source = [](std::uint64_t seed, arrivals& out) {
    out.clear();
    out.time_s.push_back(static_cast<double>(seed));
  };
  arrivals a;
  source(7, a);
  source(9, a);
  CHECK(a.time_s == std::vector<double>{9});
}
