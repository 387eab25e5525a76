#pragma once

#include <filesystem>  // std::filesystem::path
#include <memory>      // std::unique_ptr
#include <mutex>       // std::mutex
#include <optional>    // std::optional
#include <string>      // std::string

#include <headroom/systems/quota/advisor.hpp>

namespace quota_live {

namespace quota = headroom::quota;

/// Who says what to do about a quota.
struct advice_options {
  std::string policy = "table";        ///< table, rules, classifier, apply
  std::filesystem::path classifier{};  ///< the published network as JSON, for `classifier`
  unsigned scenarios = 100'000;        ///< on which `table` is trained when the program starts
  double feedback_rate = 0.5;
};

/// An advisor for several threads.
class advice {
 public:
  /// Throws std::invalid_argument and file_error. `table` trains here, for some seconds.
  explicit advice(const advice_options& o);

  [[nodiscard]] std::optional<quota::action> ask(const std::string& deployment, const quota::question& q,
                                                 const quota::advisor::legal_actions& legal);
  std::string learn(const std::string& deployment, double reward);
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  std::mutex mutex_{};
  std::unique_ptr<quota::advisor> advisor_{};
};

/// What a policy earns in the simulator, a scenario: reward as published and what was given back, pods killed.
struct simulated {
  double reward = 0;
  double killed = 0;
};
/// Plays the scenarios that docs/results/quota.md has, seeds 1000 to 1199. `may_hold`: false where the answer must be a
/// published class.
[[nodiscard]] simulated simulate(advice& advisor, bool may_hold);

}  // namespace quota_live
