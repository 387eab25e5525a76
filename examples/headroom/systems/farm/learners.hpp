#pragma once

#include <cstdint>      // std::uint64_t
#include <memory>       // std::unique_ptr
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include "learners/training.hpp"
#include "systems/farm/autoscalers.hpp"
#include "systems/farm/episode_cost.hpp"
#include "systems/farm/load.hpp"

/// The farm's learners, by name. Each has one knob, the price of a request out of time: "sarsa:6". A search finds the
/// price itself for a level, "cem:99%", and says what it pays for: "cem:4:request", "cem:99%:worst-tenth".
namespace tool {

class gym_world;

/// What a training on the farm is begun with.
struct farm_training {
  std::string name;
  const farm_load& load;
  std::vector<int> moves{1};  ///< sizes of the moves up and down, ascending
  std::uint64_t train_seed = 1;
  std::uint64_t episodes = 0;
  std::optional<double> price{};         ///< of a request out of time, in worker-steps; none: the learner's own
  std::optional<double> level{};         ///< fraction in time to train to, in place of a price; of a search
  paid_by objective = paid_by::episode;  ///< of a search

  /// Moves of more than one worker make steps of unequal length.
  [[nodiscard]] bool wide() const { return moves.back() > 1 && load.farm.block_on_scaling; }
};

using farm_learner = learner<farm_policy>;

/// How a training plays its episodes.
enum class farm_episodes : std::uint8_t {
  in_turn,   ///< at most a thousand, over and over, and candidates are validated on others
  once,      ///< each once
  published  ///< each once, in the seeds of the published command line
};

struct offered_farm_learner {
  std::string_view name;
  std::string_view line;
  std::uint64_t train_episodes;  ///< by default, of the published length
  farm_episodes episodes;
  std::unique_ptr<farm_learner> (*make)(const farm_training&);

  /// Whether its reward and its moves are those of a published agent, so that nothing can be set.
  [[nodiscard]] bool as_published() const { return episodes == farm_episodes::published; }
  /// Whether the price of a request out of time is its knob.
  [[nodiscard]] bool has_price() const { return !as_published() && name != "select" && name != "hedged"; }
};

[[nodiscard]] const std::vector<offered_farm_learner>& farm_learners();
/// Null if there is none of this kind.
[[nodiscard]] const offered_farm_learner* find_farm_learner(std::string_view name);

/// Disjoint blocks of seeds, far from any that a table evaluates. The published agents start at 42, as their command
/// line did; their other training seeds start at 10042, 20042, ...
[[nodiscard]] training_seeds farm_trained_on(const offered_farm_learner& one, std::uint64_t train_seed,
                                             std::uint64_t episodes);

/// A training that has not begun; the price stands in the name. Throws std::invalid_argument.
[[nodiscard]] std::unique_ptr<farm_learner> make_farm_learner(const std::string& name, const farm_load& load,
                                                              const std::vector<int>& moves, std::uint64_t train_seed,
                                                              std::uint64_t episodes);

/// Whether a learner, named without a setting, can be trained to a level.
[[nodiscard]] bool trains_to_level(std::string_view name);
/// The name of a search that trains to this level: "cem" becomes "cem:99%". Throws std::invalid_argument for a learner
/// that cannot, and for a name that has a setting.
[[nodiscard]] std::string held_to_level(const std::string& name, double level);

/// The farm for a learner that is not ours: what dqn sees, its moves and limits, its reward at its own price.
/// `evaluated`: the part of a recorded load that tables evaluate. `load` must live longer.
[[nodiscard]] std::unique_ptr<gym_world> farm_by_numbers(const farm_load& load, const std::vector<int>& moves,
                                                         std::uint64_t first_seed, bool evaluated);

/// Cross-entropy search for a staffing rule; in a file of its own.
[[nodiscard]] std::unique_ptr<farm_learner> search_for_staffing(const farm_training& t);
/// A filter of the rate over a table that was planned; in a file of its own. Throws std::invalid_argument for a farm
/// that no table is made for.
[[nodiscard]] std::unique_ptr<farm_learner> plan_on_belief(const farm_training& t);
/// Trains cem and belief, and keeps the best of them and of every autoscaler; in a file of its own.
[[nodiscard]] std::unique_ptr<farm_learner> select_on_farm(const farm_training& t);
/// The same, with up to four of them in the end, among which Hedge chooses from step to step; in the same file.
[[nodiscard]] std::unique_ptr<farm_learner> hedge_on_farm(const farm_training& t);

}  // namespace tool
