#pragma once

#include <cstdint>   // std::uint64_t
#include <memory>    // std::unique_ptr
#include <optional>  // std::optional
#include <string>    // std::string
#include <vector>    // std::vector

#include <headroom/environments/service.hpp>
#include <headroom/policies/any_policy.hpp>

#include "learners/training.hpp"
#include "scaling/autoscalers.hpp"
#include "systems/service/load.hpp"
#include "systems/service/service_file.hpp"

namespace tool {

using service_policy = headroom::any_policy<headroom::service_observation, int>;
using service_learner = learner<service_policy>;

/// A service under one load, ready to be played.
struct service_world {
  service_plan plan;
  headroom::service_options options;  ///< of the plan, complete
  service_load load;
  scaled_service about;    ///< as an autoscaler knows it
  std::vector<int> moves;  ///< sizes of moves; empty: any

  [[nodiscard]] headroom::service test(std::uint64_t seed) const { return {seed, options, load.test}; }
  [[nodiscard]] headroom::service training(std::uint64_t seed) const { return {seed, options, load.train}; }
};

/// What a learner is asked for: `cem:20`, a price, or `cem:99.5%`, a level; neither: the level of the objective. Throws
/// std::invalid_argument.
struct service_setting {
  std::optional<double> price{};  ///< of a late request, in times of what a request takes of a replica
  std::optional<double> level{};
};
[[nodiscard]] service_setting service_setting_in(const std::string& name);

struct offered_service_learner {
  std::string_view name;
  std::string_view line;
  double requests;  ///< that it trains on, by default; the length of an episode says how many episodes these are
  std::unique_ptr<service_learner> (*make)(const service_world& w, const std::string& name, std::uint64_t train_seed,
                                           std::uint64_t episodes);
};
[[nodiscard]] const std::vector<offered_service_learner>& service_learners();

}  // namespace tool
