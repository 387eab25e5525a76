#include "ours.hpp"

#include <algorithm>  // std::max
#include <stdexcept>  // std::runtime_error

#include <headroom/agents/dqn.hpp>

namespace ours {
namespace {

std::vector<layer> layers(const headroom::mlp<float>& net) {
  std::vector<layer> out(net.layers());
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto weight = net.weight(k);  // (inputs, outputs)
    const auto bias = net.bias(k);
    for (std::ptrdiff_t o = 0; o < weight.cols(); ++o) {
      for (std::ptrdiff_t i = 0; i < weight.rows(); ++i) out[k].weight.push_back(weight(i, o));
    }
    for (std::ptrdiff_t o = 0; o < bias.cols(); ++o) out[k].bias.push_back(bias(0, o));
  }
  return out;
}

}  // namespace

result updates(const dqn_problem::network& n, std::size_t batch, int updates, float clip) {
  headroom::dqn_options o;
  o.hidden = {n.hidden[0], n.hidden[1]};
  o.learning_rate = static_cast<double>(dqn_problem::learning_rate);
  o.discount = static_cast<double>(dqn_problem::discount);
  o.batch = batch;
  o.capacity = batch;
  o.target_rate = static_cast<double>(dqn_problem::target_rate);
  o.clip_norm = static_cast<double>(clip);
  headroom::dqn agent(dqn_problem::features, dqn_problem::actions, o, 42);
  for (const auto& t : dqn_problem::transitions(batch)) {
    agent.remember(t.s, headroom::action_index{t.action}, static_cast<double>(t.reward), t.next, t.terminated);
  }
  result out{layers(agent.online()), {}, {}, 0};
  for (int i = 0; i < updates; ++i) {
    if (!agent.update()) throw std::runtime_error("ours: an update was refused");
    out.longest_gradient = std::max(out.longest_gradient, agent.health().gradient_norm);
  }
  out.online = layers(agent.online());
  out.target = layers(agent.target());
  return out;
}

}  // namespace ours
