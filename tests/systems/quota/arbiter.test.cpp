#include <headroom/systems/quota/arbiter.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/concepts.hpp>
#include <headroom/systems/quota/strategies.hpp>

#include "catch.hpp"

using namespace headroom;

static_assert(Policy<quota::arbiter, std::vector<quota::target>, std::vector<quota::patch>>);

namespace {

using targets = std::vector<quota::target>;

quota::agent on_deployment(std::string name, std::string deployment, double created_s, quota::factors f = {0.8, 1}) {
  quota::agent a;
  a.name = std::move(name);
  a.space = "shop";
  a.deployment = std::move(deployment);
  a.factors = f;
  a.created_s = created_s;
  return a;
}
quota::agent on_space(std::string name, double created_s, quota::factors f = {0.5, 0.5}) {
  quota::agent a = on_deployment(std::move(name), "", created_s, f);
  a.scope = quota::scope::space;
  return a;
}

const targets cart{{"shop", "cart", {"n1"}}};
const targets shop{{"shop", "cart", {"n1"}}, {"shop", "till", {"n2"}}};

std::vector<std::string> sentences(const quota::arbiter& a) {
  std::vector<std::string> all;
  for (std::size_t k = 0; k < a.log().size(); ++k)
    all.push_back(to_text(a.log()[k].iteration) + ": " + a.log()[k].sentence);
  return all;
}
// Steps, and the states of two agents after each.
std::vector<std::string> timeline(quota::arbiter& a, const targets& there, const char* first, const char* second,
                                  int steps) {
  std::vector<std::string> states;
  for (int k = 0; k < steps; ++k) {
    a.step(there);
    states.push_back(std::string(to_string(a.state(first))) + " " + std::string(to_string(a.state(second))));
  }
  return states;
}

}  // namespace

TEST_CASE("the published timeline: flagged in iteration 4, resolved in 5, applied in 6") {
  quota::arbiter arbiter{quota::youngest_yields{}, quota::arbiter_options::published()};
  arbiter.declare(on_deployment("old", "cart", 1));
  arbiter.declare(on_deployment("new", "cart", 2, {0.5, 1}));
  CHECK(timeline(arbiter, cart, "old", "new", 7) ==
        std::vector<std::string>{"applied applied", "applied applied", "applied applied", "conflicting conflicting",
                                 "pending disabled", "applied disabled", "applied disabled"});
  CHECK(arbiter.patched("old") == 5);
  CHECK(arbiter.patched("new") == 4);
  CHECK(sentences(arbiter) ==
        std::vector<std::string>{
            "0: old is pending: it was declared", "0: new is pending: it was declared",
            "1: old is applied: its targets are patched", "1: new is applied: its targets are patched",
            "4: old is conflicting: its counter of patches was 1 to 3 in the last 3 iterations, and it patches again",
            "4: new is conflicting: its counter of patches was 1 to 3 in the last 3 iterations, and it patches again",
            "5: new is disabled: old and new are in conflict and it yields, because it is the youngest",
            "5: old is pending: its rival has yielded", "6: old is applied: its targets are patched"});
}

TEST_CASE("published: each iteration of a fight patches twice, each time undoing the other") {
  quota::arbiter arbiter{quota::youngest_yields{}, quota::arbiter_options::published()};
  arbiter.declare(on_deployment("old", "cart", 1));
  arbiter.declare(on_deployment("new", "cart", 2, {0.5, 1}));
  for (int iteration = 1; iteration <= 4; ++iteration) {
    CHECK(arbiter.step(cart) ==
          std::vector<quota::patch>{{"shop/cart", "old", {0.8, 1}}, {"shop/cart", "new", {0.5, 1}}});
  }
  CHECK(arbiter.step(cart).empty());
  CHECK(arbiter.step(cart) == std::vector<quota::patch>{{"shop/cart", "old", {0.8, 1}}});
  CHECK(arbiter.step(cart).empty());
}

TEST_CASE("published: a survivor that patched last has nothing to patch, and is applied once its counter was level") {
  quota::arbiter_options options = quota::arbiter_options::published();
  options.applied_when_level = GENERATE(true, false);
  quota::arbiter arbiter{quota::youngest_yields{}, options};
  arbiter.declare(on_deployment("new", "cart", 2));
  arbiter.declare(on_deployment("old", "cart", 1, {0.5, 1}));
  const auto states = timeline(arbiter, cart, "old", "new", 8);
  CHECK(states[4] == "pending disabled");
  CHECK(states[5] == (options.applied_when_level ? "pending disabled" : "applied disabled"));
  CHECK(states[6] == "applied disabled");  // records 4, 4 and 4, of iterations 4 to 6
}

TEST_CASE("published: history is wiped every 20 iterations, which hides a fight for as long") {
  const auto flagged_in = [](bool wipe) {
    quota::arbiter_options options = quota::arbiter_options::published();
    options.detector.wipe = wipe;
    quota::arbiter arbiter{quota::youngest_yields{}, options};
    arbiter.declare(on_deployment("old", "cart", 1));
    for (int k = 0; k < 17; ++k) arbiter.step(cart);
    arbiter.declare(on_deployment("new", "cart", 2));
    while (arbiter.state("new") != quota::state::conflicting) arbiter.step(cart);
    return arbiter.iteration();
  };
  CHECK(flagged_in(false) == 21);
  CHECK(flagged_in(true) == 24);
}

TEST_CASE("what is found in the declarations never becomes a fight") {
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("old", "cart", 1));
  arbiter.declare(on_deployment("new", "cart", 2, {0.5, 1}));
  CHECK(arbiter.step(cart) == std::vector<quota::patch>{{"shop/cart", "old", {0.8, 1}}});
  CHECK(arbiter.state("old") == quota::state::applied);
  CHECK(arbiter.state("new") == quota::state::disabled);
  CHECK(arbiter.step(cart).empty());
  CHECK(sentences(arbiter).at(2) ==
        "1: new is disabled: old and new meet on shop/cart and it yields, because it is the youngest");
}

TEST_CASE("a deployment without metrics: its only agent waits, as published it comes into conflict with nobody") {
  const targets blind{{"shop", "cart", {}, false}};
  quota::arbiter_options options;
  SECTION("waits") {
    quota::arbiter arbiter{quota::youngest_yields{}, options};
    arbiter.declare(on_deployment("lone", "cart", 1));
    for (int k = 0; k < 10; ++k) CHECK(arbiter.step(blind).empty());
    CHECK(arbiter.state("lone") == quota::state::pending);
    CHECK(arbiter.patched("lone") == 0);
    CHECK(arbiter.log().size() == 2);  // it waits, said once
    CHECK(arbiter.log()[1].sentence == "lone waits for the metrics of its targets");
    arbiter.step(cart);
    CHECK(arbiter.state("lone") == quota::state::applied);
  }
  SECTION("published: applied without a patch, then in conflict for ever") {
    options.count_unmeasured = true;
    options.lone_conflict_stays = true;
    quota::arbiter arbiter{quota::youngest_yields{}, options};
    arbiter.declare(on_deployment("lone", "cart", 1));
    CHECK(arbiter.step(blind).empty());
    CHECK(arbiter.state("lone") == quota::state::applied);
    arbiter.step(blind);
    arbiter.step(blind);
    CHECK(arbiter.state("lone") == quota::state::applied);
    arbiter.step(blind);
    CHECK(arbiter.state("lone") == quota::state::conflicting);
    for (int k = 0; k < 100; ++k) CHECK(arbiter.step(cart).empty());
    CHECK(arbiter.state("lone") == quota::state::conflicting);
  }
}

TEST_CASE("published: two agents that never met are taken for rivals because both are in conflict") {
  quota::arbiter_options options = quota::arbiter_options::published();
  const targets blind{{"shop", "cart", {}, false}, {"shop", "till", {}, false}};
  options.rivals_overlap = GENERATE(true, false);
  quota::arbiter arbiter{quota::youngest_yields{}, options};
  arbiter.declare(on_deployment("a", "cart", 1));
  arbiter.declare(on_deployment("b", "till", 2));
  for (int k = 0; k < 5; ++k) arbiter.step(blind);
  CHECK(arbiter.state("b") == (options.rivals_overlap ? quota::state::conflicting : quota::state::disabled));
}

TEST_CASE("an agent whose rival was withdrawn is free again, and as published it stays or is disabled for a ghost") {
  quota::arbiter_options options = quota::arbiter_options::published();
  options.lone_conflict_stays = false;
  options.count_withdrawn = false;
  const auto run = [&](const char* leaves) {
    quota::arbiter arbiter{quota::youngest_yields{}, options};
    arbiter.declare(on_deployment("old", "cart", 1));
    arbiter.declare(on_deployment("new", "cart", 2));
    for (int k = 0; k < 4; ++k) arbiter.step(cart);
    arbiter.withdraw(leaves);
    for (int k = 0; k < 30; ++k) arbiter.step(cart);
    return arbiter;
  };
  SECTION("freed") {
    CHECK(run("old").state("new") == quota::state::applied);
    CHECK(run("new").state("old") == quota::state::applied);
  }
  SECTION("stuck for ever") {
    options.lone_conflict_stays = true;
    CHECK(run("old").state("new") == quota::state::conflicting);
  }
  SECTION("disabled for the sake of one that is gone") {
    options.count_withdrawn = true;
    const quota::arbiter arbiter = run("old");
    CHECK(arbiter.state("new") == quota::state::disabled);
    CHECK(sentences(arbiter).back() ==
          "5: new is disabled: old and new are in conflict and it yields, because it is the youngest");
    CHECK(sentences(run("new"))[8] == "5: old and new are in conflict and new should yield, but it is no longer there");
  }
}

TEST_CASE("somebody who is no agent undoes each patch: in conflict, and left alone until that ends") {
  targets there = cart;
  there[0].overwritten = true;
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("lone", "cart", 1));
  for (int k = 0; k < 3; ++k) CHECK(arbiter.step(there).size() == 1);
  CHECK(arbiter.state("lone") == quota::state::applied);
  CHECK(arbiter.step(there).size() == 1);
  CHECK(arbiter.state("lone") == quota::state::conflicting);
  for (int k = 0; k < 10; ++k) CHECK(arbiter.step(there).empty());
  CHECK(arbiter.state("lone") == quota::state::conflicting);
  arbiter.step(cart);
  CHECK(arbiter.state("lone") == quota::state::pending);
  arbiter.step(cart);
  CHECK(arbiter.state("lone") == quota::state::applied);
}

TEST_CASE("two who share patch once, and leave a target alone that somebody else keeps undoing") {
  targets there = cart;
  there[0].overwritten = true;
  quota::arbiter arbiter{quota::tightest_wins{}};
  arbiter.declare(on_deployment("a", "cart", 1, {0.5, 1}));
  arbiter.declare(on_deployment("b", "cart", 2, {1, 0.5}));
  CHECK(arbiter.step(there) == std::vector<quota::patch>{{"shop/cart", "a", {0.5, 0.5}}});
  std::size_t patches = 1;
  for (int k = 0; k < 100; ++k) patches += arbiter.step(there).size();
  CHECK(patches == 7);  // 1 to 3 and one more of the first; 0 to 2 and one more of the second
  CHECK(arbiter.state("a") == quota::state::conflicting);
  CHECK(arbiter.state("b") == quota::state::conflicting);
  for (int k = 0; k < 3; ++k) arbiter.step(cart);
  CHECK(arbiter.state("a") == quota::state::applied);
  CHECK(arbiter.state("b") == quota::state::applied);
}

TEST_CASE("of three one is left, in whichever order they came") {
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("b", "cart", 2));
  arbiter.declare(on_space("a", 1));
  arbiter.declare(on_deployment("c", "cart", 3));
  arbiter.step(shop);
  CHECK(arbiter.state("a") == quota::state::applied);
  CHECK(arbiter.state("b") == quota::state::disabled);
  CHECK(arbiter.state("c") == quota::state::disabled);
}

TEST_CASE("a higher priority stays, however young") {
  quota::arbiter arbiter{quota::priority_wins{}};
  quota::agent late = on_deployment("late", "cart", 2);
  late.priority = 5;
  arbiter.declare(on_deployment("early", "cart", 1));
  arbiter.declare(late);
  arbiter.step(cart);
  CHECK(arbiter.state("early") == quota::state::disabled);
  CHECK(arbiter.log()[2].sentence ==
        "early is disabled: early and late meet on shop/cart and it yields, because its priority is the lowest, 0");
}

TEST_CASE("agents that share are all applied, with one patch, and what they share follows who is left") {
  const bool tightest = GENERATE(true, false);
  quota::arbiter arbiter{tightest ? quota::strategy(quota::tightest_wins{}) : quota::strategy(quota::weighted_share{})};
  quota::agent heavy = on_deployment("heavy", "cart", 2, {0.5, 1});
  heavy.weight = 3;
  arbiter.declare(on_space("light", 1, {0.9, 0.8}));
  arbiter.declare(heavy);
  const quota::factors together =
      tightest ? quota::factors{0.5, 0.8} : quota::factors{(0.9 + 1.5) / 4, (0.8 + 3.0) / 4};
  CHECK(arbiter.step(shop) ==
        std::vector<quota::patch>{{"shop/cart", "light", together}, {"shop/till", "light", {0.9, 0.8}}});
  CHECK(arbiter.state("light") == quota::state::applied);
  CHECK(arbiter.state("heavy") == quota::state::applied);
  CHECK(arbiter.step(shop).empty());
  arbiter.withdraw("heavy");
  CHECK(arbiter.step(shop) == std::vector<quota::patch>{{"shop/cart", "light", {0.9, 0.8}}});
  CHECK(arbiter.step(shop).empty());
}

TEST_CASE("agents that fought can share as well") {
  quota::arbiter arbiter{quota::tightest_wins{}, quota::arbiter_options::published()};
  arbiter.declare(on_deployment("a", "cart", 1, {0.5, 1}));
  arbiter.declare(on_deployment("b", "cart", 2, {1, 0.5}));
  CHECK(timeline(arbiter, cart, "a", "b", 5).back() == "pending pending");
  CHECK(arbiter.step(cart) == std::vector<quota::patch>{{"shop/cart", "a", {0.5, 0.5}}});
  for (int k = 0; k < 20; ++k) CHECK(arbiter.step(cart).empty());
  CHECK(arbiter.state("a") == quota::state::applied);
  CHECK(arbiter.state("b") == quota::state::applied);
}

TEST_CASE("what went is set back: of a withdrawn agent, and of a disabled one where nobody else has a say") {
  quota::arbiter_options options;
  options.revert_disabled = GENERATE(true, false);
  quota::arbiter arbiter{quota::youngest_yields{}, options};
  arbiter.declare(on_space("young", 2));
  CHECK(arbiter.step(shop).size() == 2);
  arbiter.declare(on_deployment("old", "cart", 1));
  std::vector<quota::patch> expected{{"shop/cart", "old", {0.8, 1}}};
  if (options.revert_disabled) expected.insert(expected.begin(), {"shop/till", "young", {}, true});
  CHECK(arbiter.step(shop) == expected);
  arbiter.withdraw("old");
  CHECK(arbiter.step(shop) == std::vector<quota::patch>{{"shop/cart", "old", {}, true}});
}

TEST_CASE("a patch that went wrong is set back and pins its target until its agent is withdrawn") {
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("a", "cart", 1));
  CHECK_FALSE(arbiter.judge("shop/cart", true, 1).has_value());  // nobody has touched it yet
  arbiter.step(cart);
  CHECK_FALSE(arbiter.judge("shop/cart", false, 1.19).has_value());
  CHECK(arbiter.judge("shop/cart", false, 1.2) == quota::patch{"shop/cart", "a", {}, true});
  CHECK(arbiter.pinned("shop/cart"));
  CHECK_FALSE(arbiter.judge("shop/cart", true, 1).has_value());
  arbiter.declare(on_deployment("a", "cart", 1, {0.9, 1}));
  for (int k = 0; k < 10; ++k) CHECK(arbiter.step(cart).empty());
  arbiter.withdraw("a");
  arbiter.declare(on_deployment("b", "cart", 2));
  CHECK(arbiter.step(cart) == std::vector<quota::patch>{{"shop/cart", "b", {0.8, 1}}});
  CHECK_FALSE(arbiter.pinned("shop/cart"));
  CHECK(sentences(arbiter).at(2) ==
        "1: shop/cart is set back and pinned until a is withdrawn, because its latency is 1.2 times what it was");
}

TEST_CASE("a pin outlasts its agent's being disabled") {
  quota::arbiter arbiter;
  arbiter.declare(on_space("young", 2));
  arbiter.step(shop);
  arbiter.judge("shop/cart", true, 1);
  arbiter.declare(on_deployment("old", "till", 1));
  CHECK(arbiter.step(shop) == std::vector<quota::patch>{{"shop/till", "old", {0.8, 1}}});
  CHECK(arbiter.state("young") == quota::state::disabled);
  CHECK(arbiter.pinned("shop/cart"));
  arbiter.withdraw("young");
  CHECK(arbiter.step(shop).empty());  // it was set back when it was judged
  CHECK_FALSE(arbiter.pinned("shop/cart"));
}

TEST_CASE("pods that were killed and a latency that nobody can measure are bad, too") {
  const bool killed = GENERATE(true, false);
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("a", "cart", 1));
  arbiter.step(cart);
  CHECK(arbiter.judge("shop/cart", killed, killed ? 1 : -1).has_value());
}

TEST_CASE("a target may have a threshold of its own") {
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("a", "cart", 1));
  arbiter.step(cart);
  CHECK_FALSE(arbiter.judge("shop/cart", false, 1.9, 2.0).has_value());
  CHECK_FALSE(arbiter.judge("shop/cart", false, 1.1).has_value());
  CHECK(arbiter.judge("shop/cart", false, 1.1, 1.05).has_value());
}

TEST_CASE("a new declaration is a new factor, and the old age") {
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("a", "cart", 1));
  arbiter.step(cart);
  arbiter.declare(on_deployment("a", "cart", 9, {0.6, 1}));
  CHECK(arbiter.state("a") == quota::state::pending);
  CHECK(arbiter.step(cart) == std::vector<quota::patch>{{"shop/cart", "a", {0.6, 1}}});
  arbiter.declare(on_deployment("b", "cart", 2));
  arbiter.step(cart);
  CHECK(arbiter.state("a") == quota::state::applied);
  CHECK(arbiter.state("b") == quota::state::disabled);
}

TEST_CASE("a pod that moves can bring two agents together") {
  quota::agent node = on_deployment("node", "", 2);
  node.scope = quota::scope::node;
  node.node = "n2";
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("a", "cart", 1));
  arbiter.declare(node);
  arbiter.step(cart);
  CHECK(arbiter.state("node") == quota::state::pending);  // it covers nothing yet
  arbiter.step({{"shop", "cart", {"n1", "n2"}}});
  CHECK(arbiter.state("node") == quota::state::disabled);
}

TEST_CASE("a deployment that is gone is forgotten, its patch with it") {
  quota::arbiter arbiter;
  arbiter.declare(on_deployment("a", "cart", 1));
  arbiter.step(cart);
  CHECK(arbiter.step({}).empty());
  CHECK(arbiter.step(cart).size() == 1);
}

TEST_CASE("quota::arbiter refuses what cannot be") {
  CHECK_THROWS_WITH(quota::arbiter(quota::strategy{}), "quota::arbiter: strategy is nothing, must be a function");
  CHECK_THROWS_WITH(quota::arbiter(quota::youngest_yields{}, {.latency_threshold = 1}),
                    "quota::arbiter: latency_threshold is 1, must be above 1");
  CHECK_THROWS_WITH(quota::arbiter(quota::youngest_yields{}, {.detector = {.rises = 20}}),
                    "rising_counter: window is 20, must be above rises, 20");
  quota::arbiter arbiter;
  CHECK_THROWS_WITH(arbiter.withdraw("x"), "quota::arbiter: agent is x, must be one that was declared");
  CHECK_THROWS_WITH(arbiter.state("x"), "quota::arbiter: agent is x, must be one that was declared");
  CHECK_THROWS_WITH(arbiter.declare(on_deployment("x", "cart", 1, {0, 1})),
                    "quota::agent: cpu factor of x is 0, must be in (0, 10]");
}

TEST_CASE("an agent that shares is ruled on anew when it is declared anew") {
  const quota::agent first = on_deployment("first", "cart", 1, {0.5, 1});
  quota::agent second = on_deployment("second", "cart", 2, {1, 0.5});
  // Agents of equal priority share; otherwise the higher priority stays.
  quota::arbiter arbiter{[](std::span<const quota::agent* const> contenders) {
    const bool equal = contenders[0]->priority == contenders[1]->priority;
    return equal ? quota::tightest_wins{}(contenders) : quota::priority_wins{}(contenders);
  }};
  arbiter.declare(first);
  arbiter.declare(second);
  arbiter.step(cart);
  CHECK(arbiter.state("first") == quota::state::applied);
  CHECK(arbiter.state("second") == quota::state::applied);
  second.priority = 5;
  arbiter.declare(second);
  arbiter.step(cart);
  CHECK(arbiter.state("first") == quota::state::disabled);
  CHECK(arbiter.state("second") == quota::state::applied);
}
