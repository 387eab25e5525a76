#include <memory>

#include "commands/commands.hpp"
#include "redis/live_farm.hpp"
#include "support/command_line.hpp"

/// `headroom farm`: plays the farm with real processes around a real Redis. `headroom farm-part`: one of them.
namespace tool {

void add_farm(command_line& to) {
  command& c = to.add("farm", "Play the farm with real processes around a real Redis, beside the simulator");
  const auto o = std::make_shared<farm_run_options>();
  const option name = c.add("--policy", o->policy, "The autoscaler that decides, as in constant:12");
  c.add("--model", o->model, "Or what train --environment farm wrote").excludes(name);
  c.add("--redis", o->redis,
        "Its host and port, or unix:SOCKET; the farm's queues in it are emptied, so give it one of its own")
      .required();
  c.add("--speed", o->speed, "How many times faster than the published farm; 1 takes four minutes an episode")
      .shows_default();
  c.add("--seed", o->seed, "Of the first episode's workload").shows_default();
  c.add("--episodes", o->episodes, "How many, one after the other").shows_default();
  c.add_flag("--reliable", o->reliable, "Lose no task with a process that dies, as the published farm does");
  c.footer(
      "Example:\n"
      "  redis-server --port 0 --unixsocket /tmp/farm.sock --save '' &\n"
      "  headroom farm --policy constant:12 --redis unix:/tmp/farm.sock --speed 20");
  c.runs([o] { return run_farm(*o); });

  command& p = to.add("farm-part", "One program of headroom farm, which starts it: an emitter, a worker, a collector");
  const auto q = std::make_shared<farm_part_options>();
  p.add("--role", q->role, "emitter, worker or collector").required();
  p.add("--name", q->name, "Under which it says that it began and that it left").required();
  p.add("--redis", q->redis, "Its host and port, or unix:SOCKET").required();
  p.add("--speed", q->speed, "How many times faster").shows_default();
  p.add("--seed", q->seed, "Of the workload").shows_default();
  p.add_flag("--reliable", q->reliable, "Lose no task");
  p.hide();
  p.runs([q] { return run_farm_part(*q); });
}

}  // namespace tool
