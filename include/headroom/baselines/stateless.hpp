#pragma once

#include <utility>  // std::move

#include <headroom/core/types.hpp>

namespace headroom {

/// A policy that is a function of the present observation only: a constant, a formula, a solver.
///     stateless five{[](const scheduler::observation&) { return 5; }};
///     stateless best{[m = world.model()](const scheduler::observation& o) { return m.fewest(o.workload, 6); }};
template <class Rule>
class stateless {
 public:
  explicit stateless(Rule rule) : rule_(std::move(rule)) {}

  template <class Observation>
  auto start(const Observation& o) {
    return rule_(o);
  }
  template <class Observation>
  auto step(const Observation& o) {
    return rule_(o);
  }
  template <class Observation>
  void stop(const Observation&, episode) {}

 private:
  Rule rule_;
};

}  // namespace headroom
