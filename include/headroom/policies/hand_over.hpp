#pragma once

#include <algorithm>    // std::clamp, std::max, std::min
#include <cmath>        // std::isfinite, std::sqrt
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::is_const_v, std::remove_cvref_t
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/baselines/signals.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>
#include <headroom/policies/guard_note.hpp>
#include <headroom/policies/hand_over_options.hpp>

namespace headroom {

namespace internal {

// A number that may be NaN, which no checkpoint holds.
template <class Number, class Archive>
void keep_known(Archive& a, const std::string& name, Number& value) {
  bool known = value == value;
  double number = known ? value : 0;
  a(name + "_known", known);
  a(name, number);
  if constexpr (!std::is_const_v<Number>) value = known ? number : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace internal

/// An incumbent decides, a learner learns from what is done and takes over in steps, when what is seen says that it is
/// better: the lower bound of its advantage is above zero. It is handed back when the upper bound is below zero, of all
/// comparisons of the stage or of the last few, and when the load is higher than any that the learner has seen. AWARE
/// (Qiu et al. 2023) begins in this way.
///
/// - In *advice* `score(action, executed, o, next)` judges what each would have cost in the interval from o to next,
///   as in `shadowed`; a block of decisions is one comparison. Only the score knows what was not done, so a wrong score
///   can at most lead to the next stage.
/// - In *bounded* blocks alternate, in random order, between the incumbent and the learner, whose decision is cut to
///   `reach` replicas around the incumbent's. Neighbours are compared by what they really cost: `score(executed,
///   executed, o, next)`. The first decisions of a block are left out. The reach doubles each time that the learner is
///   better, until hardly one decision in twenty is cut: what is better near the incumbent may be worse far from it.
/// - In *all* the learner decides, and one block in `keep_one_in` is the incumbent's, to be compared with the learner's
///   block before.
///
/// Both see every observation, and each is told what was executed. So the learner must be able to learn from the
/// actions of another policy. O(1) besides the two and the score, O(memory) once a block; no allocation after
/// construction. Model of CorrectablePolicy.
///     auto policy = hand_over_on<sample>(hpa, std::move(learner), cost, &sample::load, {.reach = 2}, seed);
template <class O, class Incumbent, class Learner, class Score>
class hand_over {
 public:
  hand_over(Incumbent incumbent, Learner learner, Score score, feature<O> load, const hand_over_options& options,
            std::uint64_t seed)
      : incumbent_(std::move(incumbent)),
        learner_(std::move(learner)),
        score_(std::move(score)),
        load_(load),
        options_(checked(options)),
        random_(seed, stream::exploration),
        least_pairs_(static_cast<std::size_t>(options_.least_pairs)) {
    require(static_cast<bool>(load_), "hand_over", "load", "missing", "be named");
    saved_.reserve(static_cast<std::size_t>(options_.memory));
  }

  int start(const O& o) {
    last_.reset();
    begin_block();
    return decide(o, incumbent_.start(o), learner_.start(o));
  }
  int step(const O& o) {
    judge(o);
    return decide(o, incumbent_.step(o), learner_.step(o));
  }
  /// The last interval is judged, unless the episode goes on: then something in it was not known.
  void stop(const O& o, episode end) {
    if (end != episode::ongoing) judge(o);
    last_.reset();
    incumbent_.stop(o, end);
    learner_.stop(o, end);
  }
  void executed(int delta) {
    executed_ = delta;
    tell(incumbent_, delta);
    tell(learner_, delta);
  }

  /// What a checkpoint stores: both policies, as far as they can be stored, the stage and the comparisons. Who reads it
  /// calls `start`; the block that was going on begins anew, and its interval is not judged.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if constexpr (requires { std::remove_cvref_t<Incumbent>::fields(self.incumbent_, a); })
      a("incumbent", self.incumbent_);
    if constexpr (requires { std::remove_cvref_t<Learner>::fields(self.learner_, a); }) a("learner", self.learner_);
    a.same("memory", self.options_.memory);
    a("random", self.random_);
    a("health", self.health_);
    a("learner_decides", self.learner_decides_);
    a("blocks", self.blocks_);
    internal::keep_known(a, "learner_cost", self.learner_cost_);
    internal::keep_known(a, "incumbent_cost", self.incumbent_cost_);
    a.list("saved", self.saved_);
    a("least_pairs", self.least_pairs_);
    a("tried", self.tried_);
    a("cut", self.cut_);
    a("highest_load", self.highest_load_);
    a.check(self.least_pairs_ >= 1 && self.least_pairs_ <= self.saved_.capacity(), "least_pairs", self.least_pairs_,
            "be from 1 to memory");
  }

  [[nodiscard]] const Incumbent& incumbent() const noexcept { return incumbent_; }
  [[nodiscard]] const Learner& learner() const noexcept { return learner_; }
  [[nodiscard]] hand_over_health health() const noexcept { return health_; }
  /// What the guards of both did to their wishes, and how the learner's was bounded.
  template <class Sink>
  void explain(Sink&& sink) const {
    if (learner_decides_)
      headroom::explain(learner_, sink);
    else
      headroom::explain(incumbent_, sink);
    const std::string_view why = wished_ == allowed_ ? "" : "the learner may differ so far from the incumbent";
    sink(guard_note{"hand_over", why, wished_, allowed_});
  }
  /// What the learner expects of its actions.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(learner_, sink);
  }
  /// What each of the two would have done.
  template <class Sink>
  void tell_shadows(Sink&& sink) const {
    sink(std::string_view("incumbent"), incumbent_wish_);
    sink(std::string_view("learner"), learner_wish_);
  }

 private:
  template <class P>
  static void tell(P& policy, int delta) {
    if constexpr (requires { policy.executed(delta); }) policy.executed(delta);
  }

  int decide(const O& o, int incumbent, int learner) {
    const double load = load_(o);
    if (health_.stage == hand_over_stage::advice) {
      if (std::isfinite(load)) highest_load_ = std::max(highest_load_, load);
    } else if (load > options_.strange_load * highest_load_) {
      highest_load_ = load;
      ++health_.back_for_load;
      enter(hand_over_stage::advice);
    }
    if (decisions_ == options_.block) end_block();
    incumbent_wish_ = incumbent;
    learner_wish_ = learner;
    wished_ = learner_decides_ ? learner : incumbent;
    allowed_ = learner_decides_ && health_.stage == hand_over_stage::bounded
                   ? std::clamp(learner, incumbent - health_.reach, incumbent + health_.reach)
                   : wished_;
    ++(learner_decides_ ? health_.by_learner : health_.by_incumbent);
    if (learner_decides_) {
      ++tried_;
      if (allowed_ != wished_) ++cut_;
    }
    ++decisions_;
    last_ = o;
    executed_ = allowed_;
    if (allowed_ != incumbent) tell(incumbent_, allowed_);
    if (allowed_ != learner) tell(learner_, allowed_);
    return allowed_;
  }
  void judge(const O& next) {
    if (!last_) return;
    const auto own = static_cast<double>(score_(executed_, executed_, *last_, next));
    double cost = own;
    if (health_.stage == hand_over_stage::advice)
      cost = own - static_cast<double>(score_(learner_wish_, executed_, *last_, next));
    if (!std::isfinite(cost)) {
      ++health_.refused_scores;
    } else if (decisions_ > options_.settle) {
      sum_ += cost;
      ++judged_;
    }
    last_.reset();
  }

  void begin_block() {
    decisions_ = 0;
    judged_ = 0;
    sum_ = 0;
  }
  void end_block() {
    constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
    const double mean = judged_ > 0 ? sum_ / judged_ : nothing;
    begin_block();
    if (health_.stage == hand_over_stage::advice) {
      compare(mean);
      return;
    }
    (learner_decides_ ? learner_cost_ : incumbent_cost_) = mean;
    ++blocks_;
    if (health_.stage == hand_over_stage::bounded) {
      if (blocks_ % 2 == 0) compare(incumbent_cost_ - learner_cost_);
      if (health_.stage == hand_over_stage::bounded)
        learner_decides_ = blocks_ % 2 == 0 ? random_.uniform() < 0.5 : !learner_decides_;
    } else {
      if (!learner_decides_) compare(incumbent_cost_ - learner_cost_);
      if (health_.stage == hand_over_stage::all)
        learner_decides_ = blocks_ % static_cast<std::uint64_t>(options_.keep_one_in) != 0;
    }
  }
  // One comparison more: what the learner saves an interval.
  void compare(double saved) {
    if (!std::isfinite(saved)) return;
    if (saved_.size() == saved_.capacity()) saved_.erase(saved_.begin());
    saved_.push_back(saved);
    const auto n = saved_.size();
    health_.pairs = n;
    double mean = 0;
    for (const double s : saved_) mean += s / static_cast<double>(n);
    double squares = 0;
    for (const double s : saved_) squares += (s - mean) * (s - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(std::max<std::size_t>(n, 2) - 1));
    const double half = options_.deviations * deviation / std::sqrt(static_cast<double>(n));
    health_.advantage = mean;
    health_.low = mean - half;
    health_.high = mean + half;
    if (n < least_pairs_) return;
    const auto few = std::min(n, static_cast<std::size_t>(options_.recent));
    double lately = 0;
    for (std::size_t k = n - few; k < n; ++k) lately += saved_[k] / static_cast<double>(few);
    const double half_lately = options_.deviations * deviation / std::sqrt(static_cast<double>(few));
    if (health_.low > 0 && health_.stage != hand_over_stage::all) {
      ++health_.steps_up;
      const bool far = health_.stage == hand_over_stage::bounded && cut_ * 20 <= tried_;
      health_.reach =
          health_.stage == hand_over_stage::advice ? options_.reach : std::min(2 * health_.reach, 1'000'000);
      enter(far ? hand_over_stage::all : hand_over_stage::bounded);
    } else if ((health_.high < 0 || lately + half_lately < 0) && health_.stage != hand_over_stage::advice) {
      ++health_.back_for_reward;
      least_pairs_ = std::min(2 * least_pairs_, saved_.capacity());
      enter(hand_over_stage::advice);
    }
  }
  void enter(hand_over_stage stage) {
    health_.stage = stage;
    saved_.clear();
    health_.pairs = 0;
    blocks_ = 0;
    tried_ = 0;
    cut_ = 0;
    learner_cost_ = incumbent_cost_ = std::numeric_limits<double>::quiet_NaN();
    learner_decides_ = stage == hand_over_stage::all || (stage == hand_over_stage::bounded && random_.uniform() < 0.5);
    begin_block();
  }

  Incumbent incumbent_;
  Learner learner_;
  Score score_;
  feature<O> load_;
  hand_over_options options_;
  engine random_;
  hand_over_health health_{};
  bool learner_decides_ = false;
  int decisions_ = 0;  // of this block
  int judged_ = 0;     // of these, those in the sum
  double sum_ = 0;
  std::uint64_t blocks_ = 0;                                        // of this stage
  double learner_cost_ = std::numeric_limits<double>::quiet_NaN();  // mean of the last block of each
  double incumbent_cost_ = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> saved_{};
  std::size_t least_pairs_;
  std::uint64_t tried_ = 0;  // decisions of the learner in this stage
  std::uint64_t cut_ = 0;    // of these, those that were cut
  double highest_load_ = 0;
  std::optional<O> last_{};
  int executed_ = 0;
  int incumbent_wish_ = 0;
  int learner_wish_ = 0;
  int wished_ = 0;
  int allowed_ = 0;
};

/// A hand-over for observations of type O.
template <class O, class Incumbent, class Learner, class Score>
[[nodiscard]] auto hand_over_on(Incumbent incumbent, Learner learner, Score score, feature<O> load,
                                const hand_over_options& options, std::uint64_t seed) {
  return hand_over<O, Incumbent, Learner, Score>(std::move(incumbent), std::move(learner), std::move(score), load,
                                                 options, seed);
}

}  // namespace headroom
