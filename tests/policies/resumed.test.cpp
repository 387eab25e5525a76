#include <headroom/policies/resumed.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/actions/limits.hpp>
#include <headroom/baselines/panic_window.hpp>
#include <headroom/baselines/staffing.hpp>
#include <headroom/baselines/target_tracking.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/forecast.hpp>
#include <headroom/telemetry/holt_winters.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

struct gauge {
  double time_s = 0;
  double load = 0;
  double utilisation = std::numeric_limits<double>::quiet_NaN();
  int replicas = 8;
};
const signals<gauge> see{.time_s = &gauge::time_s, .replicas = &gauge::replicas, .load = &gauge::load};
constexpr replica_limits limits{.minimum = 1, .maximum = 40};

// Writes down every call, and wishes as many replicas as it has seen observations.
struct witness {
  std::vector<std::string>* calls;
  int start(const gauge& o) { return said("start", o); }
  int step(const gauge& o) { return said("step", o); }
  void stop(const gauge& o, episode end) { said(end == episode::ongoing ? "pause" : "stop", o); }
  void executed(int delta) { calls->push_back("executed " + to_text(delta)); }

 private:
  int said(const std::string& what, const gauge& o) const {
    calls->push_back(what + " " + to_text(o.time_s) + " " + (o.load == o.load ? to_text(o.load) : "unknown") + " " +
                     to_text(o.replicas));
    return static_cast<int>(calls->size());
  }
};

// A guard with its note.
struct capped {
  int start(const gauge& o) { return step(o); }
  int step(const gauge&) { return 1; }
  void stop(const gauge&, episode) {}
  template <class Sink>
  void explain(Sink&& sink) const {
    sink(guard_note{.guard = "capped", .why = "", .wished = 2, .allowed = 1});
  }
};

template <class Inner>
auto with_past(Inner inner, const resumed_options& options = {}) {
  return resumed<Inner, gauge>(std::move(inner), &gauge::time_s, {&gauge::load, &gauge::utilisation, &gauge::replicas},
                               options);
}
static_assert(CorrectablePolicy<decltype(with_past(witness{nullptr})), gauge, int>);

template <class P>
checkpoint left_by(const P& policy) {
  checkpoint c;
  store(policy, c, "policy");
  return c;
}

// A service whose load rises, falls and jumps; the policy's moves are executed.
class pool {
 public:
  gauge now() const { return {time_s_, load_, load_ / (5 * now_), now_}; }
  void after(int delta) {
    now_ += delta;
    time_s_ += 15;
    load_ = 60 + 40 * random_.uniform() + (static_cast<int>(time_s_) / 600 % 2 == 0 ? 60 : 0);
  }

 private:
  double time_s_ = 0;
  double load_ = 80;
  int now_ = 20;
  engine random_{7};
};

// Decides for 80 intervals of 15 s; in the second run another process takes over after `cut`.
template <class Make>
void decides_as_if_nothing_happened(Make make, int cut, bool& matters) {
  auto whole = with_past(make());
  auto before = with_past(make());
  pool world;
  std::vector<int> wanted;
  int k = 0;
  for (; k < cut; ++k) {
    const gauge o = world.now();
    const int delta = k == 0 ? whole.start(o) : whole.step(o);
    REQUIRE((k == 0 ? before.start(o) : before.step(o)) == delta);
    world.after(delta);
  }
  auto anew = make();
  auto after = with_past(make());
  restore(after, left_by(before), "policy");
  for (bool first = true; k < 80; ++k, first = false) {
    const gauge o = world.now();
    const int delta = whole.step(o);
    INFO(k);
    CHECK((first ? after.start(o) : after.step(o)) == delta);
    matters = matters || (first ? anew.start(o) : anew.step(o)) != delta;
    anew.executed(delta);
    world.after(delta);
  }
  CHECK(after.past() == resumed_past::goes_on);
  CHECK(after.shown() == static_cast<std::size_t>(cut));
}

// Autoscalers that cannot be corrected are told nothing.
template <class P>
struct correctable {
  P one;
  int start(const gauge& o) { return one.start(o); }
  int step(const gauge& o) { return one.step(o); }
  void stop(const gauge& o, episode end) { one.stop(o, end); }
  void executed(int delta) {
    if constexpr (CorrectablePolicy<P, gauge, int>) one.executed(delta);
  }
};
template <class P>
correctable(P) -> correctable<P>;

}  // namespace

TEST_CASE("policies.resumed: an autoscaler decides after a restart as if there had been none") {
  bool matters = false;  // one that begins anew would have decided otherwise
  SECTION("Kubernetes' window of five minutes") {
    const auto make = [] { return correctable{target_tracking{see, &gauge::utilisation, {.target = 0.6}, limits}}; };
    for (const int cut : {1, 30, 41, 55}) decides_as_if_nothing_happened(make, cut, matters);
  }
  SECTION("Knative's panic") {
    const auto make = [] {
      panic_window_options o{.total = 10, .utilisation = 0.7};
      return correctable{panic_window<gauge>{see, see.load, o, limits}};
    };
    for (const int cut : {30, 41, 43, 55}) decides_as_if_nothing_happened(make, cut, matters);
  }
  SECTION("a smoothed staffing rule") {
    const auto make = [] {
      return correctable{staffing<gauge>{see, staffing_options{.service_s = 0.2, .smoothing_s = 120}, limits}};
    };
    for (const int cut : {2, 40, 60}) decides_as_if_nothing_happened(make, cut, matters);
  }
  SECTION("a forecast") {
    const auto make = [] {
      target_tracking_options o{.kind = target_kind::average_value, .target = 4, .sync_period_s = 0};
      o.down_stabilisation_s = 0;
      return correctable{forecast{target_tracking{see, &gauge::load, o, limits}, &gauge::time_s, &gauge::load,
                                  holt_winters{{.slot_s = 30}}, forecast_options{.horizon_s = 120}}};
    };
    for (const int cut : {30, 41}) decides_as_if_nothing_happened(make, cut, matters);
  }
  CHECK(matters);
}

TEST_CASE("policies.resumed: the past is shown as it happened, with what was executed and every gap") {
  std::vector<std::string> first;
  auto before = with_past(witness{&first});
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  before.start({0, 10, unknown, 3});
  before.executed(-1);
  before.step({15, unknown, 0.5, 4});
  before.stop({15, unknown, 0.5, 4}, episode::ongoing);
  before.step({30, 30, 0.5, 5});
  std::vector<std::string> second;
  auto after = with_past(witness{&second});
  restore(after, left_by(before), "policy");
  CHECK(after.past() == resumed_past::none);
  CHECK(after.start({75, 40, unknown, 6}) == 7);
  first.push_back("pause 30 30 5");
  first.push_back("step 75 40 6");
  CHECK(second == first);
  CHECK(after.shown() == 3);
  CHECK(after.gap_s() == 45);
  // A third process sees the gap between the first two as well.
  std::vector<std::string> third;
  auto last = with_past(witness{&third});
  restore(last, left_by(after), "policy");
  last.start({90, 50, unknown, 6});
  first.push_back("pause 75 40 6");
  first.push_back("step 90 50 6");
  CHECK(third == first);
}

TEST_CASE("policies.resumed: a past that is too old, or of a later time, is dropped") {
  std::vector<std::string> calls;
  auto before = with_past(witness{&calls});
  before.start({1000, 10, 0.5, 3});
  const checkpoint left = left_by(before);
  const auto starts_at = [&](double time_s) {
    calls.clear();
    auto after = with_past(witness{&calls}, {.stale_s = 60});
    restore(after, left, "policy");
    after.start({time_s, 10, 0.5, 3});
    CHECK(after.kept() == (after.past() == resumed_past::goes_on ? 2 : 1));
    return after.past();
  };
  CHECK(starts_at(1060) == resumed_past::goes_on);
  CHECK(starts_at(1060.5) == resumed_past::stale);
  CHECK(calls == std::vector<std::string>{"start 1060.5 10 3"});
  CHECK(starts_at(999) == resumed_past::stale);
  // What was there before the start of this object is its own past, and an episode that ended is nobody's.
  before.stop({1000, 10, 0.5, 3}, episode::truncated);
  before.start({1010, 10, 0.5, 3});
  CHECK(before.past() == resumed_past::none);
  CHECK(before.kept() == 1);
  before.stop({1010, 10, 0.5, 3}, episode::terminated);
  CHECK(before.kept() == 0);
}

TEST_CASE("policies.resumed: what is kept stays within the window and the number") {
  std::vector<std::string> calls;
  auto policy = with_past(witness{&calls}, {.window_s = 80, .most = 5});
  policy.start({0, 1, 0.5, 3});
  for (int k = 1; k < 4; ++k) policy.step({40.0 * k, 1, 0.5, 3});
  CHECK(policy.kept() == 3);  // 40, 80 and 120 s: one as old as the window is kept
  for (int k = 1; k < 20; ++k) policy.step({120.0 + k, 1, 0.5, 3});
  CHECK(policy.kept() == 5);
  auto after = with_past(witness{&calls}, {.window_s = 80, .most = 5});
  restore(after, left_by(policy), "policy");
  calls.clear();
  after.start({140, 1, 0.5, 3});
  CHECK(calls.front() == "start 135 1 3");
  auto shorter = with_past(witness{&calls}, {.window_s = 100, .most = 4});
  CHECK_THROWS_AS(restore(shorter, left_by(policy), "policy"), checkpoint_error);
  auto without = with_past(witness{&calls}, {.window_s = 0});
  restore(without, left_by(policy), "policy");  // what it has no use for
  without.start({0, 1, 0.5, 3});
  CHECK(without.kept() == 0);
  CHECK(without.past() == resumed_past::none);
  CHECK(calls.back() == "start 0 1 3");
  without.executed(1);
  CHECK(calls.back() == "executed 1");
}

TEST_CASE("policies.resumed: a file of another policy, and impossible options, are refused") {
  std::vector<std::string> calls;
  auto before = with_past(witness{&calls});
  before.start({0, 1, 0.5, 3});
  resumed<witness, gauge> fewer(witness{&calls}, &gauge::time_s, {&gauge::load});
  CHECK_THROWS_AS(restore(fewer, left_by(before), "policy"), checkpoint_error);
  CHECK(fewer.kept() == 0);
  CHECK_THROWS_AS(with_past(witness{&calls}, {.window_s = -1}), std::invalid_argument);
  CHECK_THROWS_AS(with_past(witness{&calls}, {.stale_s = -1}), std::invalid_argument);
  CHECK_THROWS_AS(with_past(witness{&calls}, {.most = 0}), std::invalid_argument);
  CHECK_THROWS_AS(with_past(witness{&calls}, {.most = 1'000'001}), std::invalid_argument);
  CHECK_THROWS_AS((resumed<witness, gauge>(witness{&calls}, nullptr, {&gauge::load})), std::invalid_argument);
}

TEST_CASE("policies.resumed: an observation without a time is decided on, and not kept") {
  std::vector<std::string> calls;
  auto policy = with_past(witness{&calls}, {.window_s = 80});
  policy.start({0, 1, 0.5, 3});
  CHECK(policy.step({std::numeric_limits<double>::quiet_NaN(), 2, 0.5, 3}) == 2);
  CHECK(policy.kept() == 1);
  policy.step({15, 3, 0.5, 3});
  CHECK(policy.kept() == 2);
}

TEST_CASE("policies.resumed: a past whose lists are not of one length is refused") {
  std::vector<std::string> calls;
  auto two = with_past(witness{&calls});
  two.start({0, 1, 0.5, 3});
  two.step({15, 1, 0.5, 3});
  auto three = two;
  three.step({30, 1, 0.5, 3});
  const checkpoint good = left_by(two);
  const checkpoint longer = left_by(three);
  for (const std::string other : {"none", "values", "known", "executed", "marks"}) {
    INFO(other);
    checkpoint mixed;
    for (const auto& [key, text] : good.settings()) mixed.set(key, text);
    for (const std::string& name : good.names()) {
      const checkpoint& from = name == "policy." + other ? longer : good;
      if (name == "policy.values")
        mixed.add(name, from.shape(name), from.get<double>(name, from.shape(name)));
      else if (name == "policy.executed")
        mixed.add(name, from.shape(name), from.get<std::int32_t>(name, from.shape(name)));
      else
        mixed.add(name, from.shape(name), from.get<std::uint8_t>(name, from.shape(name)));
    }
    auto after = with_past(witness{&calls});
    if (other == "none")
      CHECK_NOTHROW(restore(after, mixed, "policy"));
    else
      CHECK_THROWS_AS(restore(after, mixed, "policy"), checkpoint_error);
  }
}

TEST_CASE("policies.resumed: what the policy says of its decision comes through, and nothing allocates") {
  auto policy = with_past(capped{}, {.most = 3});
  CHECK(policy.start({0, 1, 0.5, 3}) == 1);
  std::string said;
  policy.explain([&](const guard_note& n) { said = n.guard; });
  CHECK(said == "capped");
  CHECK(allocations_in([&] {
          for (int k = 1; k < 100; ++k) {
            static_cast<void>(policy.step({15.0 * k, 1, 0.5, 3}));
            policy.executed(0);
          }
        }) == 0);
}
