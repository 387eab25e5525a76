// A model that was learned with another menu has the same size, and decides the opposite. The file says what its
// numbers mean, so it is refused by name. What may be otherwise is said.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include <headroom/headroom.hpp>
#include <headroom/io.hpp>

using namespace headroom;

namespace {

struct sample {
  double queue = 0;
  double arrivals_per_s = 4;
  int replicas = 4;
};
class pool {
 public:
  using observation_type = sample;
  using action_type = int;
  sample reset() {
    t_ = 0;
    return now_ = {};
  }
  step_result<sample> step(int delta) {
    now_.replicas = std::clamp(now_.replicas + delta, 1, 8);
    now_.arrivals_per_s = 4 + 3 * std::sin(0.1 * ++t_);
    now_.queue = std::clamp(now_.queue + now_.arrivals_per_s - now_.replicas, 0.0, 50.0);
    return {now_, t_ == 200 ? episode::truncated : episode::ongoing};
  }

 private:
  sample now_;
  int t_ = 0;
};

// [learner]
auto make_learner(actions<int, 3> menu, double epsilon = 0.1) {
  bins see{
      cut{&sample::queue, {0.5, 2, 8}}, cut{&sample::replicas, {2, 3, 4, 5, 6, 7}},
      cut{named_feature{"load", [](const sample& o) { return o.arrivals_per_s / o.replicas; }, "requests/s"}, {1}}};
  weighted objective{term{"late", 10, slo{&sample::queue, good_when::below, 2, 20}},
                     term{"replicas", 1, cost{&sample::replicas, 8}}};
  const std::size_t states = see.size();
  return learn_on<pool>(std::move(see), sarsa{states, 3, {.discount = 0.8}, 42, epsilon_greedy{epsilon}},
                        std::move(objective), menu);
}
// [learner]

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "headroom-a-model-says-what-it-means";
  std::filesystem::create_directory(folder);
  std::filesystem::current_path(folder);

  auto policy = make_learner({-1, 0, 1});
  pool world;
  run(world, policy, 50'000);
  checkpoint c;
  store(policy, c, "policy");
  save(c, "pool.safetensors");

  const checkpoint file = load("pool.safetensors");
  for (const auto& [key, value] : file.settings()) {
    if (key.find(':') != std::string::npos) std::printf("%-33s %s\n", key.c_str(), value.c_str());
  }

  // [refused]
  auto reversed = make_learner({1, 0, -1});
  try {
    restore(reversed, file, "policy");
  } catch (const checkpoint_error& e) {
    std::printf("\n%s\n", e.what());
  }
  // "I know": the menu may differ.
  std::printf("%s\n", restore(reversed, file, "policy", keep::everything, may_differ{"policy.menu"}).line().c_str());
  // To go on with another exploration is allowed, and said.
  auto careful = make_learner({-1, 0, 1}, 0.02);
  std::printf("%s\n", restore(careful, file, "policy").line().c_str());
  // [refused]
  std::filesystem::remove_all(folder);
}
