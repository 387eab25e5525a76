// The scheduler: every so often it makes the five metrics, asks who decides, and sets the Deployment's /scale.
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/kubernetes.hpp>
#include <headroom/ext/policy_server.hpp>
#include <headroom/io/journal.hpp>
#include <headroom/live/pipeline.hpp>
#include <headroom/live/stop_signals.hpp>
#include <headroom/policies/cooldown.hpp>
#include <headroom/systems/scheduler/check_history.hpp>
#include <headroom/systems/scheduler/latency_rules.hpp>
#include <headroom/systems/scheduler/live/remote_agent.hpp>

#include "common.hpp"
#include "policies.hpp"
#include "source.hpp"

namespace live_scheduler {

using namespace headroom;

namespace {

struct run_options {
  service_flags service{};
  cluster_flags cluster{};
  source_options source{};
  std::string deployment = "matrix-multiply";
  std::string policy{};
  std::filesystem::path model{};
  std::string agent{};
  std::filesystem::path agent_token{};
  double agent_timeout_s = 10;
  int minimum = 1;
  int safe = 0;
  double cooldown_s = 30;
  double patience_s = 60;
  std::filesystem::path history{};
  std::filesystem::path journal{};
  std::string listen{};
  std::filesystem::path token_file{};
  std::uint64_t checks = 0;
  bool shadow = false;
};

// Time runs `speed` times faster; all options and metrics are in its seconds. Model of WallClock.
struct fast_clock {
  double speed = 1;
  [[nodiscard]] std::chrono::nanoseconds now() const {
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>((system_clock::now() - began).count()) * speed));
  }
  void sleep(std::chrono::nanoseconds d) const {
    system_clock::sleep(std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(d.count()) / speed)));
  }
  [[nodiscard]] static double wall_s() { return system_clock::wall_s(); }
  std::chrono::nanoseconds began = system_clock::now();
};

// Numbers of replicas as the differences that the pipeline wants.
class by_difference {
 public:
  explicit by_difference(policy one) : one_(std::move(one)) {}
  int start(const observation& o) { return delta(o, one_.start(o)); }
  int step(const observation& o) { return delta(o, one_.step(o)); }
  void stop(const observation& o, episode why) { one_.stop(o, why); }
  void executed(int delta) { one_.executed(seen_ + delta); }

 private:
  int delta(const observation& o, int replicas) {
    seen_ = o.applied;
    return replicas < 1 ? 0 : replicas - o.applied;
  }
  policy one_;
  int seen_ = 0;
};

// The pipeline owns its parts, and others look at the source as well.
struct view_of_source {
  using observation_type = observation;
  live_source* of;
  std::optional<observation> read() const { return of->read(); }
  [[nodiscard]] std::optional<observation> vital() const { return of->vital(); }
  [[nodiscard]] const std::vector<live_field>& fields() const { return of->fields(); }
};

struct view_of_deployment {
  kubernetes* of;
  decision_outcome scale(int from, int to) const { return of->scale(from, to); }
  void rehearse(int from, int to) const { static_cast<void>(of->rehearse(from, to)); }
};

// Where nothing is known for long: as many as are safe, and never fewer than there are.
struct safe_replicas {
  int safe = 1;
  int start(const observation& o) const { return step(o); }
  int step(const observation& o) const { return safe > o.applied ? safe - o.applied : 0; }
  void stop(const observation&, episode) const {}
};

struct maybe_journal {
  std::unique_ptr<headroom::journal> file{};
  void decided(const journal_record& r, bool sends) {
    if (file) file->decided(r, sends);
  }
  void became(const journal_record& r) {
    if (file) file->became(r);
  }
};

// What the agent says of its answers, for the lines of the scheduler and for /metrics.
struct agent_words {
  std::atomic<std::uint64_t> unanswered{0};
  std::string said{};
  bool ruled = false;
};
// The agent over HTTP, with the corrected second rule for the time when it is away.
struct asked_agent {
  scheduler::patient_agent<scheduler::remote_agent, policy> one;
  std::shared_ptr<agent_words> words;
  int start(const observation& o) { return noted(one.start(o)); }
  int step(const observation& o) { return noted(one.step(o)); }
  void stop(const observation& o, episode why) { one.stop(o, why); }

 private:
  int noted(int replicas) {
    words->unanswered = one.unanswered();
    words->said = one.agent().said();
    words->ruled = one.ruled();
    return replicas;
  }
};

struct decider {
  policy one;
  scaled_service service{};
  std::string name{};
  std::shared_ptr<agent_words> words = std::make_shared<agent_words>();
};

// An agent of ours tells the limit that its pressure is made of. The published one does not, and is believed.
void compare_limits(const run_options& o, double limit_s) {
  internal::http_question q(
      "run",
      {.url = o.agent, .timeout_s = o.agent_timeout_s, .bearer_token_file = o.agent_token, .secret_over_http = true});
  const internal::http_answer a = q.ask("GET", "/ranges");
  if (a.status != 200) {
    std::fprintf(stderr,
                 "live-scheduler: the agent does not tell its ranges (%s); what it was trained with is not checked\n",
                 a.status == 0 ? a.problem.c_str() : to_text(a.status).c_str());
    return;
  }
  internal::json_walk in(a.body);
  double its = std::numeric_limits<double>::quiet_NaN();
  if (in.next() == internal::json_walk::token::object) {
    in.members([&](const std::string& name, internal::json_walk::token t) {
      if (name == "limit_s" && internal::json_walk::is_number(t)) its = in.number();
      in.pass(t);
    });
  }
  if (std::abs(its - limit_s) <= 1e-9 * limit_s) return;
  throw std::invalid_argument("--limit: " + to_text(limit_s) + " s is not the limit of the agent's training, " +
                              to_text(its) + " s: its pressures would be other numbers");
}

decider decider_of(const run_options& o) {
  const int named = (o.policy.empty() ? 0 : 1) + (o.model.empty() ? 0 : 1) + (o.agent.empty() ? 0 : 1);
  if (named != 1) throw std::invalid_argument("run: say who decides, by one of --agent, --model and --policy");
  if (!o.model.empty()) {
    const checkpoint model = load(o.model);
    const scaled_service s = service_of(model, o.service);
    return {policy_of(model, s), s, o.model.filename().string()};
  }
  const scaled_service s = o.service.known();
  if (!o.policy.empty()) return {policy_named(o.policy, s), s, o.policy};
  compare_limits(o, s.limit_s);
  const auto words = std::make_shared<agent_words>();
  scheduler::remote_agent agent(
      {.url = o.agent, .timeout_s = o.agent_timeout_s, .token_file = o.agent_token, .secret_over_http = true});
  return {asked_agent{{std::move(agent), policy_named("steps", s), o.patience_s}, words}, s, o.agent, words};
}

// The scheduler's own address: what was decided, for Prometheus, and where records are sent.
class front {
 public:
  front(const run_options& o, live_source& source) : source_(source) {
    if (o.listen.empty()) return;
    server_ = std::make_unique<policy_server>(policy_server_options{.listen = o.listen, .token_file = o.token_file});
    server_->post("/results", [this](const policy_server::request& r) { return taken(r.body); });
    server_->add_metrics([this](exposition& to) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (tell_) tell_(to);
    });
    const int port = server_->bind();
    std::printf("listening on 127.0.0.1:%d\n", port);
    std::fflush(stdout);
    thread_ = std::thread([this] { server_->run(); });
  }
  front(const front&) = delete;
  front& operator=(const front&) = delete;
  ~front() {
    if (!server_) return;
    server_->stop();
    thread_.join();
  }
  void tells(std::function<void(exposition&)> what) {
    const std::lock_guard<std::mutex> lock(mutex_);
    tell_ = std::move(what);
  }

 private:
  using walk = internal::json_walk;

  // One record, or a list of them. Either all are taken or none.
  server_reply taken(const std::string& body) {
    std::vector<scheduler::request_record> all;
    std::string problem;
    const auto take = [&](std::string_view json) {
      auto r = scheduler::parse_request_record(json);
      if (!r || r->pod.empty()) {
        problem = "record " + to_text(all.size()) + " must have pod, Service Time and Response Time";
      } else {
        all.push_back(*std::move(r));
      }
    };
    walk in(body);
    const walk::token first = in.next();
    if (first == walk::token::list) {
      in.values([&](walk::token t) {
        if (t == walk::token::object)
          take(in.raw(t));
        else
          problem = "a record must be an object", in.pass(t);
      });
      if (!in.ends()) problem = "this is not JSON";
    } else {
      take(body);
    }
    if (!problem.empty()) return server_reply::error(400, problem);
    for (const scheduler::request_record& r : all) source_.add(r);
    return {"{\"taken\":" + to_text(all.size()) + "}"};
  }

  live_source& source_;
  std::mutex mutex_{};
  std::function<void(exposition&)> tell_{};
  std::unique_ptr<policy_server> server_{};
  std::thread thread_{};
};

// What the last check saw and did, as Prometheus reads it.
struct told_check {
  std::optional<observation> seen{};
  live_pods pods{};
  int wanted = -1;
  pipeline_health health{};
  std::uint64_t unanswered = 0;
  std::uint64_t damaged = 0;
  double limit_s = 0;

  void tell(exposition& to) const {
    if (seen) {
      if (std::isfinite(seen->response_time_s))
        to.gauge("scheduler_response_time_seconds", "Mean of the last window.", seen->response_time_s);
      to.gauge("scheduler_pressure", "Response time over its limit.", seen->pressure);
      to.gauge("scheduler_queue_length_dominant", "Of the pod where most wait.", seen->queue_length_dominant);
      to.gauge("scheduler_utilization", "Busy share of a replica.", seen->utilization);
      to.gauge("scheduler_workload", "Requests a second.", seen->workload);
    }
    to.gauge("scheduler_limit_seconds", "Response time at which the pressure is 1.", limit_s);
    if (wanted >= 0) to.gauge("scheduler_replicas_wanted", "What was asked for last.", wanted);
    to.gauge("scheduler_pods", "Pods, by what they do.", pods.serving, {{"state", "serving"}});
    to.gauge("scheduler_pods", "Pods, by what they do.", pods.terminating, {{"state", "terminating"}});
    to.gauge("scheduler_pods", "Pods, by what they do.", pods.pending, {{"state", "pending"}});
    const auto decisions = [&](const char* by, std::uint64_t n) {
      to.counter("scheduler_decisions_total", "Checks, by who decided.", static_cast<double>(n), {{"by", by}});
    };
    std::uint64_t held = 0;
    for (const std::uint64_t n : health.held) held += n;
    decisions("policy", health.by_policy);
    decisions("fallback", health.by_fallback);
    decisions("hold", held);
    to.counter("scheduler_unanswered_total", "Questions that the agent did not answer.",
               static_cast<double>(unanswered));
    to.counter("scheduler_damaged_records_total", "Files that held no record.", static_cast<double>(damaged));
  }
};

scheduler::pod_status check_of(const journal_record& r, const std::optional<observation>& seen,
                               const live_source& source, double limit_s) {
  scheduler::pod_status c;
  c.timestamp = scheduler::check_timestamp(r.time_s);
  c.active = source.pods().names;
  c.action = scheduler::action_text(r.outcome == decision_outcome::applied && r.to ? *r.to : 0);
  c.threshold_s = limit_s;
  if (seen) {
    c.metrics = *seen;
    c.response_time_s = seen->response_time_s;
    if (std::isfinite(source.service_time_s())) c.service_time_s = source.service_time_s();
  } else {
    c.latency_only = true;  // the metrics are not known, and a zero would be a number
  }
  return c;
}

void run(const run_options& o) {
  decider who = decider_of(o);
  const scaled_service service = who.service;
  const int safe = o.safe > 0 ? o.safe : service.maximum;
  require(o.minimum >= 1 && o.minimum <= service.maximum, "run", "--min-replicas", o.minimum,
          "be from 1 to --max-replicas, " + to_text(service.maximum));
  require(safe >= o.minimum && safe <= service.maximum, "run", "--safe-replicas", safe,
          "be from --min-replicas to --max-replicas");
  const kubernetes_access access = o.cluster.access();
  const fast_clock clock{o.source.speed};
  kubernetes deployment({.access = access, .name = o.deployment, .name_space = o.cluster.name_space});
  kubernetes_pods pods({.access = access, .selector = o.cluster.selector, .name_space = o.cluster.name_space});
  live_source source(
      o.source, service.limit_s, [clock] { return to_seconds(clock.now()); }, deployment, pods);
  scheduler::check_history history(o.history.empty() ? std::filesystem::path("podStatus.json") : o.history);
  if (!history.problem().empty()) {
    std::fprintf(stderr, "live-scheduler: the history was put aside: %s\n", history.problem().c_str());
  }
  maybe_journal log;
  if (!o.journal.empty()) log.file = std::make_unique<headroom::journal>(o.journal);
  const signals<observation> see{.time_s = &observation::time_s,
                                 .replicas = [](const observation& x) { return 1.0 * x.applied; }};
  const auto words = who.words;
  cooldown calm{by_difference{std::move(who.one)}, see, {.up_s = 0, .down_s = o.cooldown_s}};
  pipeline host{pipeline_parts{view_of_source{&source}, std::move(calm), view_of_deployment{&deployment}, clock,
                               std::move(log), safe_replicas{safe}},
                [](const observation& x) { return 1.0 * x.applied; },
                {.limits = {.minimum = o.minimum, .maximum = service.maximum},
                 .interval_s = service.interval_s,
                 .patience_s = o.patience_s,
                 .shadow = o.shadow,
                 .model = who.name}};
  front door(o, source);
  const stop_signals stop;
  std::printf("%s decides for %s every %s s\n", who.name.c_str(), deployment.place().c_str(),
              to_text(service.interval_s).c_str());
  std::fflush(stdout);
  source.begin();
  std::string last_problem;
  for (std::uint64_t k = 0; (o.checks == 0 || k < o.checks) && host.next(stop); ++k) {
    const journal_record& r = host.record();
    const std::optional<observation>& seen = source.last();
    std::printf("check %llu: %s", static_cast<unsigned long long>(k + 1), r.decided_by.c_str());
    if (words->ruled) std::printf(" (the rule, for the agent is away)");
    if (seen) {
      std::printf(", %.2f requests/s, response %.3f s, %d serve", seen->workload, seen->response_time_s,
                  source.pods().serving);
    }
    if (r.from) std::printf(", %d wanted", *r.from);
    if (r.to && r.from && *r.to != *r.from) std::printf(" -> %d: %s", *r.to, std::string(to_text(r.outcome)).c_str());
    for (const journal_guard& g : r.guards) std::printf("; %s: %s", g.guard.c_str(), g.why.c_str());
    std::printf("\n");
    std::fflush(stdout);
    std::string problem = r.why.empty() ? std::string() : r.why + (source.said().empty() ? "" : ": " + source.said());
    if (problem.empty()) problem = words->said;
    if (problem.empty() && r.outcome != decision_outcome::applied) problem = deployment.said();
    if (!problem.empty() && problem != last_problem) std::fprintf(stderr, "live-scheduler: %s\n", problem.c_str());
    last_problem = problem;
    try {
      history.add(check_of(r, seen, source, service.limit_s));
    } catch (const std::exception& e) {
      std::fprintf(stderr, "live-scheduler: the history cannot be written: %s\n", e.what());
    }
    const told_check now{
        seen, source.pods(), r.to.value_or(-1), host.health(), words->unanswered, source.damaged(), service.limit_s};
    door.tells([now](exposition& to) { now.tell(to); });
  }
  host.finish();
}

}  // namespace

void add_run(CLI::App& to) {
  CLI::App* const c = to.add_subcommand("run", "The scheduler: metrics, decision, /scale, podStatus.json");
  const auto o = std::make_shared<run_options>();
  o->service.declare(*c);
  o->cluster.declare(*c);
  o->source.declare(*c);
  c->add_option("--deployment", o->deployment, "What is scaled")->capture_default_str();
  c->add_option("--agent", o->agent,
                "Who decides: an agent that is asked by POST /action, as in http://dqn-agent:5000");
  c->add_option("--agent-token-file", o->agent_token, "Its bearer token");
  c->add_option("--agent-timeout", o->agent_timeout_s, "Seconds that it may take")->capture_default_str();
  c->add_option("--model", o->model, "Or: what train wrote, in this process");
  c->add_option("--policy", o->policy, "Or one of: " + std::string(policy_names));
  c->add_option("--min-replicas", o->minimum, "The fewest replicas")->capture_default_str();
  c->add_option("--safe-replicas", o->safe, "So many where the metrics are not known for long; 0: the most")
      ->capture_default_str();
  c->add_option("--cooldown", o->cooldown_s, "Seconds after a scaling in which no replica is removed")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  c->add_option("--patience", o->patience_s,
                "Seconds without metrics after which --safe-replicas are asked for, and without an answer of the agent "
                "after which a rule decides")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  c->add_option("--history", o->history, "podStatus.json (default: in this folder)");
  c->add_option("--journal", o->journal, "File that tells each decision and its reasons");
  c->add_option("--listen", o->listen, "Address and port of /metrics and of POST /results");
  c->add_option("--token-file", o->token_file, "Its one line must come as a bearer token; needed beyond 127.0.0.1");
  c->add_option("--checks", o->checks, "End after so many; 0: never")->capture_default_str();
  c->add_flag("--shadow", o->shadow, "Decide and write down, and change nothing");
  c->footer(
      "Example:\n  live-scheduler run --model scheduler.model --results /app/results --deployment matrix-multiply\n"
      "All seconds are those of the scheduler; with --speed 20 they pass twenty times faster.");
  c->final_callback([o] { run(*o); });
}

}  // namespace live_scheduler
