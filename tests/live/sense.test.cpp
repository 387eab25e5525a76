#include <headroom/live/sense.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/live/clock.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct seen_sample {
  double time_s = 0;
  double load = 0;
  double latency_s = 0;
  float temperature = 0;
  int replicas = 0;
  unsigned char errors = 0;
};

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

struct queries {
  reading load = reading::of(120, 5);
  reading latency = reading::of(0.25, 5);
  reading replicas = reading::of(4);
  manual_clock clock{};
  int asked = 0;

  sense<seen_sample> source() {
    return {{&seen_sample::time_s, elapsed{clock}, {.need = field_need::vital}},
            {&seen_sample::load, [this] { return ++asked, load; }, {.stale_s = 45}},
            {&seen_sample::latency_s, [this] { return latency; }, {.need = field_need::useful}},
            {&seen_sample::replicas, [this] { return replicas; }}};
  }
};

}  // namespace

TEST_CASE("live.sense: an observation is composed field by field") {
  queries world;
  auto source = world.source();
  static_assert(MetricSource<decltype(source)>);
  world.clock.advance(30);
  const auto o = source.read();
  REQUIRE(o);
  CHECK(o->time_s == 30);
  CHECK(o->load == 120);
  CHECK(o->latency_s == 0.25);
  CHECK(o->replicas == 4);
  CHECK(world.asked == 1);
  REQUIRE(source.fields().size() == 4);
  CHECK(source.fields()[1].name == "load");
  CHECK(source.fields()[1].seen.age_s == 5);
  CHECK(source.fields()[3].need == field_need::vital);  // an int cannot say that it is not known
}

TEST_CASE("live.sense: what is needed and not known gives no observation, and the reason has a name") {
  for (const unknown_why why : {unknown_why::failed, unknown_why::empty, unknown_why::several}) {
    queries world;
    world.load = reading::none(why);
    auto source = world.source();
    CHECK(!source.read());
    CHECK(source.fields()[1].seen.why == why);
    REQUIRE(source.vital());
    CHECK(source.vital()->replicas == 4);
    CHECK(std::isnan(source.vital()->load));  // and never 0
  }
  queries old;
  old.load = reading::of(120, 45.5);
  auto stale = old.source();
  CHECK(!stale.read());
  CHECK(stale.fields()[1].seen.why == unknown_why::stale);
  old.load.age_s = 45;
  CHECK(stale.read());
  old.load = {no_number, 0, unknown_why::no};  // a query that lies
  CHECK(!stale.read());
  CHECK(stale.fields()[1].seen.why == unknown_why::not_finite);
}

TEST_CASE("live.sense: without a vital field there is nothing, not even for a fallback") {
  queries world;
  world.replicas = reading::none(unknown_why::failed);
  auto source = world.source();
  CHECK(!source.read());
  CHECK(!source.vital());
  world.replicas = reading::of(5);
  CHECK(source.read()->replicas == 5);
  CHECK(source.vital());
}

TEST_CASE("live.sense: a useful field is NaN where it is not known") {
  queries world;
  world.latency = reading::none(unknown_why::empty);
  auto source = world.source();
  REQUIRE(source.read());
  CHECK(std::isnan(source.read()->latency_s));
  CHECK(source.fields()[2].seen.why == unknown_why::empty);
  world.latency = reading::of(-1);  // no latency is negative
  CHECK(std::isnan(source.read()->latency_s));
  CHECK(source.fields()[2].seen.why == unknown_why::impossible);
}

TEST_CASE("live.sense: half a replica, a negative rate and what does not fit are impossible") {
  queries world;
  auto source = world.source();
  for (const double wrong : {2.5, -1.0, 3e9, 2147483648.0, 1e300}) {
    world.replicas = reading::of(wrong);
    CHECK(!source.read());
    CHECK(source.fields()[3].seen.why == unknown_why::impossible);
  }
  world.replicas = reading::of(2147483647);
  CHECK(source.read()->replicas == 2147483647);
  world.replicas = reading::of(0);
  CHECK(source.read()->replicas == 0);
  world.load = reading::of(-0.001);
  CHECK(!source.read());

  double value = 255;
  const auto query = [&] { return reading::of(value); };
  sense<seen_sample> small{{&seen_sample::errors, query}};
  CHECK(small.read()->errors == 255);
  value = 256;
  CHECK(!small.read());
  sense<seen_sample> cold{{&seen_sample::temperature, query, {.minimum = -50, .maximum = 60}}};
  value = -12.5;
  CHECK(cold.read()->temperature == -12.5F);
  value = 61;
  CHECK(!cold.read());
  sense<seen_sample> single{{&seen_sample::temperature, query}};
  value = 1e300;  // infinite as a float
  CHECK(!single.read());
}

TEST_CASE("live.sense: a query that throws has failed") {
  bool broken = true;
  sense<seen_sample> source{{&seen_sample::load, [&] {
                               if (broken) throw std::runtime_error("connection reset");
                               return reading::of(3);
                             }}};
  CHECK(!source.read());
  CHECK(source.fields()[0].seen.why == unknown_why::failed);
  broken = false;
  CHECK(source.read()->load == 3);
}

TEST_CASE("live.sense: what cannot work is refused by name") {
  const auto query = [] { return reading::of(1); };
  CHECK_THROWS_WITH((sense<seen_sample>{}), "sense: number of fields is 0, must be at least 1");
  CHECK_THROWS_WITH((sense<seen_sample>{{&seen_sample::load, query}, {&seen_sample::load, query}}),
                    "sense: field is load, must be named once");
  CHECK_THROWS_WITH((sensed<seen_sample>{&seen_sample::replicas, query, {.need = field_need::useful}}),
                    "sensed replicas: need is useful, must be vital: a whole number cannot say that it is not known");
  CHECK_THROWS_WITH((sensed<seen_sample>{&seen_sample::load, query, {.stale_s = 0}}),
                    "sensed load: stale_s is 0, must be positive");
  CHECK_THROWS_WITH((sensed<seen_sample>{&seen_sample::load, query, {.minimum = 2, .maximum = 1}}),
                    "sensed load: minimum is 2, must be at most the maximum");
}

TEST_CASE("live.sense: fields that are known when the program runs are a list, with names of their own") {
  std::vector<sensed<seen_sample>> fields;
  for (const auto& [name, member] :
       {std::pair("traffic", &seen_sample::load), std::pair("delay", &seen_sample::latency_s)})
    fields.emplace_back(
        member, [] { return reading::of(7); }, field_options{.name = name});
  sense<seen_sample> source(std::move(fields));
  const auto o = source.read();
  REQUIRE(o);
  CHECK(o->load == 7);
  CHECK(source.fields()[0].name == "traffic");
  CHECK(source.fields()[1].name == "delay");
  CHECK_THROWS_WITH(sense<seen_sample>(std::vector<sensed<seen_sample>>{}),
                    "sense: number of fields is 0, must be at least 1");
}
