#pragma once

#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint64_t
#include <optional>  // std::optional
#include <string>    // std::string
#include <vector>    // std::vector

#include "frontier/findings.hpp"
#include "scaling/scaled_system.hpp"

/// Turning the knobs: every setting of an autoscaler is played, every price of a learner trained for and played, on as
/// many threads as the machine has, with the same result on any number of them.
namespace tool::frontier {

/// What a sweep is for; `f` says on which episodes.
struct sweep_job {
  const scaled_system& on;
  const findings& f;
  std::string prices;                           ///< --prices
  std::optional<std::uint64_t> train_episodes;  ///< none: the learner's own number
  std::uint64_t train_seeds;
};

/// A learner with every price of `list`, and trained to the level if it can be; or only with the setting that it was
/// asked for with. Throws std::invalid_argument.
[[nodiscard]] std::vector<std::string> prices_of(const std::string& list, const std::string& name,
                                                 const scaled_system& on, double level);

/// Adds a contender to `f`. False if the user stopped it.
bool sweep_autoscaler(const sweep_job& j, const std::string& name, findings& f);
/// The same; what was finished is kept.
bool sweep_learner(const sweep_job& j, const std::string& name, findings& f);

}  // namespace tool::frontier
