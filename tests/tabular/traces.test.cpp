#include <headroom/tabular/traces.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "first_failure.hpp"

using namespace headroom;

namespace {

constexpr trace_kind kinds[] = {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch};

// The definition: a trace for every entry, all of them decayed at every step, none dropped.
struct dense_traces {
  trace_kind kind;
  double decay;
  std::vector<double> e;

  dense_traces(std::size_t entries, trace_kind k, double d) : kind(k), decay(d), e(entries) {}
  void visit(std::size_t i, double learning_rate) {
    if (kind == trace_kind::accumulating) e[i] = e[i] + 1;
    if (kind == trace_kind::replacing) e[i] = 1;
    if (kind == trace_kind::dutch) e[i] = (1 - learning_rate) * e[i] + 1;
  }
  void apply_and_decay(std::vector<double>& table, double step) {
    for (std::size_t i = 0; i < e.size(); ++i) {
      table[i] += step * e[i];
      e[i] *= decay;
    }
  }
  void clear() { std::fill(e.begin(), e.end(), 0.0); }
};

// As many entries as can be above the threshold at once, by the argument of the header: a trace is at most 1 / (1 -
// decay) high, so it falls below the threshold within log(threshold (1 - decay)) / log(decay) steps.
double most_active(double decay, double threshold, std::size_t visits) {
  return (std::ceil(std::log(threshold * (1 - decay)) / std::log(decay)) + 1) * static_cast<double>(visits);
}

}  // namespace

TEST_CASE("traces: what a visit does, by kind") {
  for (const auto kind : kinds) {
    traces e(10, kind, 0.5, 1e-6);
    CHECK(e[3] == 0);
    CHECK(e.active() == 0);
    e.visit(3, 0.2);
    CHECK(e[3] == 1);
    std::vector<double> table(10);
    e.apply_and_decay(table, 2);
    CHECK(table[3] == 2);
    CHECK(e[3] == 0.5);
    e.visit(3, 0.2);
    const double expected = kind == trace_kind::accumulating ? 1.5 : kind == trace_kind::replacing ? 1 : 0.8 * 0.5 + 1;
    CHECK(e[3] == expected);
    CHECK(e.active() == 1);
    e.visit(9, 0.2);
    CHECK(e.active() == 2);
    e.apply_and_decay(table, 1);
    CHECK(table[3] == 2 + expected);
    CHECK(table[9] == 1);
    for (const std::size_t i : {0U, 1U, 2U, 4U, 8U}) CHECK(table[i] == 0);
  }
}

TEST_CASE("traces: equal the dense definition where nothing is dropped") {
  constexpr std::size_t entries = 60;
  for (const auto kind : kinds) {
    for (const double decay : {0.3, 0.9, 0.999, 1.0}) {
      // Every 400 steps the traces are cleared, as at the end of an episode: none falls below 0.3^400 = 1e-209, so none
      // is dropped.
      traces e(entries, kind, decay, 1e-300, 3);
      dense_traces reference(entries, kind, decay);
      std::vector<double> table(entries);
      std::vector<double> expected(entries);
      engine random(7);
      double worst = 0;
      first_failure exact;
      for (int t = 0; t < 40'000; ++t) {
        const double learning_rate = random.uniform();
        // Three distinct entries, some more often than others; the odd step visits nothing.
        if (random.below(10) > 0) {
          const std::size_t first = random.below(20);
          for (const std::size_t i : {first, 20 + random.below(20), 40 + first / 4}) {
            e.visit(i, learning_rate);
            reference.visit(i, learning_rate);
          }
        }
        const double step = random.uniform() - 0.5;
        e.apply_and_decay(table, step);
        reference.apply_and_decay(expected, step);
        for (std::size_t i = 0; i < entries; ++i) {
          exact.same(e[i], reference.e[i]);
          worst = std::max(worst, std::abs(table[i] - expected[i]) / (1 + std::abs(expected[i])));
        }
        if (t % 400 == 399) {
          e.clear();
          reference.clear();
        }
      }
      INFO("kind " << static_cast<int>(kind) << ", decay " << decay);
      CHECK(exact.report() == "");
      CHECK(worst <= 1e-12);
    }
  }
}

TEST_CASE("traces: what pruning leaves out is bounded by the threshold") {
  constexpr std::size_t entries = 200;
  for (const auto kind : kinds) {
    for (const double threshold : {1e-3, 0.02}) {
      const double decay = 0.95;
      traces e(entries, kind, decay, threshold);
      dense_traces reference(entries, kind, decay);
      std::vector<double> table(entries);
      std::vector<double> expected(entries);
      engine random(8);
      const double learning_rate = 0.1;
      const double step = 1;  // all of one sign, so that nothing cancels
      // An entry is below the threshold when it is dropped. What it would still have added is less than threshold (1 +
      // decay + ...), unless it is visited again; then what was dropped lives on in the new trace, but at no more than
      // what it was (replacing: not at all), and decays with it: the same geometric series. So per drop: step *
      // threshold / (1 - decay).
      std::vector<double> drops(entries);
      first_failure bounded;
      std::size_t dropped = 0;
      // An entry is visited about 250 times and gains 20 a visit: sums below 8192, of at most 50'000 terms on either
      // side.
      const double rounding = 2 * 50'000 * 8192 * 0x1.0p-53;
      for (int t = 0; t < 50'000; ++t) {
        const std::size_t i = random.below(entries);
        e.visit(i, learning_rate);
        reference.visit(i, learning_rate);
        std::vector<bool> was(entries);
        for (std::size_t k = 0; k < entries; ++k) was[k] = e[k] > 0;
        e.apply_and_decay(table, step);
        reference.apply_and_decay(expected, step);
        for (std::size_t k = 0; k < entries; ++k) {
          if (was[k] && e[k] == 0) {
            drops[k] += 1;
            ++dropped;
          }
          bounded.holds(e[k] == 0 || e[k] >= threshold, k, e[k]);
          const double missing = expected[k] - table[k];
          bounded.holds(missing >= -rounding && missing <= drops[k] * step * threshold / (1 - decay) + rounding, k,
                        missing);
          bounded.holds(expected[k] < 8192, k, expected[k]);
        }
      }
      INFO("kind " << static_cast<int>(kind) << ", threshold " << threshold);
      CHECK(bounded.report() == "");
      CHECK(dropped > 10'000);  // otherwise nothing was tried
    }
  }
}

TEST_CASE("traces: the number of active ones and the memory stay bounded over a hundred thousand steps") {
  constexpr std::size_t entries = 100'000;
  constexpr std::size_t visits = 4;
  for (const auto kind : kinds) {
    for (const double decay : {0.0, 0.5, 0.95, 0.99}) {
      const double threshold = 1e-3;
      traces e(entries, kind, decay, threshold, visits);
      std::vector<double> table(entries);
      engine random(9);
      std::size_t largest = 0;
      const auto allocated = allocations_in([&] {
        for (int t = 0; t < 100'000; ++t) {
          // A few favourites, so that accumulating traces grow high, among many that are met once.
          for (std::size_t v = 0; v < visits; ++v) {
            const bool favourite = random.uniform() < 0.3;
            e.visit(v * (entries / visits) + (favourite ? 0 : random.below(entries / visits)), 0.1);
          }
          largest = std::max(largest, e.active());
          e.apply_and_decay(table, 1e-3);
        }
      });
      INFO("kind " << static_cast<int>(kind) << ", decay " << decay << ", at most " << largest << " active");
      CHECK(allocated == 0);
      CHECK(static_cast<double>(largest) <= (decay > 0 ? most_active(decay, threshold, visits) : visits));
      CHECK(largest >= visits);
    }
  }
}

TEST_CASE("traces: every entry can be active at once, without decay, and still nothing allocates") {
  traces e(1000, trace_kind::accumulating, 1, 0.5, 1);
  std::vector<double> table(1000);
  CHECK(allocations_in([&] {
          for (int round = 0; round < 3; ++round) {
            for (std::size_t i = 0; i < 1000; ++i) {
              e.visit(i, 0.1);
              e.apply_and_decay(table, 1);
            }
          }
        }) == 0);
  CHECK(e.active() == 1000);
  CHECK(e[0] == 3);
  CHECK(e[999] == 3);
  // Entry i is visited at steps i, i + 1000, i + 2000 of 3000.
  CHECK(table[0] == 3000 + 2000 + 1000);
  CHECK(table[999] == 2001 + 1001 + 1);
}

TEST_CASE("traces: there is room for accumulated traces, which last longer than a single visit does") {
  // Each entry three times in a row: 1 + 0.99 + 0.99^2 = 2.97 lasts 118 steps above 0.9. Those visited last 1, 4, ...,
  // 118 steps ago are active, 40 of them, and the one that is visited now. From a height of 1 it would be 10 steps.
  traces e(1000, trace_kind::accumulating, 0.99, 0.9);
  std::vector<double> table(1000);
  std::size_t largest = 0;
  CHECK(allocations_in([&] {
          for (std::size_t t = 0; t < 3000; ++t) {
            e.visit(t / 3, 0.1);
            largest = std::max(largest, e.active());
            e.apply_and_decay(table, 1);
          }
        }) == 0);
  CHECK(largest == 41);
}

TEST_CASE("traces: clear forgets everything, and the list is as new") {
  for (const auto kind : kinds) {
    traces e(50, kind, 0.9, 1e-3);
    std::vector<double> table(50);
    for (std::size_t i = 0; i < 20; ++i) {
      e.visit(i, 0.1);
      e.apply_and_decay(table, 1);
    }
    CHECK(e.active() == 20);
    e.clear();
    CHECK(e.active() == 0);
    for (std::size_t i = 0; i < 50; ++i) CHECK(e[i] == 0);
    const auto before = table;
    e.apply_and_decay(table, 1);
    CHECK(table == before);
    e.visit(7, 0.1);  // had a trace before: begins at 1 all the same
    CHECK(e[7] == 1);
    CHECK(e.active() == 1);
  }
}

TEST_CASE("traces: dropping from the middle of the list loses nobody") {
  traces e(5, trace_kind::accumulating, 0.5, 0.3);
  std::vector<double> table(5);
  e.visit(2, 0);
  e.apply_and_decay(table, 1);  // 2: 0.5
  e.visit(4, 0);
  e.visit(0, 0);
  e.apply_and_decay(table,
                    1);  // 2 falls to 0.25 and goes; the last of the list takes its place and is decayed all the same
  CHECK(e[2] == 0);
  CHECK(e[4] == 0.5);
  CHECK(e[0] == 0.5);
  CHECK(e.active() == 2);
  e.visit(0, 0);
  CHECK(e[0] == 1.5);
  e.apply_and_decay(table, 1);
  CHECK(table == std::vector<double>{2.5, 0, 1.5, 0, 1.5});
  CHECK(e[4] == 0);
  CHECK(e[0] == 0.75);
}

TEST_CASE("traces: impossible parameters are refused") {
  const auto with = [](std::size_t entries, double decay, double threshold, std::size_t visits) {
    return traces(entries, trace_kind::replacing, decay, threshold, visits);
  };
  constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(with(0, 0.9, 0.1, 1), "traces: number of entries is 0, must be at least 1 and below 2^32 - 1");
  CHECK_THROWS_WITH(with(0xffffffffU, 0.9, 0.1, 1),
                    "traces: number of entries is 4294967295, must be at least 1 and below 2^32 - 1");
  CHECK_THROWS_WITH(with(1, 1.1, 0.1, 1), "traces: decay is 1.1, must be in [0, 1]");
  CHECK_THROWS_WITH(with(1, nan_value, 0.1, 1), "traces: decay is nan, must be in [0, 1]");
  CHECK_THROWS_WITH(with(1, 0.9, 0, 1), "traces: threshold is 0, must be in (0, 1)");
  CHECK_THROWS_WITH(with(1, 0.9, 1, 1), "traces: threshold is 1, must be in (0, 1)");
  CHECK_THROWS_WITH(with(1, 0.9, nan_value, 1), "traces: threshold is nan, must be in (0, 1)");
  CHECK_THROWS_WITH(with(1, 0.9, 0.1, 0), "traces: visits is 0, must be at least 1");
}

TEST_CASE("traces: a copy has the room that the original has") {
  const traces original(1000, trace_kind::replacing, 0.9, 1e-3);
  traces copy = original;
  std::vector<double> table(1000);
  CHECK(allocations_in([&] {
          for (std::size_t t = 0; t < 1000; ++t) {
            copy.visit(t, 0.1);
            copy.apply_and_decay(table, 1);
          }
        }) == 0);
}

TEST_CASE("traces: stored and restored, they go on bit for bit") {
  traces one(100, trace_kind::dutch, 0.9, 1e-3);
  traces other(100, trace_kind::dutch, 0.9, 1e-3);
  std::vector<double> table(100);
  std::vector<double> elsewhere(100);
  engine random(20);
  const auto live = [](traces& e, std::vector<double>& q, engine& r, int steps) {
    for (int t = 0; t < steps; ++t) {
      e.visit(r.below(100), r.uniform());
      e.apply_and_decay(q, r.uniform() - 0.5);
    }
  };
  live(one, table, random, 200);
  engine another(21);
  live(other, elsewhere, another, 300);
  checkpoint c;
  store(one, c, "traces");
  restore(other, c, "traces");
  engine same = random;
  elsewhere = table;
  live(one, table, random, 500);
  live(other, elsewhere, same, 500);
  CHECK(table == elsewhere);
  CHECK(one.active() == other.active());

  // A file that contradicts itself.
  const auto refuses = [&](std::vector<std::uint32_t> active, const std::vector<double>& trace, const char* sentence) {
    checkpoint bad;
    for (const auto& [key, value] : c.settings()) bad.set(key, std::string_view(value));
    bad.add("traces.active", {active.size()}, active);
    bad.add("traces.trace", {trace.size()}, trace);
    traces victim = one;
    CHECK_THROWS_WITH(restore(victim, bad, "traces"), sentence);
    CHECK(victim.active() == one.active());
    first_failure equal;
    for (std::size_t i = 0; i < 100; ++i) equal.same(victim[i], one[i]);
    CHECK(equal.report() == "");
  };
  refuses({3, 100}, {1, 1}, "checkpoint: traces.active is 100 in the file, must lie in the table");
  refuses({3, 3}, {1, 1}, "checkpoint: traces.active is 3 in the file, must be there once");
  refuses({3, 4}, {1}, "checkpoint: traces.active is 2 in the file, must be as many as there are traces");
}
