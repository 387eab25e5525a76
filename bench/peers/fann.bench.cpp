// FANN: a forward pass (`choose`), and one epoch of its plain batch training over as many samples as a batch
// (`train_epoch`), the nearest that it has to an update: forward passes, mean squared error, backward passes, one step
// along the gradient. It has no Adam, no Huber loss, no clipping and no target network, and draws nothing; its ReLU is
// its bounded linear function, and its training stops an output's error at a tanh unless told otherwise.

#include <floatfann.h>

#include <algorithm>  // std::copy_n, std::max_element
#include <array>      // std::array
#include <cstddef>    // std::size_t
#include <memory>     // std::unique_ptr
#include <string>     // std::string, std::to_string

#include <benchmark/benchmark.h>

#include "../dqn_problem.hpp"
#include "flush.hpp"

namespace {

using net = std::unique_ptr<fann, decltype(&fann_destroy)>;
using data = std::unique_ptr<fann_train_data, decltype(&fann_destroy_train)>;

net make(const dqn_problem::network& n) {
  net out(fann_create_standard(4, static_cast<unsigned>(dqn_problem::features), static_cast<unsigned>(n.hidden[0]),
                               static_cast<unsigned>(n.hidden[1]), static_cast<unsigned>(dqn_problem::actions)),
          fann_destroy);
  fann_set_activation_function_hidden(out.get(), FANN_LINEAR_PIECE);
  fann_set_activation_function_output(out.get(), FANN_LINEAR);
  fann_set_training_algorithm(out.get(), FANN_TRAIN_BATCH);
  fann_set_train_error_function(out.get(), FANN_ERRORFUNC_LINEAR);
  fann_set_learning_rate(out.get(), dqn_problem::learning_rate);
  return out;
}

void train_epoch(benchmark::State& state, const dqn_problem::network& n, std::size_t batch) {
  const net network = make(n);
  const data samples(fann_create_train(static_cast<unsigned>(batch), static_cast<unsigned>(dqn_problem::features),
                                       static_cast<unsigned>(dqn_problem::actions)),
                     fann_destroy_train);
  std::size_t i = 0;
  for (const auto& t : dqn_problem::transitions(batch)) {
    std::copy_n(t.s.data(), dqn_problem::features, samples->input[i]);
    std::copy_n(t.next.data(), dqn_problem::actions, samples->output[i]);
    ++i;
  }
  for (int k = 0; k < 2'000; ++k) fann_train_epoch(network.get(), samples.get());
  for (auto _ : state) benchmark::DoNotOptimize(fann_train_epoch(network.get(), samples.get()));
}

void choose(benchmark::State& state, const dqn_problem::network& n) {
  const net network = make(n);
  auto from = dqn_problem::transitions(1000);
  std::size_t i = 0;
  for (auto _ : state) {
    const float* const q = fann_run(network.get(), from[i].s.data());
    i = (i + 1 + static_cast<std::size_t>(std::max_element(q, q + dqn_problem::actions) - q)) % 1000;
  }
  benchmark::DoNotOptimize(i);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  flush_denormals_for_good();
  for (const auto& n : dqn_problem::networks) {
    for (const std::size_t batch : {64U, 32U}) {
      benchmark::RegisterBenchmark((std::string("train_epoch/") + n.name + "/" + std::to_string(batch)).c_str(),
                                   train_epoch, n, batch);
    }
    benchmark::RegisterBenchmark((std::string("choose/") + n.name).c_str(), choose, n);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
