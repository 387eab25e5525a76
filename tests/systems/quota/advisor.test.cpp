#include <headroom/systems/quota/advisor.hpp>

#include <limits>
#include <string>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;
using quota::action;
using quota::advisor;
using quota::question;

namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();
constexpr question half{1, 1, 0.5, 200, 100, 10, 10};
constexpr question tighter{1, 1, 0.5, 200, 50, 10, 10};

// hold is not known; apply is a little better than migrate.
std::optional<advisor::worths> model(const question&) { return advisor::worths{impossible, -1, -2, -6, -8}; }

}  // namespace

TEST_CASE("quota::advisor: the best legal action, the first among equals") {
  advisor a{model};
  CHECK(a.ask("shop/cart", half) == action::apply);
  CHECK(a.ask("shop/cart", half, {true, false, true, true, true}) == action::migrate);
  CHECK(a.ask("shop/cart", half, {true, false, false, false, true}) == action::scale_down);
  CHECK_FALSE(a.ask("shop/cart", half, {true, false, false, false, false}));  // the model does not know hold
  advisor level{[](const question&) { return std::optional(advisor::worths{0, 0, 0, 0, 0}); }};
  CHECK(level.ask("shop/cart", half) == action::apply);
  CHECK(level.ask("shop/cart", half, {true, true, true, true, true}) == action::hold);
  advisor silent{[](const question&) { return std::optional<advisor::worths>(); }};
  CHECK_FALSE(silent.ask("shop/cart", half));
  question broken = half;
  broken.latest_latency = std::numeric_limits<double>::quiet_NaN();
  CHECK_FALSE(a.ask("shop/cart", broken));
}

TEST_CASE("quota::advisor: feedback changes what was taken, there, and nothing else") {
  advisor a{model};
  REQUIRE(a.ask("shop/cart", half) == action::apply);
  // -1 + 0.5 * (-10 - -1)
  CHECK(a.learn("shop/cart", -10) == "learned: apply for shop/cart is worth -5.5, was -1");
  CHECK(a.ask("shop/cart", half) == action::migrate);
  CHECK(a.ask("shop/cart", tighter) == action::apply);  // another cell
  CHECK(a.ask("shop/till", half) == action::apply);     // another deployment

  // Harm that came later counts as well.
  advisor late{model};
  REQUIRE(late.ask("shop/cart", half) == action::apply);
  late.learn("shop/cart", 1);
  CHECK(late.learn("shop/cart", -10) == "learned: apply for shop/cart is worth -5, was 0");

  // Migrate becomes worse than apply is now; then apply is better again.
  REQUIRE(a.ask("shop/cart", half) == action::migrate);
  CHECK(a.learn("shop/cart", -10) == "learned: migrate for shop/cart is worth -6, was -2");
  CHECK(a.ask("shop/cart", half) == action::apply);
  CHECK(a.learn("shop/cart", 1.5) == "learned: apply for shop/cart is worth -2, was -5.5");
}

TEST_CASE("quota::advisor: feedback without an answer changes nothing and says so") {
  advisor a{model, {.feedback_rate = 1}};
  const std::string nothing = "nothing was asked about shop/cart, so nothing changes";
  CHECK(a.learn("shop/cart", -1) == nothing);
  REQUIRE(a.ask("shop/cart", half) == action::apply);
  CHECK(a.learn("shop/cart", std::numeric_limits<double>::quiet_NaN()) ==
        "the reward is not finite, so nothing changes");
  CHECK(a.learn("shop/cart", -3) == "learned: apply for shop/cart is worth -3, was -1");
  CHECK(a.learn("shop/till", -3) == "nothing was asked about shop/till, so nothing changes");
  REQUIRE(a.ask("shop/cart", {1, 0, 0, 200, 100, 10, 10}) == action::apply);
  CHECK(a.learn("shop/cart", -9) == "the question had no cell, because a use of 0 has no ratio, so nothing changes");
}

TEST_CASE("quota::advisor: it remembers so many deployments, and forgets the one not asked about for longest") {
  advisor a{model, {.feedback_rate = 1, .most_deployments = 2}};
  for (const char* const name : {"a/a", "b/b"}) {
    REQUIRE(a.ask(name, half) == action::apply);
    a.learn(name, -10);
  }
  CHECK(a.ask("a/a", half) == action::migrate);
  CHECK(a.ask("c/c", half) == action::apply);
  CHECK(a.deployments() == 2);
  CHECK(a.ask("a/a", half) == action::migrate);
  CHECK(a.ask("b/b", half) == action::apply);  // it was forgotten
}

TEST_CASE("quota::advisor: what cannot be is refused") {
  const auto said = [](const quota::advisor_options& o) {
    return refusal<std::invalid_argument>([&] { advisor{model, o}; });
  };
  CHECK(said({.feedback_rate = 0}) == "quota::advisor: feedback_rate is 0, must be in (0, 1]");
  CHECK(said({.feedback_rate = 1.5}) == "quota::advisor: feedback_rate is 1.5, must be in (0, 1]");
  CHECK(said({.most_deployments = 0}) == "quota::advisor: most_deployments is 0, must be at least 1");
  CHECK(refusal<std::invalid_argument>([] { advisor{nullptr}; }) ==
        "quota::advisor: values is nothing, must be a function");
}
