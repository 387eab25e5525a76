#include <headroom/io/state.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <string>

#include <headroom/agents/dqn.hpp>
#include <headroom/agents/ppo.hpp>
#include <headroom/agents/q_learning.hpp>
#include <headroom/agents/sarsa.hpp>
#include <headroom/encoders/standardize.hpp>

#include "input.hpp"

using namespace headroom;

namespace {

struct sample {
  double queue = 0;
};

constexpr float here[] = {0.5F, -1};

// What was accepted goes on learning, and stays finite.
template <class AgentT>
void restored_table(AgentT agent, const checkpoint& c) {
  fuzz::may_refuse([&] {
    restore(agent, c, "p");
    agent.start(state_index{0});
    for (std::size_t k = 0; k < 50; ++k) agent.step(k % 2 == 0 ? 1e9 : -1e9, state_index{k % 3});
    agent.terminate(1);
    for (const q_table all = agent.table(); const double v : all.all()) fuzz::must(std::isfinite(v));
  });
}
template <class AgentT, class Values>
void restored_network(AgentT agent, const checkpoint& c, Values&& values) {
  fuzz::may_refuse([&] {
    restore(agent, c, "p");
    agent.start(here);
    for (int k = 0; k < 24; ++k) agent.step(k % 5, here);
    agent.terminate(1);
    for (const float w : values(agent)) fuzz::must(std::isfinite(w));
  });
}

}  // namespace

/// A checkpoint whose checksum is made right, restored into every kind of agent.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8) return 0;
  std::uint64_t length = 0;
  std::memcpy(&length, data, 8);
  if (length > size - 8) return 0;
  std::string whole;
  fuzz::may_refuse([&] {
    safetensors_header header =
        parse_safetensors_header("header", {reinterpret_cast<const char*>(data) + 8, static_cast<std::size_t>(length)});
    const std::span<const std::uint8_t> rest(data + 8 + length, size - 8 - static_cast<std::size_t>(length));
    crc64 sum = checksum_start(header);
    sum.update(std::as_bytes(rest));
    header.metadata["checksum"] = sum.text();
    const std::string json = header.json();
    const std::uint64_t n = json.size();
    whole.assign(reinterpret_cast<const char*>(&n), 8).append(json);
    whole.append(reinterpret_cast<const char*>(rest.data()), rest.size());
  });
  if (whole.empty()) return 0;
  fuzz::may_refuse([&] {
    const checkpoint c = load(fuzz::file_of(whole.data(), whole.size()));
    restored_table(sarsa{3, 2, {}, 1}, c);
    restored_table(q_learning{3, 2, {.trace_decay = 0.5, .trace_threshold = 0.1}, 1}, c);
    restored_table(sarsa{3, 2, {.trace_decay = 0.95}, 1}, c);
    restored_network(dqn{2, 3, {.hidden = {4}, .batch = 4, .capacity = 16, .warm_up = 4}, 1}, c,
                     [](const auto& a) { return a.online().parameters(); });
    restored_network(ppo{2, 3, {.hidden = {4}, .rollout = 8, .minibatch = 4}, 1}, c,
                     [](const auto& a) { return a.policy().parameters(); });
    fuzz::may_refuse([&] {
      standardize see{running{&sample::queue}};
      restore(see, c, "p");
      for (const double q : {0.0, 1e300, -1e300, 5.0}) {
        for (const float x : see(sample{q})) fuzz::must(std::isfinite(x));
      }
    });
  });
  return 0;
}
