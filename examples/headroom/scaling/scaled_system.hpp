#pragma once

#include <cstdint>      // std::uint64_t
#include <functional>   // std::function
#include <memory>       // std::unique_ptr
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/run/evaluate.hpp>

#include "reports/bound.hpp"
#include "reports/known_rate.hpp"
#include "scaling/autoscalers.hpp"
#include "systems/system.hpp"

namespace headroom {
class checkpoint;
}

namespace tool {

/// The metrics of a scaled system that a frontier is drawn of, and its words.
struct scaled_metrics {
  std::string_view level = "in_time";      ///< the service level
  std::string_view level_all = "in_time";  ///< the same over all requests, as the bound counts it
  std::string_view cost = "mean_replicas";
  std::string_view bounded = "mean_replicas";  ///< what the bound is a bound of
  std::string_view churn = "scaling_actions";
  std::string_view noun = "replica";  ///< one of what is scaled
};

/// What a thread plays a frontier's episodes with. Nothing is returned where the user stopped it.
class episode_player {
 public:
  enum class part : std::uint8_t {
    tuning,   ///< episodes that settings are chosen on
    reported  ///< those that the table shows
  };
  struct trained {
    std::optional<headroom::evaluation> tuned{};
    std::optional<headroom::evaluation> reported{};
  };

  virtual ~episode_player() = default;
  [[nodiscard]] virtual std::optional<headroom::evaluation> play(part which, const std::string& autoscaler) = 0;
  /// Trains a learner, and plays it on both parts. `pause(episodes)` is asked now and then.
  [[nodiscard]] virtual trained train(const std::string& name, std::uint64_t train_seed, std::uint64_t episodes,
                                      const std::function<bool(std::uint64_t)>& pause) = 0;
};

/// A system that is scaled by its number of replicas, so that autoscalers run on it and a frontier can be drawn.
class scaled_system : public system {
 public:
  scaled_metrics metrics{};
  bool wide = false;        ///< moves of different length: the cost is weighted by time
  bool fresh_seeds = true;  ///< whether equal seeds of tuning and reported episodes would be the same episodes
  std::string_view usual_prices = "2,3,3.5,4.5,7,12,30";  ///< that a frontier tries of a learner
  std::string recorded{};       ///< how a command line names the recorded load again: " --trace load.csv"; or empty
  std::string_view price_unit;  ///< of a learner's knob, as in "of a request out of time, in worker-steps"

  /// What a frontier tries by default.
  [[nodiscard]] virtual std::vector<std::string> contenders() const = 0;
  /// Every name that a frontier tries of an autoscaler. Throws std::invalid_argument.
  [[nodiscard]] virtual std::vector<std::string> settings_of(const std::string& name) const = 0;
  [[nodiscard]] virtual std::vector<knob> knobs_of(const std::string& name) const = 0;
  /// Whether a learner has a price to turn.
  [[nodiscard]] virtual bool priced(std::string_view learner) const = 0;
  [[nodiscard]] virtual std::unique_ptr<episode_player> player(const std::vector<std::uint64_t>& tuning,
                                                               const std::vector<std::uint64_t>& reported) const = 0;
  /// The clairvoyant bound over these episodes; none where it was not asked for, cannot be had or was interrupted. Says
  /// in a note why.
  [[nodiscard]] virtual std::optional<clairvoyant_bound> bound(const std::vector<std::uint64_t>& seeds,
                                                               std::vector<std::string>& notes) const = 0;
  /// What the policy reaches over these episodes that is told the rate; none as for the bound.
  [[nodiscard]] virtual std::optional<known_rate_line> known_rate(const std::vector<std::uint64_t>& seeds,
                                                                  std::vector<std::string>& notes) const = 0;
  /// Writes what the system was asked for, so that a model can be evaluated on the same: what it is, and under
  /// "workload" and "load." its load.
  virtual void write_plan(headroom::checkpoint& to) const = 0;
};

}  // namespace tool
