#include <headroom/planning/relaxed_search.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include <headroom/core/random.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

// A stock of work: so many units come in a step, each replica does one, what is left over after a step is missed and
// waits on. Small enough to try every schedule.
class stock {
 public:
  struct state_type {
    int replicas = 0;
    int backlog = 0;
    int steps = 0;
  };
  stock(std::vector<int> arrivals, int first, bool may_end_early = false)
      : arrivals_(std::move(arrivals)), first_(first), early_(may_end_early) {}

  [[nodiscard]] std::size_t steps() const { return arrivals_.size(); }
  [[nodiscard]] double requests() const { return 10; }
  [[nodiscard]] const std::vector<int>& moves() const { return moves_; }
  void start(state_type& s) const { s = {first_, 0, 0}; }
  [[nodiscard]] std::size_t replicas(const state_type& s) const { return static_cast<std::size_t>(s.replicas); }
  [[nodiscard]] double step(state_type& s, int move, std::size_t k) const {
    s.replicas = std::clamp(s.replicas + move, 0, 6);
    s.backlog = std::max(0, s.backlog + arrivals_[k] - s.replicas);
    ++s.steps;
    return s.backlog;
  }
  [[nodiscard]] double certain(const state_type&) const { return 0; }
  [[nodiscard]] double forgotten(const state_type&, const state_type&) const { return 0; }
  [[nodiscard]] bool may_end(const state_type& s) const { return early_ && s.backlog == 0; }
  [[nodiscard]] double end(state_type& s) const { return 2.0 * s.backlog; }
  [[nodiscard]] bool covers(const state_type& a, const state_type& b) const { return a.backlog <= b.backlog; }
  void merge(state_type& a, const state_type& b) const { a.backlog = std::min(a.backlog, b.backlog); }

  // What a schedule of `last` steps pays; infinite if the episode cannot have ended there.
  [[nodiscard]] double pays(const std::vector<int>& schedule, double price) const {
    state_type s;
    start(s);
    double replicas_sum = 0;
    double missed = 0;
    for (std::size_t k = 0; k < schedule.size(); ++k) {
      missed += step(s, schedule[k], k);
      replicas_sum += s.replicas;
    }
    if (schedule.size() < steps() && !may_end(s)) return std::numeric_limits<double>::infinity();
    missed += end(s);
    return replicas_sum / static_cast<double>(schedule.size()) + price * missed / requests();
  }
  [[nodiscard]] double least(double price) const {
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t last = 1; last <= steps(); ++last) {
      std::vector<int> schedule(last, -1);
      for (;;) {
        best = std::min(best, pays(schedule, price));
        std::size_t k = 0;
        while (k < last && schedule[k] == 1) schedule[k++] = -1;
        if (k == last) break;
        ++schedule[k];
      }
    }
    return best;
  }

 private:
  std::vector<int> arrivals_;
  int first_;
  bool early_;
  std::vector<int> moves_{-1, 0, 1};
};
static_assert(Relaxation<stock>);

std::vector<int> drawn(std::uint64_t seed) {
  engine random(seed);
  std::vector<int> arrivals(7);
  for (int& a : arrivals) a = static_cast<int>(random.below(6));
  return arrivals;
}

}  // namespace

TEST_CASE("a relaxed search finds what trying every schedule finds, and a schedule that pays it") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    for (const bool early : {false, true}) {
      const stock model(drawn(seed), 2, early);
      for (const double price : {0.1, 1.0, 3.0, 20.0}) {
        relaxed_search<stock> search(1'000);
        search.begin(model);
        const double bound = search.bound(price);
        CHECK(bound == Approx(model.least(price)).epsilon(1e-12));
        CHECK(search.exact());
        CHECK(model.pays(search.schedule(), price) == Approx(bound).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("a narrow search is a bound all the same, and says when it had to merge") {
  bool merged = false;
  double gap = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const stock model(drawn(seed), 2);
    for (const double price : {0.1, 1.0, 3.0, 20.0}) {
      const double least = model.least(price);
      double before = 0;
      for (const std::size_t width : {1U, 2U, 4U}) {
        relaxed_search<stock> search(width);
        search.begin(model);
        const double bound = search.bound(price);
        CHECK(bound <= least + 1e-12);
        if (search.exact()) CHECK(bound == Approx(least).epsilon(1e-12));
        merged = merged || !search.exact();
        if (width == 1) gap = std::max(gap, least - bound);
        before = bound;
      }
      CHECK(before > 0);
    }
  }
  CHECK(merged);
  CHECK(gap > 0);
}

TEST_CASE("what a schedule was seen to pay is a limit, and no schedule is given if there is no better one") {
  const stock model(drawn(3), 2);
  const double least = model.least(1);
  relaxed_search<stock> search(1'000);
  search.begin(model);
  CHECK(search.bound(1, least + 0.5) == Approx(least).epsilon(1e-12));
  CHECK(search.schedule().size() == 7);
  CHECK(search.bound(1, least - 0.5) == least - 0.5);
  CHECK(search.schedule().empty());
  CHECK(search.bound(1, least - 1e-9) == least - 1e-9);
}

TEST_CASE("an impossible width is refused") {
  CHECK_THROWS_WITH(relaxed_search<stock>(0), "relaxed_search: width is 0, must be from 1 to 100000");
  CHECK_THROWS_WITH(relaxed_search<stock>(100'001), "relaxed_search: width is 100001, must be from 1 to 100000");
}
