#pragma once

#include <cstddef>   // std::size_t
#include <memory>    // std::shared_ptr
#include <optional>  // std::optional
#include <string>    // std::string
#include <utility>   // std::move
#include <vector>    // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/journal_record.hpp>
#include <headroom/policies/resumed.hpp>

#include "hosts/live_fields.hpp"

namespace tool {

/// What the policies inside of the guards tell of the last decision. The journal writes it down.
struct inside_view {
  std::optional<headroom::journal_hand_over> hand_over{};
  int incumbent = 0;  ///< what each of the two of a hand-over wished
  int learner = 0;
  std::string note{};

  void say(const std::string& sentence) { note += (note.empty() ? "" : "; ") + sentence; }
};

/// A policy of the tool in the middle of the guards, whose windows go on over a restart of `headroom run`: what it saw
/// is shown to it again. A model is its file, so one that was trained anew goes on with the past as well.
class keeps_past {
 public:
  /// `view`: who is told what became of the past; may be null.
  keeps_past(told_policy one, std::string name, double past_s, double stale_s, std::shared_ptr<inside_view> view = {})
      : past_(std::move(one), &live_observation::time_s, members(),
              {.window_s = past_s, .stale_s = stale_s, .most = most}),
        name_(std::move(name)),
        stale_s_(stale_s),
        view_(std::move(view)) {}

  int start(const live_observation& o) {
    const int delta = past_.start(o);
    if (!view_) return delta;
    if (past_.past() == headroom::resumed_past::goes_on)
      view_->say(name_ + " goes on with " + headroom::to_text(past_.shown()) +
                 " observations of before, the last one of " + headroom::to_text(past_.gap_s()) + " s ago");
    if (past_.past() == headroom::resumed_past::stale)
      view_->say("what " + name_ + " saw before is " + headroom::to_text(past_.gap_s()) +
                 " s old, more than live.past_stale_s = " + headroom::to_text(stale_s_) + ": it begins anew");
    return delta;
  }
  int step(const live_observation& o) { return past_.step(o); }
  void stop(const live_observation& o, headroom::episode end) { past_.stop(o, end); }
  void executed(int delta) { past_.executed(delta); }
  template <class Sink>
  void explain(Sink&& sink) const {
    headroom::explain(past_, sink);
  }
  template <class Sink>
  void tell_values(Sink&& sink) const {
    headroom::tell_values(past_, sink);
  }
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("past", self.past_);
  }

 private:
  using member = headroom::observed_member<live_observation>;
  // The same whatever the window is, so that a state fits a configuration with another one.
  static constexpr std::size_t most = 20'000;

  static std::vector<member> members() {
    std::vector<member> all;
    for (const live_field& f : live_fields) {
      if (f.real != nullptr)
        all.push_back(static_cast<double live_observation::*>(f.real));
      else
        all.push_back(static_cast<int live_observation::*>(f.whole));
    }
    return all;
  }

  headroom::resumed<told_policy, live_observation> past_;
  std::string name_;
  double stale_s_;
  std::shared_ptr<inside_view> view_;
};

}  // namespace tool
