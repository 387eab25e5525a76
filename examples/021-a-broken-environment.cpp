// What check_environment reports about common mistakes in simulators. The pool is a small version of that in 020, with
// one mistake at a time.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/testing/check_environment.hpp>

namespace {

using namespace headroom;

struct sample {
  double waiting = 0;
  double per_replica = 0;
};

enum class mistake { none, one_engine_for_all, divides_by_zero, queue_survives, never_ends };

// [broken]
class broken_pool {
 public:
  using observation_type = sample;
  using action_type = int;

  explicit broken_pool(mistake m) : mistake_(m) {}

  sample reset() {
    if (mistake_ != mistake::queue_survives) waiting_ = 0;
    random_ = engine(42, stream::workload);
    replicas_ = 2;
    t_ = 0;
    return {waiting_, waiting_ / replicas_};
  }

  step_result<sample> step(int delta) {
    static engine of_all(42);
    const int least = mistake_ == mistake::divides_by_zero ? 0 : 1;
    replicas_ = std::clamp(replicas_ + delta, least, 5);
    const double come = poisson(mistake_ == mistake::one_engine_for_all ? of_all : random_, 1.5);
    waiting_ = std::max(0.0, waiting_ + come - replicas_);
    const bool cut = ++t_ >= 100 && mistake_ != mistake::never_ends;
    return {{waiting_, waiting_ / replicas_}, cut ? episode::truncated : episode::ongoing};
  }

 private:
  mistake mistake_;
  engine random_{0};
  double waiting_ = 0;
  int replicas_ = 2;
  int t_ = 0;
};
// [broken]

bool tell(const char* name, mistake m) {
  // [check]
  const auto findings =
      check_environment([m] { return broken_pool(m); }, {-1, 0, -1, 0, +1}, {}, &sample::waiting, &sample::per_replica);
  // [check]
  std::printf("%s\n", name);
  for (const auto& finding : findings) std::printf("  %s\n", finding.c_str());
  return findings.empty();
}

}  // namespace

int main() {
  const bool clean = tell("no mistake", mistake::none);
  bool found = !tell("one engine for all", mistake::one_engine_for_all);
  found = !tell("divided by no replicas", mistake::divides_by_zero) && found;
  found = !tell("the queue survives a reset", mistake::queue_survives) && found;
  found = !tell("it never ends", mistake::never_ends) && found;
  return clean && found ? 0 : 1;
}
