#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <iosfwd>       // std::ostream
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/run/evaluate.hpp>
#include <headroom/run/pareto.hpp>

#include "reports/bound.hpp"
#include "reports/known_rate.hpp"
#include "scaling/scaled_system.hpp"

/// What a service level costs with each policy: every policy at every setting of its knob, on the same episodes.
namespace tool::frontier {

using namespace headroom;

/// A policy at one setting. A learner has trained several times at it; this is the one that is the median by service
/// level on the tuning episodes.
struct setting {
  std::string name{};
  evaluation tuned{};   ///< on the episodes that settings are chosen on
  evaluation result{};  ///< on those that are reported
  std::vector<std::uint64_t> train_seeds{};
  std::vector<evaluation> by_train_seed{};
};

struct contender {
  std::string name{};  ///< "hpa", "sarsa"
  std::vector<knob> knobs{};
  bool learns = false;
  std::size_t tried = 0;  ///< settings on the tuning episodes; the result has the better of them, if there are many
  std::vector<setting> settings{};
  std::optional<std::size_t> published{};  ///< which of them has the published defaults
  std::size_t best = 0;                    ///< which of them is best on the tuning episodes
  bool keeps_level = false;                ///< whether that one keeps the level there
};

struct findings {
  std::string workload{};
  std::string sentence{};
  std::string actions{};
  std::vector<std::uint64_t> seeds{};
  std::vector<std::uint64_t> tuning_seeds{};
  double level = 0.99;
  scaled_metrics metrics{};  ///< of the system
  std::string subject{};     ///< begins the head, as in "The farm under "
  std::string environment{};
  bool tuned_on_first_part = false;  ///< of a recorded load
  std::vector<contender> contenders{};
  std::optional<clairvoyant_bound> clairvoyant{};
  std::optional<known_rate_line> known_rate{};
  std::vector<std::string> notes{};
  bool stopped = false;
};

[[nodiscard]] inline double mean_of(const evaluation& e, std::string_view metric) { return e.summarized(metric).mean; }

/// Every setting of a policy as a point: its service level, and the mean of a metric as its cost.
[[nodiscard]] std::vector<operating_point> points_of(const findings& f, const contender& c, std::string_view metric);

/// Sets `best`: the fewest replicas that keep the level on the tuning episodes; if no setting keeps it, the one that
/// comes nearest.
void choose(contender& c, const findings& f);

/// How a learner stands beside the autoscalers at the level that was asked for.
struct verdict {
  const contender* learner = nullptr;
  std::size_t own = cost_curve::none;  ///< its cheapest setting that keeps the level on the reported episodes
  const contender* rival = nullptr;    ///< the autoscaler that keeps it with least; none: no autoscaler does
  std::size_t rivals = cost_curve::none;
  summary difference{};     ///< rival minus learner, paired
  double mixed_margin = 0;  ///< the same against mixtures of two settings; not finite where there is none
  struct at {
    std::size_t setting = 0;
    bool left_of_all = false;
    const contender* rival = nullptr;
    double margin = 0;
  };
  std::vector<at> range{};  ///< each point of its frontier
};
[[nodiscard]] std::vector<verdict> verdicts(const findings& f);

void print(const findings& f, std::ostream& out);
[[nodiscard]] std::string json_text(const findings& f);
[[nodiscard]] std::string csv_text(const findings& f);
/// The picture, as SVG: service level against what it costs, or against how often a policy scales.
[[nodiscard]] std::string picture(const findings& f);
[[nodiscard]] std::string churn_picture(const findings& f);

}  // namespace tool::frontier
