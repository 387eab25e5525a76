#pragma once

#include <memory>  // std::unique_ptr

#include "hosts/live_fields.hpp"
#include "systems/service/service_file.hpp"

namespace tool {

/// What the model of a service says that an action would have cost in one decision interval: the replica-seconds, and
/// the late requests at their price. The model plays the interval from what was seen; all actions of one interval meet
/// the same futures. Requests in service that no query tells are taken to be what the load keeps busy.
class interval_cost {
 public:
  /// `late_price`: of a late request, in what a request takes of a replica.
  interval_cost(const service_plan& plan, double late_price);
  interval_cost(interval_cost&&) noexcept;
  interval_cost& operator=(interval_cost&&) noexcept;
  ~interval_cost();

  /// In replica-seconds; NaN where the load or the replicas are not known.
  [[nodiscard]] double operator()(int action, const live_observation& o);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// The price that settings say, else 1 over the share of requests that the objective allows to be late.
[[nodiscard]] double late_price_of(const service_plan& plan, double said);
/// What a request takes of a replica, in seconds.
[[nodiscard]] double replica_seconds_each(const service_plan& plan);

}  // namespace tool
