#pragma once

#include <cstdint>   // std::uint64_t
#include <map>       // std::map
#include <memory>    // std::shared_ptr, std::unique_ptr
#include <optional>  // std::optional
#include <string>    // std::string
#include <vector>    // std::vector

#include "systems/episode_recorder.hpp"
#include "systems/farm/autoscalers.hpp"
#include "systems/farm/learners.hpp"
#include "systems/farm/load.hpp"
#include "scaling/scaled_system.hpp"

namespace tool {

/// What a command line says of the farm.
struct farm_options {
  farm_load_options load{};
  std::string actions = "1";
  bool no_bound = false;

  void declare_actions(command& to);
  void declare_no_bound(command& to);
};

/// "1,2,4", also with the ± that people write. Throws std::invalid_argument.
[[nodiscard]] std::vector<int> moves_in(const std::string& text);
/// The same back: "1,2,4".
[[nodiscard]] std::string moves_list(const std::vector<int>& moves);

/// What is told of an autoscaler that was compared.
struct what_it_did {
  std::uint64_t moves = 0;
  std::uint64_t off_menu = 0;  ///< of these, by a number of workers that is on no learner's menu
  std::shared_ptr<headroom::forecast_health> forecasts = std::make_shared<headroom::forecast_health>();
};

/// The farm under one load. Besides what every system has: policies of its own types, for who plays them on threads.
class farm_system final : public scaled_system {
 public:
  /// Throws std::invalid_argument, file_error, and reading_stopped when a long trace is interrupted.
  explicit farm_system(const farm_options& o);

  [[nodiscard]] training_seeds trained_on(const std::string& name, std::uint64_t train_seed,
                                          std::uint64_t episodes) const override;
  /// The bound, and the regret of every row.
  void complete(report::findings& f) const override;

  [[nodiscard]] const farm_load& load() const { return *load_; }
  /// How an episode of it is kept step by step, also one of real processes.
  [[nodiscard]] episode_recorder<headroom::farm::environment> recorder() const;
  [[nodiscard]] const std::vector<int>& moves() const { return moves_; }

  [[nodiscard]] std::vector<std::string> contenders() const override;
  [[nodiscard]] std::vector<knob> knobs_of(const std::string& name) const override;
  [[nodiscard]] bool priced(std::string_view learner) const override;
  [[nodiscard]] std::unique_ptr<episode_player> player(const std::vector<std::uint64_t>& tuning,
                                                       const std::vector<std::uint64_t>& reported) const override;
  void write_plan(headroom::checkpoint& to) const override;
  [[nodiscard]] std::unique_ptr<gym_world> by_numbers(std::uint64_t first_seed, bool evaluated) const override;

  /// By name, with settings where it needs some. Throws std::invalid_argument.
  [[nodiscard]] farm_policy autoscaler_named(const std::string& name,
                                             std::shared_ptr<headroom::forecast_health> forecasts = {}) const;
  /// Every name that a frontier tries of an autoscaler. Throws std::invalid_argument.
  [[nodiscard]] std::vector<std::string> settings_of(const std::string& name) const override;
  [[nodiscard]] std::unique_ptr<farm_learner> learner_named(const std::string& name, std::uint64_t train_seed,
                                                            std::uint64_t episodes) const;
  /// The clairvoyant bound over these episodes; none where it was not asked for or was interrupted. Says in a note that
  /// it is loose, where it is.
  [[nodiscard]] std::optional<clairvoyant_bound> bound(const std::vector<std::uint64_t>& seeds,
                                                       std::vector<std::string>& notes) const override;
  [[nodiscard]] std::optional<known_rate_line> known_rate(const std::vector<std::uint64_t>& seeds,
                                                          std::vector<std::string>& notes) const override;

 private:
  void describe();
  void offer_autoscalers();
  void offer_learners();
  void tell_what_they_did(report::findings& f) const;

  farm_options asked_;
  std::shared_ptr<const farm_load> load_;
  std::vector<int> moves_;
  scaled_service service_;
  std::vector<farm_autoscaler> autoscalers_;
  bool no_bound_;
  std::map<std::string, std::shared_ptr<what_it_did>> did_{};  // by each autoscaler that was compared
};

}  // namespace tool
