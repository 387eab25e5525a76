#include <headroom/ext/internal/rest_scaler.hpp>

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "catch.hpp"

using namespace headroom;

namespace {

// A service that answers what a test put into two lists; nothing is sent.
class scripted_scaler : public internal::rest_scaler<scripted_scaler> {
  using base = internal::rest_scaler<scripted_scaler>;
  friend base;

 public:
  scripted_scaler()
      : base({.who = "scripted",
              .teller = "the script",
              .wanted = "copies",
              .ready = "running",
              .secret = "the token is",
              .absent = "there is none",
              .itself = "the script itself"},
             {.url = "http://127.0.0.1:1"}) {}

  static std::string place() { return "the shop"; }

  std::deque<std::optional<internal::told_replicas>> looks{};
  internal::http_answer answer{};
  unknown_why no_look = unknown_why::empty;
  int asked_for = -1;
  int settles = 0;

 private:
  std::optional<internal::told_replicas> look() {
    const auto told = looks.front();
    looks.pop_front();
    if (told) return told;
    said_ = "nobody is there";
    why_ = no_look;
    return std::nullopt;
  }
  internal::http_answer change(int to) {
    asked_for = to;
    return answer;
  }
  decision_outcome settled(int to) {
    settles = to;
    return decision_outcome::applied;
  }
};
static_assert(Scaler<scripted_scaler>);

decision_outcome outcome_of(int status, std::string& said, std::string body = {}) {
  scripted_scaler one;
  one.looks = {{{3, 2}}};
  one.answer.status = status;
  one.answer.body = std::move(body);
  one.answer.problem = "nobody answers";
  const decision_outcome o = one.scale(3, 5);
  said = one.said();
  CHECK(one.asked_for == 5);
  CHECK(one.settles == (o == decision_outcome::applied ? 5 : 0));
  return o;
}

}  // namespace

TEST_CASE("ext.rest_scaler: a number is read, or there is a reason why it is not") {
  scripted_scaler one;
  one.looks = {{{3, 2}}, {{3, 2}}, {{3, -1}}, {{-1, 2}}, std::nullopt, {{0, 0}}};
  CHECK(one.replicas()().value == 3);
  CHECK(one.ready()().value == 2);
  CHECK(one.said().empty());
  CHECK(one.read_ready().why == unknown_why::impossible);
  CHECK(one.said() == "the shop: the script tells no running");
  CHECK(one.read_replicas().why == unknown_why::impossible);
  CHECK(one.said() == "the shop: the script tells no copies");
  CHECK(one.read_replicas().why == unknown_why::empty);
  CHECK(one.said() == "nobody is there");
  CHECK(one.read_ready().value == 0);  // none is a number
  CHECK(one.said().empty());
}

TEST_CASE("ext.rest_scaler: it changes only what is as it was seen") {
  scripted_scaler one;
  CHECK(one.scale(3, -1) == decision_outcome::refused);  // without a look
  CHECK(one.said() == "scripted: replicas is -1, must be zero or more");
  one.looks = {{{4, 2}}, {{-1, 2}}, std::nullopt};
  CHECK(one.scale(3, 5) == decision_outcome::conflict);
  CHECK(one.said() == "the shop: wants 4 replicas now and not 3: somebody else scaled it");
  CHECK(one.scale(3, 5) == decision_outcome::refused);  // nobody else did: it is not known
  CHECK(one.said() == "the shop: the script tells no copies");
  CHECK(one.scale(3, 5) == decision_outcome::refused);
  CHECK(one.said() == "nobody is there");
  CHECK(one.asked_for == -1);
  one.looks = {{{3, 3}}};
  one.answer.status = 200;
  CHECK(one.scale(3, 0) == decision_outcome::applied);
  CHECK(one.asked_for == 0);
}

TEST_CASE("ext.rest_scaler: what an answer says of the change") {
  std::string said;
  for (const int status : {200, 202, 299}) {
    CHECK(outcome_of(status, said) == decision_outcome::applied);
    CHECK(said.empty());
  }
  // It may have happened.
  CHECK(outcome_of(0, said) == decision_outcome::unknown);
  CHECK(said == "nobody answers");
  CHECK(outcome_of(199, said) == decision_outcome::unknown);
  CHECK(outcome_of(500, said) == decision_outcome::unknown);
  CHECK(said == "the shop: 500");
  CHECK(outcome_of(503, said, std::string(300, 'x')) == decision_outcome::unknown);
  CHECK(said == "the shop: 503, " + std::string(200, 'x'));
  // It has not.
  CHECK(outcome_of(300, said) == decision_outcome::refused);
  CHECK(said == "the shop: 300: it sends elsewhere, must be the script itself");
  CHECK(outcome_of(400, said, "no") == decision_outcome::refused);
  CHECK(said == "the shop: 400, no");
  for (const int status : {401, 403}) {
    CHECK(outcome_of(status, said) == decision_outcome::refused);
    CHECK(said == "the shop: " + std::to_string(status) + ": the token is not accepted");
  }
  CHECK(outcome_of(404, said) == decision_outcome::refused);
  CHECK(said == "the shop: 404: there is none");
  CHECK(outcome_of(499, said) == decision_outcome::refused);
}

TEST_CASE("ext.rest_scaler: a count is whole and not negative") {
  CHECK(internal::count_of(0) == 0);
  CHECK(internal::count_of(7) == 7);
  CHECK(internal::count_of(2147483647.0) == 2147483647);
  CHECK(internal::count_of(2147483648.0) == -1);
  CHECK(internal::count_of(2.5) == -1);
  CHECK(internal::count_of(-1) == -1);
}
