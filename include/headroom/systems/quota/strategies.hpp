#pragma once

#include <algorithm>   // std::min
#include <cstddef>     // std::size_t
#include <functional>  // std::function
#include <limits>      // std::numeric_limits
#include <span>        // std::span
#include <string>      // std::string

#include <headroom/core/config.hpp>
#include <headroom/systems/quota/scope.hpp>

/// What to do about agents that want different limits for the same deployment. Either one of them yields, and it is
/// disabled, or nobody does and they share one setting.
namespace headroom::quota {

/// The decision of a strategy about a conflict.
struct ruling {
  static constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();
  std::size_t yields = nobody;  ///< which of the contenders; asked again among the rest until one is left
  factors together{};           ///< what is set for all of them, if nobody yields
  std::string reason;           ///< how a sentence goes on after "because"
};

/// Any function of this shape: two or more contenders, none of them null, in the order of their declaration. It must
/// depend on nothing else, so that the same declarations end in the same limits.
using strategy = std::function<ruling(std::span<const agent* const> contenders)>;

/// As published: the agent that came last yields; among agents of the same age, the last name.
struct youngest_yields {
  ruling operator()(std::span<const agent* const> contenders) const {
    HEADROOM_ASSERT(!contenders.empty(), "youngest_yields: no contenders");
    return {last(contenders, [](const agent& a, const agent& b) { return younger(a, b); }), {}, "it is the youngest"};
  }

  [[nodiscard]] static bool younger(const agent& a, const agent& b) {
    return a.created_s != b.created_s ? a.created_s > b.created_s : a.name > b.name;
  }
  /// The contender that `more` puts before all others.
  template <class More>
  [[nodiscard]] static std::size_t last(std::span<const agent* const> contenders, More more) {
    std::size_t k = 0;
    for (std::size_t i = 1; i < contenders.size(); ++i) {
      if (more(*contenders[i], *contenders[k])) k = i;
    }
    return k;
  }
};

/// The agent with the lowest priority yields; among equals the youngest.
struct priority_wins {
  ruling operator()(std::span<const agent* const> contenders) const {
    HEADROOM_ASSERT(!contenders.empty(), "priority_wins: no contenders");
    const std::size_t k = youngest_yields::last(contenders, [](const agent& a, const agent& b) {
      return a.priority != b.priority ? a.priority < b.priority : youngest_yields::younger(a, b);
    });
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      if (i != k && contenders[i]->priority == contenders[k]->priority)
        return {k, {}, "it is the youngest of those with the lowest priority, " + to_text(contenders[k]->priority)};
    }
    return {k, {}, "its priority is the lowest, " + to_text(contenders[k]->priority)};
  }
};

/// No agent yields: the smallest factor of each resource holds, as if all limits were enforced at once.
struct tightest_wins {
  ruling operator()(std::span<const agent* const> contenders) const {
    HEADROOM_ASSERT(!contenders.empty(), "tightest_wins: no contenders");
    factors least = contenders.front()->factors;
    for (const agent* a : contenders) {
      least.cpu = std::min(least.cpu, a->factors.cpu);
      least.memory = std::min(least.memory, a->factors.memory);
    }
    return {ruling::nobody, least, "the tightest factor of each resource holds"};
  }
};

/// No agent yields: the weighted mean of the factors of each resource holds.
struct weighted_share {
  ruling operator()(std::span<const agent* const> contenders) const {
    HEADROOM_ASSERT(!contenders.empty(), "weighted_share: no contenders");
    factors sum{0, 0};
    double weights = 0;
    for (const agent* a : contenders) {
      sum.cpu += a->weight * a->factors.cpu;
      sum.memory += a->weight * a->factors.memory;
      weights += a->weight;
    }
    return {ruling::nobody, {sum.cpu / weights, sum.memory / weights}, "the factors are shared by weight"};
  }
};

}  // namespace headroom::quota
