#include <memory>

#include "commands/commands.hpp"
#include "redis/live_farm.hpp"
#include "support/command_line.hpp"

/// `headroom farm`: plays the farm with real processes around a real Redis. `headroom farm-part`: one of them.
namespace tool {

void add_farm(command_line& to) {
  command& c = to.add("farm", "Play the farm with real processes around a real Redis, beside the simulator");
  const auto o = std::make_shared<farm_run_options>();
  const auto all = std::make_shared<farm_live_options>();
  const auto live = std::make_shared<bool>(false);
  const option name = c.add("--policy", o->policy, "The autoscaler that decides, as in constant:12");
  const option model = c.add("--model", o->model, "Or what train --environment farm wrote").excludes(name);
  const option several =
      c.add_flag("--live", *live,
                 "Play several policies instead, the same episodes each, and print both worlds in one table")
          .excludes(name)
          .excludes(model);
  c.add("--policies", all->policies, "Which, with --live; a learner is trained first, unless its model is there")
      .shows_default()
      .needs(several);
  c.add("--models", all->models, "The folder of the models, with --live: NAME.model").shows_default().needs(several);
  c.add("--train-episodes", all->train_episodes, "How long a learner without a model is trained, with --live")
      .needs(several);
  c.add("--out", all->out, "With --live, leave a new folder for headroom report: all episodes, the first step by step")
      .needs(several);
  c.add("--redis", o->redis,
        "A server's host and port, or unix:SOCKET; the farm's queues in it are emptied, so give it one of its own. "
        "Without it one is started for this command");
  c.add("--speed", o->speed, "How many times faster than the published farm; 1 takes four minutes an episode")
      .shows_default();
  c.add("--seed", o->seed, "Of the first episode's workload").shows_default();
  c.add("--episodes", o->episodes, "How many of each policy").shows_default();
  c.add_flag("--reliable", o->reliable, "Lose no task with a process that dies, as the published farm does");
  c.footer(
      "Examples:\n"
      "  headroom farm --policy constant:12 --speed 20\n"
      "  headroom farm --live --speed 20 --episodes 2            seven policies, in about eight minutes\n"
      "  headroom farm --live --policies sarsa,constant:14 --out live && headroom report live");
  c.runs([o, all, live, &c] { return *live ? compare_live_farm(*o, *all, c) : run_farm(*o); });

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
