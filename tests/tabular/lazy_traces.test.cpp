#include <headroom/tabular/lazy_traces.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/state.hpp>
#include <headroom/tabular/traces.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr trace_kind kinds[] = {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch};
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double kept_above = 0x1p-44;  // a trace below it may be over

// The definition: a trace for every entry, all of them applied and decayed at every step.
struct dense_traces {
  trace_kind kind;
  double decay;
  std::vector<double> e;
  std::vector<double> value;

  dense_traces(std::size_t entries, trace_kind k, double d) : kind(k), decay(d), e(entries), value(entries) {}
  void visit(std::size_t i, double learning_rate) {
    if (kind == trace_kind::accumulating) e[i] = e[i] + 1;
    if (kind == trace_kind::replacing) e[i] = 1;
    if (kind == trace_kind::dutch) e[i] = (1 - learning_rate) * e[i] + 1;
  }
  void apply_and_decay(double step) {
    for (std::size_t i = 0; i < e.size(); ++i) {
      value[i] += step * e[i];
      e[i] *= decay;
    }
  }
  void clear() { std::fill(e.begin(), e.end(), 0.0); }
};

double relative(double a, double b) { return std::abs(a - b) / (1 + std::abs(b)); }

// The largest difference to the definition, of a value or of a trace that is kept.
double difference(const lazy_traces& lazy, const dense_traces& reference) {
  double worst = 0;
  for (std::size_t i = 0; i < lazy.size(); ++i) {
    worst = std::max(worst, relative(lazy[i], reference.value[i]));
    const bool over = lazy.trace(i) == 0 && reference.e[i] < kept_above / (1 - std::min(reference.decay, 0.9999));
    if (!over) worst = std::max(worst, relative(lazy.trace(i), reference.e[i]));
  }
  return worst;
}

bool same_bits(const lazy_traces& a, const lazy_traces& b) {
  bool same = a.size() == b.size() && a.active() == b.active() && a.waiting() == b.waiting();
  for (std::size_t i = 0; i < a.size(); ++i) same = same && a[i] == b[i] && a.trace(i) == b.trace(i);
  return same;
}

// A stretch of life: visits of which some recur, steps of both signs, learning rates that vary, episodes of all
// lengths.
void live(lazy_traces& lazy, engine& random, int steps) {
  for (int t = 0; t < steps; ++t) {
    const std::size_t n = lazy.size();
    lazy.visit(random.below(3) > 0 ? random.below(n) : random.below(1 + n / 10), random.uniform());
    lazy.apply_and_decay(random.uniform() - 0.5);
    if (random.below(50) == 0) lazy.clear();
  }
}

}  // namespace

TEST_CASE("lazy_traces: what a visit does, by kind") {
  for (const auto kind : kinds) {
    lazy_traces e(10, kind, 0.5, 1, 3);
    CHECK(e.trace(3) == 0);
    CHECK(e.active() == 0);
    CHECK(e[3] == 3);
    CHECK(e.visit(3, 0.2) == 3);
    CHECK(e.trace(3) == 1);
    e.apply_and_decay(2);
    CHECK(e[3] == 5);
    CHECK(e.trace(3) == 0.5);
    CHECK(e.visit(3, 0.2) == 5);
    const double expected = kind == trace_kind::accumulating ? 1.5 : kind == trace_kind::replacing ? 1 : 0.8 * 0.5 + 1;
    CHECK(e.trace(3) == expected);
    CHECK(e.active() == 1);
    e.visit(9, 0.2);
    CHECK(e.active() == 2);
    e.apply_and_decay(1);
    CHECK(e[3] == 5 + expected);
    CHECK(e[9] == 4);
    for (const std::size_t i : {0U, 1U, 2U, 4U, 8U}) CHECK(e[i] == 3);
  }
}

TEST_CASE("lazy_traces: equal the definition and the list, through many blocks and episodes") {
  constexpr std::size_t entries = 60;
  for (const auto kind : kinds) {
    // One block a step; a few steps; a hundred; thousands; no end.
    for (const double decay : {0.0, 1e-5, 0.3, 0.495, 0.9, 0.99, 0.999, 1.0}) {
      lazy_traces lazy(entries, kind, decay, 3);
      dense_traces reference(entries, kind, decay);
      traces list(entries, kind, decay, 1e-300, 3);
      std::vector<double> table(entries);
      engine random(7);
      double worst = 0;
      double from_the_list = 0;
      std::size_t episode_ends = 400;
      for (std::size_t t = 0; t < 40'000; ++t) {
        const double learning_rate = random.uniform();
        // Three distinct entries, some more often than others; the odd step visits nothing.
        if (random.below(10) > 0) {
          const std::size_t first = random.below(20);
          for (const std::size_t i : {first, 20 + random.below(20), 40 + first / 4}) {
            worst = std::max(worst, relative(lazy.visit(i, learning_rate), reference.value[i]));
            reference.visit(i, learning_rate);
            list.visit(i, learning_rate);
          }
        }
        // Smaller towards the end, as learning is, so that the sums of a block are of very different sizes.
        const double step = (random.uniform() - 0.5) * (t % 2'000 < 1'000 ? 1 : 1e-4);
        lazy.apply_and_decay(step);
        reference.apply_and_decay(step);
        list.apply_and_decay(table, step);
        if (t % 7 == 0) {
          worst = std::max(worst, difference(lazy, reference));
          for (std::size_t i = 0; i < entries; ++i)
            from_the_list = std::max(from_the_list, relative(lazy[i], table[i]));
        }
        if (t == episode_ends) {
          lazy.clear();
          reference.clear();
          list.clear();
          const std::size_t lengths[] = {1, 2, 30, 400, 2'000};
          episode_ends += lengths[random.below(5)];
        }
      }
      INFO("kind " << static_cast<int>(kind) << ", decay " << decay);
      CHECK(worst <= 1e-9);
      CHECK(from_the_list <= 1e-9);
    }
  }
}

TEST_CASE("lazy_traces: one episode of a hundred thousand steps") {
  constexpr std::size_t entries = 200;
  for (const auto kind : kinds) {
    for (const double decay : {0.9, 0.9995, 1.0}) {
      lazy_traces lazy(entries, kind, decay);
      dense_traces reference(entries, kind, decay);
      engine random(8);
      for (int t = 0; t < 100'000; ++t) {
        const std::size_t i = random.below(t < 50'000 ? entries : entries / 10);  // some are never seen again
        const double learning_rate = random.uniform();
        lazy.visit(i, learning_rate);
        reference.visit(i, learning_rate);
        const double step = 0.1 * (random.uniform() - 0.5);
        lazy.apply_and_decay(step);
        reference.apply_and_decay(step);
      }
      INFO("kind " << static_cast<int>(kind) << ", decay " << decay);
      CHECK(difference(lazy, reference) <= 1e-9);
    }
  }
}

TEST_CASE("lazy_traces: the number of active ones is that of the traces above 2^-44, give or take a block") {
  for (const double decay : {0.5, 0.9, 0.99}) {
    // A new entry at every step: the trace of the one k steps ago is decay^k.
    lazy_traces lazy(20'000, trace_kind::replacing, decay);
    for (std::size_t t = 0; t < 15'000; ++t) {
      lazy.visit(t, 0.1);
      lazy.apply_and_decay(1);
    }
    const double block = std::floor(11 / -std::log2(decay)) + 1;
    CHECK(static_cast<double>(lazy.active()) >= 44 / -std::log2(decay));
    CHECK(static_cast<double>(lazy.active()) <= 5 * block);
    lazy.clear();
    CHECK(lazy.active() == 0);
    for (std::size_t i = 0; i < lazy.size(); ++i) REQUIRE(lazy.trace(i) == 0);
    lazy.visit(3, 0.1);
    lazy.visit(3, 0.1);
    lazy.visit(5, 0.1);
    CHECK(lazy.active() == 2);
  }
}

TEST_CASE("lazy_traces: what waits to be paid stays bounded, whatever the episodes are") {
  for (const double decay : {0.5, 0.99, 1.0}) {
    for (const std::size_t visits : {1U, 4U}) {
      constexpr std::size_t entries = 800;
      lazy_traces lazy(entries, trace_kind::accumulating, decay, visits);
      dense_traces reference(entries, trace_kind::accumulating, decay);
      engine random(9);
      std::size_t most = 0;
      const auto step = [&] {
        for (std::size_t v = 0; v < visits; ++v) {
          const std::size_t i = random.below(entries / visits) * visits + v;
          lazy.visit(i, 0.1);
          reference.visit(i, 0.1);
        }
        lazy.apply_and_decay(0.01);
        reference.apply_and_decay(0.01);
        most = std::max(most, lazy.waiting());
      };
      // Long episodes that fill every block, each followed by more one-step episodes than there are blocks.
      for (int round = 0; round < 4; ++round) {
        for (int t = 0; t < 3'000; ++t) step();
        for (int t = 0; t < 200; ++t) {
          lazy.clear();
          reference.clear();
          step();
        }
      }
      const double in_five_blocks =
          decay < 1 ? 5 * (std::floor(11 / -std::log2(decay)) + 1) * static_cast<double>(visits) : entries;
      INFO("decay " << decay << ", visits " << visits);
      CHECK(static_cast<double>(most) <= in_five_blocks + static_cast<double>(visits));
      CHECK(difference(lazy, reference) <= 1e-9);
    }
  }
}

TEST_CASE("lazy_traces: no visit does the work of many") {
  // After an episode that left thousands of entries to be paid, episodes of two steps: what waits gets less steadily.
  lazy_traces lazy(10'000, trace_kind::replacing, 0.999);
  engine random(10);
  for (int t = 0; t < 30'000; ++t) {
    lazy.visit(random.below(10'000), 0.1);
    lazy.apply_and_decay(1);
  }
  std::size_t largest = 0;
  const std::size_t at_first = lazy.waiting();
  REQUIRE(at_first > 5'000);
  for (int t = 0; t < 2'000; ++t) {
    if (t % 2 == 0) lazy.clear();
    const std::size_t before = lazy.waiting();
    lazy.visit(random.below(10'000), 0.1);
    lazy.apply_and_decay(1);
    largest = std::max(largest, before - std::min(before, lazy.waiting()));
  }
  CHECK(lazy.waiting() < 200);
  CHECK(largest <= at_first / 25);  // thirty blocks are left when it begins to hurry
}

TEST_CASE("lazy_traces: nothing allocates after construction, in a copy neither") {
  for (const double decay : {0.0, 0.9, 0.9999, 1.0}) {
    const lazy_traces original(500, trace_kind::accumulating, decay);
    lazy_traces copy = original;
    engine random(11);
    CHECK(allocations_in([&] {
            live(copy, random, 50'000);
            (void)copy.active();
          }) == 0);
  }
}

TEST_CASE("lazy_traces: a copy has the same future, and reading changes nothing") {
  lazy_traces one(100, trace_kind::dutch, 0.97);
  engine random(12);
  live(one, random, 5'000);
  lazy_traces other = one;
  engine same = random;
  for (int k = 0; k < 200; ++k) {
    live(one, random, 10);
    for (std::size_t i = 0; i < one.size(); ++i) {
      (void)one[i];
      (void)one.trace(i);
    }
    (void)one.active();
  }
  for (int k = 0; k < 200; ++k) live(other, same, 10);
  CHECK(same_bits(one, other));
}

TEST_CASE("lazy_traces: assign replaces every value and forgets every trace") {
  lazy_traces lazy(50, trace_kind::replacing, 0.9);
  engine random(13);
  live(lazy, random, 1'000);
  std::vector<double> values(50);
  for (std::size_t i = 0; i < 50; ++i) values[i] = static_cast<double>(i);
  lazy.assign(values);
  lazy_traces fresh(50, trace_kind::replacing, 0.9);
  fresh.assign(values);
  CHECK(lazy.active() == 0);
  CHECK(lazy.waiting() == 0);
  CHECK(lazy[7] == 7);
  engine same = random;
  live(lazy, random, 1'000);
  live(fresh, same, 1'000);
  CHECK(same_bits(lazy, fresh));
}

TEST_CASE("lazy_traces: impossible parameters are refused") {
  const auto with = [](std::size_t entries, double decay, std::size_t visits) {
    return lazy_traces(entries, trace_kind::replacing, decay, visits);
  };
  CHECK_NOTHROW(with(1, 1, 1));
  CHECK_THROWS_WITH(with(0, 0.9, 1), "lazy_traces: number of entries is 0, must be at least 1 and below 2^32 - 1");
  CHECK_THROWS_WITH(with(4'294'967'295, 0.9, 1),
                    "lazy_traces: number of entries is 4294967295, must be at least 1 and below 2^32 - 1");
  CHECK_THROWS_WITH(with(1, 1.1, 1), "lazy_traces: decay is 1.1, must be in [0, 1]");
  CHECK_THROWS_WITH(with(1, -0.1, 1), "lazy_traces: decay is -0.1, must be in [0, 1]");
  CHECK_THROWS_WITH(with(1, nan_value, 1), "lazy_traces: decay is nan, must be in [0, 1]");
  CHECK_THROWS_WITH(with(1, 0.9, 0), "lazy_traces: visits is 0, must be at least 1");
}

namespace {

// A table and its traces, as an owner keeps them.
struct owner {
  lazy_traces lazy;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    std::vector<double> values;
    for (std::size_t i = 0; i < self.lazy.size(); ++i) values.push_back(self.lazy[i]);
    a("values", values);
    a("lazy", self.lazy);
    if constexpr (!std::is_const_v<Self>) self.lazy.assign_rest(values);
  }
};

}  // namespace

TEST_CASE("lazy_traces: stored and restored at any moment, they go on bit for bit") {
  for (const auto kind : kinds) {
    for (const double decay : {0.4, 0.95, 0.999, 1.0}) {
      owner one{lazy_traces(80, kind, decay)};
      engine random(14);
      for (int k = 0; k < 20; ++k) {
        live(one.lazy, random, 37 + 100 * k);
        checkpoint c;
        store(one, c, "agent");
        owner other{lazy_traces(80, kind, decay)};
        engine elsewhere(15);
        live(other.lazy, elsewhere, 100);  // it need not be fresh
        restore(other, c, "agent");
        CHECK(same_bits(one.lazy, other.lazy));
        engine same = random;
        live(one.lazy, random, 500);
        live(other.lazy, same, 500);
        CHECK(same_bits(one.lazy, other.lazy));
      }
    }
  }
}

namespace {

// All that a checkpoint of an owner holds but one entry.
checkpoint without(const checkpoint& c, const std::string& left_out) {
  checkpoint rest;
  for (const auto& [key, value] : c.settings()) {
    if (key != left_out) rest.set(key, std::string_view(value));
  }
  for (const std::string& key : c.names()) {
    const auto& shape = c.shape(key);
    if (key == left_out) continue;
    if (key == "lazy.entry" || key == "lazy.block" || key == "lazy.queue") {
      rest.add(key, shape, c.get<std::uint32_t>(key, shape));
    } else if (key == "lazy.first") {
      rest.add(key, shape, c.get<std::uint64_t>(key, shape));
    } else {
      rest.add(key, shape, c.get<double>(key, shape));
    }
  }
  return rest;
}

}  // namespace

TEST_CASE("lazy_traces: stored while they pay in a hurry, and restored into less of it") {
  owner one{lazy_traces(10'000, trace_kind::replacing, 0.999)};
  engine random(19);
  const auto go_on = [](lazy_traces& lazy, engine& r, int steps) {
    for (int t = 0; t < steps; ++t) {
      if (t % 2 == 1) lazy.clear();
      lazy.visit(r.below(10'000), 0.1);
      lazy.apply_and_decay(r.uniform());
    }
  };
  for (int t = 0; t < 30'000; ++t) {
    one.lazy.visit(random.below(10'000), 0.1);
    one.lazy.apply_and_decay(random.uniform());
  }
  go_on(one.lazy, random, 80);
  const std::size_t waiting = one.lazy.waiting();
  go_on(one.lazy, random, 2);
  REQUIRE(waiting - one.lazy.waiting() > 20);  // that is a hurry
  checkpoint c;
  store(one, c);
  owner other{lazy_traces(10'000, trace_kind::replacing, 0.999)};
  restore(other, c);
  checkpoint slower = without(without(c, "lazy.hurry"), "lazy.oldest");
  slower.set("lazy.hurry", 0);
  slower.set("lazy.oldest", c.setting<std::uint32_t>("lazy.now"));  // as if nothing older waited
  owner slow{lazy_traces(10'000, trace_kind::replacing, 0.999)};
  restore(slow, slower);
  engine same = random;
  engine again = random;
  go_on(one.lazy, random, 1);
  go_on(other.lazy, same, 1);
  CHECK(same_bits(one.lazy, other.lazy));
  go_on(one.lazy, random, 1'000);
  go_on(other.lazy, same, 1'000);
  CHECK(same_bits(one.lazy, other.lazy));
  // Who is told not to hurry is late with everything and forgets nothing.
  go_on(slow.lazy, again, 1);
  CHECK(slow.lazy.waiting() > one.lazy.waiting());
  go_on(slow.lazy, again, 1'000);
  double worst = 0;
  for (std::size_t i = 0; i < 10'000; ++i) worst = std::max(worst, relative(slow.lazy[i], one.lazy[i]));
  CHECK(worst <= 1e-12);
}

TEST_CASE("lazy_traces: a file that contradicts itself is refused, and nothing has changed") {
  owner one{lazy_traces(80, trace_kind::replacing, 0.95)};
  engine random(16);
  live(one.lazy, random, 1'000);
  // On to a moment at which a block has just been frozen, so that there is something of everything.
  for (std::uint64_t frozen = 0, t = 0; t < 1'000 || frozen < 20; ++t) {
    one.lazy.visit(t % 80, 0.1);
    one.lazy.apply_and_decay(0.1);
    checkpoint c;
    store(one, c);
    frozen = c.setting<std::uint64_t>("lazy.frozen");
  }
  const auto refuses = [&](const std::string& name, auto change, const std::string& sentence) {
    checkpoint good;
    store(one, good);
    checkpoint bad = without(good, "lazy." + name);
    change(good, bad);
    owner other{lazy_traces(80, trace_kind::replacing, 0.95)};
    engine elsewhere(17);
    live(other.lazy, elsewhere, 300);
    const owner before = other;
    CHECK_THROWS_WITH(restore(other, bad), "checkpoint: lazy." + sentence);
    CHECK(same_bits(other.lazy, before.lazy));
    engine a(18);
    engine b(18);
    owner twin = before;
    live(other.lazy, a, 300);
    live(twin.lazy, b, 300);
    CHECK(same_bits(other.lazy, twin.lazy));
  };
  const auto numbers = [](const std::string& name, std::size_t place, std::uint32_t value) {
    return [=](const checkpoint& good, checkpoint& bad) {
      const auto read = good.get<std::uint32_t>("lazy." + name, good.shape("lazy." + name));
      std::vector<std::uint32_t> all(read.begin(), read.end());
      all.at(place) = value;
      bad.add("lazy." + name, {all.size()}, all);
    };
  };
  const auto setting = [](const std::string& name, std::uint64_t value) {
    return [=](const checkpoint&, checkpoint& bad) { bad.set("lazy." + name, value); };
  };
  refuses("entry", numbers("entry", 0, 80), "entry is 80 in the file, must lie in the table");
  refuses("queue", numbers("queue", 0, 80), "queue is 80 in the file, must lie in the table");
  refuses("block", numbers("block", 0, 3), "block is 3 in the file, must be the number of a block");
  refuses("block", numbers("block", 0, 64), "block is 64 in the file, must be the number of a block");
  refuses("now", setting("now", 64), "now is 64 in the file, must be the number of a block");
  refuses("oldest", setting("oldest", 0), "oldest is 0 in the file, must be the number of a block");
  refuses("frozen", setting("frozen", 0), "frozen is 0 in the file, must be all but the last five blocks");
  refuses("frozen", setting("frozen", 1'000'000),
          "frozen is 1000000 in the file, must be at most the length of the queue");
  refuses(
      "first",
      [](const checkpoint& good, checkpoint& bad) {
        const auto read = good.get<std::uint64_t>("lazy.first", good.shape("lazy.first"));
        std::vector<std::uint64_t> all(read.begin(), read.end());
        std::fill(all.begin(), all.end(), 1);
        bad.add("lazy.first", {all.size()}, all);
      },
      "first is 1 in the file, must rise from 0 to the length of the queue");
  refuses(
      "scale",
      [](const checkpoint& good, checkpoint& bad) {
        const auto n = good.shape("lazy.scale")[0] - 1;
        bad.add("lazy.scale", {n}, std::vector<double>(n));
      },
      "entry is " + std::to_string([&] {
        checkpoint c;
        store(one, c);
        return c.shape("lazy.entry")[0];
      }()) +
          " in the file, must be as many as there are of value, before, scale and block");
}
