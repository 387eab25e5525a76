// The deep agent: one update and one choice, beside what this core could do at most in the same process. The tabular
// agents are in tabular.bench.cpp, and the same update by others in peers/.

#include <algorithm>
#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint32_t
#include <memory>    // std::unique_ptr, std::make_unique
#include <optional>  // std::optional
#include <span>      // std::span
#include <string>    // std::string, std::to_string
#include <utility>   // std::pair
#include <vector>    // std::vector

#include <benchmark/benchmark.h>

#include <headroom/agents/dqn.hpp>
#include <headroom/core/random.hpp>
#include <headroom/neural/adam.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/flush_denormals.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/neural/mlp_batch.hpp>
#include <headroom/neural/replay.hpp>

#include "dqn_problem.hpp"
#include "fma_peak.hpp"

namespace {

using headroom::action_index;
using headroom::dqn;
using headroom::dqn_options;

const std::vector<dqn_problem::transition>& experience() {
  static const auto all = dqn_problem::transitions(dqn_problem::capacity);
  return all;
}

dqn<> fresh(const dqn_problem::network& n, std::size_t batch, headroom::instruction_set instructions) {
  dqn_options o;
  o.instructions = instructions;
  o.hidden = {n.hidden[0], n.hidden[1]};
  o.learning_rate = dqn_problem::learning_rate;
  o.discount = dqn_problem::discount;
  o.batch = batch;
  o.capacity = dqn_problem::capacity;
  o.target_rate = dqn_problem::target_rate;
  o.clip_norm = dqn_problem::clip_norm;
  dqn<> agent(dqn_problem::features, dqn_problem::actions, o, 42);
  for (const auto& t : experience()) agent.remember(t.s, action_index{t.action}, t.reward, t.next, t.terminated);
  return agent;
}

/// One agent of a network and a batch, new and after 20,000 updates; made when first asked for and kept for all
/// repetitions.
class agents {
 public:
  agents(const dqn_problem::network& n, std::size_t batch,
         headroom::instruction_set instructions = headroom::best_instructions())
      : network_(n), batch_(batch), instructions_(instructions) {}
  const dqn<>& young() {
    if (!young_) young_ = std::make_unique<dqn<>>(fresh(network_, batch_, instructions_));
    return *young_;
  }
  dqn<>& old() {
    if (!old_) {
      old_ = std::make_unique<dqn<>>(young());
      for (int i = 0; i < 20'000; ++i) old_->update();
    }
    return *old_;
  }

 private:
  dqn_problem::network network_;
  std::size_t batch_;
  headroom::instruction_set instructions_;
  std::unique_ptr<dqn<>> young_;
  std::unique_ptr<dqn<>> old_;
};

void update(benchmark::State& state, agents& of, double operations) {
  dqn<>& agent = of.old();
  for (auto _ : state) {
    if (!agent.update()) return state.SkipWithError("an update was refused");
  }
  state.counters["FLOPS"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
}

/// 500 updates of a copy. Young and old agents are copied alike, so that neither has the warmer cache; an item is one
/// update.
void updates_of_a_copy(benchmark::State& state, const dqn<>& original) {
  constexpr int updates = 500;
  std::optional<dqn<>> agent;
  for (auto _ : state) {
    state.PauseTiming();
    agent.emplace(original);
    state.ResumeTiming();
    for (int i = 0; i < updates; ++i) agent->update();
  }
  state.SetItemsProcessed(updates * state.iterations());
}

/// Each observation depends on the last choice, as it does in use, so that no two choices overlap.
void choose(benchmark::State& state, agents& of) {
  const dqn<>& agent = of.old();
  const auto& from = experience();
  std::size_t i = 0;
  for (auto _ : state) {
    const auto chosen = static_cast<std::size_t>(agent.greedy(from[i].s));
    i = (i + 1 + chosen) % 1000;
  }
  benchmark::DoNotOptimize(i);
}

/// What an update of 9-64-64-3 consists of, each by itself and warm: the sum is less than the whole by the targets, the
/// loss and what the parts do to each other's caches.
class parts {
 public:
  explicit parts(agents& of) : of_(of) {}
  void draw_and_gather(benchmark::State& state) {
    make();
    const auto best = headroom::best_instructions();
    for (auto _ : state) {
      replay_->draw(random_, std::span<std::uint32_t>(rows_).first(batch_->samples()));
      batch_->gather(replay_->next(0), replay_->stride(), rows_.data(), best);
      batch_->gather(replay_->observation(0), replay_->stride(), rows_.data(), best);
    }
  }
  void forward(benchmark::State& state) {
    make();
    for (auto _ : state) batch_->forward(*net_);
    rate(state, forward_operations);
  }
  void backward(benchmark::State& state) {
    make();
    batch_->forward(*net_);
    const headroom::flush_denormals guard;
    for (auto _ : state) {
      const auto gradient = batch_->output_gradient();
      std::fill_n(gradient.data(), gradient.rows() * gradient.stride(), 0.01F);
      batch_->backward(*net_, gradient_);
    }
    rate(state, dqn_problem::operations(dqn_problem::networks[0], 64) - 3 * forward_operations);
  }
  void clip_adam_and_follow(benchmark::State& state) {
    make();
    const headroom::flush_denormals guard;
    for (auto _ : state) {
      adam_->step(net_->parameters(), gradient_, static_cast<double>(dqn_problem::learning_rate),
                  {.largest_norm = 1e-3, .target = target_->parameters(), .target_rate = 0.005});
    }
  }

 private:
  static constexpr double forward_operations = 2.0 * 64 * (9 * 64 + 64 * 64 + 64 * 3);
  static void rate(benchmark::State& state, double operations) {
    state.counters["FLOPS"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
  }
  void make() {
    if (net_) return;
    net_.emplace(of_.old().online());
    target_.emplace(of_.old().target());
    batch_.emplace(*net_, 64, true);
    adam_.emplace(net_->parameters().size(), headroom::adam_options{});
    gradient_.assign(net_->parameters().size(), 1e-3F);
    replay_ = std::make_unique<headroom::replay>(of_.old().remembered());
    rows_.resize(batch_->stride());
    replay_->draw(random_, std::span<std::uint32_t>(rows_).first(batch_->samples()));
    batch_->gather(replay_->observation(0), replay_->stride(), rows_.data(), headroom::best_instructions());
  }
  agents& of_;
  headroom::engine random_{7};
  std::optional<headroom::mlp<float>> net_, target_;
  std::optional<headroom::mlp_batch<float>> batch_;
  std::optional<headroom::adam<float>> adam_;
  headroom::internal::aligned_vector<float> gradient_;
  std::unique_ptr<headroom::replay> replay_;
  std::vector<std::uint32_t> rows_;
};

void peak(benchmark::State& state) {
  const fma_peak::widest w = fma_peak::find();
  for (auto _ : state) w.run();
  state.counters["lanes"] = static_cast<double>(w.lanes);
  state.counters["FLOPS"] = benchmark::Counter(fma_peak::operations(w), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;

  benchmark::RegisterBenchmark("fma_peak", peak);
  std::vector<std::unique_ptr<agents>> kept;
  for (const auto& n : dqn_problem::networks) {
    const std::string name = n.name;
    for (const std::size_t batch : {64U, 32U}) {
      agents& of = *kept.emplace_back(std::make_unique<agents>(n, batch));
      const std::string suffix = "/" + name + "/" + std::to_string(batch);
      benchmark::RegisterBenchmark(("update" + suffix).c_str(), [&of, n, batch](benchmark::State& state) {
        update(state, of, dqn_problem::operations(n, batch));
      });
      benchmark::RegisterBenchmark(("update_first_500" + suffix).c_str(),
                                   [&of](benchmark::State& state) { updates_of_a_copy(state, of.young()); });
      benchmark::RegisterBenchmark(("update_after_20000" + suffix).c_str(),
                                   [&of](benchmark::State& state) { updates_of_a_copy(state, of.old()); });
    }
    benchmark::RegisterBenchmark(("choose/" + name).c_str(),
                                 [&of = *kept.back()](benchmark::State& state) { choose(state, of); });
  }
  parts of_update(*kept.front());
  benchmark::RegisterBenchmark("part/draw_and_gather", [&](auto& state) { of_update.draw_and_gather(state); });
  benchmark::RegisterBenchmark("part/forward", [&](auto& state) { of_update.forward(state); });
  benchmark::RegisterBenchmark("part/backward", [&](auto& state) { of_update.backward(state); });
  benchmark::RegisterBenchmark("part/clip_adam_and_follow",
                               [&](auto& state) { of_update.clip_adam_and_follow(state); });

  // The other copies of the kernels that this machine can run.
  using headroom::instruction_set;
  for (const auto& [copy, name] : {std::pair{instruction_set::baseline, "baseline"}, {instruction_set::avx2, "avx2"}}) {
    if (!headroom::supported(copy) || copy == headroom::best_instructions()) continue;
    const auto& n = dqn_problem::networks[0];
    agents& of = *kept.emplace_back(std::make_unique<agents>(n, 64, copy));
    const std::string suffix = std::string("_with_") + name + "/" + n.name;
    const double operations = dqn_problem::operations(n, 64);
    benchmark::RegisterBenchmark(("update" + suffix + "/64").c_str(),
                                 [&of, operations](benchmark::State& state) { update(state, of, operations); });
    benchmark::RegisterBenchmark(("choose" + suffix).c_str(), [&of](benchmark::State& state) { choose(state, of); });
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
