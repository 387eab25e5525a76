#pragma once

#include <algorithm>    // std::find
#include <array>        // std::array
#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/start_delay.hpp>
#include <headroom/calibration/summaries.hpp>
#include <headroom/core/check.hpp>

namespace headroom {

/// What a calibration finds out of a service.
enum class service_parameter : std::uint8_t {
  start_delay,   ///< mean seconds from the wish for a replica until it serves
  service_time,  ///< mean seconds of a request that has a slot
  variation,     ///< standard deviation of the service time over its mean
  slots          ///< requests that a replica serves at once; with processor_sharing its processors
};
inline constexpr std::array service_parameters{service_parameter::start_delay, service_parameter::service_time,
                                               service_parameter::variation, service_parameter::slots};

[[nodiscard]] constexpr std::string_view name_of(service_parameter p) noexcept {
  constexpr std::string_view names[] = {"start_delay", "service_time", "variation", "slots"};
  return names[static_cast<std::size_t>(p)];
}

/// Why a history cannot tell a parameter, as a sentence without its subject; empty if it may.
///
/// `kept`: parameters that are known from elsewhere. What one of them is may settle another: utilisation alone tells
/// service time over slots, for instance. O(rows).
[[nodiscard]] inline std::string untold(service_parameter which, const service_history& h,
                                        const history_summaries& summaries,
                                        const std::vector<service_parameter>& kept) {
  const auto knows = [&](service_parameter p) { return std::find(kept.begin(), kept.end(), p) != kept.end(); };
  std::size_t latencies = 0;
  for (const std::string& name : summaries.names()) latencies += name.ends_with("in quiet rows") ? 1U : 0U;
  const bool flight = summaries.has("in flight");
  const bool use = summaries.has("utilisation");
  // Each of these ties mean and variation of the service time to a number.
  const std::size_t of_service = latencies + (flight ? 1U : 0U) + (use && knows(service_parameter::slots) ? 1U : 0U);

  switch (which) {
    case service_parameter::start_delay: {
      if (h.wanted.empty()) return "only ready replicas were recorded, not when they were asked for";
      bool rises = false;
      for (std::size_t i = 1; i < h.size(); ++i) rises = rises || h.wanted[i] > h.wanted[i - 1];
      if (!rises) return "the wanted replicas never rise, so that no start was seen";
      if (!h.ready.empty()) {
        for (const observed_start& s : observed_starts(h)) {
          if (s.became_ready) return {};
        }
        return "no replica became ready that was asked for within the history";
      }
      if (!use && latencies == 0) return "neither ready replicas nor utilisation or latency show when a replica serves";
      return {};
    }
    case service_parameter::service_time:
      if (of_service == 0) {
        return use ? "utilisation tells the service time divided by the slots only; latency or requests in flight are "
                     "missing, or the number of slots"
                   : "neither latency nor requests in flight were recorded, nor utilisation";
      }
      if (of_service == 1 && !flight && !summaries.has("latency_s in quiet rows") && latencies == 1 &&
          !knows(service_parameter::variation)) {
        return "one quantile of the latency does not tell the mean of the service time; a second one, the mean "
               "latency, "
               "requests in flight or the variation is missing";
      }
      return {};
    case service_parameter::variation:
      if (latencies == 0) return "no latency was recorded";
      if (of_service < 2 && !knows(service_parameter::service_time)) {
        return "one column of latencies alone does not tell how service times vary; a second one or requests in flight "
               "are missing";
      }
      return {};
    case service_parameter::slots: {
      if (use) {
        if (of_service > 0 || knows(service_parameter::service_time)) return {};
        return "utilisation tells the service time divided by the slots only; latency or requests in flight are "
               "missing, "
               "or the service time";
      }
      const double rise = summaries.rise(h);
      if (!std::isfinite(rise)) return "neither utilisation nor latency were recorded";
      if (rise < 1.05) {
        return "there is no utilisation, and the latency is as high under the most load as under little (" +
               to_text(static_cast<int>(std::max(0.0, 100 * (rise - 1)))) +
               " % higher): no request ever waits for a slot";
      }
      return {};
    }
  }
  return {};
}

}  // namespace headroom
