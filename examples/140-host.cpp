// A host: the program that reads a service's metrics, asks a policy, and scales. It loads what was learned before,
// guards every decision, learns while it runs, and saves at any moment. docs/hosting.md explains each part.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/health_line.hpp>
#include <headroom/core/random.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/guarded.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/workloads/poisson.hpp>

using namespace headroom;

namespace {

struct sample {
  double queue = 0;   // requests that wait
  double errors = 0;  // in the last interval
  int replicas = 4;
};

// Stands for the service and its metrics. A host needs no environment; this one also names the types for learn_on.
class service {
 public:
  using observation_type = sample;
  using action_type = int;  // replicas to add or to remove

  sample reset() { return now_; }
  step_result<sample> step(int delta) {
    now_.replicas = std::clamp(now_.replicas + delta, 1, 12);
    const auto arrived = static_cast<double>(poisson(random_, 6));
    now_.queue = std::clamp(now_.queue + arrived - now_.replicas, 0.0, 60.0);
    now_.errors = now_.queue > 30 ? 1 : 0;
    return {now_, episode::ongoing};
  }

 private:
  sample now_;
  engine random_{3, stream::workload};
};

// [types]
// The parts of the policy have types with names, so that the policy's own type has one: a member of a class needs it.
struct cost_of_a_step {
  double operator()(const sample&, int, const sample& next) const {
    return -1.0 * next.replicas - (next.queue > 5 ? 20 : 0);
  }
};
struct up_on_errors {
  int operator()(const sample& o, int delta) const { return o.errors > 0 ? std::max(delta, 0) : delta; }
};

using encoder = bins<double sample::*, int sample::*>;
using menu = limited<actions<int, 3>, int sample::*>;
using learning_policy = learner_on<service, encoder, sarsa<>, cost_of_a_step, menu>;
using guarded_policy = guarded<learning_policy, up_on_errors>;

guarded_policy make_policy(std::uint64_t seed) {
  encoder see{cut{&sample::queue, {1, 5, 20}}, cut{&sample::replicas, {3, 4, 5, 6, 7, 8, 9, 10}}};
  menu moves{actions{0, -1, +1}, &sample::replicas, {.minimum = 2, .maximum = 10}};
  sarsa agent{see.size(), moves.size(), {.discount = 0.95}, seed};
  return {learn_on<service>(see, std::move(agent), cost_of_a_step{}, moves), up_on_errors{}};
}
// [types]

// [host]
class host {
 public:
  // Begins with what the file holds, if there is one. A file of another policy is refused with a sentence.
  host(std::filesystem::path file, std::uint64_t seed) : file_(std::move(file)), policy_(make_policy(seed)) {
    if (std::filesystem::exists(file_)) restore(policy_, load(file_), "policy");
  }

  // Once for each observation, in order: the first begins an episode, each later one brings the consequence of the
  // decision before it.
  int decide(const sample& o) { return std::exchange(running_, true) ? policy_.step(o) : policy_.start(o); }

  // A scrape failed: nobody will know what the last decision led to.
  void missed() { policy_.inner().pause(); }

  // At any moment, also within an episode: the step that waits for its consequence is not in the file, and goes on
  // here.
  void save() const {
    checkpoint c;
    store(policy_, c, "policy");
    headroom::save(c, file_);
  }

  // The host ends, with an observation that `decide` has not had. Without one, save and leave.
  void stop(const sample& last) {
    if (std::exchange(running_, false)) policy_.stop(last, episode::truncated);
  }

  // Empty in a healthy system. Log it, and alert on it.
  [[nodiscard]] std::string health() const { return line_of(policy_.health()); }
  [[nodiscard]] const sarsa<>& agent() const { return policy_.inner().agent(); }

 private:
  std::filesystem::path file_;
  guarded_policy policy_;
  bool running_ = false;
};
// [host]

void report(const char* when, const host& h) {
  const std::string health = h.health();
  std::printf("%-14s %4llu steps learned, health: %s\n", when, static_cast<unsigned long long>(h.agent().done().steps),
              health.empty() ? "good" : health.c_str());
}

}  // namespace

int main() {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / "headroom-example-140-host.safetensors";
  std::filesystem::remove(file);
  service world;
  sample o = world.reset();
  {
    // [drive]
    host first(file, 42);
    for (int k = 0; k < 1000; ++k) o = world.step(first.decide(o)).observation;
    first.save();  // at midnight, in the middle of everything
    report("saved", first);
    first.missed();  // no metrics for a while
    for (int k = 0; k < 500; ++k) o = world.step(first.decide(o)).observation;
    first.stop(o);
    report("stopped", first);
    // [drive]
  }
  {
    // [restart]
    host second(file, 43);  // after a crash: from the file of midnight
    report("loaded", second);
    for (int k = 0; k < 500; ++k) o = world.step(second.decide(o)).observation;
    second.stop(o);
    report("stopped", second);
    // [restart]
  }
  std::filesystem::remove(file);
}
