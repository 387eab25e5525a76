#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <headroom/explorations/epsilon_greedy.hpp>
#include <headroom/explorations/softmax.hpp>
#include <headroom/actions/limits.hpp>
#include <headroom/actions/menu.hpp>
#include <headroom/agents/dqn.hpp>
#include <headroom/agents/expected_sarsa.hpp>
#include <headroom/agents/ppo.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/core/schedule.hpp>
#include <headroom/encoders/bins.hpp>
#include <headroom/encoders/standardize.hpp>
#include <headroom/encoders/tiles.hpp>
#include <headroom/systems/farm/environment.hpp>
#include <headroom/environments/noisy.hpp>
#include <headroom/environments/time_limit.hpp>
#include <headroom/io/state.hpp>
#include <headroom/policies/learner.hpp>
#include <headroom/run/observers.hpp>
#include <headroom/run/run.hpp>

#include "catch.hpp"
#include "scratch.hpp"

// A training that is saved, loaded into fresh objects and continued must be the one that was never interrupted: the
// same choices, and the same state to the last bit.

namespace {

using namespace headroom;
using sight = farm::observation;

auto see() {
  return bins{cut{&sight::workers, {8.5, 12.5, 16.5}}, cut{&sight::worker_queue, {0.5, 3.5, 8.5}},
              cut{&sight::arrival_rate, {2, 4, 6, 8}}};
}
auto see_tiles() { return tiles{tilings<8>, axis{&sight::workers, 1, 32, 8}, axis{&sight::worker_queue, 0, 60, 6}}; }
double cost(const sight& before, int delta, const sight& after) {
  return -0.01 * after.workers - (1 - after.qos_rate) - 0.001 * (delta != 0) - 0.0001 * before.worker_queue;
}
const actions moves{-1, 0, +1};

// Whatever the gauges err by runs on from one episode to the next, so the world has a state of its own.
auto world(std::uint64_t seed, std::size_t distinct = 0) {
  return time_limit{noisy{farm::environment{seed, {.distinct_episodes = distinct}}, 5,
                          noise{&sight::worker_queue, {.relative = 0.3, .floor = 0}}},
                    23};
}

template <class World, class Learner>
struct training {
  World world;
  Learner learner;
  std::vector<int> choices{};

  void play(std::uint64_t episodes) {
    run_episodes(world, learner, episodes, on_each_step([this](const auto& r) { choices.push_back(r.action); }));
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("world", self.world);
    a("learner", self.learner);
  }
};

template <class T>
checkpoint state_of(const T& x) {
  checkpoint c;
  store(x, c);
  return c;
}

// `make()` is a fresh training: the same one at each call.
template <class Make>
void check_resumes(Make make, std::uint64_t before, std::uint64_t after) {
  const scratch_folder folder;
  auto whole = make();
  whole.play(before + after);

  auto first = make();
  first.play(before);
  save(state_of(first), folder / "f");
  auto second = make();
  restore(second, load(folder / "f"));
  CHECK(state_of(second) == state_of(first));
  second.play(after);

  std::vector<int> choices = first.choices;
  choices.insert(choices.end(), second.choices.begin(), second.choices.end());
  REQUIRE(whole.choices.size() > 10 * (before + after));
  CHECK(choices == whole.choices);
  CHECK(state_of(second) == state_of(whole));
  // Else nothing would be shown: what goes on is not what begins anew.
  auto fresh = make();
  fresh.play(after);
  CHECK_FALSE(fresh.choices == second.choices);
}

template <template <class, class> class AgentT, class Explore>
void check_agent(const Explore& explore, double trace_decay, trace_kind traces) {
  const schedule rate = harmonic_decay{0.3, 0.01, 300, per::step};
  const auto make = [&] {
    auto encode = see();
    AgentT<Explore, state_index> agent{
        encode.size(),
        moves.size(),
        {.learning_rate = rate, .discount = 0.97, .trace_decay = trace_decay, .traces = traces},
        42,
        explore};
    auto learner = learn_on<decltype(world(1))>(encode, std::move(agent), cost, moves);
    return training<decltype(world(1)), decltype(learner)>{world(900), std::move(learner)};
  };
  INFO("trace decay " << trace_decay << ", traces " << static_cast<int>(traces));
  check_resumes(make, 7, 9);
}

const epsilon_greedy falling{linear{0.5, 0.01, 12, per::episode}};
const epsilon_greedy falling_by_step{exponential_decay{0.5, 0.01, 0.99, per::step}, tie_break::largest_index};
const softmax cooling{harmonic_decay{0.1, 0.001, 200, per::step}};

}  // namespace

TEST_CASE("a resumed training is the uninterrupted one: SARSA, with every kind of trace") {
  for (const double trace_decay : {0.0, 0.3, 0.95, 1.0}) {
    for (const trace_kind kind : {trace_kind::accumulating, trace_kind::replacing, trace_kind::dutch}) {
      check_agent<sarsa>(falling, trace_decay, kind);
    }
  }
}

TEST_CASE("a resumed training is the uninterrupted one: Expected SARSA and Q-learning") {
  for (const double trace_decay : {0.0, 0.3, 0.95}) {
    check_agent<expected_sarsa>(falling_by_step, trace_decay, trace_kind::replacing);
    check_agent<q_learning>(falling, trace_decay, trace_kind::replacing);
  }
}

TEST_CASE("a resumed training is the uninterrupted one: every exploration") {
  check_agent<sarsa>(falling_by_step, 0.9, trace_kind::replacing);
  check_agent<sarsa>(cooling, 0.9, trace_kind::replacing);
  check_agent<expected_sarsa>(cooling, 0.0, trace_kind::replacing);
}

TEST_CASE("a resumed training is the uninterrupted one: tile coding") {
  for (const double trace_decay : {0.0, 0.9}) {
    const auto make = [&] {
      auto encode = see_tiles();
      sarsa<epsilon_greedy, active_features<8>> agent{
          encode.size(),
          moves.size(),
          {.learning_rate = 0.2, .discount = 0.97, .trace_decay = trace_decay},
          42,
          falling};
      auto learner = learn_on<decltype(world(1))>(encode, std::move(agent), cost, moves);
      return training<decltype(world(1)), decltype(learner)>{world(900), std::move(learner)};
    };
    check_resumes(make, 5, 6);
  }
}

TEST_CASE("a resumed training is the uninterrupted one: workloads that are played in turn") {
  const auto make = [] {
    auto encode = see();
    auto learner =
        learn_on<decltype(world(1))>(encode, sarsa{encode.size(), moves.size(), {.discount = 0.97}, 3}, cost, moves);
    return training<decltype(world(1)), decltype(learner)>{world(900, 4), std::move(learner)};
  };
  for (const std::uint64_t before : {3U, 4U, 10U}) check_resumes(make, before, 7);
}

TEST_CASE("a resumed training is the uninterrupted one: DQN, its replay, its optimiser and its moments") {
  dqn_options plain{.hidden = {16, 8},
                    .learning_rate = linear{3e-3, 1e-4, 300, per::step},
                    .discount = 0.97,
                    .batch = 16,
                    .capacity = 200,  // less than is played, so that the ring goes round
                    .warm_up = 50};
  dqn_options rich = plain;
  rich.activate = activation::tanh;
  rich.n_steps = 3;
  rich.dueling = true;
  rich.train_every = 3;
  rich.target_rate = 1;
  rich.target_every = 7;
  rich.priority = 0.6;
  rich.importance = linear{0.4, 1, 300, per::step};
  const auto check = [](const dqn_options& options, const auto& explore, const auto& acts) {
    const auto make = [&] {
      standardize encode{running{&sight::workers}, between{&sight::worker_queue, 0, 20}, running{&sight::arrival_rate}};
      dqn agent{encode.dimension(), acts.size(), options, 42, explore};
      auto learner = learn_on<decltype(world(1))>(encode, std::move(agent), cost, acts);
      return training<decltype(world(1)), decltype(learner)>{world(900), std::move(learner)};
    };
    check_resumes(make, 9, 8);
    auto played = make();
    played.play(17);
    CHECK(played.learner.agent().health().updates > 50);  // else there would be little to resume
  };
  check(plain, falling, moves);
  check(rich, falling_by_step, moves);
  check(rich, cooling, limited{moves, &sight::workers, replica_limits{10, 14}});
}

TEST_CASE("a resumed training is the uninterrupted one: PPO, in the middle of a rollout") {
  for (const bool shared : {false, true}) {
    const auto make = [&] {
      standardize encode{running{&sight::workers}, between{&sight::worker_queue, 0, 20}, running{&sight::arrival_rate}};
      const limited acts{moves, &sight::workers, replica_limits{10, 14}};
      ppo agent{encode.dimension(),
                acts.size(),
                {.hidden = {16, 8},
                 .shared = shared,
                 .learning_rate = linear{3e-3, 1e-4, 300, per::step},
                 .rollout = 90,  // 23 steps an episode
                 .minibatch = 16,
                 .epochs = 3,
                 .entropy = linear{0.01, 0, 300, per::step},
                 .value_clip = value_clipping::around_old,
                 .kl_weight = 0.2},
                42};
      auto learner = learn_on<decltype(world(1))>(encode, std::move(agent), cost, acts);
      return training<decltype(world(1)), decltype(learner)>{world(900), std::move(learner)};
    };
    check_resumes(make, 9, 8);
    auto played = make();
    played.play(9);
    CHECK(played.learner.agent().health().rollouts == 2);
    CHECK(played.learner.agent().remembered().size() == 9 * 23 % 90);
  }
}

TEST_CASE("a training is not resumed in another world or with another configuration") {
  const auto make = [](std::uint64_t seed, double discount, std::size_t distinct) {
    auto encode = see();
    auto learner = learn_on<decltype(world(1))>(encode, sarsa{encode.size(), moves.size(), {.discount = discount}, 3},
                                                cost, moves);
    return training<decltype(world(1)), decltype(learner)>{world(seed, distinct), std::move(learner)};
  };
  auto one = make(900, 0.97, 0);
  one.play(2);
  const checkpoint c = state_of(one);
  const auto restoring = [&](auto&& other) {
    const checkpoint before = state_of(other);
    const std::string sentence = refusal<checkpoint_error>([&] { restore(other, c); });
    CHECK(state_of(other) == before);
    return sentence;
  };
  CHECK(restoring(make(901, 0.97, 0)) == "checkpoint: world.inner.inner.first_seed is 900 in the file, must be 901");
  CHECK(restoring(make(900, 0.97, 2)) ==
        "checkpoint: world.inner.inner.options.distinct_episodes is 0 in the file, must be 2");
  CHECK(restoring(make(900, 0.95, 0)) == "checkpoint: learner.agent.discount is 0.97 in the file, must be 0.95");
}

namespace {

// The same file with one entry that says something else, and the right checksum, as a forger would have it.
template <class T>
bool change_tensor(checkpoint& to, const checkpoint& from, const std::string& name, std::size_t at, T value) {
  const auto& shape = from.shape(name);
  try {
    const auto old = from.get<T>(name, shape);
    std::vector<T> values(old.begin(), old.end());
    if (!values.empty()) values[at % values.size()] = value;
    to.add(name, shape, values);
    return true;
  } catch (const checkpoint_error&) {
    return false;  // of another type
  }
}
checkpoint forged(const checkpoint& from, const std::string& name, std::size_t at, std::uint64_t value) {
  checkpoint to;
  for (const auto& [key, text] : from.settings()) to.set(key, text);
  for (const std::string& each : from.names()) {
    const bool keeps = each != name;
    const auto pick = [&]<class T>(T forgery) {
      if (!keeps) return change_tensor(to, from, each, at, forgery);
      const auto& shape = from.shape(each);
      try {
        to.add(each, shape, from.get<T>(each, shape));
        return true;
      } catch (const checkpoint_error&) {
        return false;
      }
    };
    const double real = value % 2 == 0 ? 1e300 : -1;
    const bool found = pick(real) || pick(static_cast<float>(value % 2 == 0 ? 3e38F : -1.0F)) || pick(value) ||
                       pick(static_cast<std::uint32_t>(value)) || pick(static_cast<std::uint8_t>(value)) ||
                       pick(static_cast<std::int64_t>(value)) || pick(static_cast<std::int32_t>(value));
    REQUIRE(found);
  }
  return to;
}

// Whatever a file says is refused, and then nothing has changed, or can be played on with; the sanitizers see the rest.
template <class Make>
void check_forgeries(Make make) {
  auto first = make();
  first.play(4);
  const checkpoint honest = state_of(first);
  const checkpoint fresh = state_of(make());
  std::size_t refused = 0;
  std::size_t accepted = 0;
  const auto attempt = [&](const checkpoint& forgery) {
    auto other = make();
    try {
      restore(other, forgery);
      ++accepted;
    } catch (const checkpoint_error&) {
      ++refused;
      REQUIRE(state_of(other) == fresh);
    }
    other.play(1);
  };
  for (const auto& [key, honest_text] : honest.settings()) {
    for (const char* text : {"0", "1", "7", "-1", "0.5", "1e300", "inf", "true", "18446744073709551615", ""}) {
      checkpoint forgery = honest;
      forgery.set(key, text);
      INFO(key << " is " << text);
      attempt(forgery);
    }
  }
  for (const std::string& name : honest.names()) {
    for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, ~std::uint64_t{1}}) {
      INFO("a value of " << name << " is " << value);
      attempt(forged(honest, name, 1, value));
    }
  }
  CHECK(refused > 100);
  CHECK(accepted > 20);
}

}  // namespace

TEST_CASE("a forged training is refused as a whole, or played on with: tables") {
  for (const double trace_decay : {0.0, 0.3, 0.95}) {
    check_forgeries([trace_decay] {
      auto encode = see();
      sarsa agent{encode.size(), moves.size(), {.discount = 0.97, .trace_decay = trace_decay}, 42, falling_by_step};
      auto learner = learn_on<decltype(world(1))>(encode, std::move(agent), cost, moves);
      return training<decltype(world(1)), decltype(learner)>{world(900, 3), std::move(learner)};
    });
  }
}

TEST_CASE("a forged training is refused as a whole, or played on with: a network") {
  check_forgeries([] {
    standardize encode{running{&sight::workers}, between{&sight::worker_queue, 0, 20}};
    limited acts{moves, &sight::workers, replica_limits{10, 14}};
    dqn agent{
        encode.dimension(),
        acts.size(),
        {.hidden = {8}, .batch = 4, .capacity = 60, .warm_up = 8, .train_every = 5, .n_steps = 2, .priority = 0.6},
        42,
        falling};
    auto learner = learn_on<decltype(world(1))>(encode, std::move(agent), cost, acts);
    return training<decltype(world(1)), decltype(learner)>{world(900, 3), std::move(learner)};
  });
}
