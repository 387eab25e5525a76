#include <headroom/run/statistics.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include "catch.hpp"

using namespace headroom;

TEST_CASE("the quantile of Student's t keeps the error that its comment states") {
  struct row {
    std::size_t n;
    double value;
  };
  // Any table; six decimals, so half a unit of the last is what the table itself may err by.
  for (const row& r : {row{1, 12.706205}, row{2, 4.302653}}) CHECK(std::abs(t_quantile(r.n) - r.value) < 5e-7);
  CHECK(std::abs(t_quantile(3) - 3.182446) < 0.004);
  CHECK(std::abs(t_quantile(4) - 2.776445) < 0.004);
  CHECK(std::abs(t_quantile(5) - 2.570582) < 0.004);
  for (const row& r :
       {row{6, 2.446912}, row{7, 2.364624}, row{8, 2.306004}, row{9, 2.262157}, row{10, 2.228139}, row{20, 2.085963},
        row{30, 2.042272}, row{60, 2.000298}, row{120, 1.979930}, row{199, 1.971957}}) {
    INFO("n = " << r.n);
    CHECK(std::abs(t_quantile(r.n) - r.value) < 0.0002);
  }
  CHECK(std::abs(t_quantile(1'000'000'000) - 1.959964) < 1e-6);
  CHECK(t_quantile(0) == 0);
  for (std::size_t n = 1; n < 300; ++n) REQUIRE(t_quantile(n) > t_quantile(n + 1));
}

TEST_CASE("a summary, by hand") {
  const std::vector<double> sample{2, 4, 4, 4, 5, 5, 7, 9};  // mean 5, squares 32
  const summary s = summarize(sample);
  CHECK(s.count == 8);
  CHECK(s.mean == 5);
  CHECK(s.deviation == std::sqrt(32.0 / 7));
  const double half = 2.364624 * std::sqrt(32.0 / 7 / 8);  // t of 7 degrees of freedom
  CHECK(std::abs(s.high - (5 + half)) < 0.0002);
  CHECK(std::abs(s.low - (5 - half)) < 0.0002);
  CHECK(s.high - s.mean == s.mean - s.low);
}

TEST_CASE("a summary of two has the widest interval that there is") {
  const summary s = summarize(std::vector<double>{1, 3});
  CHECK(s.mean == 2);
  CHECK(s.deviation == std::sqrt(2.0));
  CHECK(s.high == Approx(2 + 12.706204736174698).epsilon(1e-14));
  CHECK(s.low == Approx(2 - 12.706204736174698).epsilon(1e-14));
}

TEST_CASE("a summary of one, of none, and of equals") {
  const summary one = summarize(std::vector<double>{7});
  CHECK(one.count == 1);
  CHECK(one.mean == 7);
  CHECK(one.deviation == 0);
  CHECK(one.low == 7);
  CHECK(one.high == 7);
  const summary none = summarize({});
  CHECK(none.count == 0);
  CHECK(none.mean == 0);
  CHECK(none.deviation == 0);
  CHECK(none.low == 0);
  CHECK(none.high == 0);
  const summary equal = summarize(std::vector<double>{4, 4, 4});
  CHECK(equal.deviation == 0);
  CHECK(equal.low == 4);
  CHECK(equal.high == 4);
}

TEST_CASE("a large mean does not eat the deviation") {
  const double far = 1e9;  // squares of 1e18 leave no room for 1
  const summary s = summarize(std::vector<double>{far + 1, far + 2, far + 3});
  CHECK(s.mean == far + 2);
  CHECK(s.deviation == 1);
}
