#pragma once

#include <cstdint>   // std::uint8_t
#include <optional>  // std::optional
#include <string>    // std::string
#include <utility>   // std::move

#include <headroom/core/check.hpp>
#include <headroom/ext/redis.hpp>

namespace headroom {

/// A queue of a pipeline of programs.
struct redis_queue_options {
  std::string name{};
  bool counted = false;   ///< `NAME:enqueued_total` counts what was ever pushed
  bool reliable = false;  ///< what is taken stays in Redis until it is done, so that nothing is lost with who took it
};
/// Throws std::invalid_argument on impossible options; returns its argument.
inline const redis_queue_options& checked(const redis_queue_options& o) {
  require(!o.name.empty(), "redis_queue", "name", o.name, "not be empty");
  return o;
}

/// A FIFO queue of texts in a list of Redis: pushed on the left, taken from the right. Each operation is one round
/// trip, and atomic.
///
/// The plain way takes an entry out of Redis, and whoever took it and dies has lost it. The reliable way moves it to
/// the list `NAME:processing:HOLDER`; `done` takes it away there and pushes the result in one step. So after a lost
/// answer both may be called again: an entry is handed out again to the same holder, and is done once. What a holder
/// leaves behind that died, `recover` puts back to the front of the queue. Needs Redis 6.2 or newer.
class redis_queue {
 public:
  /// `server` must live longer than the queue. Throws std::invalid_argument.
  redis_queue(redis& server, redis_queue_options o) : server_(&server), options_(checked(o)) {}

  /// What came of a look at the queue.
  struct taken {
    enum class kind : std::uint8_t { nothing, entry, signal, failed };
    kind what = kind::failed;
    std::string text{};
  };

  /// False if it is not known whether the entry was pushed; `said()` of the connection tells why.
  [[nodiscard]] bool push(const std::string& text) {
    if (!options_.counted) return server_->ask({"LPUSH", name(), text}).good();
    return server_->ask_together({{"LPUSH", name(), text}, {"INCR", counter()}}).good();
  }
  /// Takes the oldest entry. Whoever has a queue of signals looks there first: a signal comes before the next entry,
  /// and after one that was handed out already.
  [[nodiscard]] taken take(const std::string& holder, const std::string& signals = {}) {
    // Nobody can come between a look at the signals and one at the entries, so one who is told to leave takes nothing.
    static const std::string script =
        "if KEYS[3] ~= '' then local held = redis.call('LINDEX', KEYS[3], -1) if held then return {'entry', held} end "
        "end "
        "if KEYS[1] ~= '' then local s = redis.call('RPOP', KEYS[1]) if s then return {'signal', s} end end "
        "local e if KEYS[3] ~= '' then e = redis.call('LMOVE', KEYS[2], KEYS[3], 'RIGHT', 'LEFT') "
        "else e = redis.call('RPOP', KEYS[2]) end "
        "if e then return {'entry', e} end return {'nothing', ''}";
    const redis_answer a =
        server_->ask({"EVAL", script, "3", signals, name(), options_.reliable ? processing(holder) : std::string()});
    if (!a.is(redis_answer::kind::list) || a.list.size() != 2) return {};
    const std::string& what = a.list[0].text;
    return {what == "entry"    ? taken::kind::entry
            : what == "signal" ? taken::kind::signal
                               : taken::kind::nothing,
            a.list[1].text};
  }
  /// The entry that the holder took is done, and `result` goes into the next queue. False if it is not known whether
  /// that happened: the reliable way may be called again.
  [[nodiscard]] bool done(const std::string& holder, const std::string& entry, redis_queue& next,
                          const std::string& result) {
    if (!options_.reliable) return next.push(result);
    static const std::string script =
        "if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end redis.call('LPUSH', KEYS[2], ARGV[2]) "
        "if KEYS[3] ~= '' then redis.call('INCR', KEYS[3]) end return 1";
    return server_
        ->ask({"EVAL", script, "3", processing(holder), next.name(),
               next.options_.counted ? next.counter() : std::string(), entry, result})
        .good();
  }
  /// Puts what a holder took and did not finish back to the front, and says how many entries those were; nothing if
  /// that is not known. Call it when the holder is known to be dead.
  [[nodiscard]] std::optional<int> recover(const std::string& holder) {
    for (int count = 0;; ++count) {
      const redis_answer a = server_->ask({"LMOVE", processing(holder), name(), "LEFT", "RIGHT"});
      if (!a.good()) return std::nullopt;
      if (a.is(redis_answer::kind::nil)) return count;
    }
  }
  /// How many entries wait. An empty queue is known to be empty only if it is counted: the counter is the witness.
  [[nodiscard]] reading length() { return server_->length(name(), counter()); }

  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }
  [[nodiscard]] std::string counter() const { return name() + ":enqueued_total"; }
  [[nodiscard]] std::string processing(const std::string& holder) const { return name() + ":processing:" + holder; }

 private:
  redis* server_;
  redis_queue_options options_;
};

}  // namespace headroom
