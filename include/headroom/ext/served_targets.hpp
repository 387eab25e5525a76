#pragma once

#include <chrono>       // std::chrono::steady_clock
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <map>          // std::map
#include <mutex>        // std::lock_guard, std::mutex
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::invoke_result_t
#include <utility>      // std::move

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/ext/internal/json_walk.hpp>
#include <headroom/ext/served_fields.hpp>
#include <headroom/io/exposition.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/json_writer.hpp>
#include <headroom/policies/absolute.hpp>

namespace headroom {

/// A decision for one target.
struct served_decision {
  std::string target{};
  int replicas = absolute<int, int>::keep;  ///< how many there should be; -1: leave the scale alone, it is not known
  int seen = -1;                            ///< how many there were; -1: not known
  bool held = false;                        ///< nothing was decided, `why` says the reason
  bool refused = false;                     ///< the request is at fault, `why` says the reason
  std::string why{};
  double age_s = 0;  ///< since it was decided

  /// {"target":"shop","replicas":7,"held":false}
  [[nodiscard]] std::string json() const {
    internal::json_writer w;
    w.open('{');
    if (!target.empty()) w.name("target").text(target);
    w.name("replicas");
    if (replicas >= 0)
      w.whole(static_cast<std::uint64_t>(replicas));
    else
      w.null();
    w.name("held").boolean(held || refused);
    if (!why.empty()) w.name(refused ? "error" : "why").text(why);
    return w.close('}').json();
  }
};

/// How many requests had which end, since the beginning.
struct served_counts {
  std::uint64_t decided = 0;
  std::uint64_t repeated = 0;  ///< the same time again: answered with the decision that was made
  std::uint64_t held = 0;
  std::uint64_t refused = 0;
};

/// A policy for each target that asks, behind one lock: the targets do not know each other, each is an episode of its
/// own that never ends. `Make(target)` makes the policy, one of deltas over O. It may be called by several threads.
/// Cost of a decision: that of the policy, and reading one JSON object; it allocates for the texts.
///     served_targets fleet{fields, &sample::time_s, &sample::replicas, [](const std::string&) { return hold{}; }};
template <class O, class Make>
class served_targets {
 public:
  using policy_type = std::invoke_result_t<Make, const std::string&>;
  static_assert(Policy<policy_type, O, int>, "served_targets: make(target) must give a policy of deltas over O");
  static constexpr std::size_t most_targets = 1000;

  served_targets(served_fields<O> fields, double O::*time_s, int O::*replicas, Make make)
      : fields_(std::move(fields)), time_s_(time_s), replicas_(replicas), make_(std::move(make)) {}

  /// Decides for one observation, a JSON object with the names of the fields and, if there are several, its target.
  [[nodiscard]] served_decision decide(std::string_view json) { return answer(json, fields_, {}); }
  /// The same in other words: the object that `in` opened, with other names, for a target that is already known.
  [[nodiscard]] served_decision decide(internal::json_walk& in, const served_fields<O>& fields, std::string target) {
    O o{};
    served_reading r = fields.read(in, o);
    if (r.target.empty()) r.target = std::move(target);
    const std::lock_guard<std::mutex> lock(mutex_);
    return decided(std::move(r), o, fields);
  }
  [[nodiscard]] served_decision refuse(const std::string& why) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return refused({}, why);
  }

  /// What was done in place of the last decision: `replicas` in all. False if there was no decision to replace.
  bool executed(const std::string& target, int replicas) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto at = targets_.find(target);
    if (at == targets_.end() || !at->second.decided) return false;
    at->second.policy.executed(replicas);
    at->second.last.replicas = replicas;
    return true;
  }
  /// Nobody asks for this target any more: its policy is forgotten, and the consequence of its last decision is not
  /// learned. False if there is no such target.
  bool forget(const std::string& target) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return targets_.erase(target) > 0;
  }

  /// The last decision for a target; nothing if there was none.
  [[nodiscard]] std::optional<served_decision> last(const std::string& target) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto at = targets_.find(target);
    if (at == targets_.end() || at->second.last.replicas < 0) return std::nullopt;
    served_decision d = at->second.last;
    d.age_s = now_s() - at->second.at_s;
    return d;
  }
  [[nodiscard]] served_counts counts() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return counts_;
  }
  [[nodiscard]] const served_fields<O>& fields() const noexcept { return fields_; }

  /// Counters of the requests, and the last decision for each target.
  void expose(exposition& to) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto count = [&to](const char* end, std::uint64_t n) {
      to.counter("headroom_requests_total", "Observations that came, by what became of them.", static_cast<double>(n),
                 {{"end", end}});
    };
    count("decided", counts_.decided);
    count("repeated", counts_.repeated);
    count("held", counts_.held);
    count("refused", counts_.refused);
    for (const auto& [name, one] : targets_) {
      if (one.last.replicas < 0) continue;
      to.gauge("headroom_wanted_replicas", "The last decision for a target.", one.last.replicas, {{"target", name}});
    }
  }

 private:
  struct state {
    absolute<policy_type, int O::*> policy;
    served_decision last{};
    bool decided = false;
    double time_s = 0;  // of the last observation that was decided on
    double at_s = 0;    // when that was, by our clock
  };

  [[nodiscard]] static bool is_name(std::string_view text) {
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return false;
    }
    return text.size() <= 253;
  }
  [[nodiscard]] double now_s() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  [[nodiscard]] served_decision answer(std::string_view json, const served_fields<O>& fields, std::string target) {
    internal::json_walk in(json);
    if (in.next() != internal::json_walk::token::object) return refuse("this is no JSON object");
    O o{};
    served_reading r = fields.read(in, o);
    if (r.problem.empty() && !in.ends()) r.problem = "this is more than one JSON object";
    if (r.target.empty()) r.target = std::move(target);
    const std::lock_guard<std::mutex> lock(mutex_);
    return decided(std::move(r), o, fields);
  }
  served_decision refused(std::string target, const std::string& why) {
    ++counts_.refused;
    served_decision d;
    if (const auto at = targets_.find(target); at != targets_.end()) d = at->second.last;
    d.target = std::move(target);
    d.refused = true;
    d.why = why;
    return d;
  }
  [[nodiscard]] served_decision decided(served_reading r, O& o, const served_fields<O>& fields) {
    if (!r.problem.empty()) return refused(r.target, r.problem);
    if (!is_name(r.target)) return refused({}, "target must have at most 253 characters, and no control characters");
    auto at = targets_.find(r.target);
    if (at == targets_.end()) {
      if (targets_.size() >= most_targets) return refused(r.target, "there are 1000 targets already");
      at = targets_.emplace(r.target, state{{make_(r.target), replicas_}}).first;
    }
    state& one = at->second;
    const bool seen = fields.told(r, replicas_);
    if (!r.unknown.empty()) {
      ++counts_.held;
      served_decision d = one.last;
      d.target = r.target;
      if (seen) d.replicas = d.seen = o.*replicas_;
      d.held = true;
      d.why = r.unknown + ", so nothing is decided";
      if constexpr (requires { one.policy.inner().pause(); }) one.policy.inner().pause();
      return d;
    }
    if (!fields.told(r, time_s_)) o.*time_s_ = now_s();
    if (one.decided && o.*time_s_ == one.time_s) {
      ++counts_.repeated;
      return one.last;
    }
    if (one.decided && o.*time_s_ < one.time_s) {
      return refused(r.target, "time_s is " + to_text(o.*time_s_) + ", must not be before " + to_text(one.time_s) +
                                   ", the last one of this target");
    }
    ++counts_.decided;
    served_decision d;
    d.target = r.target;
    d.seen = o.*replicas_;
    d.replicas = one.decided ? one.policy.step(o) : one.policy.start(o);
    one.decided = true;
    one.time_s = o.*time_s_;
    one.at_s = now_s();
    one.last = d;
    return d;
  }

  served_fields<O> fields_;
  double O::*time_s_;
  int O::*replicas_;
  Make make_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_{};
  std::map<std::string, state, std::less<>> targets_{};
  served_counts counts_{};
};

}  // namespace headroom
