#include "farm/live_farm.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/systems/farm/phases.hpp>
#include <headroom/systems/farm/scaling_calls.hpp>

#include "farm/parts.hpp"

namespace live_farm {

using namespace headroom;

namespace {

constexpr double start_limit_s = 30;  // of our time
constexpr double read_limit_s = 5;    // the same
constexpr double look_s = 0.02;       // how often the workers are looked after, of our time

std::string text_of(std::chrono::nanoseconds t) { return to_text(t.count()); }

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("farm: " + what); }

}  // namespace

const options& checked(const options& o) {
  require(o.speed >= 1 && o.speed <= 100, "farm", "speed", o.speed, "be from 1 to 100");
  farm::checked(o.farm);
  return o;
}

environment::environment(const options& o)
    : o_(checked(o)),
      connection_(o.redis),
      queues_(connection_, o.reliable),
      source_(
          connection_, [this] { return clock_.now_s(); }, [this] { return reading::of(wanted_); },
          {.window_s = o.farm.window_s, .expected_tasks = farm::phases{}.requests()}),
      expected_(farm::phases{}.requests()) {
  clock_.speed = o_.speed;
}

environment::observation_type environment::reset() {
  // First nobody is left of the last episode, then the queues are emptied.
  programs_.clear();
  workers_.clear();
  if (!queues_.begin() || !connection_.ask({"DEL", began_key}).good()) fail(queues_.said());
  seed_ = o_.seed + episodes_++;
  steps_ = 0;
  started_ = 0;
  source_.begin();
  const std::vector<farm::phase> phases = farm::phases::farm_phases();
  for (const farm::phase& p : phases) {
    if (!queues_.push_phase(p.name)) fail(queues_.said());
  }
  start_part("collector", "collector");
  start_part("emitter", "emitter");
  wanted_ = o_.farm.initial_workers;
  for (int k = 0; k < wanted_; ++k) start_worker();
  wait_for_starts("collector", 1);
  wait_for_starts("emitter", 1);
  wait_for_starts("worker", wanted_);
  // All are there and wait for the beginning.
  clock_.began = system_clock::now() + std::chrono::milliseconds(50);
  if (!connection_.ask({"SET", began_key, text_of(clock_.began)}).good()) fail(queues_.said());
  noise_ = engine(split(seed_, stream::noise));
  due_s_ = o_.farm.first_request_s + uniform(noise_, 0.05, 0.15);
  wait_until(due_s_);
  observation_type o = read();
  o.time_s = due_s_;
  return o;
}

step_result<environment::observation_type> environment::step(int delta) {
  const int target = std::clamp(wanted_ + std::clamp(delta, -o_.farm.max_workers, o_.farm.max_workers),
                                o_.farm.min_workers, o_.farm.max_workers);
  const int applied = target - wanted_;
  const double begin_s = due_s_;
  noise_ = farm::environment::noise_of_step(seed_, steps_);
  const double overhead_s = farm::environment::overhead_s(noise_);
  double call_s = begin_s;
  for (int k = 0; k < applied; ++k) scale_up(call_s), call_s = clock_.now_s();
  for (int k = 0; k > applied; --k) scale_down(call_s), call_s = clock_.now_s();
  const double blocked_s = applied != 0 ? clock_.now_s() - begin_s : 0;
  due_s_ = begin_s + std::max(o_.farm.step_s, blocked_s > 0 ? blocked_s + o_.farm.settle_s : 0.0) + overhead_s;
  ++steps_;
  wait_until(due_s_);
  observation_type o = read();
  o.requested_delta = delta;
  o.applied_delta = applied;
  o.blocked_s = blocked_s;
  const bool idle = o.input_queue == 0 && o.worker_queue == 0 && o.result_queue == 0;
  if (idle && o.unfinished == 0)
    o.status = episode::terminated;
  else if (steps_ >= o_.farm.max_steps)
    o.status = episode::truncated;
  if (o.status != episode::ongoing) drain(o);
  return {o, o.status};
}

void environment::start_part(const std::string& role, const std::string& name) {
  // This program itself, started once more.
  std::vector<std::string> all{
      "/proc/self/exe", "farm-part", "--role",          role,     "--name",      name, "--redis",
      o_.redis.address, "--speed",   to_text(o_.speed), "--seed", to_text(seed_)};
  if (o_.reliable) all.emplace_back("--reliable");
  auto& to = role == "worker" ? workers_ : programs_;
  to.insert_or_assign(name, live_programs::child(all));
}
// As published, each worker has a name of its own; a name is not used again, so that who left is known.
void environment::start_worker() { start_part("worker", "worker-" + to_text(++started_)); }

void environment::wait_for_starts(const std::string& role, int count) {
  const auto until = system_clock::now() + from_seconds(start_limit_s);
  for (;;) {
    const reading seen = queues_.started(role);
    if (seen.known() && seen.value >= count) return;
    if (system_clock::now() > until) {
      fail("the start of " + role + " number " + to_text(count) + " was not seen within " + to_text(start_limit_s) +
           " s" + (seen.known() ? std::string() : ": " + queues_.said()));
    }
    system_clock::sleep(from_seconds(0.002));
  }
}

void environment::wait_until(double farm_s) {
  for (;;) {
    look_after_workers();
    const double left_s = (farm_s - clock_.now_s()) / clock_.speed;
    if (left_s <= 0) return;
    system_clock::sleep(from_seconds(std::min(left_s, look_s)));
  }
}

// A worker that died is started anew, as the published platform does. What it had is put back, the reliable way.
void environment::look_after_workers() {
  std::vector<std::string> dead;
  for (auto& [name, one] : workers_) {
    if (one.ended() && !one.ended_well()) dead.push_back(name);  // one that was asked to leave ends well
  }
  for (const std::string& name : dead) {
    ++lost_workers_;
    const std::optional<int> back = queues_.recover_worker(name);
    if (!back) fail(queues_.said());
    recovered_ += static_cast<std::uint64_t>(*back);
    workers_.erase(name);
    start_worker();
  }
  for (auto& [name, one] : programs_) {
    if (one.ended()) fail("the " + name + " ended by itself");
  }
}

// The worker is there `ready_lead_s` before the call returns.
void environment::scale_up(double begin_s) {
  const double d = farm::scale_up_call_s(noise_);
  wait_until(begin_s + std::max(0.0, d - o_.farm.ready_lead_s));
  ++wanted_;
  start_worker();
  wait_for_starts("worker", started_);
  wait_until(begin_s + d);
}

// One worker is asked to leave, whichever looks first. It says its name, and is gone.
void environment::scale_down(double begin_s) {
  const double d = farm::scale_down_call_s(noise_);
  if (!queues_.ask_to_leave("worker")) fail(queues_.said());
  constexpr int looks = 32;  // one a second, as published
  for (int look = 0; look <= looks; ++look) {
    wait_until(begin_s + look);
    const std::optional<std::string> who = queues_.who_left();
    if (!who) continue;
    const auto found = workers_.find(*who);
    if (found == workers_.end()) continue;  // said twice, because the first answer was lost
    const auto until = system_clock::now() + from_seconds(start_limit_s);
    while (!found->second.ended()) {
      if (system_clock::now() > until) fail(*who + " said that it leaves, and stayed");
      system_clock::sleep(from_seconds(0.001));
    }
    workers_.erase(found);
    --wanted_;
    wait_until(begin_s + d + std::max(0, look - 1));
    return;
  }
  fail("no worker left within " + to_text(looks) + " s");
}

environment::observation_type environment::read() {
  const auto until = system_clock::now() + from_seconds(read_limit_s);
  for (;;) {
    if (const auto o = source_.read()) return *o;
    if (system_clock::now() > until) fail(source_.said() + ", for " + to_text(read_limit_s) + " s now");
    system_clock::sleep(from_seconds(look_s));
  }
}

// As published: while something waits, 5 s more, at most twice. What is in service is not waited for.
void environment::drain(observation_type& o) {
  observation_type last = o;
  double clock_s = due_s_;
  for (int k = 0; k < 2 && last.input_queue + last.worker_queue + last.result_queue > 0; ++k) {
    clock_s += 5;
    wait_until(clock_s);
    last = read();
  }
  const auto in_time = static_cast<double>(source_.in_time());
  o.final_qos = source_.collected() > 0 ? in_time / static_cast<double>(source_.collected()) : 0;
  o.final_qos_all = in_time / static_cast<double>(expected_);
}

}  // namespace live_farm
