#include "commands/saved_training.hpp"

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "support/files.hpp"
#include "scaling/scaled_system.hpp"
#include "systems/policy_names.hpp"

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

void training_plan::write(checkpoint& to) const {
  to.set("policy", policy);
  to.set("train_seed", train_seed);
  to.set("train_episodes", train_episodes);
}

training_plan training_plan::read(const checkpoint& from, const scaled_system& on) {
  training_plan p{.policy = from.text("policy")};
  const bool learns = std::any_of(on.policies.begin(), on.policies.end(), [&](const offered_policy& one) {
    return one.learns() && kind_of(one.name) == kind_of(p.policy);
  });
  if (!learns)
    throw checkpoint_error(from.source(),
                           "policy is " + in_quotes(p.policy) + ", must be one that learns (headroom policies)");
  p.train_seed = from.setting<std::uint64_t>("train_seed");
  p.train_episodes = from.setting<std::uint64_t>("train_episodes");
  return p;
}

std::vector<plan_difference> differences(const checkpoint& asked, const checkpoint& model) {
  std::vector<plan_difference> all;
  for (const auto& [key, text] : asked.settings()) {
    // A file from before there was another system does not say which it is of; make_for has looked at it.
    if (key == "environment") continue;
    const std::string begun = model.has(key) ? model.text(key) : "";
    const auto number = from_text<double>(text);
    if (text != begun && !(number && number == from_text<double>(begun))) all.push_back({key, text, begun});
  }
  for (const auto& [key, text] : model.settings()) {
    if (key.starts_with("load.") && !asked.has(key)) all.push_back({key, "", text});
  }
  return all;
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
