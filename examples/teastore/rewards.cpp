#include "teastore/rewards.hpp"

#include <utility>  // std::move

#include <headroom/core/check.hpp>
#include <headroom/systems/teastore/published_rewards.hpp>

namespace live_teastore {

using namespace headroom;

namespace {

// The published rewards take a struct of features; here they are the members.
struct features {
  double measured_shop::*replica = &measured_shop::replica;
  double measured_shop::*heap = &measured_shop::heap;
  double measured_shop::*cpu = &measured_shop::cpu;
  double measured_shop::*out_tps = &measured_shop::out_tps;
  double measured_shop::*cpu_used = &measured_shop::cpu_used;
  double measured_shop::*memory_used = &measured_shop::memory_used;
  double measured_shop::*cost = &measured_shop::cost;
  double measured_shop::*requests = &measured_shop::requests;
  double measured_shop::*expected = &measured_shop::expected;
  double measured_shop::*users = &measured_shop::users;
  double measured_shop::*rate = &measured_shop::rate;
  double measured_shop::*response_ms = &measured_shop::response_ms;
};

template <class Reward>
named_reward named(std::string name, std::vector<std::string> needs, Reward reward) {
  return {std::move(name), std::move(needs),
          [reward](const measured_shop& before, const measured_shop& after) { return reward(before, 0, after); }};
}

}  // namespace

const std::vector<measured_name>& measured_names() {
  static const std::vector<measured_name> all{{"out_tps", &measured_shop::out_tps},
                                              {"cpu_used", &measured_shop::cpu_used},
                                              {"memory_used", &measured_shop::memory_used},
                                              {"cost", &measured_shop::cost},
                                              {"requests", &measured_shop::requests},
                                              {"expected", &measured_shop::expected},
                                              {"users", &measured_shop::users},
                                              {"rate", &measured_shop::rate},
                                              {"response_ms", &measured_shop::response_ms}};
  return all;
}

double published_cost(const measured_shop& m) { return (m.memory_used * 0.004237 + m.cpu_used * 0.031611) * m.replica; }

named_reward reward_of(const std::string& name) {
  const features c;
  const std::vector<std::string> use{"requests", "users", "cpu_used", "memory_used"};
  if (name == "r1") return named(name, {"out_tps", "cost"}, teastore::r1(c));
  if (name == "r2") return named(name, {"out_tps", "cost"}, teastore::r2(c));
  if (name == "r3") return named(name, {"requests", "users", "rate", "cpu_used", "memory_used"}, teastore::r3(c));
  if (name == "r4") return named(name, use, teastore::r4(c));
  if (name == "r5") return named(name, use, teastore::r5(c));
  if (name == "r6") return named(name, use, teastore::r6(c));
  if (name == "r7") return named(name, {"requests", "expected", "response_ms", "cpu_used"}, teastore::r7(c));
  if (name == "r8") return named(name, {"requests", "expected", "cpu_used", "memory_used"}, teastore::r8(c));
  if (name == "r9") {
    return named(name, {"requests", "expected", "response_ms", "cpu_used", "memory_used"}, teastore::r9(c));
  }
  require(false, "teastore", "reward", name, "be r1 to r9");
  return {};
}

}  // namespace live_teastore
