#include <headroom/run/metric_score.hpp>

#include <array>
#include <limits>
#include <string_view>
#include <tuple>

#include <headroom/run/evaluate.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct seen {
  double time_s = 0;
  double replicas = 0;
};
struct step {
  const seen& observation;
  int action;
  const seen& next;
};
struct figures {
  static constexpr std::tuple list{
      metric{"reward", taken::total, [](const auto&, double reward) { return reward; }},
      metric{"mean", taken::mean, [](const auto& r, double) { return r.next.replicas; }},
      metric{"by_time", taken::mean_over_time, [](const auto& r, double) { return r.next.replicas; }},
      metric{"most", taken::largest, [](const auto& r, double) { return r.next.replicas; }},
      metric{"last", taken::last, [](const auto& r, double) { return r.next.replicas; }},
      metric{"moves", taken::total, [](const auto& r, double) { return r.action != 0; }}};
};
struct untimed {
  static constexpr std::tuple list{metric{"n", taken::total, [](const auto&, double) { return 1; }}};
};
struct bare {};
// What depends on something known only at run time.
struct scaled {
  static constexpr std::tuple list{
      metric{"measured", taken::mean_measured,
             [](const auto& r, double, const auto& m) { return m.factor * r.next.replicas; }},
      metric{"steps", taken::total, [](const auto&, double) { return 1; }}};
  double factor = 1;
};

struct price {
  double operator()(const seen& o, int action, const seen& next) const {
    return 100 * o.replicas + 10 * action + next.replicas;
  }
};

}  // namespace

TEST_CASE("metric_score: each way of taking a figure, by hand") {
  static_assert(Score<metric_score<figures, price>>);
  metric_score<figures, price> score{price{}};
  CHECK(score.names == std::array<std::string_view, 6>{"reward", "mean", "by_time", "most", "last", "moves"});
  CHECK(score.values() == std::array<double, 6>{});

  const seen a{0, 1}, b{10, 4}, c{40, 2};
  score.on_start(a);
  score.on_step(step{a, 3, b});
  CHECK(score.values() == std::array<double, 6>{134, 4, 4, 4, 4, 1});
  score.on_step(step{b, 0, c});
  CHECK(score.values() == std::array<double, 6>{134 + 402, 3, 2.5, 4, 2, 1});  // ten seconds of 4, thirty of 2
}

TEST_CASE("metric_score: a new episode begins with nothing") {
  metric_score<figures, price> score{price{}};
  const seen a{0, 1}, b{10, 4}, c{20, 2};
  score.on_start(a);
  score.on_step(step{a, 3, b});
  score.on_start(b);
  CHECK(score.values() == std::array<double, 6>{});
  score.on_step(step{b, 0, c});
  CHECK(score.values() == std::array<double, 6>{402, 2, 2, 2, 2, 0});
}

TEST_CASE("metric_score: a step that took no time, at the very start, has no mean over time") {
  metric_score<figures, price> score{price{}};
  const seen a{5, 1}, b{5, 4};
  score.on_start(a);
  score.on_step(step{a, 0, b});
  CHECK(score.values()[2] == 0);
  CHECK(score.values()[1] == 4);
}

TEST_CASE("metric_score: observations without a time are enough where no figure asks for it") {
  const auto nothing = [](const bare&, int, const bare&) { return 0.0; };
  metric_score<untimed, decltype(nothing)> score{nothing};
  struct record {
    bare observation;
    int action = 0;
    bare next;
  };
  score.on_start(bare{});
  score.on_step(record{});
  score.on_step(record{});
  CHECK(score.values()[0] == 2);
}

TEST_CASE("metric_score: a mean of what was measured leaves out the steps without a measurement") {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  metric_score<scaled, price> score{price{}, {10}};
  const seen a{0, 1}, unknown{1, missing}, b{2, 4}, c{3, 5};
  score.on_start(a);
  score.on_step(step{a, 0, unknown});
  CHECK(score.values() == std::array<double, 2>{0, 1});
  score.on_step(step{unknown, 0, b});
  CHECK(score.values() == std::array<double, 2>{40, 2});
  score.on_step(step{b, 0, unknown});
  score.on_step(step{unknown, 0, c});
  CHECK(score.values() == std::array<double, 2>{45, 4});
  score.on_start(a);
  score.on_step(step{a, 0, c});
  CHECK(score.values() == std::array<double, 2>{50, 1});
}

TEST_CASE("metric_score: figures are right without a start, too") {
  metric_score<figures, price> score{price{}};
  const seen a{0, 1}, b{10, 4}, c{40, 2};
  score.on_step(step{a, 3, b});
  score.on_step(step{b, 0, c});
  CHECK(score.values() == std::array<double, 6>{134 + 402, 3, 2.5, 4, 2, 1});
}
