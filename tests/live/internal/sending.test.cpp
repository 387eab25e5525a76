#include <headroom/live/internal/sending.hpp>

#include <optional>
#include <stdexcept>

#include "catch.hpp"

using namespace headroom;

namespace {

journal_record from_4_to_6() {
  journal_record r;
  r.from = 4;
  r.to = 6;
  return r;
}

struct full_disk {
  static void decided(const journal_record&, bool) { throw std::runtime_error("no room"); }
  static void became(const journal_record&) { throw std::runtime_error("no room"); }
};
struct keeps {
  int* lines;
  void decided(const journal_record&, bool) const { ++*lines; }
  void became(const journal_record&) const { ++*lines; }
};
struct no_answer {
  static decision_outcome scale(int, int) { throw std::runtime_error("cut off"); }
  static decision_outcome rehearse(int, int) { throw std::runtime_error("cut off"); }
};
struct unsure {
  static std::optional<rehearsal> rehearse(int, int to) {
    if (to > 5) return rehearsal(decision_outcome::refused, "a quota");
    return std::nullopt;
  }
};
struct silent {
  int* asked;
  void rehearse(int, int) const { ++*asked; }
};

}  // namespace

TEST_CASE("live.sending: a journal that fails is counted, and does not stop the host") {
  pipeline_health health;
  full_disk broken;
  CHECK(!internal::write_down(broken, from_4_to_6(), true, health));
  internal::write_answer(broken, from_4_to_6(), health);
  CHECK(health.journal_failures == 2);
  int lines = 0;
  keeps good{&lines};
  CHECK(internal::write_down(good, from_4_to_6(), true, health));
  internal::write_answer(good, from_4_to_6(), health);
  CHECK(lines == 2);
  CHECK(health.journal_failures == 2);
}

TEST_CASE("live.sending: a scaler that throws gave no answer") {
  pipeline_health health;
  journal_record r = from_4_to_6();
  no_answer cut;
  internal::send(cut, r, health);
  CHECK(r.outcome == decision_outcome::unknown);
  CHECK(health.asked == 6);
  CHECK(internal::rehearse(cut, r));
  CHECK(r.rehearsed == decision_outcome::unknown);
  CHECK(r.rehearsed_why == "cut off");
}

TEST_CASE("live.sending: a rehearsal may have an answer, none, or nothing to say") {
  unsure target;
  journal_record r = from_4_to_6();
  CHECK(internal::rehearse(target, r));
  CHECK(r.rehearsed == decision_outcome::refused);
  CHECK(r.rehearsed_why == "a quota");
  r = from_4_to_6();
  r.to = 5;
  CHECK(!internal::rehearse(target, r));
  CHECK(!r.rehearsed);
  int asked = 0;
  silent one{&asked};
  CHECK(!internal::rehearse(one, r));
  CHECK(asked == 1);
  no_scaler without;
  CHECK(!internal::rehearse(without, r));
}
