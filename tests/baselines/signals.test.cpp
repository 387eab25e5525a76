#include <headroom/baselines/signals.hpp>

#include <functional>
#include <type_traits>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct sample {
  double load = 0;
  float busy = 0;
  int replicas = 1;
  unsigned waiting = 0;
  [[nodiscard]] double per_replica() const { return load / replicas; }
};

double twice_the_load(const sample& o) { return 2 * o.load; }

}  // namespace

TEST_CASE("a feature is a member of any number type, a member function, a function or a small lambda") {
  const sample o{3, 0.5F, 4, 7};
  const double scale = 10;
  CHECK(feature<sample>(&sample::load)(o) == 3);
  CHECK(feature<sample>(&sample::busy)(o) == 0.5);
  CHECK(feature<sample>(&sample::replicas)(o) == 4);
  CHECK(feature<sample>(&sample::waiting)(o) == 7);
  CHECK(feature<sample>(&sample::per_replica)(o) == 0.75);
  CHECK(feature<sample>(&twice_the_load)(o) == 6);
  CHECK(feature<sample>([](const sample& x) { return x.load - x.busy; })(o) == 2.5);
  CHECK(feature<sample>([scale](const sample& x) { return x.load * scale; })(o) == 30);
}

TEST_CASE("a feature is a value that names something or nothing, and never allocates") {
  static_assert(std::is_trivially_copyable_v<feature<sample>>);
  feature<sample> f;
  CHECK(!f);
  f = &sample::load;
  CHECK(f);
  const feature<sample> copy = f;
  f = &sample::replicas;
  CHECK(copy(sample{3, 0, 4, 0}) == 3);
  CHECK(f(sample{3, 0, 4, 0}) == 4);
  const double a = 1;
  const double b = 2;
  CHECK(allocations_in([&] {
          const feature<sample> g = [&a, &b](const sample& x) { return x.load + a + b; };
          CHECK(g(sample{3, 0, 4, 0}) == 6);
        }) == 0);
  // What cannot be a feature is none: too large, not copied by its bytes, no number.
  struct large {
    double x[3];
    double operator()(const sample&) const { return x[0]; }
  };
  static_assert(!std::is_constructible_v<feature<sample>, large>);
  static_assert(!std::is_constructible_v<feature<sample>, std::function<double(const sample&)>>);
  static_assert(!std::is_constructible_v<feature<sample>, int>);
}

TEST_CASE("signals count those that serve, or all where nobody says") {
  struct fleet {
    int wanted = 5;
    int ready = 3;
  };
  const signals<fleet> all{.replicas = &fleet::wanted};
  const signals<fleet> some{.replicas = &fleet::wanted, .ready = &fleet::ready};
  CHECK(all.serving({}) == 5);
  CHECK(some.serving({}) == 3);
  CHECK_NOTHROW(require_signal("hpa", "replicas", all.replicas));
  CHECK_THROWS_WITH(require_signal("hpa", "time_s", all.time_s), "hpa: signals.time_s is missing, must be named");
}
