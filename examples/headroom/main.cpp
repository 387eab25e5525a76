// headroom: trains, compares and evaluates autoscaling policies on the simulated farm, and compares them on three other
// published systems.

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

#include <headroom/io/file.hpp>
#include <headroom/io/internal/file_lines.hpp>

#include "commands.hpp"
#include "load_options.hpp"
#include "terminal.hpp"

namespace {

using headroom::file_error;

void add_actions(CLI::App& command, arguments& a) {
  command.add_option("--actions", a.actions, "Sizes of the moves allowed per decision, as in 1,2,4")
      ->capture_default_str();
}
void add_evaluation(CLI::App& command, arguments& a) {
  command.add_option("--episodes", a.episodes, "Evaluate on this many episodes, the same for every policy")
      ->capture_default_str();
  command.add_option("--json", a.json, "Write everything, episode by episode, as JSON");
}

void add_no_bound(CLI::App& command, arguments& a) {
  command.add_flag("--no-bound", a.no_bound,
                   "Leave out the clairvoyant bound, what no policy can beat; it takes a tenth of a second an episode");
}

int run_tool(int argc, char** argv) {
  arguments a;
  CLI::App app{
      "Learns when to scale, and compares what it learned with every baseline.\n"
      "Start with: headroom compare"};
  app.require_subcommand(1);
  app.footer(
      "Results go to standard output, progress to standard error. Exit codes: 0 done, 1 failed,\n"
      "2 refused (bad argument, file or combination), 130 interrupted (what was finished is printed or kept).");

  CLI::App& compare = *app.add_subcommand(
      "compare", "Train the learners, run every policy on the same held-out episodes, print the table");
  compare
      .add_option("--environment", a.environment,
                  "Which system: farm, queueing (a request scheduler), teastore (a table of measurements) or quota "
                  "(quotas on a small cluster)")
      ->capture_default_str();
  compare.add_option("--data", a.data,
                     "Of teastore: the table, with columns re, heap, cpu, out_tps and cost, as in the published log "
                     "(default: a small one of our own). Of quota: the published classifier as JSON, which is then one "
                     "of the policies");
  add_load_options(compare, a.load,
                   ". Of queueing: two-bumps, as published (default); unseen: the same, met only after the decision; "
                   "sinusoid; very-light");
  compare.add_option("--start-row", a.start_row,
                     "Of teastore: begin each episode with this row of the table, counted from 0 (published: 558; "
                     "default: any)");
  compare.add_option("--policies", a.policies,
                     "Names separated by commas; headroom policies lists them. By default every baseline and sarsa; "
                     "of another system than the farm every baseline and every learner");
  add_actions(compare, a);
  add_evaluation(compare, a);
  compare.add_option("--seed", a.seed, "First of the evaluated seeds")->capture_default_str();
  compare.add_option("--train-episodes", a.train_episodes,
                     "Train each learner on this many episodes (default: its own number; half a minute for a table, "
                     "minutes for a network)");
  compare
      .add_option("--train-seeds", a.train_seeds,
                  "Train each learner this many times and show the median by QoS, or by reward")
      ->capture_default_str();
  compare
      .add_option("--checkpoints", a.checkpoints,
                  "Evaluate each learner at so many moments of its training, too, as it stands then: whether it "
                  "settles, and whether its training seeds agree")
      ->capture_default_str();
  add_no_bound(compare, a);
  compare.add_option("--csv", a.csv, "Write a line per policy and episode as CSV");

  compare.footer(
      "Examples:\n"
      "  headroom compare                                        every baseline and sarsa, in half a minute a seed\n"
      "  headroom compare --policies constant:14,sarsa,dqn       the table learner beside the network\n"
      "  headroom compare --policies dqn-published --train-seeds 10 --checkpoints 8\n"
      "                                                          does it settle, do its training seeds agree?\n"
      "  headroom compare --actions 1,2,4 --policies dqn         moves of up to four workers at once\n"
      "  headroom compare --environment queueing --episodes 100  the request scheduler, and what its oracle gets\n"
      "  headroom compare --environment teastore --data teastore_configurations.log\n"
      "                                                          measured configurations, and exact regret\n"
      "  headroom compare --environment quota --policies five-rules,q-learning\n"
      "--trace... , --actions and --no-bound are the farm's.");

  CLI::App& frontier = *app.add_subcommand(
      "frontier", "Turn every policy's knob, and show what each service level costs with it, as a table and a picture");
  add_load_options(frontier, a.load);
  frontier.add_option("--policies", a.policies,
                      "Names separated by commas, each tried at every setting of its knob; with a setting (hpa:0.7) at "
                      "that one only. By default every autoscaler, sarsa and cem");
  add_actions(frontier, a);
  add_evaluation(frontier, a);
  frontier.add_option("--seed", a.seed, "First of the evaluated seeds")->capture_default_str();
  frontier
      .add_option("--level", a.level,
                  "Fraction of requests in time at which policies are compared, and which the best knob must keep")
      ->capture_default_str();
  frontier
      .add_option("--tune-episodes", a.tune_episodes,
                  "Choose the best knob on so many other episodes; of a trace, from the part that learners train on")
      ->capture_default_str();
  frontier
      .add_option(
          "--prices", a.prices,
          "The learners' knob: what a request out of time costs, in workers for one step. For one learner alone as "
          "in 3,6,cem:2/4/8")
      ->capture_default_str();
  frontier.add_option("--train-episodes", a.train_episodes,
                      "Train each learner on this many episodes, for each price and training seed (default: its own "
                      "number)");
  frontier
      .add_option("--train-seeds", a.train_seeds, "Train this many times for each price and take the median by QoS")
      ->capture_default_str();
  add_no_bound(frontier, a);
  frontier.add_option("--csv", a.csv, "Write a line per policy and setting as CSV");
  frontier.add_option("--svg", a.svg, "Draw service level against mean workers");
  frontier.add_option("--churn-svg", a.churn_svg, "Draw service level against scaling actions");
  frontier.footer(
      "A policy is not a point but a curve: every target, factor or price gives another level at another cost. Two\n"
      "policies can be compared where their curves are, at the same level.\n"
      "Examples:\n"
      "  headroom frontier --svg farm.svg                        every autoscaler, sarsa and cem; minutes\n"
      "  headroom frontier --train-episodes 100000 --train-seeds 1 --svg farm.svg    in a few minutes\n"
      "  headroom frontier --policies constant,hpa,kpa --trace load.csv              on your own load\n"
      "  headroom frontier --policies hpa,sarsa --level 0.999 --prices 20,50,100     where a level is dear");

  CLI::App& train = *app.add_subcommand("train", "Train one learner and save it; go on with one that was interrupted");
  train.add_option("--policy", a.policy, "Which learner (headroom policies)")->capture_default_str();
  train
      .add_option("--workload", a.load.workload,
                  "executed: what the published generator really does; documented: what its configuration says; "
                  "shuffled: executed, phases in another order each episode")
      ->capture_default_str();
  add_actions(train, a);
  train.add_option("--train-episodes", a.train_episodes, "Number of episodes (default: the policy's own)");
  train.add_option("--seed", a.train_seed, "Training seed: workloads, initial values and exploration follow from it")
      ->capture_default_str();
  train.add_option("--out", a.out, "File to write when the training is finished");
  train
      .add_option("--checkpoint-every", a.checkpoint_every_s,
                  "Every so many seconds write all there is to FILE.partial, so that no crash costs more than that; 0: "
                  "only when interrupted")
      ->capture_default_str();
  train.add_option("--resume", a.resume,
                   "Go on with the training in this FILE.partial, which knows its settings; it becomes the one that "
                   "was never interrupted, to the last bit");
  train.add_option("--from-log", a.from_log,
                   "Learn from the steps in this CSV and from no environment. Columns: state (a whole number; for dqn "
                   "state_0, state_1, ...), action, reward, next (next_0, ...), status (0: the next line follows, 1: "
                   "the task ended, 2: the record was cut), and, if known, the probability of the action. --policy: "
                   "q-learning (default), sarsa, fitted-q or dqn");
  train.add_option("--passes", a.passes,
                   "How often to go through the log (default: 100 with a table, 50 with a network)");
  train.add_option("--discount", a.discount, "What a reward is worth a step later, for --from-log")
      ->capture_default_str();
  train.add_option("--log-states", a.log_states, "States of the table (default: as many as the log shows)");
  train.add_option("--log-actions", a.log_actions, "Actions on the menu (default: as many as the log shows)");
  train.footer(
      "Examples:\n"
      "  headroom train --from-log steps.csv --policy fitted-q --out web.model     no environment, only what was "
      "recorded\n"
      "  headroom train --policy sarsa --out web.model\n"
      "  headroom train --resume web.model.partial      after Ctrl-C, a crash or a power cut\n"
      "  headroom evaluate --model web.model            works on a .partial, too: its best so far\n"
      "A model holds what decides, a .partial also what learns. Both are safetensors files.");

  CLI::App& evaluate = *app.add_subcommand("evaluate", "Evaluate a saved learner, without exploration");
  evaluate.add_option("--model", a.model, "File written by train, a .partial included")->required();
  add_evaluation(evaluate, a);
  evaluate.add_option("--seed", a.seed, "First of the evaluated seeds")->capture_default_str();

  CLI::App& policies = *app.add_subcommand("policies", "List the policies by name");
  std::string system = "farm";
  policies.add_option("--environment", system, "Of which system: farm, queueing, teastore or quota")
      ->capture_default_str();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::cerr << "headroom: " << e.what() << " (see headroom --help)\n";
    return exit_refused;
  }
  if (policies.parsed()) return policies_command(system);
  if (frontier.parsed()) return frontier_command(a);
  if (train.parsed()) return train_command(a, [&](const char* option) { return train.count(option) > 0; });
  if (evaluate.parsed()) return evaluate_command(a);
  return compare_command(a, [&](const char* option) { return compare.count(option) > 0; });
}

}  // namespace

int main(int argc, char** argv) {
  terminal::catch_interrupts();
  try {
    return run_tool(argc, argv);
  } catch (const std::invalid_argument& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return exit_refused;
  } catch (const file_error& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return exit_refused;
  } catch (const headroom::reading_stopped&) {
    std::cerr << "headroom: interrupted before the first result\n";
    return exit_interrupted;
  } catch (const std::exception& e) {
    std::cerr << "headroom: " << e.what() << '\n';
    return 1;
  }
}
