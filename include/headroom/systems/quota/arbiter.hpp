#pragma once

#include <algorithm>    // std::all_of, std::any_of, std::find_if
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <functional>   // std::less
#include <map>          // std::map
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move, std::pair
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/systems/quota/arbiter_options.hpp>
#include <headroom/systems/quota/strategies.hpp>
#include <headroom/systems/quota/decision_log.hpp>
#include <headroom/systems/quota/scope.hpp>
#include <headroom/systems/quota/rising_counter.hpp>

namespace headroom::quota {

/// Decides who sets the limits of a deployment when several teams declared quotas for it. Deterministic, no I/O: a host
/// declares agents, calls `step` with the deployments there are, does what it answers, and reports with `judge` how the
/// deployment took it. Every decision is a sentence in `log()`.
///
/// The published system writes the name of the agent that patched a deployment onto it; each of two agents sees the
/// other's name, patches again, and restarts the pods. After the fourth such iteration both are flagged, in the fifth
/// the youngest is disabled, in the sixth the other is applied. Here nobody is patched twice, unless the switches say
/// so. Model of Policy on std::vector<target>; O(agents * targets) a step.
class arbiter {
 public:
  using targets = std::vector<target>;
  using patches = std::vector<patch>;

  explicit arbiter(quota::strategy rule = youngest_yields{}, const arbiter_options& options = {})
      : strategy_(std::move(rule)), options_(checked(options)), log_(options.log_capacity) {
    require(static_cast<bool>(strategy_), "quota::arbiter", "strategy", "nothing", "be a function");
  }

  /// Adds an agent, or replaces the declaration of an existing one: the agent is pending, and keeps its age.
  void declare(quota::agent agent) {
    checked(agent);
    if (entry* known = find(agent.name)) {
      agent.created_s = known->agent.created_s;
      known->agent = std::move(agent);
      known->sharing = false;
      become(*known, state::pending, "it was declared anew");
      return;
    }
    entries_.push_back({std::move(agent), state::pending, rising_counter(options_.detector)});
    say(entries_.back().agent.name + " is pending: it was declared");
  }

  /// Removes an agent. The next step sets back what the agent set, and releases the targets pinned because of it.
  void withdraw(std::string_view name) {
    entry* gone = find(name);
    require(gone != nullptr, "quota::arbiter", "agent", name, "be one that was declared");
    say(gone->agent.name + " was withdrawn while " + std::string(to_string(gone->state)));
    gone->withdrawn = true;
    if (options_.count_withdrawn && gone->state == state::conflicting) return;
    entries_.erase(entries_.begin() + (gone - entries_.data()));
  }

  patches start(const targets& there) { return step(there); }
  void stop(const targets&, episode) {}

  /// One iteration: finds and resolves conflicts, and returns what to patch.
  patches step(const targets& there) {
    ++iteration_;
    out_.clear();
    if (options_.at_declaration) settle(there);
    release(there);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (!entries_[i].withdrawn) turn(i, there);
    }
    for (entry& e : entries_) e.counter.record(iteration_, e.patches);
    return out_;
  }

  /// How a target took its patch. Pods killed for want of memory, or a latency of `latency_threshold` times the one
  /// before: the patch is to be reverted, and nobody touches the target again until that agent is withdrawn. An unknown
  /// latency (not finite, or negative) is as bad as a long one, as published. `threshold`: of this target, in the place
  /// of that of the options.
  std::optional<patch> judge(std::string_view target, bool killed, double latency_ratio,
                             std::optional<double> threshold = std::nullopt) {
    const auto found = held_.find(target);
    if (found == held_.end() || found->second.owner.empty() || found->second.pinned) return std::nullopt;
    if (!killed && latency_ratio >= 0 && latency_ratio < threshold.value_or(options_.latency_threshold)) {
      return std::nullopt;
    }
    found->second.pinned = true;
    const std::string why = killed               ? "pods were killed for want of memory"
                            : latency_ratio >= 0 ? "its latency is " + to_text(latency_ratio) + " times what it was"
                                                 : "its latency could not be measured";
    say(found->first + " is set back and pinned until " + found->second.owner + " is withdrawn, because " + why);
    return patch{found->first, found->second.owner, {}, true};
  }

  [[nodiscard]] quota::state state(std::string_view name) const {
    for (const entry& e : entries_) {
      if (!e.withdrawn && e.agent.name == name) return e.state;
    }
    require(false, "quota::arbiter", "agent", name, "be one that was declared");
    return {};
  }
  /// Patches made on behalf of an agent so far, as the published `restarts`.
  [[nodiscard]] std::uint64_t patched(std::string_view name) const {
    for (const entry& e : entries_) {
      if (!e.withdrawn && e.agent.name == name) return e.patches;
    }
    return 0;
  }
  [[nodiscard]] bool pinned(std::string_view target) const {
    const auto found = held_.find(target);
    return found != held_.end() && found->second.pinned;
  }
  [[nodiscard]] std::uint64_t iteration() const noexcept { return iteration_; }
  [[nodiscard]] const decision_log& log() const noexcept { return log_; }

 private:
  struct entry {
    quota::agent agent;
    quota::state state = state::pending;
    rising_counter counter;
    std::uint64_t patches = 0;
    std::uint64_t ruled = 0;  // iteration of the last ruling about it; it acts again in the next one
    bool sharing = false;     // a ruling said that it shares with its contenders
    bool waiting = false;     // it waits for metrics, and the log says so
    bool withdrawn = false;   // and kept only because the published system does
  };
  struct holding {
    std::string owner;  // the last that patched; among several that share, the first
    quota::factors factors{};
    std::uint64_t patched = 0;  // in which iteration
    bool pinned = false;
  };

  [[nodiscard]] entry* find(std::string_view name) {
    for (entry& e : entries_) {
      if (!e.withdrawn && e.agent.name == name) return &e;
    }
    return nullptr;
  }
  static bool active(const entry& e) {
    return !e.withdrawn && (e.state == state::pending || e.state == state::applied);
  }
  [[nodiscard]] static bool meet(const agent& a, const agent& b, const targets& there) {
    for (const target& t : there) {
      if (covers(a, t) && covers(b, t)) return true;
    }
    return false;
  }

  void say(std::string sentence) { log_.add(iteration_, std::move(sentence)); }
  void become(entry& e, quota::state s, const std::string& why) {
    e.state = s;
    say(e.agent.name + " is " + std::string(to_string(s)) + ": " + why);
  }
  // "a", "a and b", "a, b and c"
  static std::string listed(const std::vector<const agent*>& agents) {
    std::string text = agents.front()->name;
    for (std::size_t k = 1; k < agents.size(); ++k)
      text.append(k + 1 == agents.size() ? " and " : ", ").append(agents[k]->name);
    return text;
  }

  // Resolves overlaps before anything is patched.
  void settle(const targets& there) {
    std::vector<entry*> here;
    std::vector<const agent*> contenders;
    for (const target& t : there) {
      const auto gather = [&] {
        here.clear();
        contenders.clear();
        for (entry& e : entries_) {
          if (!active(e) || !covers(e.agent, t)) continue;
          here.push_back(&e);
          contenders.push_back(&e.agent);
        }
      };
      for (gather(); here.size() > 1; gather()) {
        if (std::all_of(here.begin(), here.end(), [](const entry* e) { return e->sharing; })) break;
        const quota::ruling ruling = strategy_(contenders);
        const std::string meeting = listed(contenders) + " meet on " + t.path();
        if (ruling.yields >= here.size()) {
          for (entry* e : here) e->sharing = true;
          say(meeting + " and share it, because " + ruling.reason);
          break;
        }
        become(*here[ruling.yields], state::disabled, meeting + " and it yields, because " + ruling.reason);
      }
    }
  }

  // Sets back the patches of agents that are gone or were disabled, and forgets targets that are gone.
  void release(const targets& there) {
    for (auto at = held_.begin(); at != held_.end();) {
      const std::string& path = at->first;
      holding& held = at->second;
      const auto target = std::find_if(there.begin(), there.end(), [&](const auto& t) { return t.path() == path; });
      if (target == there.end()) {
        at = held_.erase(at);
        continue;
      }
      ++at;
      if (held.owner.empty()) continue;
      const entry* owner = find(held.owner);
      if (owner != nullptr && owner->state != state::disabled) continue;
      if (owner != nullptr && (!options_.revert_disabled || held.pinned)) continue;
      const bool others = std::any_of(entries_.begin(), entries_.end(),
                                      [&](const entry& e) { return active(e) && covers(e.agent, *target); });
      if (owner != nullptr && others) continue;
      if (!held.pinned && !others) {
        out_.push_back({path, held.owner, {}, true});
        say(path + " is set back, because " + held.owner + (owner == nullptr ? " was withdrawn" : " is disabled"));
      }
      held = {};
    }
  }

  void turn(std::size_t i, const targets& there) {
    entry& e = entries_[i];
    if (e.state == state::conflicting) {
      resolve(i, there);
      return;
    }
    if (!active(e) || e.ruled == iteration_) return;
    bool patched = false;
    bool unmeasured = false;
    bool owns = false;
    for (const target& t : there) {
      if (!covers(e.agent, t)) continue;
      const std::string path = t.path();
      const auto [wanted, first] = wish(e, t);
      holding& held = held_[path];
      if (held.pinned) continue;
      const bool mine = held.owner == e.agent.name || (held.owner == first && !first.empty());
      if (mine && held.factors == wanted && (!t.overwritten || held.patched == iteration_)) {
        owns = true;
        continue;
      }
      if (!t.measured) {
        unmeasured = true;
        patched |= options_.count_unmeasured;
        continue;
      }
      held.owner = first.empty() ? e.agent.name : first;
      held.factors = wanted;
      held.patched = iteration_;
      out_.push_back({path, held.owner, wanted, false});
      patched = owns = true;
    }
    const bool fights = patched && e.patches > 0 && e.counter.rising();
    const std::uint64_t before = e.patches;
    e.patches += patched ? 1U : 0U;
    if (fights) {
      const std::size_t n = options_.detector.rises;
      become(e, state::conflicting,
             "its counter of patches was " + to_text(before - (n - 1)) + " to " + to_text(before) + " in the last " +
                 to_text(n) + " iterations, and it patches again");
      return;
    }
    if (e.state != state::pending) return;
    if (patched) {
      become(e, state::applied, "its targets are patched");
      return;
    }
    if (options_.applied_when_level ? e.counter.level() : owns) {
      become(e, state::applied, "nothing is left to patch");
      return;
    }
    if (unmeasured && !e.waiting) say(e.agent.name + " waits for the metrics of its targets");
    e.waiting = unmeasured;
  }

  // The factors that an agent wants for a target and, if the agent shares, the first of those that share.
  [[nodiscard]] std::pair<factors, std::string> wish(const entry& e, const target& t) const {
    if (!e.sharing) return {e.agent.factors, ""};
    std::vector<const agent*> partners;
    for (const entry& other : entries_) {
      if (active(other) && other.sharing && covers(other.agent, t)) partners.push_back(&other.agent);
    }
    if (partners.size() < 2) return {e.agent.factors, ""};
    const quota::ruling ruling = strategy_(partners);
    if (ruling.yields < partners.size()) return {e.agent.factors, ""};
    return {ruling.together, partners.front()->name};
  }

  // Resolves the conflicts of one agent with its contenders.
  void resolve(std::size_t i, const targets& there) {
    std::vector<entry*> here;
    std::vector<const agent*> contenders;
    for (entry& e : entries_) {
      if (e.state != state::conflicting || (e.withdrawn && !options_.count_withdrawn)) continue;
      if (&e != &entries_[i] && options_.rivals_overlap && !meet(e.agent, entries_[i].agent, there)) continue;
      here.push_back(&e);
      contenders.push_back(&e.agent);
    }
    if (!options_.lone_conflict_stays) {
      const bool undone = std::any_of(there.begin(), there.end(),
                                      [&](const target& t) { return t.overwritten && covers(entries_[i].agent, t); });
      if (undone) return;  // by somebody whom no ruling binds: no patch would last
    }
    if (here.size() < 2) {
      if (!options_.lone_conflict_stays) become(entries_[i], state::pending, "there is nobody that it conflicts with");
      return;
    }
    const quota::ruling ruling = strategy_(contenders);
    const std::string conflict = listed(contenders) + " are in conflict and ";
    if (ruling.yields >= here.size()) say(conflict + "share, because " + ruling.reason);
    if (ruling.yields < here.size()) {
      entry& loser = *here[ruling.yields];
      if (loser.withdrawn) {
        say(conflict + loser.agent.name + " should yield, but it is no longer there");
      } else {
        become(loser, state::disabled, conflict + "it yields, because " + ruling.reason);
      }
    }
    for (entry* e : here) {
      e->ruled = iteration_;
      if (e->withdrawn || e->state == state::disabled) continue;
      e->sharing = ruling.yields >= here.size();
      become(*e, state::pending, e->sharing ? "it shares" : "its rival has yielded");
    }
  }

  strategy strategy_;
  arbiter_options options_;
  std::vector<entry> entries_;                        // in the order of declaration
  std::map<std::string, holding, std::less<>> held_;  // by path
  std::uint64_t iteration_ = 0;
  decision_log log_;
  patches out_;
};

}  // namespace headroom::quota
