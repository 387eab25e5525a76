// TeaStore live: one program with the four parts. README.md has its run.
#include <unistd.h>  // gethostname, getpid

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include <headroom/ext/kubernetes_access.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/live/stop_signals.hpp>

#include "teastore/agent.hpp"
#include "teastore/operator.hpp"
#include "teastore/stand_in.hpp"
#include "teastore/tuning.hpp"

using namespace headroom;
using namespace live_teastore;

namespace {

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

kubernetes_access access_of(const std::string& kubeconfig) {
  return kubeconfig.empty() ? kubernetes_access::found() : kubernetes_access::of_kubeconfig(kubeconfig);
}

// Serves until it is asked to end. `meanwhile` is called in another thread, now and then.
int serve(policy_server& server, const std::string& listen, const std::function<void()>& meanwhile) {
  const stop_signals stop;
  const int port = server.bind();
  std::printf("listening on %s:%d\n", listen.substr(0, listen.rfind(':')).c_str(), port);
  std::fflush(stdout);
  std::thread waiting([&] {
    while (!stop()) {
      meanwhile();
      pause_ms(50);
    }
    server.stop();
  });
  server.run();
  waiting.join();
  return 0;
}

void add_names(CLI::App& to, knob_names& n) {
  to.add_option("--namespace", n.name_space, "Of the Deployment")->capture_default_str();
  to.add_option("--deployment", n.deployment, "Its name")->required();
  to.add_option("--container", n.container, "The container whose CPU limit and heap are turned, by name")->required();
  to.add_option("--heap-variable", n.heap_variable, "Its variable whose value holds -Xmx, by name")
      ->capture_default_str();
}

void add_loop(CLI::App& to, tuning_options& o) {
  to.add_option("--agent", o.agent_url, "Where `teastore agent` serves")->capture_default_str();
  to.add_option("--prometheus", o.prometheus_url, "Where the shop is measured")->capture_default_str();
  to.add_option("--query", o.queries, "A query of your own, as in out_tps \"avg(rate(...))\"; may be repeated");
  to.add_option("--age", o.age, "A query for the age of the newest sample, in seconds");
  to.add_option("--stale", o.stale_s, "Seconds; what is older is not known")->capture_default_str();
  to.add_option("--window", o.window, "Of the rates, in the words of Prometheus")->capture_default_str();
  to.add_option("--reward", o.reward, "r1 to r9, as published")->capture_default_str();
  to.add_option("--episode", o.episode_steps, "Steps of an episode")->capture_default_str();
  to.add_option("--settle", o.settle_s, "Seconds after a move, before anything is measured: longer than the window")
      ->capture_default_str();
  to.add_option("--hold", o.hold_s, "Seconds of a step without a move")->capture_default_str();
  to.add_option("--rollout", o.rollout_deadline_s, "Seconds until a rollout is given up and taken back")
      ->capture_default_str();
  to.add_option("--retry", o.retry_s, "Seconds between two tries to measure")->capture_default_str();
  to.add_option("--tries", o.tries, "Until a step is given up because nothing can be measured")->capture_default_str();
  to.add_option("--timeout", o.timeout_s, "Seconds for one answer of the agent or of Prometheus")
      ->capture_default_str();
  to.add_option("--log", o.log, "A file; a line of JSON is added for each step");
}

struct shop_arguments {
  std::filesystem::path data;
  std::string listen = "127.0.0.1:8090";
  stand_in_options how;
  knob_names names;
  std::string kubeconfig;
  std::string fixed;
};

int run_shop(const shop_arguments& a) {
  stand_in_options how = a.how;
  if (!a.names.deployment.empty()) how.deployment = a.names.deployment;
  stand_in shop(std::make_shared<const shop_table>(a.data), how);
  policy_server server({.listen = a.listen, .most_connections = 1000});
  shop.add_to(server);
  if (!a.fixed.empty()) {
    configuration c;
    if (std::sscanf(a.fixed.c_str(), "%d/%d/%d", &c.replicas, &c.heap, &c.cpu) != 3 || !shop.become(c)) {
      throw std::invalid_argument("shop: --configuration is " + a.fixed +
                                  ", must be one of the table, as in 9/100/100");
    }
    return serve(server, a.listen, [] {});
  }
  if (a.names.deployment.empty() || a.names.container.empty()) {
    throw std::invalid_argument("shop: say --deployment and --container, or --configuration 9/100/100");
  }
  kubernetes_objects cluster(access_of(a.kubeconfig));
  std::string said;
  return serve(server, a.listen, [&] {
    // What is being rolled out is not there yet: the shop is as it was until all pods are.
    const kubernetes_result r = cluster.get(tuning::deployments(), a.names.name_space, a.names.deployment);
    std::string why = r.said;
    if (r.good()) {
      try {
        const seen_deployment seen = look(r.object, a.names);
        const auto c = configuration_of(seen.values, a.names, why);
        if (c && seen.rolled_out && !shop.become(*c)) why = c->text() + " was never measured";
      } catch (const std::runtime_error& e) {
        why = e.what();
      }
    }
    if (why != said && !why.empty()) std::fprintf(stderr, "shop: %s\n", why.c_str());
    said = why;
  });
}

struct agent_arguments {
  std::filesystem::path data;
  std::filesystem::path from_log;
  std::filesystem::path model;
  std::filesystem::path out;
  bool train_only = false;
  std::string listen = "127.0.0.1:8080";
  std::filesystem::path token_file;
  agent_options how;
};

int run_agent(const agent_arguments& a) {
  const auto table = std::make_shared<const shop_table>(a.data);
  const std::string from = a.data.empty() ? "a small table of our own" : a.data.filename().string();
  std::fprintf(stderr, "agent: %s, %zu configurations\n", from.c_str(), table->grid->cells());
  agent_options how = a.how;
  if (!a.from_log.empty()) how.policy = "from-log";
  const auto made = [&]() -> move_policy {
    if (a.model.empty()) return a.from_log.empty() ? trained(*table, how) : learned_from(*table, a.from_log);
    loaded_policy loaded = load_policy(*table, a.model);
    how.policy = loaded.name + " of " + a.model.string();
    return std::move(loaded.policy);
  };
  move_policy policy = made();
  if (!a.out.empty()) {
    save_policy(policy, how, *table, a.out);
    std::fprintf(stderr, "agent: %s holds the policy\n", a.out.c_str());
  }
  std::fprintf(stderr, "agent: %s is ready\n", how.policy.c_str());
  if (a.train_only) return 0;
  agent one(table, std::move(policy));
  policy_server server({.listen = a.listen, .token_file = a.token_file});
  one.add_to(server);
  return serve(server, a.listen, [] {});
}

struct tune_arguments {
  tuning_options how;
  std::string kubeconfig;
  std::size_t steps = 0;
};

int run_tune(const tune_arguments& a) {
  kubernetes_objects cluster(access_of(a.kubeconfig));
  tuning loop(a.how);
  const stop_signals stop;
  while (!stop() && (a.steps == 0 || loop.steps() < a.steps)) {
    if (!loop.go_on(cluster)) {
      pause_ms(20);
      continue;
    }
    const tuning_step& s = loop.last();
    const std::string from = s.from.replicas > 0 ? s.from.text() : "configuration not known";
    std::printf("step %zu: %s, move %s, %s", loop.steps(), from.c_str(), s.action ? to_text(*s.action).c_str() : "none",
                s.outcome.c_str());
    if (s.reward) std::printf(", reward %.4f, total %.4f", *s.reward, loop.total());
    std::printf("%s%s\n", s.why.empty() ? "" : ": ", s.why.c_str());
    std::fflush(stdout);
  }
  loop.end_episode();
  return 0;
}

struct operator_arguments {
  operator_options how;
  std::string kubeconfig;
};

int run_operator(operator_arguments a) {
  a.how.access = access_of(a.kubeconfig);
  if (a.how.identity.empty()) {
    char host[256] = "";
    static_cast<void>(::gethostname(host, sizeof host - 1));
    a.how.identity = std::string(host) + '-' + to_text(static_cast<int>(::getpid()));
  }
  shop_operator one(a.how);
  const stop_signals stop;
  std::printf("operator: %s watches %s\n", a.how.identity.c_str(), a.how.name_space.c_str());
  while (!stop()) {
    one.round();
    if (const std::string news = one.news(); !news.empty()) std::printf("%s", news.c_str());
    std::fflush(stdout);
    pause_ms(20);
  }
  one.release();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "TeaStore live: an agent that chooses replicas, heap and CPU of a shop, a loop that applies its moves to a\n"
      "Deployment of Kubernetes, an operator that does so for a custom resource, and a stand-in for the shop."};
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 when it was asked to end or has done its steps, 1 for wrong words on the command line\n"
      "(109 and the like, of CLI11), 2 where it cannot begin; the reason is on standard error.");
  std::string kubeconfig;

  shop_arguments shop;
  CLI::App& s = *app.add_subcommand("shop", "Stands in for the shop: shows what was measured of the published one");
  s.set_config("--config");
  s.add_option("--data", shop.data, "The published measurements (data.log); left out: a small table of our own");
  s.add_option("--listen", shop.listen, "Address and port; port 0: any")->capture_default_str();
  s.add_option("--configuration", shop.fixed, "RE/HEAP/CPU, without a cluster");
  s.add_option("--namespace", shop.names.name_space, "Of the Deployment that it follows")->capture_default_str();
  s.add_option("--deployment", shop.names.deployment, "Its name");
  s.add_option("--container", shop.names.container, "The container that has the CPU limit and the heap");
  s.add_option("--heap-variable", shop.names.heap_variable, "Its variable")->capture_default_str();
  s.add_flag("--draw-rows", shop.how.draws_rows, "Show measured rows, drawn by chance; else the mean of them");
  s.add_option("--redraw", shop.how.redraw_s, "Seconds until another row is drawn")->capture_default_str();
  s.add_option("--packets-per-request", shop.how.packets_per_request,
               "What is asked of / is served, and sends so many packets; 0: the published load is taken as there")
      ->capture_default_str();
  s.add_option("--seed", shop.how.seed, "Of the rows")->capture_default_str();
  s.add_option("--kubeconfig", shop.kubeconfig, "Left out: as kubectl finds it, or that of the pod");

  agent_arguments agent;
  CLI::App& g = *app.add_subcommand("agent", "Trains a policy and serves its moves");
  g.set_config("--config");
  g.add_option("--data", agent.data, "The published measurements (data.log); left out: a small table of our own");
  CLI::Option* const policy =
      g.add_option("--policy", agent.how.policy, "q-learning, ppo, optimum, hold or random")->capture_default_str();
  g.add_option("--seed", agent.how.seed, "Of the training")->capture_default_str();
  g.add_option("--episodes", agent.how.episodes, "Of the training; 0: 20000 of q-learning, 6000 of ppo");
  CLI::Option* const from_log =
      g.add_option("--from-log", agent.from_log, "Learns from the steps that tune --log wrote, and not from the table")
          ->excludes(policy);
  CLI::Option* const out = g.add_option("--out", agent.out, "Write what was learned to this file");
  g.add_option("--model", agent.model, "Serve the policy of this file, and train nothing")
      ->excludes(policy, from_log, out);
  g.add_flag("--train-only", agent.train_only, "End when the file is written, and serve nothing")->needs(out);
  g.add_option("--listen", agent.listen, "Address and port; port 0: any")->capture_default_str();
  g.add_option("--token-file", agent.token_file, "Its line must come as a bearer token");

  tune_arguments tune;
  CLI::App& t = *app.add_subcommand("tune", "Applies the agent's moves to one Deployment, and measures");
  t.set_config("--config");
  add_names(t, tune.how.names);
  add_loop(t, tune.how);
  t.add_option("--steps", tune.steps, "Then it ends; 0: never");
  t.add_option("--kubeconfig", tune.kubeconfig, "Left out: as kubectl finds it, or that of the pod");

  operator_arguments oper;
  CLI::App& o = *app.add_subcommand("operator", "Does the same for each ShopTuner of a namespace");
  o.set_config("--config");
  o.add_option("--namespace", oper.how.name_space, "Where they are")->capture_default_str();
  o.add_option("--identity", oper.how.identity, "In the lease; left out: the host and the process");
  o.add_option("--lease", oper.how.lease_s, "Seconds until another may lead")->capture_default_str();
  o.add_option("--resync", oper.how.resync_s, "Seconds between two lists")->capture_default_str();
  add_loop(o, oper.how.defaults);
  o.add_option("--kubeconfig", oper.kubeconfig, "Left out: as kubectl finds it, or that of the pod");

  CLI11_PARSE(app, argc, argv);
  try {
    if (s.parsed()) return run_shop(shop);
    if (g.parsed()) return run_agent(agent);
    if (t.parsed()) return run_tune(tune);
    return run_operator(oper);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "teastore: %s\n", e.what());
    return 2;
  }
}
