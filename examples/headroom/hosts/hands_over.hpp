#pragma once

#include <cmath>    // std::isfinite
#include <limits>   // std::numeric_limits
#include <memory>   // std::shared_ptr
#include <string>   // std::string
#include <utility>  // std::move

#include <headroom/policies/any_policy.hpp>
#include <headroom/policies/hand_over.hpp>

#include "hosts/interval_cost.hpp"
#include "hosts/keeps_past.hpp"
#include "hosts/live_fields.hpp"

namespace tool {

/// What an interval cost, in replica-seconds: the replicas, and what was late at its price, as it was seen. Of an
/// action that was not executed it is what was seen, and what the model of the service says that the two actions differ
/// by. NaN where it is not known what was late.
struct cost_seen {
  std::shared_ptr<interval_cost> model;
  double interval_s = 0;
  double late_s = 0;  ///< of a late request, in replica-seconds

  double operator()(int action, int executed, const live_observation& o, const live_observation& next) const {
    if (!std::isfinite(next.late)) return std::numeric_limits<double>::quiet_NaN();
    const double seen = next.replicas * interval_s + late_s * next.late;
    return action == executed ? seen : seen + (*model)(action, o) - (*model)(executed, o);
  }
};

/// The word of a stage in the journal.
[[nodiscard]] inline std::string word_of(headroom::hand_over_stage s) {
  constexpr const char* words[] = {"advice", "bounded", "all"};
  return words[static_cast<std::size_t>(s)];
}

/// A hand-over from the policy to a learner, which tells the journal how far it is.
class hands_over {
 public:
  using live_policy = headroom::any_policy<live_observation, int>;

  hands_over(live_policy incumbent, live_policy learner, cost_seen cost, const headroom::hand_over_options& options,
             std::shared_ptr<inside_view> view)
      : inner_(headroom::hand_over_on<live_observation>(
            std::move(incumbent), std::move(learner), std::move(cost),
            headroom::feature<live_observation>([](const live_observation& o) { return o.load; }), options, 1)),
        view_(std::move(view)) {}

  int start(const live_observation& o) { return told(inner_.start(o)); }
  int step(const live_observation& o) { return told(inner_.step(o)); }
  void stop(const live_observation& o, headroom::episode end) { inner_.stop(o, end); }
  void executed(int delta) { inner_.executed(delta); }
  template <class Sink>
  void explain(Sink&& sink) const {
    inner_.explain(sink);
  }
  template <class Sink>
  void tell_values(Sink&& sink) const {
    inner_.tell_values(sink);
  }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("hand_over", self.inner_);
  }

 private:
  int told(int delta) {
    const headroom::hand_over_health h = inner_.health();
    headroom::journal_hand_over now{word_of(h.stage)};
    now.learner = h.by_learner > by_learner_;
    by_learner_ = h.by_learner;
    now.reach = h.stage == headroom::hand_over_stage::bounded ? h.reach : 0;
    const auto all = static_cast<double>(h.by_learner + h.by_incumbent);
    now.share = all > 0 ? static_cast<double>(h.by_learner) / all : 0;
    now.pairs = h.pairs;
    now.low = h.low;
    now.high = h.high;
    view_->hand_over = std::move(now);
    inner_.tell_shadows(
        [this](std::string_view who, int wish) { (who == "learner" ? view_->learner : view_->incumbent) = wish; });
    return delta;
  }

  using inner_type = decltype(headroom::hand_over_on<live_observation>(
      std::declval<live_policy>(), std::declval<live_policy>(), std::declval<cost_seen>(),
      std::declval<headroom::feature<live_observation>>(), std::declval<headroom::hand_over_options>(), 1));
  inner_type inner_;
  std::shared_ptr<inside_view> view_;
  std::uint64_t by_learner_ = 0;
};

}  // namespace tool
