#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint8_t, std::uint64_t

#include <headroom/core/check.hpp>

namespace headroom {

/// How much a learner may decide.
enum class hand_over_stage : std::uint8_t {
  advice,   ///< nothing: the incumbent decides
  bounded,  ///< in every second block, at most a number of replicas away from the incumbent
  all       ///< everything, but for the blocks that the incumbent keeps for comparison
};

/// How a learner takes over.
struct hand_over_options {
  int block = 20;              ///< decisions that one policy makes in a row
  int settle = 5;              ///< first decisions of a block that are not compared: the other's still act
  int reach = 1;               ///< replicas by which the learner may differ from the incumbent at first
  int least_pairs = 8;         ///< comparisons before a step is taken; twice as many after each return for the reward
  int memory = 40;             ///< comparisons that are remembered
  int recent = 4;              ///< comparisons that are looked at alone, to notice soon that the learner became worse
  double deviations = 2.33;    ///< of the mean, that the advantage must be away from zero: 99 % to one side
  int keep_one_in = 4;         ///< in the last stage one block in so many is the incumbent's
  double strange_load = 1.25;  ///< a load above this, times the largest that was seen in advice, is handed back
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const hand_over_options& checked(const hand_over_options& o) {
  require(o.block >= 2 && o.block <= 1'000'000, "hand_over", "block", o.block, "be from 2 to 1000000");
  require(o.settle >= 0 && o.settle < o.block, "hand_over", "settle", o.settle, "be zero or more, and below block");
  require(o.reach >= 1, "hand_over", "reach", o.reach, "be at least 1");
  require(o.least_pairs >= 3, "hand_over", "least_pairs", o.least_pairs, "be at least 3");
  require(o.memory >= o.least_pairs && o.memory <= 100'000, "hand_over", "memory", o.memory,
          "be at least least_pairs, and at most 100000");
  require(o.recent >= 2 && o.recent <= o.memory, "hand_over", "recent", o.recent, "be from 2 to memory");
  require_positive("hand_over", "deviations", o.deviations);
  require(o.keep_one_in >= 2, "hand_over", "keep_one_in", o.keep_one_in, "be at least 2");
  require(o.strange_load >= 1, "hand_over", "strange_load", o.strange_load, "be at least 1");
  return o;
}

/// What an operator must know of a hand-over.
struct hand_over_health {
  hand_over_stage stage = hand_over_stage::advice;
  std::uint64_t steps_up = 0;         ///< to a stage in which the learner decides more
  std::uint64_t back_for_reward = 0;  ///< times that it was handed back because the learner was worse
  std::uint64_t back_for_load = 0;    ///< times because the load was higher than any it had seen
  std::uint64_t by_learner = 0;       ///< decisions
  std::uint64_t by_incumbent = 0;
  int reach = 0;                     ///< replicas by which it may differ, in the bounded stage
  std::uint64_t refused_scores = 0;  ///< intervals whose cost was not finite: not compared
  std::size_t pairs = 0;             ///< comparisons of this stage that are remembered
  double advantage = 0;              ///< mean cost that the learner saves an interval, over these
  double low = 0;                    ///< the bounds of it that decide
  double high = 0;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("stage", self.stage, hand_over_stage::all);
    a("steps_up", self.steps_up);
    a("back_for_reward", self.back_for_reward);
    a("back_for_load", self.back_for_load);
    a("by_learner", self.by_learner);
    a("by_incumbent", self.by_incumbent);
    a("reach", self.reach);
    a("refused_scores", self.refused_scores);
    a("pairs", self.pairs);
    a("advantage", self.advantage);
    a("low", self.low);
    a("high", self.high);
  }
};

}  // namespace headroom
