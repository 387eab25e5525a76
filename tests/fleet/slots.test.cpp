#include <headroom/fleet/slots.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/state.hpp>

#include "allocations.hpp"
#include "catch.hpp"

using namespace headroom;

namespace {

std::uint64_t key_of(service_id id) { return std::uint64_t{id.slot} << 32U | id.generation; }

}  // namespace

// The model: what each service was told when it joined, by its name; and an array that a host keeps by position.
TEST_CASE("slots: services join and leave in any order as in a map") {
  for (const std::size_t capacity : {1U, 2U, 7U, 40U}) {
    engine random{capacity};
    slots all{capacity};
    std::map<std::uint64_t, int> model;
    std::vector<int> by_position;
    std::vector<service_id> gone;
    for (int t = 0; t < 3'000; ++t) {
      const bool joins = all.size() == 0 || (!all.full() && random.below(2) == 0);
      if (joins) {
        const service_id id = all.join();
        REQUIRE(all.position(id) == all.size() - 1);
        REQUIRE(model.emplace(key_of(id), t).second);
        by_position.push_back(t);
      } else {
        const service_id id = all.at(random.below(all.size()));
        const std::size_t free = all.leave(id);
        REQUIRE(model.erase(key_of(id)) == 1);
        by_position[free] = by_position.back();
        by_position.pop_back();
        gone.push_back(id);
      }
      REQUIRE(all.size() == model.size());
      REQUIRE(all.full() == (model.size() == capacity));
      for (std::size_t i = 0; i < all.size(); ++i) {
        REQUIRE(all.position(all.at(i)) == i);
        REQUIRE(model.at(key_of(all.at(i))) == by_position[i]);
      }
      for (std::size_t k = gone.size() < 5 ? 0 : gone.size() - 5; k < gone.size(); ++k) {
        REQUIRE_FALSE(all.contains(gone[k]));
      }
    }
  }
}

TEST_CASE("slots: what is not there is refused by name") {
  CHECK_THROWS_WITH(slots{0}, "fleet: capacity is 0, must be in [1, 2^32 - 1]");
  slots all{2};
  const service_id a = all.join();
  const service_id b = all.join();
  CHECK_THROWS_WITH(all.join(), "fleet: number of services is 2, must be below the capacity for another one to join");
  CHECK_FALSE(all.contains({}));
  all.leave(a);
  CHECK_THROWS_WITH(all.leave(a), "fleet: service 0 of generation 1 is unknown, must have joined and not left");
  CHECK_THROWS_AS(all.position(a), std::invalid_argument);
  CHECK(all.position(b) == 0);
  const service_id c = all.join();
  CHECK(c.slot == a.slot);
  CHECK_FALSE(c == a);
  all.leave(b);
  CHECK_FALSE(all.contains(service_id{b.slot, b.generation + 1}));  // the next one there, that has not come yet
}

TEST_CASE("slots: nothing is allocated after construction") {
  slots all{100};
  CHECK(allocations_in([&] {
          for (int lap = 0; lap < 3; ++lap) {
            while (!all.full()) all.join();
            while (all.size() > 10) all.leave(all.at(all.size() / 2));
          }
        }) == 0);
}

TEST_CASE("slots: stored and restored, they go on with the same names") {
  slots first{9};
  engine random{3};
  const auto go_on = [](slots& s, engine draw) {
    std::vector<std::uint64_t> names;
    for (int t = 0; t < 40; ++t) {
      if (s.size() == 0 || (!s.full() && draw.below(2) == 0)) {
        names.push_back(key_of(s.join()));
      } else {
        s.leave(s.at(draw.below(s.size())));
      }
    }
    return names;
  };
  go_on(first, random);
  checkpoint c;
  store(first, c, "slots");
  slots second{9};
  restore(second, c, "slots");
  checkpoint d;
  store(second, d, "slots");
  CHECK(c == d);
  CHECK(go_on(first, engine{4}) == go_on(second, engine{4}));

  slots other{8};
  CHECK_THROWS_AS(restore(other, c, "slots"), checkpoint_error);
  checkpoint bad;  // two services in one position
  bad.set("capacity", 2U);
  bad.set("size", 1U);
  bad.add("slot_at", {2}, std::vector<std::uint32_t>{0, 0});
  bad.add("generation", {2}, std::vector<std::uint32_t>{1, 1});
  bad.add("position_of", {2}, std::vector<std::uint32_t>{0, 1});
  slots two{2};
  CHECK_THROWS_AS(restore(two, bad), checkpoint_error);
  bad = {};  // more than there is room for
  bad.set("capacity", 2U);
  bad.set("size", 3U);
  bad.add("slot_at", {2}, std::vector<std::uint32_t>{0, 1});
  bad.add("generation", {2}, std::vector<std::uint32_t>{1, 1});
  bad.add("position_of", {2}, std::vector<std::uint32_t>{0, 1});
  CHECK_THROWS_AS(restore(two, bad), checkpoint_error);
  CHECK(two.size() == 0);
}
