#include <headroom/live/internal/policy_episode.hpp>

#include <optional>
#include <string>
#include <vector>

#include <headroom/core/check.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct sees {
  int n = 0;
};
struct diary {
  std::vector<std::string> calls{};
  int wish = 0;
  int start(const sees& o) { return said("start " + to_text(o.n)); }
  int step(const sees& o) { return said("step " + to_text(o.n)); }
  void stop(const sees& o, episode end) { said((end == episode::ongoing ? "pause " : "stop ") + to_text(o.n)); }
  void executed(int delta) { said("executed " + to_text(delta)); }

 private:
  int said(const std::string& what) {
    calls.push_back(what);
    return wish;
  }
};
using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("live.policy_episode: the policy is told what became of a decision, where it was not its own") {
  using is = decision_outcome;
  struct row {
    is outcome;
    int delta;
    bool shadow;
    lines told;  // at once, and with the next read of 7 replicas
  };
  const std::vector<row> rows{
      {is::applied, 2, false, {}},
      {is::applied, 1, false, {"executed 1"}},
      {is::held, 0, false, {"executed 0"}},
      {is::refused, 2, false, {"executed 0"}},
      {is::conflict, 2, false, {"executed 3"}},
      {is::unknown, 2, false, {"executed 3"}},
      {is::shadow, 2, true, {"executed 3"}},
      {is::held, 0, true, {"executed 0", "executed 3"}},
  };
  for (const row& one : rows) {
    diary policy;
    policy.wish = 2;
    internal::policy_episode<sees> e;
    REQUIRE(e.ask(policy, {1}) == 2);
    e.happened(policy, one.outcome, one.delta, 4, one.shadow);
    e.saw(sees{1});
    e.judge(policy, 7);
    lines expected{"start 1"};
    expected.insert(expected.end(), one.told.begin(), one.told.end());
    INFO(to_text(one.outcome));
    CHECK(policy.calls == expected);
  }
}

TEST_CASE("live.policy_episode: a gap pauses the policy once, and the interval is not judged") {
  diary policy;
  policy.wish = 2;
  internal::policy_episode<sees> e;
  e.pause(policy);  // it has not begun
  CHECK(policy.calls.empty());
  CHECK(e.before() == nullptr);
  REQUIRE(e.ask(policy, {1}) == 2);
  CHECK(e.begun());
  e.happened(policy, decision_outcome::unknown, 2, 4, false);
  e.saw(sees{1});
  REQUIRE(e.before() != nullptr);
  CHECK(e.before()->n == 1);
  e.pause(policy);
  e.pause(policy);
  CHECK(e.paused());
  CHECK(e.before() == nullptr);
  e.happened(policy, decision_outcome::refused, 2, 4, false);  // the fallback's
  e.judge(policy, 9);
  CHECK(e.ask(policy, {2}) == 2);
  CHECK(!e.paused());
  e.saw(sees{2});
  e.finish(policy);
  CHECK(!e.begun());
  CHECK(e.ask(policy, {3}) == 2);
  CHECK(policy.calls == lines{"start 1", "pause 1", "step 2", "pause 2", "start 3"});
}
