#include <headroom/neural/sum_tree.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

sum_tree tree_of(const std::vector<double>& priorities) {
  sum_tree tree(priorities.size());
  for (std::size_t i = 0; i < priorities.size(); ++i) tree.set(i, priorities[i]);
  return tree;
}

}  // namespace

TEST_CASE("sum_tree: finds the leaf in which the running sum passes the prefix") {
  // Whole numbers add up without rounding, so every half can be looked up in the list itself.
  engine random(1);
  for (const std::size_t n : {1U, 2U, 3U, 5U, 8U, 37U, 64U}) {
    std::vector<double> priorities(n);
    for (auto& p : priorities) p = static_cast<double>(random.below(4));
    priorities[n / 2] = 2;
    const auto tree = tree_of(priorities);
    double before = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (double inside = 0; inside < priorities[i]; inside += 0.5) CHECK(tree.find(before + inside) == i);
      CHECK(tree[i] == priorities[i]);
      before += priorities[i];
    }
    CHECK(tree.total() == before);
  }
}

TEST_CASE("sum_tree: a priority of 0 is never found, wherever rounding leads") {
  const auto tenths = tree_of({0, 0.1, 0.1, 0, 0.1, 0.1, 0.1, 0, 0, 0});
  CHECK(tenths.find(0) == 1);
  CHECK(tenths.find(tenths.total()) == 6);
  CHECK(tenths.find(std::nextafter(tenths.total(), 0.0)) == 6);
  CHECK(tenths.find(2 * tenths.total()) == 6);

  // Magnitudes so different that most sums swallow a child.
  engine random(2);
  for (int again = 0; again < 200; ++again) {
    std::vector<double> priorities(1 + random.below(40));
    for (auto& p : priorities) p = random.below(3) == 0 ? 0 : std::pow(10, uniform(random, -18, 18));
    priorities[random.below(priorities.size())] = 1;
    const auto tree = tree_of(priorities);
    for (int k = 0; k < 100; ++k) {
      const double prefix = k == 0 ? tree.total() : std::pow(random.uniform(), 1 + k % 20) * tree.total();
      REQUIRE(priorities[tree.find(prefix)] > 0);
    }
  }
}

TEST_CASE("sum_tree: sums do not drift") {
  sum_tree worn(1'000);
  engine random(3);
  for (int k = 0; k < 200'000; ++k) worn.set(random.below(1'000), std::pow(10, uniform(random, -6, 6)));
  sum_tree fresh(1'000);
  for (std::size_t i = 0; i < 1'000; ++i) fresh.set(i, worn[i]);
  CHECK(worn.total() == fresh.total());  // to the last bit
  for (std::size_t i = 0; i < 1'000; ++i) worn.set(i, 0);
  CHECK(worn.total() == 0);
}

TEST_CASE("sum_tree: rows are drawn as often as their priority says") {
  // One row a batch: independent draws. Chi-square with 4 degrees of freedom, quantile at 0.999: 18.47.
  const std::vector<double> priorities{1, 0, 0.5, 3, 0.25, 0, 2};
  const auto tree = tree_of(priorities);
  engine random(4);
  std::vector<int> count(priorities.size());
  constexpr int draws = 50'000;
  for (int k = 0; k < draws; ++k) {
    std::array<std::uint32_t, 1> row{};
    tree.draw(random, row);
    ++count[row[0]];
  }
  double statistic = 0;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    const double expected = draws * priorities[i] / 6.75;
    if (priorities[i] > 0)
      statistic += (count[i] - expected) * (count[i] - expected) / expected;
    else
      CHECK(count[i] == 0);
  }
  CHECK(statistic < 18.47);
}

TEST_CASE("sum_tree: a batch is drawn from equal parts of the total") {
  // Ten parts of one each: what a leaf gets is no longer chance.
  const auto tree = tree_of({1, 2, 3, 4});
  engine random(5);
  for (int k = 0; k < 1'000; ++k) {
    std::array<std::uint32_t, 10> rows{};
    tree.draw(random, rows);
    REQUIRE(rows == std::array<std::uint32_t, 10>{0, 1, 1, 2, 2, 2, 3, 3, 3, 3});
  }
}

TEST_CASE("sum_tree: the highest priority is remembered, for rows of which nothing is known") {
  sum_tree tree(3);
  CHECK(tree.highest() == 1);
  tree.set(0, 0.25);
  CHECK(tree.highest() == 0.25);
  tree.set(1, 8);
  tree.set(1, 2);
  CHECK(tree.highest() == 8);
}

TEST_CASE("sum_tree: nothing is allocated after construction") {
  sum_tree tree(100);
  engine random(6);
  std::array<std::uint32_t, 32> rows{};
  CHECK(allocations_in([&] {
          for (std::size_t i = 0; i < 100; ++i) tree.set(i, 1);
          tree.draw(random, rows);
        }) == 0);
}

TEST_CASE("sum_tree: bad configuration is refused") {
  CHECK_THROWS_WITH(sum_tree(0), "sum_tree: size is 0, must be in [1, 2^31]");
  CHECK_THROWS_WITH(sum_tree((std::size_t{1} << 31U) + 1), "sum_tree: size is 2147483649, must be in [1, 2^31]");
}

TEST_CASE("sum_tree: saved and restored, it is the same tree") {
  const auto tree = tree_of({0.1, 0.7, 0, 1e-9, 3, 0.2});
  checkpoint file;
  store(tree, file, "priorities");
  auto other = tree_of({5, 5, 5, 5, 5, 5});
  restore(other, file, "priorities");
  CHECK(other.total() == tree.total());
  CHECK(other.highest() == 3);
  for (std::size_t i = 0; i < 6; ++i) CHECK(other[i] == tree[i]);
  engine one(1);
  engine two(1);
  std::array<std::uint32_t, 32> a{};
  std::array<std::uint32_t, 32> b{};
  tree.draw(one, a);
  other.draw(two, b);
  CHECK(a == b);

  checkpoint wrong;
  wrong.set("size", std::uint64_t{2});
  wrong.set("highest", 1.0);
  wrong.add("priority", {2}, std::vector<double>{1, -1});
  auto two_leaves = tree_of({1, 2});
  CHECK_THROWS_WITH(restore(two_leaves, wrong), "checkpoint: priority is -1 in the file, must be zero or more");
  CHECK(two_leaves.total() == 3);
}
