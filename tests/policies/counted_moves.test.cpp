#include <headroom/policies/counted_moves.hpp>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>

#include "catch.hpp"
#include "wisher.hpp"

using namespace headroom;
using namespace wishes;

namespace {

// Allows two replicas a decision, and writes down which moves counted.
template <class Inner>
class two_at_a_time : public counted_moves<two_at_a_time<Inner>, Inner, sample> {
  using base = counted_moves<two_at_a_time<Inner>, Inner, sample>;
  friend base;
  friend clocked_guard<two_at_a_time<Inner>, Inner, sample>;

 public:
  explicit two_at_a_time(Inner inner) : base(std::move(inner), see()) {}

  std::vector<guard_move> counted{};

 private:
  void forget() { this->last_move() = {}; }
  void moved(const guard_move& m) { counted.push_back(m); }
  int allowed(const guard_sample& o, int wish) {
    if (!o.counted) return 0;
    return this->let(o, wish > 2 ? 2 : wish < -2 ? -2 : wish);
  }
};

}  // namespace

TEST_CASE("a move counts when the next decision is asked for, with its time and the replicas before it") {
  static_assert(CorrectablePolicy<two_at_a_time<wisher>, sample, int>);
  two_at_a_time<wisher> policy{wisher{}};
  CHECK(policy.start({0, 4, +3}) == +2);
  CHECK(policy.counted.empty());
  CHECK(policy.step({10, 6, 0}) == 0);
  REQUIRE(policy.counted.size() == 1);
  CHECK(policy.counted[0].delta == 2);
  CHECK(policy.counted[0].at_s == 0);
  CHECK(policy.counted[0].from == 4);
  CHECK(policy.step({20, 6, -1}) == -1);  // the decision before was no move
  CHECK(policy.counted.size() == 1);
  CHECK(policy.step({30, 5, 0}) == 0);
  REQUIRE(policy.counted.size() == 2);
  CHECK(policy.counted[1].delta == -1);
  CHECK(policy.counted[1].at_s == 20);
  CHECK(policy.counted[1].from == 6);
}

TEST_CASE("what a wrapper did instead counts, and the inner policy hears of it") {
  two_at_a_time<wisher> policy{wisher{}};
  CHECK(policy.start({0, 4, +1}) == +1);
  policy.executed(-3);
  CHECK(policy.inner().told == std::vector<int>{-3});
  CHECK(policy.step({10, 1, +1}) == +1);
  policy.executed(0);
  CHECK(policy.step({20, 1, 0}) == 0);
  REQUIRE(policy.counted.size() == 1);
  CHECK(policy.counted[0].delta == -3);
}

TEST_CASE("where nothing can be decided, nothing counts, and a new episode forgets the last move") {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  two_at_a_time<wisher> policy{wisher{}};
  CHECK(policy.start({0, 4, +1}) == +1);
  CHECK(policy.step({unknown, 5, +1}) == 0);
  CHECK(policy.counted.size() == 1);  // that of the start
  CHECK(policy.step({20, unknown, +1}) == 0);
  CHECK(policy.step({30, 5, +2}) == +2);
  CHECK(policy.counted.size() == 1);
  policy.stop({40, 7, 0}, episode::terminated);
  CHECK(policy.start({0, 4, 0}) == 0);
  CHECK(policy.step({10, 4, 0}) == 0);
  CHECK(policy.counted.size() == 1);
}
