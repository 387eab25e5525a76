#include <headroom/neural/replay.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

constexpr std::size_t dimension = 3;

// The k-th transition of a made-up life; everything in it says k.
std::array<float, dimension> observation(int k) {
  return {static_cast<float>(k), static_cast<float>(k) + 0.25F, static_cast<float>(-k)};
}
std::uint32_t remember(replay& memory, int k, action_mask legal = {}) {
  return memory.push(observation(k), action_index{static_cast<std::size_t>(k % 2)}, static_cast<float>(10 * k),
                     observation(k + 1), false, 0.5F, legal);
}
void check_holds(const replay& memory, std::size_t row, int k) {
  INFO("row " << row << ", transition " << k);
  for (std::size_t d = 0; d < dimension; ++d) {
    CHECK(memory.observation(row)[d] == observation(k)[d]);
    CHECK(memory.next(row)[d] == observation(k + 1)[d]);
  }
  CHECK(memory.action(row) == static_cast<std::uint32_t>(k % 2));
  CHECK(memory.reward(row) == static_cast<float>(10 * k));
  CHECK(memory.discount(row) == 0.5F);
  CHECK_FALSE(memory.terminated(row));
}

}  // namespace

TEST_CASE("replay: what was pushed stands in the row that push named, until the ring comes round") {
  replay memory(4, dimension, 2);
  CHECK(memory.size() == 0);
  for (int k = 0; k < 4; ++k) {
    CHECK_FALSE(memory.full());
    CHECK(remember(memory, k) == static_cast<std::uint32_t>(k));
    CHECK(memory.size() == static_cast<std::size_t>(k) + 1);
  }
  CHECK(memory.full());
  for (int k = 0; k < 4; ++k) check_holds(memory, static_cast<std::size_t>(k), k);

  for (int k = 4; k < 11; ++k) {
    CHECK(remember(memory, k) == static_cast<std::uint32_t>(k % 4));
    CHECK(memory.size() == 4);
    for (int old = k - 3; old <= k; ++old) check_holds(memory, static_cast<std::size_t>(old % 4), old);
  }
}

TEST_CASE("replay: after the end nothing is left of what would have come next") {
  replay memory(1, dimension, 2);
  remember(memory, 5);
  CHECK(memory.push(observation(6), action_index{1}, -1, {}, true, 0.9F) == 0);
  CHECK(memory.terminated(0));
  CHECK(memory.discount(0) == 0);  // so that nobody who only reads the factor bootstraps
  CHECK(memory.reward(0) == -1);
  for (std::size_t d = 0; d < dimension; ++d) {
    CHECK(memory.observation(0)[d] == observation(6)[d]);
    CHECK(memory.next(0)[d] == 0);  // and not the row's former tenant
  }

  memory.push(observation(6), action_index{1}, -1, observation(7), true, 0.9F);
  CHECK(memory.next(0)[0] == 0);
  CHECK(memory.discount(0) == 0);
  memory.push(observation(6), action_index{1}, -1, observation(7), false, 0.9F);
  CHECK_FALSE(memory.terminated(0));
  CHECK(memory.next(0)[0] == 7);
  CHECK(memory.discount(0) == 0.9F);
}

TEST_CASE("replay: rows begin on a cache line and end in zeros") {
  for (const std::size_t width : {1U, 9U, 16U, 17U, 40U}) {
    replay memory(5, width, 2);
    CHECK(memory.stride() == (width + 15) / 16 * 16);
    CHECK(memory.dimension() == width);
    const std::vector<float> ones(width, 1.0F);
    for (int k = 0; k < 7; ++k) memory.push(ones, action_index{0}, 0, ones, false, 1);
    for (std::size_t row = 0; row < 5; ++row) {
      for (const float* const p : {memory.observation(row), memory.next(row)}) {
        CHECK(reinterpret_cast<std::uintptr_t>(p) % 64 == 0);
        CHECK(std::all_of(p, p + width, [](float x) { return x == 1; }));
        CHECK(std::all_of(p + width, p + memory.stride(), [](float x) { return x == 0; }));
      }
    }
  }
}

TEST_CASE("replay: masks are kept from the first one on, and what came before stays unmasked") {
  replay memory(3, dimension, 70);  // two words
  remember(memory, 0);
  CHECK_FALSE(memory.masked());
  CHECK(memory.legal(0).everything());

  std::uint64_t words[2] = {0b101, 0b10};
  remember(memory, 1, action_mask{words});
  words[0] = 0;  // the caller's words are the caller's
  CHECK(memory.masked());
  const auto legal = memory.legal(1);
  for (std::size_t a = 0; a < 70; ++a) {
    CHECK(legal[a] == (a == 0 || a == 2 || a == 65));
    CHECK(memory.legal(0)[a]);
  }
  remember(memory, 2);
  remember(memory, 3);
  remember(memory, 4);  // over row 1
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t a = 0; a < 70; ++a) CHECK(memory.legal(row)[a]);
  }
}

TEST_CASE("replay: every set of rows is drawn equally often") {
  // 3 of 6: 20 sets. Their counts are multinomial, so the statistic is chi-square with 19 degrees of freedom, and its
  // quantile at 0.999 is 43.82. The ring has room for more than it holds, which must not be drawn.
  replay memory(9, dimension, 2);
  for (int k = 0; k < 6; ++k) remember(memory, k);
  engine random(1);
  constexpr int batches = 40'000;
  std::map<std::set<std::uint32_t>, int> count;
  for (int k = 0; k < batches; ++k) {
    std::array<std::uint32_t, 3> rows{};
    memory.draw(random, rows);
    ++count[std::set<std::uint32_t>(rows.begin(), rows.end())];
  }
  CHECK(count.size() == 20);
  double statistic = 0;
  for (const auto& [set, n] : count) {
    CHECK(set.size() == 3);
    CHECK(*set.rbegin() < 6);
    const double expected = batches / 20.0;
    statistic += (n - expected) * (n - expected) / expected;
  }
  CHECK(statistic < 43.82);
}

TEST_CASE("replay: a batch never holds a row twice, whatever its size, and all of them is possible") {
  replay memory(100, dimension, 2);
  for (int k = 0; k < 130; ++k) remember(memory, k);
  engine random(2);
  for (std::size_t n = 0; n <= 100; ++n) {
    for (int again = 0; again < 20; ++again) {
      std::vector<std::uint32_t> rows(n);
      memory.draw(random, rows);
      const std::set<std::uint32_t> different(rows.begin(), rows.end());
      REQUIRE(different.size() == n);
      REQUIRE((n == 0 || *different.rbegin() < 100));
    }
  }
}

TEST_CASE("replay: the seed decides what is drawn, and a copy draws the same") {
  replay memory(1'000, dimension, 2);
  for (int k = 0; k < 1'000; ++k) remember(memory, k);
  engine one(3);
  engine other(3);
  std::array<std::uint32_t, 64> a{};
  std::array<std::uint32_t, 64> b{};
  memory.draw(one, a);
  replay copy = memory;
  copy.draw(other, b);
  CHECK(a == b);
  CHECK(one == other);  // the engine has moved on, in both
  CHECK_FALSE(one == engine(3));
  check_holds(copy, 999, 999);
}

TEST_CASE("replay: nothing is allocated after construction") {
  replay memory(50, 9, 3);
  const std::vector<float> o(9, 1.0F);
  const std::uint64_t word = 0b11;
  engine random(4);
  std::array<std::uint32_t, 32> rows{};
  CHECK(allocations_in([&] {
          for (int k = 0; k < 200; ++k) {
            memory.push(o, action_index{0}, 1, o, false, 0.9F, k > 100 ? action_mask{&word} : action_mask{});
            if (memory.size() >= 32) memory.draw(random, rows);
          }
        }) == 0);
}

TEST_CASE("replay: bad configuration is refused") {
  CHECK_THROWS_WITH(replay(0, 3, 2), "replay: capacity is 0, must be in [1, 2^32 - 1]");
  CHECK_THROWS_WITH(replay(std::size_t{1} << 32U, 3, 2), "replay: capacity is 4294967296, must be in [1, 2^32 - 1]");
  CHECK_THROWS_WITH(replay(10, 0, 2), "replay: dimension is 0, must be at least 1");
  CHECK_THROWS_WITH(replay(10, 3, 0), "replay: number of actions is 0, must be in [1, 2^32 - 1]");
  CHECK_THROWS_WITH(replay(4'000'000'000, 4'000'000'000, 2),
                    "replay: dimension is 4000000000, must leave the memory countable");
}

TEST_CASE("replay: saved and restored, it is the same memory, to the next draw and the next mask") {
  for (const bool masks : {false, true}) {
    for (const int pushes : {3, 5, 12}) {
      INFO((masks ? "masked, " : "unmasked, ") << pushes << " transitions in 5 rows");
      const std::uint64_t word = 0b10;
      replay memory(5, dimension, 2);
      for (int k = 0; k < pushes; ++k) remember(memory, k, masks && k % 2 == 1 ? action_mask{&word} : action_mask{});
      memory.push(observation(99), action_index{1}, 7, {}, true, 1);
      checkpoint file;
      store(memory, file, "memory");

      replay other(5, dimension, 2);
      for (int k = 50; k < 57; ++k) remember(other, k, action_mask{&word});  // which must leave no trace
      restore(other, file, "memory");
      CHECK(other.size() == memory.size());
      CHECK(other.masked() == memory.masked());
      for (int more = 0; more < 7; ++more) {
        for (std::size_t row = 0; row < memory.size(); ++row) {
          INFO("row " << row);
          CHECK(std::equal(memory.observation(row), memory.observation(row) + 16, other.observation(row)));
          CHECK(std::equal(memory.next(row), memory.next(row) + 16, other.next(row)));
          CHECK(memory.action(row) == other.action(row));
          CHECK(memory.reward(row) == other.reward(row));
          CHECK(memory.discount(row) == other.discount(row));
          CHECK(memory.terminated(row) == other.terminated(row));
          CHECK(memory.legal(row).word(0) == other.legal(row).word(0));
        }
        engine one(1);
        engine two(1);
        std::array<std::uint32_t, 3> a{};
        std::array<std::uint32_t, 3> b{};
        memory.draw(one, a);
        other.draw(two, b);
        CHECK(a == b);
        const action_mask mask = more == 3 ? action_mask{&word} : action_mask{};
        CHECK(remember(memory, 20 + more, mask) == remember(other, 20 + more, mask));
      }
    }
  }
}

TEST_CASE("replay: a file that would lead out of the arrays is refused") {
  replay memory(5, dimension, 2);
  for (int k = 0; k < 3; ++k) remember(memory, k);
  checkpoint good;
  store(memory, good);
  const auto refused = [&](const char* entry, auto value) {
    checkpoint file = good;
    file.set(entry, value);
    replay other(5, dimension, 2);
    remember(other, 9);
    std::string text = "nothing";
    try {
      restore(other, file);
    } catch (const checkpoint_error& e) {
      text = e.what();
    }
    check_holds(other, 0, 9);
    CHECK(other.size() == 1);
    return text;
  };
  CHECK(refused("size", std::uint64_t{6}) == "checkpoint: size is 6 in the file, must be at most the capacity, 5");
  CHECK(refused("cursor", std::uint64_t{4}) ==
        "checkpoint: cursor is 4 in the file, must be the size, or below it when the ring is full");
  CHECK(refused("capacity", std::uint64_t{6}) == "checkpoint: capacity is 6 in the file, must be 5");

  replay wide(5, dimension, 3);
  wide.push(observation(1), action_index{2}, 0, observation(2), false, 1);
  checkpoint wrong;
  store(wide, wrong);
  wrong.set("actions", std::uint64_t{2});
  CHECK_THROWS_WITH(restore(memory, wrong),
                    "checkpoint: action is 2 in the file, must be below the number of actions, 2");
  CHECK(memory.size() == 3);
}
