// expect: pipeline: the policy must decide on the source's observations, in replicas more or less (int)
// The policy was trained on another struct than the source reads.
#include <utility>

#include <headroom/core/types.hpp>
#include <headroom/live/clock.hpp>
#include <headroom/live/pipeline.hpp>
#include <headroom/live/reading.hpp>
#include <headroom/live/scaler.hpp>
#include <headroom/live/sense.hpp>

using namespace headroom;

struct sample {
  int replicas = 0;
};
struct other {
  int replicas = 0;
};
#ifdef HEADROOM_ACCEPT
using seen = sample;
#else
using seen = other;
#endif
struct idle {
  int start(const seen&) { return 0; }
  int step(const seen&) { return 0; }
  void stop(const seen&, episode) {}
};

void use() {
  sense<sample> source{{&sample::replicas, [] { return reading::of(4); }}};
  pipeline host{pipeline_parts{std::move(source), idle{}, no_scaler{}, manual_clock{}}, &sample::replicas};
  host.decide();
}
