#pragma once

#include <optional>  // std::optional

#include <headroom/core/types.hpp>

namespace headroom::internal {

/// The episode of the fallback in a pipeline: it begins when something was not known for long, and ends when everything
/// is known again. The fallback itself stands elsewhere. O is the observation.
template <class O>
class fallback_episode {
 public:
  [[nodiscard]] bool begun() const noexcept { return begun_; }

  /// The wish of the fallback on what is known.
  template <class P>
  [[nodiscard]] int ask(P& fallback, const O& o) {
    const int wish = begun_ ? fallback.step(o) : fallback.start(o);
    begun_ = true;
    last_ = o;
    return wish;
  }
  /// What was executed in the place of its wish.
  template <class P>
  void executed(P& fallback, int delta) {
    if constexpr (requires { fallback.executed(delta); }) fallback.executed(delta);
  }
  /// Everything is known again.
  template <class P>
  void end(P& fallback, const O& o) {
    if (begun_) fallback.stop(o, episode::truncated);
    begun_ = false;
  }
  /// The end of the host.
  template <class P>
  void finish(P& fallback) {
    if (begun_) fallback.stop(*last_, episode::ongoing);
    begun_ = false;
  }

 private:
  bool begun_ = false;
  std::optional<O> last_{};
};

}  // namespace headroom::internal
