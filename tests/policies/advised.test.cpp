#include <headroom/policies/advised.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/io/state.hpp>
#include <headroom/testing/problems.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// Does what the list says, and remembers what it was told.
struct listed {
  std::vector<int> list;
  std::size_t at = 0;
  std::vector<int> told{};
  int start(const problem_observation& o) { return step(o); }
  int step(const problem_observation&) { return list[at++ % list.size()]; }
  int stopped = 0;
  void stop(const problem_observation& o, episode end) {
    if (o.state == 1 && end == episode::truncated) ++stopped;
  }
  void executed(int a) { told.push_back(a); }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("at", self.at);
  }
};

problem_observation in(std::size_t s) {
  problem_observation o;
  o.state = s;
  return o;
}

struct refuses {
  using state_type = state_index;
  state_index operator()(const problem_observation&) const { return no_state; }
};

}  // namespace

TEST_CASE("an adviser replaces a decision only where it has something better, and the policy is told") {
  const auto advise = [](state_index s, action_index a) -> std::optional<action_index> {
    if (to_size(s) == 0) return std::nullopt;
    return action_index{1 - to_size(a)};
  };
  advised policy{listed{{0, 0, 1, 7}}, problem_state{2}, actions{0, 1}, advise};
  static_assert(CorrectablePolicy<decltype(policy), problem_observation, int>);
  CHECK(policy.start(in(0)) == 0);
  CHECK(policy.step(in(1)) == 1);
  CHECK(policy.step(in(1)) == 0);
  CHECK(policy.step(in(1)) == 7);  // not on the menu: done as it is
  CHECK(policy.decisions() == 4);
  CHECK(policy.replaced() == 2);
  CHECK(policy.inner().told == std::vector<int>{1, 0});
  CHECK(policy.inner().stopped == 0);
  policy.stop(in(1), episode::truncated);
  CHECK(policy.inner().stopped == 1);
  policy.executed(5);
  CHECK(policy.inner().told.back() == 5);
}

TEST_CASE("what an advised policy counted is stored") {
  const auto other = [](state_index, action_index a) { return std::optional(action_index{1 - to_size(a)}); };
  advised policy{listed{{0, 7, 1}}, problem_state{2}, actions{0, 1}, other};
  policy.start(in(0));
  policy.step(in(1));
  policy.step(in(1));
  checkpoint c;
  store(policy, c, "policy");
  advised again{listed{{0}}, problem_state{2}, actions{0, 1}, other};
  restore(again, c, "policy");
  CHECK(again.decisions() == 3);
  CHECK(again.replaced() == 2);
}

TEST_CASE("advice to do what is done anyway replaces nothing") {
  const auto same = [](state_index, action_index a) { return std::optional<action_index>(a); };
  advised policy{listed{{1, 0}}, problem_state{2}, actions{0, 1}, same};
  CHECK(policy.start(in(0)) == 1);
  CHECK(policy.replaced() == 0);
  CHECK(policy.inner().told.empty());
}

TEST_CASE("in a state that the encoder refuses nobody is asked") {
  const auto never = [](state_index, action_index) -> std::optional<action_index> {
    FAIL("asked about no state");
    return std::nullopt;
  };
  advised policy{listed{{1}}, refuses{}, actions{0, 1}, never};
  CHECK(policy.start(in(0)) == 1);
  CHECK(policy.replaced() == 0);
}
