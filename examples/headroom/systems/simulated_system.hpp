#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <memory>      // std::make_shared, std::make_unique, std::shared_ptr, std::unique_ptr
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/policies/any_policy.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/run/observers.hpp>

#include "learners/environment_training.hpp"
#include "learners/level_watch.hpp"
#include "support/terminal.hpp"
#include "systems/episode_recorder.hpp"
#include "systems/system.hpp"

/// From an environment's own types to those of the tool.
namespace tool {

/// Plays every seed, with a progress bar if it is given a task. Stops when the user does.
template <class Make, class P, class Score>
[[nodiscard]] headroom::evaluation played(Make&& make, P& policy, const std::vector<std::uint64_t>& seeds, Score score,
                                          const std::string& task) {
  headroom::stop_when stop{terminal::interrupted};
  if (task.empty()) return headroom::evaluate(make, policy, seeds, std::move(score), stop);
  terminal::progress_bar bar(task, seeds.size());
  level_watch levels;
  return headroom::evaluate(make, policy, seeds, std::move(score), stop, levels,
                            headroom::on_progress{1, [&](std::uint64_t done) {
                                                    bar.level(levels.mean());
                                                    bar.show(done);
                                                  }});
}

/// How policies of an environment are evaluated.
template <class E>
using evaluate_policy = std::function<headroom::evaluation(policy_of<E>& one, const std::vector<std::uint64_t>& seeds,
                                                           const std::string& task)>;
/// In the environments of the seeds, with a score.
template <class E, class Score>
[[nodiscard]] evaluate_policy<E> evaluate_with(std::function<E(std::uint64_t seed)> make, Score score) {
  return [make = std::move(make), score = std::move(score)](policy_of<E>& one, const std::vector<std::uint64_t>& seeds,
                                                            const std::string& task) {
    return played(make, one, seeds, score, task);
  };
}

template <class E>
[[nodiscard]] policy evaluated(policy_of<E> one, const evaluate_policy<E>& evaluate) {
  const auto shared = std::make_shared<policy_of<E>>(std::move(one));
  return {[evaluate, shared](const std::vector<std::uint64_t>& seeds, const std::string& task) {
            return evaluate(*shared, seeds, task);
          },
          {}};
}
/// The same, and its episodes can be kept step by step.
template <class E>
[[nodiscard]] policy evaluated_and_recorded(policy_of<E> one, const evaluate_policy<E>& evaluate,
                                            const episode_recorder<E>& how) {
  const auto shared = std::make_shared<policy_of<E>>(std::move(one));
  policy p{};
  p.evaluate = [evaluate, shared](const std::vector<std::uint64_t>& seeds, const std::string& task) {
    return evaluate(*shared, seeds, task);
  };
  p.record = [how, shared](std::uint64_t seed) { return record_episode(how, *shared, seed); };
  p.would = [shared](const recorded_episode& e) { return asked_along<E>(*shared, e); };
  return p;
}

/// A learner of an environment as a learner of the tool; `wrap` makes a policy of the tool of its policies.
template <class E>
class learner_of final : public learner<policy> {
 public:
  using wrap_function = std::function<policy(policy_of<E>)>;

  learner_of(std::unique_ptr<learner<policy_of<E>>> inner, wrap_function wrap)
      : inner_(std::move(inner)), wrap_(std::move(wrap)) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override { inner_->go_on(pause); }
  [[nodiscard]] bool finished() const override { return inner_->finished(); }
  [[nodiscard]] std::uint64_t episodes() const override { return inner_->episodes(); }
  [[nodiscard]] double level() const override { return inner_->level(); }
  void write_model(headroom::checkpoint& to) const override { inner_->write_model(to); }
  void write_partial(headroom::checkpoint& to) const override { inner_->write_partial(to); }
  void read_partial(const headroom::checkpoint& from) override { inner_->read_partial(from); }
  [[nodiscard]] std::string troubles() const override { return inner_->troubles(); }
  [[nodiscard]] std::string outcome() const override { return inner_->outcome(); }
  [[nodiscard]] policy best() const override { return wrap_(inner_->best()); }
  [[nodiscard]] policy as_it_stands() const override { return wrap_(inner_->as_it_stands()); }
  [[nodiscard]] policy policy_in(const headroom::checkpoint& from) const override {
    return wrap_(inner_->policy_in(from));
  }

 private:
  std::unique_ptr<learner<policy_of<E>>> inner_;
  wrap_function wrap_;
};

/// Offers policies of one environment; a system fills its list with it.
template <class E>
class policy_list {
 public:
  using wrap_function = typename learner_of<E>::wrap_function;
  using make_function = std::function<policy_of<E>(const std::string& name)>;
  using train_function = std::function<std::unique_ptr<learner<policy_of<E>>>(
      const std::string& name, std::uint64_t train_seed, std::uint64_t episodes)>;

  policy_list(std::vector<offered_policy>& to, wrap_function wrap) : to_(to), wrap_(std::move(wrap)) {}

  /// A policy that does not learn.
  offered_policy& add(const std::string& name, const std::string& line, make_function make) {
    to_.push_back({.name = name, .line = line, .make = [wrap = wrap_, make = std::move(make)](const std::string& n) {
                     return wrap(make(n));
                   }});
    return to_.back();
  }
  /// A learner.
  offered_policy& add(const std::string& name, const std::string& line, std::uint64_t episodes, train_function train) {
    to_.push_back(
        {.name = name,
         .line = line,
         .train_episodes = episodes,
         .train = [wrap = wrap_, train = std::move(train)](const std::string& n, std::uint64_t seed,
                                                           std::uint64_t asked) -> std::unique_ptr<learner<policy>> {
           return std::make_unique<learner_of<E>>(train(n, seed, asked), wrap);
         }});
    return to_.back();
  }

 private:
  std::vector<offered_policy>& to_;
  wrap_function wrap_;
};

/// Sets every regret: what `best` got on each seed less what the policy got there, on average.
inline void set_regrets(report::findings& f, const std::vector<double>& best, std::string_view metric) {
  const auto mean_below = [&](const headroom::evaluation& e) {
    double sum = 0;
    for (std::size_t k = 0; k < best.size(); ++k) sum += best[k] - e.of(metric)[k];
    return sum / static_cast<double>(best.size());
  };
  for (report::row& r : f.rows) {
    r.regret = mean_below(r.result);
    for (const headroom::evaluation& e : r.by_train_seed) r.regrets.push_back(mean_below(e));
  }
}

/// What a system compares by default: every policy that needs no setting.
[[nodiscard]] inline std::vector<std::string> plain_names(const std::vector<offered_policy>& policies) {
  std::vector<std::string> names;
  for (const offered_policy& one : policies) {
    if (one.name.find(':') == std::string::npos) names.push_back(one.name);
  }
  return names;
}

}  // namespace tool
