#include "commands/saved_training.hpp"

#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/file.hpp>

#include "support/files.hpp"
#include "systems/farm/farm.hpp"

namespace tool {

using namespace headroom;

namespace {

// Where the result of a resumed training goes, if nobody says.
std::filesystem::path without_partial(const std::filesystem::path& file) {
  if (file.extension() != ".partial") {
    throw std::invalid_argument("--out: the file is not named, must be, since " + file.string() +
                                " does not end in .partial");
  }
  return file.parent_path() / file.stem();
}

}  // namespace

void farm_plan::write(checkpoint& to) const {
  to.set("policy", policy);
  to.set("workload", workload);
  to.set("actions", moves_list(moves));
  to.set("train_seed", train_seed);
  to.set("train_episodes", train_episodes);
}

farm_plan farm_plan::read(const checkpoint& from) {
  farm_plan p{.policy = from.text("policy"), .workload = from.text("workload")};
  if (find_farm_learner(p.policy) == nullptr)
    throw checkpoint_error(from.source(),
                           "policy is " + in_quotes(p.policy) + ", must be one that learns (headroom policies)");
  p.moves = moves_in(from.text("actions"));
  p.train_seed = from.setting<std::uint64_t>("train_seed");
  p.train_episodes = from.setting<std::uint64_t>("train_episodes");
  return p;
}

bool is_partial(const checkpoint& c) { return c.has("training.selection.episodes"); }

std::filesystem::path training_output::begin() {
  const bool resumed = !resume.empty();
  if (resumed && out.empty()) out = without_partial(resume);
  require(!out.empty(), "train", "--out", "missing", "name the file to write");
  std::filesystem::path partial = resumed ? resume : std::filesystem::path(out.string() + ".partial");
  require_place(out);
  require_place(partial);
  // Who resumes FILE.partial claims FILE as well, which another process may be training.
  claims.push_back(std::make_shared<const claim>(out));
  const std::filesystem::path begun = partial.extension() == ".partial" ? without_partial(partial) : partial;
  if (begun != out) claims.push_back(std::make_shared<const claim>(begun));
  std::error_code ignored;
  if (!resumed && std::filesystem::exists(partial, ignored)) {
    throw file_error(partial, "is a training that was interrupted; continue it with --resume " + partial.string() +
                                  ", or remove it");
  }
  return partial;
}

std::function<void()> training_output::safety_net(std::function<void()> save) const {
  if (!(every_s > 0)) return {};
  return [save = std::move(save), warned = false]() mutable {
    try {
      save();
    } catch (const file_error& e) {  // hours of training are worth more than their safety net
      if (!std::exchange(warned, true)) std::cerr << "headroom: " << e.what() << "; the training goes on\n";
    }
  };
}

void remove_partial(const std::filesystem::path& partial) {
  std::error_code ignored;
  std::filesystem::remove(partial, ignored);
  remove_leftovers(partial);
}

}  // namespace tool
