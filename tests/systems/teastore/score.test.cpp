#include <headroom/systems/teastore/score.hpp>

#include <cstddef>
#include <limits>

#include <headroom/run/evaluate.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// What the score reads of an observation of the table.
struct row {
  double tps = 0;
  double cost = 0;
  std::size_t cell = 0;
  bool refused_move = false;
};
struct row_columns {
  double row::*out_tps = &row::tps;
  double row::*cost = &row::cost;
};
struct record {
  row observation;
  std::size_t action;
  row next;
};
// Tells the three arguments apart.
constexpr auto reward = [](const row& before, std::size_t action, const row& after) {
  return 100 * static_cast<double>(action) + 10 * before.cost + after.cost;
};

using score_type = teastore::score<decltype(reward), row_columns>;

}  // namespace

static_assert(Score<score_type>);

TEST_CASE("the figures of three moves on a table of measurements") {
  score_type score{reward, {}};
  score.on_step(record{{9, 9, 9, true}, 9, {9, 9, 8, true}});
  score.on_start(row{});  // forgets the episode before
  score.on_step(record{{0, 1, 4, false}, 1, {200, 2, 5, false}});
  score.on_step(record{{0, 2, 5, false}, 2, {500, 2, 5, true}});
  score.on_step(record{{0, 2, 5, false}, 0, {500, 5, 6, false}});
  const auto v = score.values();
  CHECK(v[0] == (100 + 10 + 2) + (200 + 20 + 2) + (0 + 20 + 5));
  CHECK(v[1] == Approx(400));
  CHECK(v[2] == Approx(3));
  CHECK(v[3] == 2);
  CHECK(v[4] == 1);
  CHECK(score.names[1] == "mean_tps");
  CHECK(score.names[4] == "refused");
}

TEST_CASE("a step whose throughput was not measured counts in every figure but the mean throughput") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  score_type score{reward, {}};
  score.on_step(record{{}, 0, {nan, 3, 1, false}});
  CHECK(score.values()[1] == 0);
  score.on_step(record{{}, 0, {300, 1, 1, false}});
  CHECK(score.values()[1] == 300);
  CHECK(score.values()[2] == Approx(2));
  CHECK(score.values()[3] == 2);
}
