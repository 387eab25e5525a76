#pragma once

#include <cmath>        // std::floor
#include <cstdint>      // std::uint64_t
#include <functional>   // std::function
#include <memory>       // std::make_shared, std::make_unique, std::shared_ptr, std::unique_ptr
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>

#include "contest.hpp"
#include "play.hpp"

/// What the systems other than the farm share: players and lessons over any world.
namespace contests {

/// Where policies are judged: the worlds of its seeds, the figures, and the regret of a policy, where it is known
/// without playing.
template <class World, class Score>
struct stage {
  using policy_type = any_policy<observation_t<World>, action_t<World>>;

  std::function<World(std::uint64_t seed)> make;
  Score score;
  std::function<double(policy_type&)> regret{};
};

template <class Stage>
[[nodiscard]] player player_of(const std::shared_ptr<const Stage>& on, typename Stage::policy_type policy) {
  const auto shared = std::make_shared<typename Stage::policy_type>(std::move(policy));
  player p;
  p.evaluate = [on, shared](const std::vector<std::uint64_t>& seeds, const std::string& task) {
    return played(on->make, *shared, seeds, on->score, task);
  };
  if (on->regret) p.regret = [on, shared] { return on->regret(*shared); };
  return p;
}

/// Trains for a number of episodes and keeps the learner as it is then. What decides is `decides(learner)`.
template <class World, class Learner, class Stage, class Decides>
class lesson_of final : public lesson {
 public:
  lesson_of(World world, Learner learner, std::uint64_t episodes, std::shared_ptr<const Stage> on, Decides decides)
      : world_(std::move(world)),
        learner_(std::move(learner)),
        episodes_(episodes),
        on_(std::move(on)),
        decides_(std::move(decides)) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    const std::uint64_t before = done_;
    const run_result r = run(world_, learner_, run_limits{.episodes = episodes_ - done_},
                             on_progress{1, [&](std::uint64_t n) { return pause(before + n); }});
    done_ += r.episodes;
  }
  [[nodiscard]] bool finished() const override { return done_ == episodes_; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }
  [[nodiscard]] player as_it_stands() const override { return player_of(on_, decides_(learner_)); }
  [[nodiscard]] player best() const override { return as_it_stands(); }

 private:
  World world_;
  Learner learner_;
  std::uint64_t episodes_;
  std::uint64_t done_ = 0;
  std::shared_ptr<const Stage> on_;
  Decides decides_;
};

template <class World, class Learner, class Stage, class Decides>
[[nodiscard]] std::unique_ptr<lesson> lesson_on(World world, Learner learner, std::uint64_t episodes,
                                                std::shared_ptr<const Stage> on, Decides decides) {
  return std::make_unique<lesson_of<World, Learner, Stage, Decides>>(std::move(world), std::move(learner), episodes,
                                                                     std::move(on), std::move(decides));
}
template <class World, class Learner, class Stage>
[[nodiscard]] std::unique_ptr<lesson> lesson_on(World world, Learner learner, std::uint64_t episodes,
                                                std::shared_ptr<const Stage> on) {
  return lesson_on(std::move(world), std::move(learner), episodes, std::move(on),
                   [](const Learner& l) { return frozen{l}; });
}

/// Where a training draws its episodes: blocks far from any seed that a table evaluates, each long enough.
inline constexpr std::uint64_t most_train_episodes = 10'000'000;
[[nodiscard]] inline std::uint64_t first_training_seed(std::uint64_t train_seed) { return 10'000'000 * train_seed; }

/// What these contests have in common: how long a learner trains, on which episodes.
inline void train_as_usual(contest& c, const arguments& a, const std::vector<contestants::entry>& policies) {
  c.policies = &policies;
  for (const contestants::entry& e : policies) {
    if (contestants::kind_of(e.name) == e.name) c.defaults.emplace_back(e.name);
  }
  c.train_episodes = [asked = a.train_episodes, &policies](const std::string& name) {
    std::uint64_t usual = 1;
    for (const contestants::entry& e : policies) {
      if (e.name == name) usual = e.train_episodes;
    }
    const std::uint64_t episodes = asked.value_or(usual);
    require(episodes >= 1 && episodes <= most_train_episodes, "--train-episodes", "the number", episodes,
            "be from 1 to " + to_text(most_train_episodes));
    return episodes;
  };
  c.trained_on = [](const std::string&, std::uint64_t train_seed, std::uint64_t episodes) {
    return contestants::training_seeds{first_training_seed(train_seed), episodes, false};
  };
}

/// Refuses a setting where a policy has none.
inline void require_plain(const std::string& name) {
  if (name.find(':') == name.npos) return;
  throw std::invalid_argument("--policies: '" + name + "' must be written without a colon, there is nothing to set");
}

/// What a constant stands at, "constant:4". Throws std::invalid_argument.
[[nodiscard]] inline int whole_setting(const std::string& name, int lowest, int highest) {
  const std::string who = "--policies: " + name;
  const std::size_t colon = name.find(':');
  require(colon != name.npos, who, "the number", "missing", "follow a colon");
  const std::vector<double> all = contestants::numbers(name, std::string_view(name).substr(colon + 1));
  require(all.size() == 1, who, "number of settings", all.size(), "be 1");
  require(all[0] == std::floor(all[0]) && all[0] >= lowest && all[0] <= highest, who, "the number", all[0],
          "be whole, from " + to_text(lowest) + " to " + to_text(highest));
  return static_cast<int>(all[0]);
}

/// Regret seed by seed: what `best` got there less what a policy got.
[[nodiscard]] inline double mean_below(const std::vector<double>& best, const evaluation& e, std::string_view metric) {
  double sum = 0;
  for (std::size_t k = 0; k < best.size(); ++k) sum += best[k] - e.of(metric)[k];
  return sum / static_cast<double>(best.size());
}

}  // namespace contests
