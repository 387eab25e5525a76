// dlib's network with its own loss and its own Adam: the part of the update that dlib has. It does one forward pass,
// the mean squared error of all outputs, the backward pass and Adam. It does not do the rest of dqn_problem.hpp, which
// is ours to do in every update: drawing the batch, the two forward passes of a Double DQN target, the Huber loss of
// the action taken, the clipped norm, the blend into a target network. So `train_step` is less than half of the work
// that `update` does elsewhere.

#include <dlib/dnn.h>

#include <algorithm>  // std::max_element
#include <cstddef>    // std::size_t
#include <memory>     // std::make_shared
#include <string>     // std::string, std::to_string
#include <vector>     // std::vector

#include <benchmark/benchmark.h>

#include "../dqn_problem.hpp"
#include "flush.hpp"

namespace {

using sample = dlib::matrix<float, 0, 1>;
template <unsigned long H1, unsigned long H2>
using net = dlib::loss_mean_squared_multioutput<
    dlib::fc<dqn_problem::actions, dlib::relu<dlib::fc<H2, dlib::relu<dlib::fc<H1, dlib::input<sample>>>>>>>;

template <class Net>
void train_step(benchmark::State& state, std::size_t batch) {
  static constexpr std::size_t layers = Net::num_computational_layers;
  Net network;
  std::vector<sample> inputs, labels;
  for (const auto& t : dqn_problem::transitions(batch)) {
    inputs.emplace_back(dlib::mat(t.s.data(), dqn_problem::features));
    labels.emplace_back(dlib::mat(t.next.data(), dqn_problem::actions));
  }
  dlib::resizable_tensor x;
  network.to_tensor(inputs.begin(), inputs.end(), x);
  std::vector<dlib::adam> solvers(layers, dlib::adam(0.0F, dqn_problem::beta1, dqn_problem::beta2));
  const auto step = [&] {
    network.compute_parameter_gradients(x, labels.begin());
    network.update_parameters(solvers, static_cast<double>(dqn_problem::learning_rate));
  };
  for (int i = 0; i < 2'000; ++i) step();
  for (auto _ : state) step();
}

template <class Net>
void choose(benchmark::State& state) {
  Net network;
  std::vector<sample> inputs;
  for (const auto& t : dqn_problem::transitions(1000))
    inputs.emplace_back(dlib::mat(t.s.data(), dqn_problem::features));
  dlib::resizable_tensor x;
  network.to_tensor(inputs.begin(), inputs.begin() + 1, x);
  std::size_t i = 0;
  for (auto _ : state) {
    std::copy_n(&inputs[i](0), dqn_problem::features, x.host_write_only());
    const dlib::tensor& values = network.subnet().forward(x);
    const float* const q = values.host();
    i = (i + 1 + static_cast<std::size_t>(std::max_element(q, q + dqn_problem::actions) - q)) % 1000;
  }
  benchmark::DoNotOptimize(i);
}

template <class Net>
void add(const dqn_problem::network& n) {
  for (const std::size_t batch : {64U, 32U}) {
    benchmark::RegisterBenchmark((std::string("train_step/") + n.name + "/" + std::to_string(batch)).c_str(),
                                 train_step<Net>, batch);
  }
  benchmark::RegisterBenchmark((std::string("choose/") + n.name).c_str(), choose<Net>);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  flush_denormals_for_good();
  static_assert(dqn_problem::networks[0].hidden == std::array<std::size_t, 2>{64, 64});
  static_assert(dqn_problem::networks[1].hidden == std::array<std::size_t, 2>{128, 64});
  add<net<64, 64>>(dqn_problem::networks[0]);
  add<net<128, 64>>(dqn_problem::networks[1]);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
