// The agent: the published /action and /learn, answered by a network that was trained here, or by any policy.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <headroom/ext/policy_server.hpp>
#include <headroom/ext/served_targets.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/live/stop_signals.hpp>
#include <headroom/systems/scheduler/live/dialect.hpp>

#include "common.hpp"
#include "policies.hpp"

namespace live_scheduler {

using namespace headroom;

namespace {

// What a request tells.
struct told : observation {
  int replicas = 0;
};
// The policies decide numbers, and served_targets wants differences.
struct as_delta {
  policy one;
  double limit_s = 0;
  int start(const told& o) { return delta(o, one.start(as_seen(o))); }
  int step(const told& o) { return delta(o, one.step(as_seen(o))); }
  void stop(const told& o, episode why) { one.stop(as_seen(o), why); }

 private:
  [[nodiscard]] observation as_seen(const told& o) const {
    observation seen = o;
    seen.n_instances = o.replicas;
    seen.applied = o.replicas;
    seen.response_time_s = o.pressure * limit_s;
    return seen;
  }
  static int delta(const told& o, int replicas) { return replicas < 1 ? 0 : replicas - o.replicas; }
};
struct make_policy {
  const checkpoint* model;
  std::string name;
  scaled_service service;
  as_delta operator()(const std::string&) const {
    return {model != nullptr ? policy_of(*model, service) : policy_named(name, service), service.limit_s};
  }
};

struct agent_options {
  service_flags service{};
  std::filesystem::path model{};
  std::string policy{};
  std::string listen = "127.0.0.1:5000";
  std::filesystem::path token_file{};
};

void serve(const agent_options& o) {
  std::unique_ptr<checkpoint> model;
  if (!o.model.empty()) model = std::make_unique<checkpoint>(load(o.model));
  const scaled_service service = model ? service_of(*model, o.service) : o.service.known();
  const make_policy make{model.get(), o.policy, service};
  static_cast<void>(make(""));  // what is wrong is said now, and not at the first question
  const served_fields<told> fields{{"n_instances", &told::replicas},
                                   {"pressure", &told::pressure},
                                   {"queue_length_dominant", &told::queue_length_dominant},
                                   {"utilization", &told::utilization},
                                   {"workload", &told::workload}};
  served_targets<told, make_policy> targets(fields, &told::time_s, &told::replicas, make);
  policy_server server({.listen = o.listen, .token_file = o.token_file});
  scheduler::dialect{targets, fields}.add_to(server);
  // What the metrics must be made with: a pressure of another limit is another number.
  server.get("/ranges", [service](const policy_server::request&) {
    const scheduler::ranges r = service.ranges();
    internal::json_writer w;
    w.open('{').name("limit_s").number(service.limit_s).name("n_max").number(r.n_max);
    w.name("pressure_max").number(r.pressure_max).name("queue_max").number(r.queue_max);
    w.name("utilization_max").number(r.utilization_max).name("workload_max").number(r.workload_max);
    return server_reply{w.close('}').json()};
  });
  server.add_metrics([&targets](exposition& to) { targets.expose(to); });
  const int port = server.bind();
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  const stop_signals stop;
  std::thread answering([&] { server.run(); });
  while (!stop()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  server.stop();
  answering.join();
}

}  // namespace

void add_agent(CLI::App& to) {
  CLI::App* const c = to.add_subcommand("agent", "Serves POST /action as the published agent does");
  const auto o = std::make_shared<agent_options>();
  o->service.declare(*c);
  auto* const model = c->add_option("--model", o->model, "What train wrote");
  c->add_option("--policy", o->policy, "Or one of: " + std::string(policy_names))->excludes(model);
  c->add_option("--listen", o->listen, "Address and port; port 0: a free one, which is told")->capture_default_str();
  c->add_option("--token-file", o->token_file, "Its one line must come as a bearer token; needed beyond 127.0.0.1");
  c->footer("Example:\n  live-scheduler agent --model scheduler.model --listen 127.0.0.1:5000");
  c->final_callback([o] {
    if (o->model.empty() == o->policy.empty()) throw std::invalid_argument("agent: say --model FILE or --policy NAME");
    serve(*o);
  });
}

}  // namespace live_scheduler
