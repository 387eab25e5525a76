#pragma once

#include <span>     // std::span
#include <utility>  // std::move
#include <vector>   // std::vector

#include <headroom/environments/service_observation.hpp>

#include "scaling/autoscalers.hpp"
#include "systems/service/learners.hpp"

namespace tool {

using service_autoscaler = autoscaler_of<headroom::service_observation>;

/// What an autoscaler sees of a service.
struct show_service {
  scaled_observation operator()(const headroom::service_observation& o) const {
    scaled_observation s{o};
    s.requests = o.in_flight + o.backlog;
    s.busy_share = o.utilisation;
    return s;
  }
};

/// Every autoscaler on a service, but for a schedule: that needs a load whose times are known, and here no episode is
/// like another.
[[nodiscard]] inline std::vector<service_autoscaler> service_autoscalers(const scaled_service& about) {
  std::vector<service_autoscaler> all;
  for (autoscaler& one : autoscalers_for(about)) {
    if (one.kind() == "scheduled") continue;
    service_autoscaler seen;
    static_cast<autoscaler_entry&>(seen) = one;
    seen.possible = one.possible;
    seen.make = [make = std::move(one.make)](std::span<const double> s, const place& p) -> service_policy {
      return shown_as_seen<headroom::service_observation, show_service>(make(s, p), show_service{});
    };
    all.push_back(std::move(seen));
  }
  return all;
}

}  // namespace tool
