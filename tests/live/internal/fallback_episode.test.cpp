#include <headroom/live/internal/fallback_episode.hpp>

#include <string>
#include <vector>

#include "catch.hpp"

using namespace headroom;

namespace {

struct diary {
  std::vector<std::string> calls{};
  int start(int n) { return calls.push_back("start " + std::to_string(n)), 1; }
  int step(int n) { return calls.push_back("step " + std::to_string(n)), -1; }
  void stop(int n, episode end) { calls.push_back((end == episode::ongoing ? "pause " : "stop ") + std::to_string(n)); }
};

}  // namespace

TEST_CASE("live.fallback_episode: it begins with an outage, and ends with it or with the host") {
  diary fallback;
  internal::fallback_episode<int> e;
  e.end(fallback, 1);
  e.finish(fallback);
  CHECK(fallback.calls.empty());
  CHECK(e.ask(fallback, 2) == 1);
  CHECK(e.begun());
  CHECK(e.ask(fallback, 3) == -1);
  e.executed(fallback, 5);  // it cannot be told
  e.end(fallback, 4);
  CHECK(!e.begun());
  CHECK(e.ask(fallback, 5) == 1);
  e.finish(fallback);
  e.finish(fallback);
  CHECK(fallback.calls == std::vector<std::string>{"start 2", "step 3", "stop 4", "start 5", "pause 5"});
}
