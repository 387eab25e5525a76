#include <headroom/systems/scheduler/score.hpp>

#include <vector>

#include <headroom/core/types.hpp>
#include <headroom/run/evaluate.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct served {
  double n_instances = 1;
  bool violation = false;
};

}  // namespace

TEST_CASE("a scheduler's score adds its reward up and averages the rest") {
  scheduler::score score{[](const served&, int n, const served&) { return 10.0 * n; }};
  static_assert(Score<decltype(score)>);
  const std::vector<served> seen{{1, false}, {4, false}, {4, true}, {2, true}, {2, false}};
  for (int round = 0; round < 2; ++round) {  // the second forgets the first
    score.on_start(seen[0]);
    for (std::size_t k = 1; k < seen.size(); ++k) {
      const int action = static_cast<int>(k);
      score.on_step(step_record<served, int>{seen[k - 1], action, seen[k]});
    }
    CHECK(score.values() == std::array<double, 4>{100, 0.5, 3, 2});
  }
}
