#include <headroom/ext/xtensor.hpp>

#include <limits>
#include <stdexcept>

#if __has_include(<xtensor/core/xmath.hpp>)  // since xtensor 0.26
#include <xtensor/core/xmath.hpp>
#else
#include <xtensor/xmath.hpp>
#endif

#include "catch.hpp"

using headroom::q_table;
using headroom::table_of;
using headroom::xtensor_view;

TEST_CASE("xtensor: a view reads and writes the table itself") {
  q_table q(2, 3);
  auto view = xtensor_view(q);
  REQUIRE(view.dimension() == 2);
  REQUIRE(view.shape(0) == 2);
  REQUIRE(view.shape(1) == 3);
  CHECK(view.data() == q.all().data());
  view(1, 2) = 7;
  CHECK(q.row(1)[2] == 7);
  q.row(0)[1] = 4;
  const q_table& read = q;
  CHECK(xtensor_view(read)(0, 1) == 4);
  CHECK(xt::sum(xtensor_view(read))() == 11);
}

TEST_CASE("xtensor: an expression becomes a table, row by row, if q_table takes it") {
  q_table q(2, 3);
  for (std::size_t i = 0; i < 6; ++i) q.all()[i] = static_cast<double>(i);
  const q_table doubled = table_of(2.0 * xtensor_view(q));
  CHECK(doubled == q_table(2, 3, {0, 2, 4, 6, 8, 10}));
  q.row(1)[0] = std::numeric_limits<double>::max();
  CHECK_THROWS_WITH(table_of(2.0 * xtensor_view(q)), "q_table: an action value is inf, must be finite");
}
