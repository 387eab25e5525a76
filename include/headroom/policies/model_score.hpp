#pragma once

#include <bit>      // std::bit_cast
#include <cstdint>  // std::uint64_t
#include <utility>  // std::move

#include <headroom/baselines/signals.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// What a model says that an action would have cost: a score for `shadowed`, `hand_over` and `hedged`. From what was
/// seen before an interval it plays the interval several times with the action, and returns the mean of
/// `cost(o, action, next)` over these futures; what was really seen afterwards is not looked at. All actions of one
/// interval meet the same futures, so that they are compared on equal terms: their seed is the time of the observation.
/// A model that has `watch` may be told each observation by `watch`, in order, so that it knows more.
///
/// It is as good as the model, and it looks one interval ahead: a replica that starts for longer than that only costs.
/// `futures` times `begin` and `step` of the model; no allocation once these have none.
///     model_score score{service_simulator{options}, cost, &service_observation::time_s, 20, seed};
template <Simulator Model, class Cost>
class model_score {
 public:
  using observation_type = observation_t<Model>;
  using action_type = action_t<Model>;

  /// Throws std::invalid_argument without a future, and without a time.
  model_score(Model model, Cost cost, feature<observation_type> time_s, int futures, std::uint64_t seed)
      : model_(std::move(model)), cost_(std::move(cost)), time_s_(time_s), futures_(futures), seed_(seed) {
    require(futures >= 1 && futures <= 1'000'000, "model_score", "futures", futures, "be from 1 to 1000000");
    require(static_cast<bool>(time_s_), "model_score", "time_s", "missing", "be named");
  }

  /// What `action` would have cost from `o` on; what was executed, and what came of it, make no difference.
  double operator()(const action_type& action, const action_type&, const observation_type& o, const observation_type&) {
    const std::uint64_t interval = split(seed_, std::bit_cast<std::uint64_t>(time_s_(o)));
    double sum = 0;
    for (int k = 0; k < futures_; ++k) {
      // Each future has a seed of its own, however much the one before drew.
      engine random(split(interval, static_cast<std::uint64_t>(k)));
      model_.begin(o, random);
      sum += static_cast<double>(cost_(o, action, model_.step(action).observation));
    }
    return sum / futures_;
  }
  void watch(const observation_type& o) {
    if constexpr (requires { model_.watch(o); }) model_.watch(o);
  }

  [[nodiscard]] const Model& model() const noexcept { return model_; }

 private:
  Model model_;
  Cost cost_;
  feature<observation_type> time_s_;
  int futures_;
  std::uint64_t seed_;
};

}  // namespace headroom
