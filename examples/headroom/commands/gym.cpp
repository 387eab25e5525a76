#include <poll.h>    // poll
#include <unistd.h>  // read

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "commands/commands.hpp"
#include "learners/training.hpp"
#include "reports/json.hpp"
#include "support/command_line.hpp"
#include "support/terminal.hpp"
#include "systems/gym_world.hpp"
#include "systems/registry.hpp"

/// `headroom gym`: an environment for a learner in another program, over a pipe. A message is its length, four bytes
/// with the highest first, and JSON.
namespace tool {

using namespace headroom;

namespace {

constexpr std::size_t longest_message = 1U << 16U;

enum class got : std::uint8_t { all, nothing_more, cut_off, interrupted };

// So many bytes of standard input. A signal ends the waiting.
got read_bytes(std::size_t count, std::string& to) {
  to.clear();
  std::array<char, 4096> bytes{};
  while (to.size() < count) {
    if (terminal::interrupted.load()) return got::interrupted;
    pollfd input{0, POLLIN, 0};
    if (::poll(&input, 1, 1000) <= 0) continue;  // nothing came, or a signal did
    const auto n = ::read(0, bytes.data(), std::min(bytes.size(), count - to.size()));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return to.empty() ? got::nothing_more : got::cut_off;
    to.append(bytes.data(), static_cast<std::size_t>(n));
  }
  return got::all;
}

got read_message(std::string& to) {
  if (const got what = read_bytes(4, to); what != got::all) return what;
  std::size_t length = 0;
  for (const char c : to) length = length << 8U | static_cast<unsigned char>(c);
  if (length > longest_message) {
    throw std::invalid_argument("gym: a message has " + std::to_string(length) + " bytes, may have " +
                                std::to_string(longest_message));
  }
  const got what = length == 0 ? got::all : read_bytes(length, to);
  if (length == 0) to.clear();
  return what == got::nothing_more ? got::cut_off : what;
}

bool write_message(const report::json& what) {
  const std::string text = what.dump();
  for (unsigned shift = 24;; shift -= 8) {
    std::cout.put(static_cast<char>(text.size() >> shift & 0xFFU));
    if (shift == 0) break;
  }
  std::cout << text << std::flush;
  return std::cout.good();
}

void add_seen(report::json& to, const gym_world& world) {
  to["observation"] = world.seen();
  to["possible"] = world.possible();
}

report::json hello(const gym_world& world, const system& about) {
  return {{"headroom", report::version_text()}, {"environment", about.description.environment},
          {"load", about.description.workload}, {"sentence", about.description.sentence},
          {"dimension", world.dimension()},     {"bound", world.bound()},
          {"actions", world.actions()},         {"figures", world.names()}};
}

// Throws std::invalid_argument for what cannot be understood.
report::json answer_to(const report::json& asked, gym_world& world) {
  report::json a;
  if (asked.is_object() && asked.size() == 1 && asked.contains("reset")) {
    const report::json& seed = asked["reset"];
    if (!seed.is_null() && !seed.is_number_unsigned())
      throw std::invalid_argument("reset: seed is " + seed.dump() + ", must be null or a whole number from 0 on");
    world.reset(seed.is_null() ? std::nullopt : std::optional(seed.get<std::uint64_t>()));
    add_seen(a, world);
    return a;
  }
  if (!asked.is_object() || asked.size() != 1 || !asked.contains("step"))
    throw std::invalid_argument("the message is " + asked.dump() + R"(, must be {"reset":SEED} or {"step":ACTION})");
  const report::json& action = asked["step"];
  if (!action.is_number_unsigned())
    throw std::invalid_argument("step: action is " + action.dump() + ", must be a whole number from 0 on");
  const gym_world::result r = world.step(action.get<std::size_t>());
  add_seen(a, world);
  a["reward"] = r.reward;
  a["terminated"] = r.status == episode::terminated;
  a["truncated"] = r.status == episode::truncated;
  a["executed"] = r.executed;
  if (r.status != episode::ongoing) {
    report::json& all = a["figures"] = report::json::object();
    const auto names = world.names();
    const auto values = world.figures();
    for (std::size_t k = 0; k < names.size(); ++k) all[std::string(names[k])] = report::number_json(values[k]);
  }
  return a;
}

int serve_pipe(const system_choice& systems, std::uint64_t first_seed, bool evaluated) {
  const std::unique_ptr<system> about = systems.make();
  const std::unique_ptr<gym_world> world = about->by_numbers(first_seed, evaluated);
  if (!write_message(hello(*world, *about))) return exit_failed;
  std::string text;
  for (;;) {
    switch (read_message(text)) {
      case got::nothing_more:
        return exit_done;
      case got::interrupted:
        return exit_interrupted;
      case got::cut_off:
        throw std::invalid_argument("gym: the input ends within a message");
      case got::all:
        break;
    }
    report::json answer;
    try {
      answer = answer_to(report::json::parse(text), *world);
    } catch (const report::json::exception&) {
      answer = {{"error", "gym: the message is no JSON"}};
    } catch (const std::invalid_argument& e) {
      answer = {{"error", std::string("gym: ") + e.what()}};
    }
    if (!write_message(answer)) return exit_failed;
  }
}

struct gym_options {
  explicit gym_options(command& c) : systems(c, system_choice::of::all) {}
  system_choice systems;
  std::uint64_t seed = first_training_seed(1);
  bool evaluated = false;
};

}  // namespace

void add_gym(command_line& to) {
  command& c = to.add("gym", "An environment for a learner in another program, over a pipe (examples/python)");
  const auto o = std::make_shared<gym_options>(c);
  c.add("--seed", o->seed, "Of the first episode that is begun without a seed; a training seed by default")
      .shows_default();
  c.add_flag("--evaluated", o->evaluated,
             "Of a recorded load the part that tables evaluate, and not the part that learners train on");
  c.footer(
      "A program writes messages to the standard input and reads one answer to each from the standard output. A\n"
      "message is four bytes, its length with the highest byte first, and so many bytes of JSON. First comes what\n"
      "the environment is: {\"dimension\":14,\"bound\":1,\"actions\":[\"hold\",\"-1\",\"+1\"],...}. Then\n"
      "  {\"reset\":1000}  or {\"reset\":null}: an episode begins, of this seed or the next one\n"
      "  {\"step\":2}      the index of an action; an impossible one is answered by the first, \"executed\" says so\n"
      "answer with observation, possible, reward, terminated, truncated, executed, and at the end of an episode with\n"
      "the figures of a table. {\"error\":...} answers what cannot be understood. The seeds that `compare` evaluates\n"
      "begin at 1000. examples/python/headroom_gym.py is the other end: an environment of Gymnasium.");
  c.runs([o] { return serve_pipe(o->systems, o->seed, o->evaluated); });
}

}  // namespace tool
