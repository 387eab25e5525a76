#pragma once

#include <string>  // std::string
#include <vector>  // std::vector

#include "commands.hpp"
#include "frontier.hpp"
#include "scenario.hpp"

/// Turning the knobs: every setting of an autoscaler is played, every price of a learner trained for and played, on as
/// many threads as the machine has, with the same result on any number of them.
namespace frontier {

/// What a sweep is for; `f` says on which episodes.
struct job {
  const arguments& a;
  const scenario& where;
  const std::vector<int>& moves;
  const findings& f;
};

/// A learner with every price of --prices, or only with the one that it was asked for with. Throws
/// std::invalid_argument.
[[nodiscard]] std::vector<std::string> prices_of(const arguments& a, const std::string& name);

/// Adds a contender to `f`. False if the user stopped it.
bool sweep_autoscaler(const job& j, const std::string& name, findings& f);
/// The same; what was finished is kept.
bool sweep_learner(const job& j, const std::string& name, findings& f);

}  // namespace frontier
