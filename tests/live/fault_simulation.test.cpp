#include <headroom/live/pipeline.hpp>

#include <array>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <headroom/baselines/target_tracking.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/journal_reader.hpp>
#include <headroom/policies/flap_budget.hpp>
#include <headroom/policies/instant_undo.hpp>
#include <headroom/policies/rate_limited.hpp>

#include "catch.hpp"
#include "fault_world.hpp"
#include "scratch.hpp"
#include "slow.hpp"

// Deterministic simulation of faults, as FoundationDB and TigerBeetle test theirs: one thread, a clock that a test
// moves, and everything that may go wrong drawn from a seed. HEADROOM_FAULT_SEEDS days are simulated, 300 by default,
// from the seed HEADROOM_FAULT_FIRST on, by HEADROOM_FAULT_THREADS threads. A seed that fails does so each time.
using namespace headroom;
using fault_world::faulty_sample;
using fault_world::faulty_world;

namespace {

// The policy of the test, which tells the world what it is called with.
template <class Inner>
struct watched {
  faulty_world* w;
  Inner inner;

  int start(const faulty_sample& o) {
    w->policy_called(o);
    return inner.start(o);
  }
  int step(const faulty_sample& o) {
    w->policy_called(o);
    return inner.step(o);
  }
  void stop(const faulty_sample& o, episode why) { inner.stop(o, why); }
  void executed(int delta) { inner.executed(delta); }
  template <class Sink>
  void explain(Sink&& sink) const {
    inner.explain(sink);
  }
};
template <class Inner>
watched(faulty_world*, Inner) -> watched<Inner>;

struct faulty_source {
  using observation_type = faulty_sample;
  faulty_world* w;
  sense<faulty_sample> inner;

  std::optional<faulty_sample> read() {
    w->read_begins();
    std::optional<faulty_sample> o = inner.read();
    w->read_ends();
    return o;
  }
  [[nodiscard]] std::optional<faulty_sample> vital() const { return inner.vital(); }
  [[nodiscard]] auto fields() const { return inner.fields(); }
};
struct faulty_scaler {
  faulty_world* w;
  decision_outcome scale(int from, int to) const { return w->scale(from, to); }
};
struct faulty_disk {
  faulty_world* w;
  void decided(const journal_record& r, bool sends) const { w->decided(r, sends); }
  void became(const journal_record& r) const { w->became(r); }
};

// Goes to three replicas, one a decision.
struct up_to_three {
  static int start(const faulty_sample& o) { return step(o); }
  static int step(const faulty_sample& o) { return o.replicas < 3 ? 1 : 0; }
  static void stop(const faulty_sample&, episode) {}
};

auto host_of(faulty_world& w, bool shadow) {
  const signals<faulty_sample> see{
      .time_s = &faulty_sample::time_s, .replicas = &faulty_sample::replicas, .load = &faulty_sample::load};
  flap_budget policy{
      instant_undo{rate_limited{target_tracking{see, &faulty_sample::utilisation, {.target = 0.6}, fault_world::limits},
                                see,
                                {.up = {{scaling_unit::replicas, 4, 60}}}},
                   see,
                   &faulty_sample::late,
                   {.broken_above = 0.02},
                   fault_world::limits},
      see,
      {.changes = 8}};
  faulty_source source{&w,
                       {{&faulty_sample::time_s, elapsed{w.clock}, {.need = field_need::vital}},
                        {&faulty_sample::load, [&w] { return w.metric(0); }, {.stale_s = fault_world::stale_s}},
                        {&faulty_sample::utilisation, [&w] { return w.metric(1); }, {.stale_s = fault_world::stale_s}},
                        {&faulty_sample::late, [&w] { return w.metric(2); }, {.stale_s = fault_world::stale_s}},
                        {&faulty_sample::replicas, [&w] { return w.replicas(); }}}};
  pipeline_options options = fault_world::pipeline_settings();
  options.shadow = shadow;
  options.run = "process " + std::to_string(w.processes);
  return pipeline{pipeline_parts{std::move(source), watched{&w, std::move(policy)}, faulty_scaler{&w}, w.clock,
                                 faulty_disk{&w}, up_to_three{}},
                  &faulty_sample::replicas, options};
}

// A day.
void live_through(faulty_world& w, bool shadow) {
  while (!w.over() && w.failure().empty()) {
    std::optional<journal> file;
    if (!w.path.empty()) file.emplace(w.path, journal_options{.sync = journal_sync::never});
    w.file = file ? &*file : nullptr;
    try {
      auto host = host_of(w, shadow);
      w.process_begins();
      while (!w.over() && w.failure().empty()) {
        w.between();
        if (!host.next([] { return false; })) w.fail("the host stops");
        w.check(host.record());
      }
      host.finish();
      const pipeline_health& h = host.health();
      std::uint64_t held = 0;
      for (const std::uint64_t n : h.held) held += n;
      if (h.by_policy + h.by_fallback + held != h.decisions) w.fail("the counters do not add up");
    } catch (const fault_world::crash&) {
      w.restart();
    }
    w.file = nullptr;
  }
  w.check_end();
}

// A build that is not optimised, as with sanitizers, takes twenty times as long.
#ifdef __OPTIMIZE__
constexpr std::uint64_t usual_seeds = 300;
#else
constexpr std::uint64_t usual_seeds = 30;
#endif

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What many days have in common.
struct tally {
  std::array<std::uint64_t, fault_world::faults> happened{};
  std::uint64_t decisions = 0;
  std::uint64_t normal = 0;
  std::uint64_t changes = 0;
  std::uint64_t shadow_changes = 0;
  std::uint64_t processes = 0;
  std::vector<std::string> failures{};
};

// The days of every `stride`th seed.
tally days_of(std::uint64_t first, std::uint64_t end, std::uint64_t stride) {
  tally all;
  for (std::uint64_t seed = first; seed < end; seed += stride) {
    const bool shadow = seed % 10 == 0;
    faulty_world w(seed, shadow);
    live_through(w, shadow);
    if (!w.failure().empty())
      all.failures.push_back("HEADROOM_FAULT_FIRST=" + std::to_string(seed) +
                             " HEADROOM_FAULT_SEEDS=1: " + w.failure());
    for (std::size_t k = 0; k < all.happened.size(); ++k) all.happened[k] += w.happened[k];
    all.decisions += w.decisions;
    all.normal += w.normal;
    (shadow ? all.shadow_changes : all.changes) += w.changes();
    all.processes += w.processes;
  }
  return all;
}

}  // namespace

TEST_CASE("live.fault_simulation: a day of faults, for many seeds, and every promise is kept") {
  const std::uint64_t first = number_from("HEADROOM_FAULT_FIRST", 1);
  const std::uint64_t seeds = number_from("HEADROOM_FAULT_SEEDS", usual_seeds);
  const std::uint64_t threads = number_from("HEADROOM_FAULT_THREADS", 1);
  std::vector<tally> parts(threads);
  std::vector<std::thread> workers;
  for (std::uint64_t t = 0; t < threads; ++t)
    workers.emplace_back([&parts, first, seeds, threads, t] { parts[t] = days_of(first + t, first + seeds, threads); });
  for (std::thread& one : workers) one.join();
  tally all;
  for (const tally& part : parts) {
    for (std::size_t k = 0; k < all.happened.size(); ++k) all.happened[k] += part.happened[k];
    all.decisions += part.decisions;
    all.normal += part.normal;
    all.changes += part.changes;
    all.shadow_changes += part.shadow_changes;
    all.processes += part.processes;
    for (const std::string& failure : part.failures) FAIL_CHECK(failure);
  }
  CHECK(all.shadow_changes == 0);
  if (seeds >= 100) {  // it would be no test if nothing happened
    CHECK(all.decisions > seeds * 1000);
    for (std::size_t k = 0; k < all.happened.size(); ++k) {
      CAPTURE(k);
      CHECK(all.happened[k] > seeds / 10);
    }
    CHECK(all.normal > all.decisions / 5);
    CHECK(all.changes > seeds * 20);
    CHECK(all.processes > seeds);
  }
  if (std::getenv("HEADROOM_FAULT_SEEDS") != nullptr) {
    std::cout << seeds << " days: " << all.decisions << " decisions, " << all.changes << " changes, " << all.processes
              << " processes, " << all.normal << " decisions checked to be back to normal; faults by kind:";
    for (const std::uint64_t n : all.happened) std::cout << ' ' << n;
    std::cout << '\n';
  }
}

TEST_CASE("live.fault_simulation: a seed gives the same day, bit for bit") {
  for (const std::uint64_t seed : {5U, 17U, 40U}) {
    std::vector<std::string> days;
    for (int k = 0; k < 2; ++k) {
      faulty_world w(seed, false);
      live_through(w, false);
      std::string all;
      for (const journal_record& r : w.lines) all += journal_line(r) + '\n';
      days.push_back(all);
    }
    CHECK(days[0] == days[1]);
    CHECK(days[0].size() > 100'000);
  }
}

TEST_CASE("live.fault_simulation: a journal on a real disk says the same, torn lines and all") {
#if defined(HEADROOM_TEST_SLOW)
  constexpr std::uint64_t days = 10;
#else
  constexpr std::uint64_t days = 40;
#endif
  std::uint64_t torn = 0;
  for (std::uint64_t seed = 1; seed <= days; ++seed) {
    const scratch_folder folder;
    faulty_world w(seed, false);
    w.path = folder / "decisions.jsonl";
    live_through(w, false);
    CAPTURE(seed);
    CHECK(w.failure() == "");
    const std::vector<journal_record> read = journal_records(w.path);
    REQUIRE(read.size() == w.lines.size());
    bool same = true;
    for (std::size_t k = 0; k < read.size(); ++k) same = same && journal_line(read[k]) == journal_line(w.lines[k]);
    CHECK(same);
    torn += w.happened[static_cast<std::size_t>(fault_world::fault::crashed)];
  }
  CHECK(torn > days / 4);
}
