#include <headroom/live/scaler.hpp>

#include <string>

#include "catch.hpp"

using namespace headroom;

namespace {

struct says_nothing {
  void scale(int, int) {}
};
struct takes_a_difference {
  decision_outcome scale(int) { return decision_outcome::applied; }
};

static_assert(Scaler<no_scaler>);
static_assert(!Scaler<says_nothing>);
static_assert(!Scaler<takes_a_difference>);

}  // namespace

TEST_CASE("scaler: one that changes nothing says that it refused") {
  no_scaler none;
  CHECK(none.scale(2, 5) == decision_outcome::refused);
}

TEST_CASE("scaler: a rehearsal is an outcome, with a sentence if there is more to say") {
  const rehearsal plain = decision_outcome::applied;
  CHECK(plain.outcome == decision_outcome::applied);
  CHECK(plain.why.empty());
  const rehearsal told{decision_outcome::conflict, "a HorizontalPodAutoscaler owns it"};
  CHECK(told.outcome == decision_outcome::conflict);
  CHECK(told.why == "a HorizontalPodAutoscaler owns it");
}
