// The quota conflict manager on a cluster: the loop, its page, and the prediction server; or the prediction server
// alone. README.md says how it is run.
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <headroom/core/check.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/live/stop_signals.hpp>

#include "advice.hpp"
#include "manager.hpp"
#include "page.hpp"

using namespace headroom;
using namespace quota_live;

namespace {

struct settings {
  manager_options manage{};
  advice_options advise{};
  policy_server_options serve{.listen = "127.0.0.1:8000"};
  std::string kubeconfig{};
  std::string context{};
  std::string prometheus = "http://127.0.0.1:9090";
  std::string token_file{};
  double period_s = 10;
  unsigned passes = 0;
};

void declare(CLI::App& app, settings& s) {
  app.set_config("--settings", "", "File of settings: `key = value`, a key for each option below, without its dashes");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--kubeconfig", s.kubeconfig, "File; else KUBECONFIG, ~/.kube/config, or the pod's own account");
  app.add_option("--context", s.context, "Of the kubeconfig; else its current one");
  app.add_option("--namespaces", s.manage.namespaces, "Whose Deployments are managed; else those of all")
      ->delimiter(',');
  app.add_option("--period", s.period_s, "Seconds from one pass to the next")->check(CLI::Range(0.05, 3600.0));
  app.add_option("--passes", s.passes, "Ends after so many passes; 0: never");
  app.add_option("--strategy", s.manage.strategy, "Who yields in a conflict")
      ->check(CLI::IsMember({"youngest", "priority", "tightest", "weighted"}));
  app.add_flag("--published", s.manage.published,
               "As published: a conflict is seen by its damage, limits are the use of all pods, no capacity");
  app.add_flag("--dry-run", s.manage.dry_run, "Decides and tells, and changes nothing");
  app.add_option("--settle", s.manage.settle_s, "Seconds after a change until its latency is looked at")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--latency-threshold", s.manage.latency_threshold,
                 "Latency after to latency before at which a change is set back; the label custom-latency-threshold "
                 "of a Deployment goes before");
  app.add_option("--writers", s.manage.writers, "Objects that are changed at the same time");
  app.add_option("--timeout", s.manage.timeout_s, "Seconds, of a request to the API server");
  app.add_option("--lease", s.manage.lease, "Name of a Lease: of several managers the one that holds it works");
  app.add_option("--lease-namespace", s.manage.lease_space, "Namespace of the Lease");
  app.add_option("--identity", s.manage.identity, "Of this manager, for the Lease: the name of the pod");
  app.add_option("--prometheus", s.prometheus, "URL; empty: nothing is measured, so nothing is applied");
  app.add_option("--cpu-query", s.manage.usage.cpu, "Cores, with the labels namespace and deployment (or workload)");
  app.add_option("--memory-query", s.manage.usage.memory, "MiB, likewise");
  app.add_option("--latency-query", s.manage.usage.latency, "Seconds, likewise; empty: there is none");
  app.add_option("--cpu-window", s.manage.usage.cpu_window_s, "Seconds: the use of CPU is the mean over so long");
  app.add_option("--latency-window", s.manage.usage.latency_window_s, "Seconds, of the latency before");
  app.add_option("--latest-window", s.manage.usage.latest_window_s, "Seconds, of the latency now");
  app.add_option("--step", s.manage.usage.step_s, "Seconds, of query_range");
  app.add_option("--policy", s.advise.policy, "Who says what to do about a quota")
      ->check(CLI::IsMember({"table", "rules", "classifier", "apply"}));
  app.add_option("--classifier", s.advise.classifier, "File of the published network, for --policy classifier");
  app.add_option("--scenarios", s.advise.scenarios, "On which --policy table is trained when the program starts");
  app.add_option("--feedback-rate", s.advise.feedback_rate, "How far one reward moves the value of what was done");
  app.add_option("--listen", s.serve.listen, "Address and port of the page; port 0: any that is free, which is told");
  app.add_option("--token-file", s.token_file, "Its one line must come as a bearer token; needed beyond this machine");
}

// What one pass did, where it did something.
void tell(unsigned number, const pass_report& r) {
  if (!r.held.empty()) {
    std::printf("pass %u: nothing was done: %s\n", number, r.held.c_str());
  } else if (r.patches + r.failed + r.written > 0) {
    std::printf("pass %u: %zu agents, %zu Deployments: %zu changed, %zu not taken, %zu agents written, in %.3f s\n",
                number, r.agents, r.deployments, r.patches, r.failed, r.written, r.seconds);
  }
  std::fflush(stdout);
}

int predict(const settings& s) {
  advice advisor(s.advise);
  policy_server server(s.serve);
  add_predictions(server, advisor);
  std::printf("listening on 127.0.0.1:%d\n", server.bind());
  std::fflush(stdout);
  const stop_signals stop;
  std::thread serving([&server] { server.run(); });
  while (!stop()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  server.stop();
  serving.join();
  return 0;
}

int play(const settings& s) {
  advice advisor(s.advise);
  for (const bool may_hold : {true, false}) {
    const simulated r = simulate(advisor, may_hold);
    std::printf("%-10s %s hold: %.2f reward and %.3f pods killed a scenario, mean of 200\n", advisor.name().c_str(),
                may_hold ? "with" : "without", r.reward, r.killed);
    std::fflush(stdout);
  }
  return 0;
}

int manage(settings& s) {
  s.manage.access =
      s.kubeconfig.empty() ? kubernetes_access::found() : kubernetes_access::of_kubeconfig(s.kubeconfig, s.context);
  s.manage.usage_known = !s.prometheus.empty();
  if (s.manage.usage_known) s.manage.usage.server.url = s.prometheus;
  if (s.manage.published) s.manage.settle_s = 0;
  advice advisor(s.advise);
  manager loop(s.manage, advisor);
  policy_server server(s.serve);
  add_page(server, loop, advisor, s.manage.access, s.manage.timeout_s);
  std::printf("listening on 127.0.0.1:%d\nmanages the quotas at %s\n", server.bind(), loop.root().c_str());
  std::fflush(stdout);
  const stop_signals stop;
  std::thread serving([&server] { server.run(); });
  unsigned done = 0;
  try {
    while (!stop() && (s.passes == 0 || done < s.passes)) {
      tell(++done, loop.pass());
      if (s.passes == 0 || done < s.passes) loop.wait(s.period_s, stop);
    }
  } catch (...) {
    server.stop();
    serving.join();
    throw;
  }
  server.stop();
  serving.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  settings s;
  CLI::App app{
      "Quotas of several teams on the same Deployments: finds who meets whom, decides who yields, applies the rest,\n"
      "and sets back what did harm. README.md beside its source has a run from the beginning."};
  app.require_subcommand(1);
  CLI::App* const run = app.add_subcommand("run", "Manages a cluster, and serves the page and the predictions");
  CLI::App* const only = app.add_subcommand("predict", "Serves /predict/ and /feedback/ alone");
  CLI::App* const game = app.add_subcommand("simulate", "Plays --policy in the simulator and prints what it earns");
  app.footer("Exit codes: 0 well, 2 for what was asked wrongly, 1 for everything else.");
  declare(app, s);
  app.fallthrough();
  run->fallthrough();
  only->fallthrough();
  game->fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  try {
    s.serve.token_file = s.token_file;
    return only->parsed() ? predict(s) : game->parsed() ? play(s) : manage(s);
  } catch (const std::invalid_argument& e) {
    std::fprintf(stderr, "quota-manager: %s\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "quota-manager: %s\n", e.what());
    return 1;
  }
}
