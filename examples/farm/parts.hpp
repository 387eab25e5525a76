#pragma once

#include <cstdint>  // std::uint64_t
#include <string>   // std::string

#include <headroom/ext/redis.hpp>

/// The programs of a farm: one emitter, some workers, one collector. Each is a process of its own.
namespace live_farm {

/// What a program of the farm is started with.
struct part_options {
  std::string role{};  ///< emitter, worker or collector
  std::string name{};  ///< under which it says that it began and that it left
  headroom::redis_options redis{};
  double speed = 1;        ///< how many times faster than the published farm
  std::uint64_t seed = 0;  ///< of the emitter's workload
  bool reliable = false;   ///< nothing is lost with a process that dies
};

/// How long an idle program of the farm waits before it looks again, s of the farm; as published.
inline constexpr double poll_s = 0.1;

/// Under this key stands when the farm began, in nanoseconds of the machine's clock: the programs are started before,
/// and wait for it.
inline constexpr const char* began_key = "farm:began_ns";

/// Runs one program until it is told to leave; returns the exit code. It ends as well when its parent does, and when
/// Redis is away for `patience_s`. Throws std::invalid_argument for a role that there is not.
int run_part(const part_options& o);

inline constexpr double patience_s = 30;

}  // namespace live_farm
