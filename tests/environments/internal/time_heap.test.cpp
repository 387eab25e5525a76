#include <headroom/environments/internal/time_heap.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

struct timed {
  double at;
  std::uint32_t who;
};
bool operator==(const timed& a, const timed& b) { return a.at == b.at && a.who == b.who; }

// No entry comes before the one above it.
bool is_time_heap(const std::vector<timed>& heap) {
  for (std::size_t k = 1; k < heap.size(); ++k) {
    if (heap[(k - 1) / 2].at > heap[k].at) return false;
  }
  return true;
}

// Few different times, so that many are equal.
timed drawn(engine& random, std::uint32_t who) { return {static_cast<double>(random.below(12)), who}; }

}  // namespace

TEST_CASE("environments.time_heap: the earliest always comes first, of any number of entries") {
  engine random(3);
  for (std::uint32_t n = 0; n < 70; ++n) {
    std::vector<timed> heap;
    std::vector<double> sorted;
    for (std::uint32_t k = 0; k < n; ++k) {
      internal::push_time(heap, timed{random.uniform(), k});
      sorted.push_back(heap.back().at);
      REQUIRE(is_time_heap(heap));
    }
    sorted.clear();
    for (const timed& e : heap) sorted.push_back(e.at);
    std::sort(sorted.begin(), sorted.end());
    for (const double at : sorted) {
      CHECK(heap.front().at == at);
      internal::pop_time(heap);
      REQUIRE(is_time_heap(heap));
    }
    CHECK(heap.empty());
  }
}

TEST_CASE("environments.time_heap: what stands in any order becomes a heap of the same entries") {
  engine random(4);
  for (std::uint32_t n = 0; n < 40; ++n) {
    std::vector<timed> heap;
    for (std::uint32_t k = 0; k < n; ++k) heap.push_back(drawn(random, k));
    internal::order_times(heap);
    REQUIRE(is_time_heap(heap));
    std::vector<bool> there(n, false);
    for (const timed& e : heap) there[e.who] = true;
    CHECK(std::count(there.begin(), there.end(), true) == static_cast<std::ptrdiff_t>(n));
  }
}

#ifdef __GLIBCXX__
// The random draws of a service take requests by their place, and its episodes were the same before there was this
// heap.
TEST_CASE("environments.time_heap: the places are those of libstdc++, also among equal times") {
  const auto later = [](const timed& a, const timed& b) { return a.at > b.at; };
  engine random(5);
  std::vector<timed> ours;
  std::vector<timed> theirs;
  for (std::uint32_t k = 0; k < 20'000; ++k) {
    if (ours.empty() || random.below(100) < (k % 2'000 < 1'000 ? 55U : 45U)) {
      const timed e = drawn(random, k);
      internal::push_time(ours, e);
      theirs.push_back(e);
      std::push_heap(theirs.begin(), theirs.end(), later);
    } else {
      internal::pop_time(ours);
      std::pop_heap(theirs.begin(), theirs.end(), later);
      theirs.pop_back();
    }
    if (k % 500 == 0 && !ours.empty()) {
      ours.front() = theirs.front() = drawn(random, k);
      internal::order_times(ours);
      std::make_heap(theirs.begin(), theirs.end(), later);
    }
    REQUIRE(ours == theirs);
  }
}
#endif
