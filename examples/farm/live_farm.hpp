#pragma once

#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint64_t
#include <map>       // std::map
#include <optional>  // std::optional
#include <string>    // std::string

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/systems/farm/live/queues.hpp>
#include <headroom/systems/farm/live/queue_source.hpp>
#include <headroom/ext/redis.hpp>
#include <headroom/systems/farm/observation.hpp>
#include <headroom/systems/farm/options.hpp>

#include "farm/farm_clock.hpp"
#include "live/child.hpp"

namespace live_farm {

struct options {
  headroom::redis_options redis{};
  double speed = 1;         ///< how many times faster than the published farm
  bool reliable = false;    ///< nothing is lost with a process that dies; the published farm loses it
  std::uint64_t seed = 42;  ///< of the first episode; the k-th after it has seed + k
  headroom::farm::options farm{};
};
/// Throws std::invalid_argument on impossible options; returns its argument.
const options& checked(const options& o);

/// The farm as it runs: processes around queues in a real Redis. Model of Environment with the simulator's types, so
/// that the same policy plays in both. The tasks of a seed are the simulator's, and so is how long each scaling call
/// takes; what waits, who polls when and how long a process takes to start is real.
///
/// Whatever stands in the queues is deleted at each reset. Throws std::runtime_error if Redis does not answer or a
/// process does not start: half an episode is no result.
class environment {
 public:
  using observation_type = headroom::farm::observation;
  using action_type = int;  ///< workers to add or to remove

  explicit environment(const options& o);
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

  observation_type reset();
  headroom::step_result<observation_type> step(int delta);

  [[nodiscard]] std::uint64_t lost_workers() const noexcept { return lost_workers_; }  ///< died unasked, ever
  [[nodiscard]] std::uint64_t recovered() const noexcept { return recovered_; }        ///< tasks put back, ever

 private:
  void start_part(const std::string& role, const std::string& name);
  void start_worker();
  void wait_for_starts(const std::string& role, int count);
  void wait_until(double farm_s);
  void look_after_workers();
  void scale_up(double begin_s);
  void scale_down(double begin_s);
  observation_type read();
  void drain(observation_type& o);

  options o_;
  headroom::redis connection_;
  headroom::farm::queues queues_;
  farm_clock clock_{};
  headroom::farm::queue_source<observation_type> source_;
  std::map<std::string, live_programs::child> programs_{};  // emitter and collector
  std::map<std::string, live_programs::child> workers_{};   // by name, "worker-1" on
  int wanted_ = 0;
  int started_ = 0;  // workers that were started since the reset
  std::uint64_t seed_ = 0;
  std::uint64_t episodes_ = 0;
  std::size_t steps_ = 0;
  std::size_t expected_ = 0;
  double due_s_ = 0;  // of the last observation
  headroom::engine noise_{0};
  std::uint64_t lost_workers_ = 0;
  std::uint64_t recovered_ = 0;
};

}  // namespace live_farm
