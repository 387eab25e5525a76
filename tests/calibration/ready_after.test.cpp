#include <headroom/calibration/ready_after.hpp>

#include <vector>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("ready replicas follow the wanted ones by the delay, averaged over each interval") {
  const std::vector<double> wanted{1, 1, 3, 3, 3, 3};
  CHECK(ready_after(wanted, 0) == std::vector<double>{1, 1, 3, 3, 3, 3});
  CHECK(ready_after(wanted, 1.25) == std::vector<double>{1, 1, 1, 2.5, 3, 3});
  // The newest wish is taken back first, then ready replicas go.
  CHECK(ready_after(std::vector<double>{2, 3, 1, 1, 1}, 2) == std::vector<double>{2, 2, 1, 1, 1});
  CHECK(ready_after(std::vector<double>{1, 2, 4, 2, 2, 2}, 3) == std::vector<double>{1, 1, 1, 1, 2, 2});
}

TEST_CASE("nothing was wanted: nothing is ready") { CHECK(ready_after(std::vector<double>{}, 1).empty()); }
