#pragma once

#include <headroom/core/check.hpp>

namespace headroom {

/// A constant rate: the load under which the steady state of a queue can be computed by hand. Model of Workload.
class constant_load {
 public:
  /// Requests per second, zero or more.
  explicit constant_load(double rate_per_s) : rate_(rate_per_s) {
    require_not_negative("constant_load", "rate_per_s", rate_per_s);
  }

  double operator()(double /*t_s*/) const noexcept { return rate_; }

 private:
  double rate_;
};

}  // namespace headroom
