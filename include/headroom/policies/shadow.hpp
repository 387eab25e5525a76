#pragma once

#include <cmath>        // std::isfinite
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/policies/decision_values.hpp>
#include <headroom/policies/guard_note.hpp>

namespace headroom {

/// How a candidate did so far.
struct shadow_score {
  std::uint64_t decisions = 0;
  std::uint64_t agreed = 0;   ///< decisions that were the incumbent's, too
  std::uint64_t scored = 0;   ///< intervals with a cost that is finite
  std::uint64_t refused = 0;  ///< intervals with one that is not: not in the mean
  double mean_cost = 0;       ///< over the scored intervals
  double mean_incumbent = 0;  ///< cost of what was executed, over the same intervals

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("decisions", self.decisions);
    a("agreed", self.agreed);
    a("scored", self.scored);
    a("refused", self.refused);
    a("mean_cost", self.mean_cost);
    a("mean_incumbent", self.mean_incumbent);
  }
};

/// Calls `sink(name, delta)` for each candidate beside a policy, with what it would have done now. A policy without
/// candidates says nothing.
template <class P, class Sink>
void tell_shadows(const P& policy, Sink&& sink) {
  if constexpr (requires { policy.tell_shadows(sink); }) policy.tell_shadows(sink);
}

/// One policy decides, and others decide beside it and are not asked. Every candidate sees every observation, says what
/// it would do, and is told what was executed. When the next observation comes, `score(action, executed, o, next)` says
/// what an action would have cost in that interval: on what was seen, where a cost can be told from it (the replicas,
/// and what the load lacked), or on a calibrated model that is played one interval from `o`. It is asked about each
/// candidate's action and about the executed one, so that both are judged by the same. A score of one interval is a
/// hint: what a candidate would have seen later had it decided before is not in it.
///
/// Wrap it around the guards of the incumbent. O(candidates) besides their decisions and scores, no allocation after
/// construction. Model of CorrectablePolicy. Candidates of different types: `any_policy`.
///     auto policy = shadow_on<sample>(hpa, std::vector<any_policy<sample, int>>{...}, {"staffing", "sarsa"}, cost);
template <class O, class Incumbent, class Candidate, class Score>
class shadowed {
 public:
  /// Throws std::invalid_argument unless each candidate has a name of its own.
  shadowed(Incumbent incumbent, std::vector<Candidate> candidates, std::vector<std::string> names, Score score)
      : incumbent_(std::move(incumbent)),
        candidates_(std::move(candidates)),
        names_(std::move(names)),
        score_(std::move(score)),
        decided_(candidates_.size()),
        scores_(candidates_.size()) {
    require(names_.size() == candidates_.size(), "shadowed", "number of names", names_.size(),
            "be that of the candidates, " + to_text(candidates_.size()));
    for (std::size_t k = 0; k < names_.size(); ++k) {
      for (std::size_t j = 0; j < k; ++j)
        require(names_[j] != names_[k], "shadowed", "name", names_[k], "be given once");
    }
  }

  int start(const O& o) {
    last_.reset();
    for (std::size_t k = 0; k < candidates_.size(); ++k) decided_[k] = candidates_[k].start(o);
    return settle(o, incumbent_.start(o));
  }
  int step(const O& o) {
    judge(o);
    for (std::size_t k = 0; k < candidates_.size(); ++k) decided_[k] = candidates_[k].step(o);
    return settle(o, incumbent_.step(o));
  }
  /// The last interval of an episode is judged, unless the episode goes on: then something in it was not known.
  void stop(const O& o, episode end) {
    if (end != episode::ongoing) judge(o);
    last_.reset();
    incumbent_.stop(o, end);
    for (Candidate& one : candidates_) one.stop(o, end);
  }
  void executed(int delta) {
    executed_ = delta;
    tell(incumbent_, delta);
    for (Candidate& one : candidates_) tell(one, delta);
  }

  /// What a checkpoint stores: the incumbent and the candidates, as far as they can be stored, and the scores. The
  /// interval that has begun is not judged.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    if constexpr (requires { std::remove_cvref_t<Incumbent>::fields(self.incumbent_, a); })
      a("incumbent", self.incumbent_);
    for (std::size_t k = 0; k < self.names_.size(); ++k) {
      const std::string place = "candidate_" + to_text(k);
      a.same(place + "_name", self.names_[k]);
      if constexpr (requires { std::remove_cvref_t<Candidate>::fields(self.candidates_[k], a); })
        a(place, self.candidates_[k]);
      a(place + "_score", self.scores_[k]);
    }
  }

  [[nodiscard]] const Incumbent& incumbent() const noexcept { return incumbent_; }
  [[nodiscard]] Incumbent& incumbent() noexcept { return incumbent_; }
  [[nodiscard]] const std::vector<Candidate>& candidates() const noexcept { return candidates_; }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] const std::vector<shadow_score>& scores() const noexcept { return scores_; }  ///< by candidate
  template <class Sink>
  void tell_shadows(Sink&& sink) const {
    for (std::size_t k = 0; k < names_.size(); ++k) sink(std::string_view(names_[k]), decided_[k]);
  }
  /// What the incumbent expects of its actions, if it learns.
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(incumbent_, sink);
  }
  /// What the guards of the incumbent did.
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(incumbent_, sink);
  }

 private:
  template <class P>
  static void tell(P& policy, int delta) {
    if constexpr (requires { policy.executed(delta); }) policy.executed(delta);
  }
  int settle(const O& o, int delta) {
    last_ = o;
    executed_ = delta;
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      ++scores_[k].decisions;
      if (decided_[k] == delta)
        ++scores_[k].agreed;
      else
        tell(candidates_[k], delta);
    }
    return delta;
  }
  void judge(const O& next) {
    if (!last_ || candidates_.empty()) return;
    const auto own = static_cast<double>(score_(executed_, executed_, *last_, next));
    for (std::size_t k = 0; k < candidates_.size(); ++k) {
      shadow_score& s = scores_[k];
      const auto cost = static_cast<double>(score_(decided_[k], executed_, *last_, next));
      if (!std::isfinite(cost) || !std::isfinite(own)) {
        ++s.refused;
        continue;
      }
      ++s.scored;
      const auto n = static_cast<double>(s.scored);
      s.mean_cost += (cost - s.mean_cost) / n;
      s.mean_incumbent += (own - s.mean_incumbent) / n;
    }
  }

  Incumbent incumbent_;
  std::vector<Candidate> candidates_;
  std::vector<std::string> names_;
  Score score_;
  std::vector<int> decided_;
  std::vector<shadow_score> scores_;
  std::optional<O> last_{};
  int executed_ = 0;
};

/// Candidates beside an incumbent, for observations of type O.
template <class O, class Incumbent, class Candidate, class Score>
[[nodiscard]] auto shadow_on(Incumbent incumbent, std::vector<Candidate> candidates, std::vector<std::string> names,
                             Score score) {
  return shadowed<O, Incumbent, Candidate, Score>(std::move(incumbent), std::move(candidates), std::move(names),
                                                  std::move(score));
}

}  // namespace headroom
