#include "farm/parts.hpp"

#include <signal.h>     // SIGKILL
#include <sys/prctl.h>  // prctl

#include <chrono>
#include <cstddef>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/systems/farm/live/queues.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/systems/farm/environment.hpp>

#include "farm/farm_clock.hpp"

namespace live_farm {

using namespace headroom;

namespace {

// Redis does not answer for a while: the program waits and looks again, as the published ones do, but not for ever.
class patience {
 public:
  explicit patience(std::string who) : who_(std::move(who)) {}
  void good() { since_ = {}; }
  /// False once it is at its end.
  [[nodiscard]] bool bad(const std::string& why) {
    const auto now = system_clock::now();
    if (!since_) since_ = now;
    if (to_seconds(now - *since_) > patience_s) {
      std::cerr << "farm: " << who_ << ": " << why << ", for " << to_text(patience_s) << " s now: it ends\n";
      return false;
    }
    system_clock::sleep(from_seconds(0.02));
    return true;
  }

 private:
  std::string who_;
  std::optional<std::chrono::nanoseconds> since_{};
};

class part {
 public:
  explicit part(const part_options& o) : o_(o), connection_(o.redis), queues_(connection_, o.reliable), wait_(o.name) {}

  int run() {
    while (!queues_.say_started(o_.role, o_.name)) {
      if (!wait_.bad(queues_.said())) return 1;
    }
    if (!know_the_beginning()) return 1;
    if (o_.role == "emitter") return emit();
    return look_and_work(o_.role == "worker");
  }

 private:
  bool know_the_beginning() {
    clock_.speed = o_.speed;
    for (;;) {
      const redis_answer a = connection_.ask({"GET", began_key});
      if (a.is(redis_answer::kind::text)) {
        const auto ns = headroom::from_text<std::int64_t>(a.text);
        if (!ns) return std::cerr << "farm: " << began_key << " is no number: " << a.text << '\n', false;
        clock_.began = std::chrono::nanoseconds(*ns);
        wait_.good();
        return true;
      }
      if (!wait_.bad(a.good() ? std::string("the farm does not begin") : queues_.said())) return false;
    }
  }

  // A worker and a collector have the same life: they look, do what they find, and wait where there is nothing.
  int look_and_work(bool worker) {
    clock_.sleep_until_s(0);
    for (;;) {
      const farm::queues::look seen = worker ? queues_.look_for_work(o_.name) : queues_.look_for_result(o_.name);
      if (seen.failed) {
        if (!wait_.bad(queues_.said())) return 1;
        continue;
      }
      wait_.good();
      if (seen.signal) return leave(worker);
      if (seen.damaged) std::cerr << "farm: " << o_.name << ": this is no task: " << seen.text << '\n';
      if (seen.task && !done(worker, seen)) return 1;
      if (!seen.task && !seen.damaged) clock_.sleep_s(poll_s);
    }
  }
  bool done(bool worker, const farm::queues::look& seen) {
    farm::queued_task t = *seen.task;
    if (worker) {
      clock_.sleep_s(t.service_s);
      t.finished_s = clock_.now_s();
      t.worker = o_.name;
    } else {
      t.collected_s = clock_.now_s();
    }
    for (;;) {
      if (worker ? queues_.finish(o_.name, seen, t) : queues_.record(o_.name, seen, t)) return true;
      // Only the reliable way may be tried again: the plain one might hand the result on twice.
      if (!wait_.bad(queues_.said())) return false;
      if (!o_.reliable) return true;
    }
  }
  int leave(bool worker) {
    if (!worker) return 0;
    while (!queues_.say_left(o_.name)) {
      if (!wait_.bad(queues_.said())) return 1;
    }
    return 0;
  }

  // The tasks are those that the simulator has in the episode of this seed, bit by bit.
  int emit() {
    farm::environment plan(o_.seed);
    plan.reset();
    const std::vector<double>& generated = plan.generated();
    const std::vector<double>& begins = plan.requests().phase_start_s;
    std::size_t k = 0;
    for (std::size_t phase = 0; phase < begins.size(); ++phase) {
      if (!next_phase(phase > 0)) return 0;
      const bool last = phase + 1 == begins.size();
      for (; k < generated.size() && (last || plan.requests().time_s[k] < begins[phase + 1]); ++k) {
        clock_.sleep_until_s(generated[k]);
        const farm::queued_task t{.id = to_text(o_.seed) + '-' + to_text(k + 1),
                                  .generated_s = clock_.now_s(),
                                  .service_s = plan.service_times()[k],
                                  .deadline_s = plan.deadlines()[k]};
        if (!queues_.emit(t)) {
          // Whether it stands in the queue is not known, and a task that is there twice would be as wrong as a lost
          // one.
          std::cerr << "farm: " << o_.name << ": task " << t.id << " may be lost: " << queues_.said() << '\n';
          return 1;
        }
      }
    }
    return next_phase(true) ? 1 : 0;  // told to end
  }
  // Waits for the configuration of the next phase; false if it is told to end. One that is there at once costs no wait.
  bool next_phase(bool waits) {
    if (!waits) clock_.sleep_until_s(0);
    for (;;) {
      const farm::queues::look seen = queues_.look_for_phase(o_.name);
      if (seen.signal) return false;
      if (!seen.failed && !seen.text.empty()) return true;
      if (seen.failed && !wait_.bad(queues_.said())) return false;
      if (!seen.failed) clock_.sleep_s(poll_s);
    }
  }

  part_options o_;
  redis connection_;
  farm::queues queues_;
  patience wait_;
  farm_clock clock_{};
};

}  // namespace

int run_part(const part_options& o) {
  require(o.role == "emitter" || o.role == "worker" || o.role == "collector", "farm", "the role", o.role,
          "be emitter, worker or collector");
  require(!o.name.empty(), "farm", "the name", o.name, "not be empty");
  require_positive("farm", "speed", o.speed);
  // Nobody is left behind when the parent is killed. And a sleep of milliseconds must not be rounded up by 50 us.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_TIMERSLACK, 1000);
  part one(o);
  return one.run();
}

}  // namespace live_farm
