#include "systems/system.hpp"

#include <stdexcept>

#include <headroom/core/check.hpp>
#include <headroom/io/checkpoint.hpp>

#include "systems/policy_names.hpp"

namespace tool {

using namespace headroom;

training_seeds system::trained_on(const std::string&, std::uint64_t train_seed, std::uint64_t episodes) const {
  return {first_training_seed(train_seed), episodes, false};
}

const offered_policy& system::offered(std::string_view name) const {
  for (const offered_policy& one : policies) {
    if (kind_of(one.name) == kind_of(name)) return one;
  }
  refuse_name(name);
}

void system::refuse_name(std::string_view name) const {
  std::string text = "there is no policy '" + std::string(name) + "'; there are";
  for (const offered_policy& one : policies) text.append(&one == policies.data() ? " " : ", ").append(one.name);
  throw std::invalid_argument(text);
}

std::uint64_t system::train_episodes(const offered_policy& one, std::optional<std::uint64_t> asked) const {
  const std::uint64_t episodes = asked.value_or(one.train_episodes);
  require(episodes >= 1 && episodes <= most_train_episodes, "--train-episodes", "the number", episodes,
          "be from 1 to " + to_text(most_train_episodes));
  return episodes;
}

std::unique_ptr<system> system_options::make_for(const headroom::checkpoint& model) const {
  throw headroom::checkpoint_error(model.source(), "is of a system whose learners are not kept in files");
}

void note_overlap(std::vector<std::string>& notes, const std::vector<std::uint64_t>& seeds, const std::string& name,
                  std::uint64_t train_seed, const training_seeds& trained_on) {
  const std::uint64_t last = trained_on.first + trained_on.count - 1;
  const auto evaluated = [&](std::uint64_t from, std::uint64_t to) {
    return from <= seeds.back() && seeds.front() <= to;
  };
  if (trained_on.in_turn && evaluated(first_validation_seed, first_validation_seed + validation_episodes - 1)) {
    notes.push_back("Beware: " + name + " was selected on episodes from " + to_text(first_validation_seed) +
                    " on, which this table evaluates.");
  }
  if (evaluated(trained_on.first, last)) {
    notes.push_back("Beware: training seed " + to_text(train_seed) + " of " + name + " played episodes " +
                    to_text(trained_on.first) + " to " + to_text(last) + ", which this table evaluates.");
  }
}

}  // namespace tool
