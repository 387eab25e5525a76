#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <headroom/telemetry/internal/slot_mean.hpp>

#include "catch.hpp"

using namespace headroom;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// Ten seconds a slot, and what it told.
struct told {
  internal::slot_mean slot{10};
  bool placed = false;
  std::vector<std::string> events{};

  void observe(double now_s, double value) {
    slot.observe(
        now_s, value, placed || slot.has_value(), [&] { events.emplace_back("back"); },
        [&](double next) {
          events.push_back("slot " + std::to_string(static_cast<int>(slot.number())) + " with " +
                           std::to_string(static_cast<int>(slot.mean())) + " until " +
                           std::to_string(static_cast<int>(next)));
        });
  }
};

}  // namespace

TEST_CASE("the mean of the values of one slot") {
  told t;
  CHECK_FALSE(t.slot.has_value());
  CHECK(t.slot.mean() == 0);
  t.observe(20, 4);
  t.observe(25, 8);
  t.observe(29.9, 3);
  CHECK(t.slot.has_value());
  CHECK(t.slot.number() == 2);
  CHECK(t.slot.mean() == 5);
  CHECK(t.events.empty());
}

TEST_CASE("a later slot ends the one before, with its mean and its number") {
  told t;
  t.observe(20, 4);
  t.observe(29, 8);
  t.observe(30, 100);
  t.observe(75, 7);
  CHECK(t.events == std::vector<std::string>{"slot 2 with 6 until 3", "slot 3 with 100 until 7"});
  CHECK(t.slot.number() == 7);
  CHECK(t.slot.mean() == 7);
}

TEST_CASE("a clock that runs back begins anew, and a slot below zero is a slot") {
  told t;
  t.observe(20, 4);
  t.observe(19, 9);
  CHECK(t.events == std::vector<std::string>{"back"});
  CHECK(t.slot.number() == 1);
  CHECK(t.slot.mean() == 9);
  t.observe(-0.5, 2);
  CHECK(t.slot.number() == -1);
  t.observe(-9.5, 4);
  CHECK(t.slot.mean() == 3);
  CHECK(t.events.size() == 2);
}

TEST_CASE("a slot without a value ends too, if it was placed") {
  told unplaced;
  unplaced.slot.place(25);
  unplaced.observe(45, 1);
  CHECK(unplaced.events.empty());
  told t;
  t.slot.place(25);
  t.placed = true;
  CHECK(t.slot.number() == 2);
  CHECK_FALSE(t.slot.has_value());
  t.observe(45, 1);
  CHECK(t.events == std::vector<std::string>{"slot 2 with 0 until 4"});
  t.slot.place(15);
  CHECK(t.slot.number() == 1);
  CHECK_FALSE(t.slot.has_value());
  CHECK(t.slot.mean() == 0);
}

TEST_CASE("what is in no slot is ignored") {
  told t;
  t.observe(20, 4);
  for (const double value : {no_number, infinite, -infinite}) t.observe(95, value);
  for (const double now_s : {no_number, infinite, -infinite, 9e16, -9e16}) t.observe(now_s, 1);
  CHECK(t.events.empty());
  CHECK(t.slot.number() == 2);
  CHECK(t.slot.mean() == 4);
  CHECK(internal::slot_mean::is_number(8.9e15));
  CHECK_FALSE(internal::slot_mean::is_number(-9e15));
  CHECK_FALSE(internal::slot_mean::is_number(no_number));
}

TEST_CASE("a checkpoint keeps the number, the mean and the count") {
  struct names {
    std::vector<std::pair<std::string, double>> kept{};
    void operator()(const char* name, const double& value) { kept.emplace_back(name, value); }
  } archive;
  told t;
  t.observe(20, 4);
  t.observe(21, 8);
  internal::slot_mean::fields(std::as_const(t.slot), archive);
  CHECK(archive.kept == std::vector<std::pair<std::string, double>>{{"open", 2}, {"mean", 6}, {"count", 2}});
}
