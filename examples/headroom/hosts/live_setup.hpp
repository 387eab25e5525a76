#pragma once

#include <cmath>        // std::isfinite
#include <filesystem>   // std::filesystem::path
#include <memory>       // std::shared_ptr, std::unique_ptr
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/io/journal.hpp>
#include <headroom/live/pipeline_options.hpp>
#include <headroom/live/sense.hpp>
#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/hand_over_options.hpp>

#include "hosts/keeps_past.hpp"
#include "hosts/live_fields.hpp"
#include "hosts/settings.hpp"
#include "serving/served_service.hpp"

namespace tool {

using live_policy = headroom::any_policy<live_observation, int>;

/// A field that is asked for.
struct asked_field {
  const live_field* field = nullptr;
  std::string query{};
  std::string age{};
  headroom::field_options how{};
};

/// What `headroom run` is to do, as the settings say it. Everything is read and checked here, and nothing is asked,
/// written or changed.
struct live_setup {
  /// Throws std::invalid_argument with the place, the key, the value and the law, and file_error.
  explicit live_setup(const settings& s);

  /// The policy behind its guards, each as the settings say.
  [[nodiscard]] live_policy guarded_policy() const;
  /// What decides where something is not known for long.
  [[nodiscard]] live_policy fallback_policy() const;
  /// A policy whose windows go on over a restart.
  [[nodiscard]] keeps_past with_past(const served_policy& one, std::shared_ptr<inside_view> view = {}) const;
  /// Name and file of what decides: what a saved state must have been made by.
  [[nodiscard]] std::string identity() const;

  const settings* said;
  service_plan plan{};
  std::unique_ptr<served_policy> policy{};
  std::string policy_sum{};                  ///< of the model's file; empty for an autoscaler
  std::unique_ptr<served_policy> learner{};  ///< of [hand_over]; none: the policy decides alone
  std::string learner_sum{};
  headroom::hand_over_options steps{};
  std::shared_ptr<inside_view> inside = std::make_shared<inside_view>();
  double past_s = 0;  ///< of what the policies saw, kept over a restart
  double past_stale_s = 0;
  std::vector<std::unique_ptr<served_policy>> shadows{};
  std::vector<std::string> shadow_names{};
  std::unique_ptr<served_policy> witness{};   ///< of guards.confirmed_down_by
  std::unique_ptr<served_policy> fallback{};  ///< none: hold
  std::vector<asked_field> fields{};
  headroom::pipeline_options how{};
  headroom::journal_options journal{};
  std::filesystem::path journal_file{};
  std::filesystem::path state_file{};
  double late_price = 0;

  [[nodiscard]] bool asks_for(std::string_view field) const;
};

/// The policy of a setting: settings `name` and `model`, of which one must be said. Throws std::invalid_argument.
[[nodiscard]] std::unique_ptr<served_policy> served_by(const settings& s, const std::string& name_key,
                                                       const std::string& model_key,
                                                       const std::optional<service_plan>& plan);
/// The service as [service] says it; nothing if it says nothing.
[[nodiscard]] std::optional<service_plan> service_said(const settings& s);

}  // namespace tool
