#pragma once

#include <cmath>        // std::isfinite
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/redis.hpp>
#include <headroom/ext/redis_queue.hpp>
#include <headroom/io/internal/json_writer.hpp>

/// The queues of a farm: one emitter pushes tasks, workers do them, one collector records what came of them. The names
/// are those of the published OpenFaaS farm; the entries are JSON of our own, with what waiting and deadlines need.
/// Times are seconds since the farm began.
namespace headroom::farm {

/// A task on its way through the farm. Each program fills in its part.
struct queued_task {
  std::string id{};
  double generated_s = 0;
  double service_s = 0;    ///< how long a worker takes for it
  double deadline_s = 0;   ///< from generation to collection
  double finished_s = 0;   ///< by the worker
  double collected_s = 0;  ///< by the collector
  std::string worker{};

  [[nodiscard]] double latency_s() const noexcept { return collected_s - generated_s; }
  [[nodiscard]] bool in_time() const noexcept { return latency_s() <= deadline_s; }

  [[nodiscard]] std::string json() const {
    headroom::internal::json_writer w;
    w.open('{').name("task_id").text(id).name("generated_s").number(generated_s).name("service_s").number(service_s);
    w.name("deadline_s").number(deadline_s).name("finished_s").number(finished_s).name("collected_s");
    w.number(collected_s).name("worker").text(worker);
    return w.close('}').json();
  }
  /// Nothing if the text is no task: it is no JSON object, has no id, or a number of it is missing, negative or not
  /// finite. A task that cannot be read must not become one that takes no time.
  [[nodiscard]] static std::optional<queued_task> of(std::string_view json) {
    queued_task t;
    struct number {
      std::string_view name;
      double queued_task::*value;
      bool there = false;
    } numbers[] = {{"generated_s", &queued_task::generated_s},
                   {"service_s", &queued_task::service_s},
                   {"deadline_s", &queued_task::deadline_s},
                   {"finished_s", &queued_task::finished_s},
                   {"collected_s", &queued_task::collected_s}};
    headroom::internal::json_walk in(json);
    if (in.next() != headroom::internal::json_walk::token::object) return std::nullopt;
    in.members([&](const std::string& name, headroom::internal::json_walk::token value) {
      if (value == headroom::internal::json_walk::token::text) {
        if (name == "task_id") t.id = in.text();
        if (name == "worker") t.worker = in.text();
      } else if (headroom::internal::json_walk::is_number(value)) {
        for (number& one : numbers) {
          if (one.name != name) continue;
          t.*one.value = in.number();
          one.there = std::isfinite(in.number()) && in.number() >= 0;
        }
      }
      in.pass(value);
    });
    bool whole = in.ends() && !t.id.empty();
    for (const number& one : numbers) whole = whole && one.there;
    return whole ? std::optional(std::move(t)) : std::nullopt;
  }
};

/// What one program of the farm does with its queues, over a connection of its own.
///     redis connection{{.address = "unix:/run/farm.sock"}};
///     farm::queues queues{connection, true};
///     if (const auto look = queues.look_for_work("worker-3"); look.task) ...
class queues {
 public:
  static constexpr const char* terminate = "TERMINATE";
  static constexpr const char* scale_down = "SCALE_DOWN";

  /// `reliable`: no task is lost with the worker or the collector that had it; the published farm loses it. `server`
  /// must live longer than this, and stay where it is.
  explicit queues(redis& server, bool reliable = false)
      : server_(&server),
        phases_(server, {.name = "input_queue"}),
        work_(server, {.name = "worker_queue", .counted = true, .reliable = reliable}),
        results_(server, {.name = "result_queue", .reliable = reliable}),
        records_(server, {.name = "output_queue"}),
        damaged_(server, {.name = "damaged_queue"}) {}

  // --- who runs the farm ---
  /// Empties every queue and says that a farm is there: from now on a queue without entries is known to be empty.
  [[nodiscard]] bool begin() {
    // The lists of holders are found and deleted in one step. Tens of keys: KEYS is no burden.
    static const std::string script =
        "for _, q in ipairs({'worker_queue', 'result_queue'}) do "
        "for _, k in ipairs(redis.call('KEYS', q .. ':processing:*')) do redis.call('DEL', k) end end "
        "redis.call('DEL', 'input_queue', 'worker_queue', 'result_queue', 'output_queue', 'damaged_queue') "
        "for _, who in ipairs({'emitter', 'worker', 'collector'}) do "
        "redis.call('DEL', who .. '_control_syn_queue', who .. '_control_ack_queue', who .. '_start_queue') end "
        "redis.call('SET', 'worker_queue:enqueued_total', 0) redis.call('DEL', KEYS[1]) "
        "redis.call('LPUSH', KEYS[1], 'init completed') return 1";
    return server_->ask({"EVAL", script, "1", marker}).good();
  }
  [[nodiscard]] bool push_phase(const std::string& text) { return phases_.push(text); }
  /// Asks one worker to leave, whichever looks next; and a program of another kind to end.
  [[nodiscard]] bool ask_to_leave(const std::string& who) {
    return server_->ask({"LPUSH", who + "_control_syn_queue", who == "worker" ? scale_down : terminate}).good();
  }
  /// The name of a worker that left, the oldest that was not read yet; nothing if there is none, or it is not known.
  [[nodiscard]] std::optional<std::string> who_left() {
    const redis_answer a = server_->ask({"RPOP", "worker_control_ack_queue"});
    return a.is(redis_answer::kind::text) ? std::optional(a.text) : std::nullopt;
  }
  /// How many programs of a kind ("emitter", "worker", "collector") said that they began.
  [[nodiscard]] reading started(const std::string& who) { return server_->length(who + "_start_queue", marker); }
  /// Puts back what a worker had that died; nothing if that is not known.
  [[nodiscard]] std::optional<int> recover_worker(const std::string& name) { return work_.recover(name); }

  // --- every program ---
  [[nodiscard]] bool say_started(const std::string& who, const std::string& name) {
    return server_->ask({"LPUSH", who + "_start_queue", name}).good();
  }
  [[nodiscard]] bool say_left(const std::string& name) {
    return server_->ask({"LPUSH", "worker_control_ack_queue", name}).good();
  }

  /// What a program found when it looked: one of these, or nothing. `failed`: Redis did not answer.
  struct look {
    std::optional<queued_task> task{};
    std::string text{};  ///< of the task or the phase, as it stands in the queue
    bool signal = false;
    bool failed = false;
    bool damaged = false;  ///< the entry is no task: it went to damaged_queue, and `text` shows it
  };

  // --- the emitter ---
  [[nodiscard]] look look_for_phase(const std::string& name) { return looked(phases_, name, "emitter", false); }
  [[nodiscard]] bool emit(const queued_task& t) { return work_.push(t.json()); }
  // --- a worker ---
  [[nodiscard]] look look_for_work(const std::string& name) { return looked(work_, name, "worker", true); }
  [[nodiscard]] bool finish(const std::string& name, const look& had, const queued_task& done) {
    return work_.done(name, had.text, results_, done.json());
  }
  // --- the collector ---
  [[nodiscard]] look look_for_result(const std::string& name) { return looked(results_, name, "collector", true); }
  [[nodiscard]] bool record(const std::string& name, const look& had, const queued_task& done) {
    return results_.done(name, had.text, records_, done.json());
  }

  [[nodiscard]] const std::string& said() const noexcept { return server_->said(); }
  [[nodiscard]] redis& server() noexcept { return *server_; }

  static constexpr const char* marker = "workflow_init_syn_queue";

 private:
  [[nodiscard]] look looked(redis_queue& at, const std::string& name, const std::string& who, bool tasks) {
    redis_queue::taken one = at.take(name, who + "_control_syn_queue");
    look seen;
    seen.failed = one.what == redis_queue::taken::kind::failed;
    seen.signal = one.what == redis_queue::taken::kind::signal;
    seen.text = std::move(one.text);
    if (!tasks || one.what != redis_queue::taken::kind::entry) return seen;
    seen.task = queued_task::of(seen.text);
    seen.damaged = !seen.task;
    // Else the reliable way would hand it out for ever.
    if (seen.damaged) seen.failed = !at.done(name, seen.text, damaged_, seen.text);
    return seen;
  }

  redis* server_;
  redis_queue phases_;
  redis_queue work_;
  redis_queue results_;
  redis_queue records_;
  redis_queue damaged_;
};

}  // namespace headroom::farm
