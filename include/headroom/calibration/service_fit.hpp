#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint8_t
#include <functional>  // std::function
#include <optional>    // std::optional
#include <string>      // std::string
#include <vector>      // std::vector

#include <headroom/calibration/inference.hpp>
#include <headroom/calibration/start_delay.hpp>
#include <headroom/calibration/told.hpp>
#include <headroom/environments/duration.hpp>
#include <headroom/environments/service_options.hpp>

namespace headroom {

/// The shape of the service times.
enum class service_law : std::uint8_t { lognormal, gamma };
/// One of this law; a variation of 1 makes gamma exponential.
[[nodiscard]] inline duration duration_of(service_law law, double mean_s, double variation) {
  return law == service_law::gamma ? duration::gamma(mean_s, variation) : duration::lognormal(mean_s, variation);
}

struct service_fit_options {
  service_options start{};                ///< what is not fitted is taken from here; what is kept as well
  std::vector<service_parameter> kept{};  ///< known, and not fitted
  std::optional<service_law> law{};       ///< none: that which fits better
  decision_moment decisions = decision_moment::anywhere;  ///< where between two rows replicas are asked for
  double most_requests = 1.5e5;  ///< replayed at a time; of a longer history the last rows are replayed
  inference_options search{};
  std::function<bool(std::size_t done, std::size_t expected)> progress{};  ///< replays; true stops
};

struct fitted_parameter {
  service_parameter which = service_parameter::slots;
  bool kept = false;     ///< it was known
  std::string untold{};  ///< why the history cannot tell it; empty: it was fitted, or kept
  double value = 0;      ///< fitted, or that of the start
  double low = 0;        ///< 90 % interval
  double high = 0;

  [[nodiscard]] bool fitted() const noexcept { return !kept && untold.empty(); }
};

struct service_fit {
  service_options options{};  ///< of the start, with what was fitted
  service_law law = service_law::lognormal;
  std::vector<fitted_parameter> parameters{};  ///< one for each service_parameter, in their order
  std::vector<std::string> summaries{};        ///< what was compared
  inference found{};                           ///< misfit, and by how much each summary is missed
  std::size_t first_row = 0;                   ///< the rows that were replayed begin here
  std::size_t replays = 0;
  bool stopped = false;

  [[nodiscard]] const fitted_parameter& operator[](service_parameter p) const {
    return parameters[static_cast<std::size_t>(p)];
  }
};

}  // namespace headroom
