#pragma once

#include <array>        // std::array
#include <cmath>        // std::isfinite
#include <concepts>     // std::equality_comparable
#include <cstddef>      // std::size_t
#include <exception>    // std::exception
#include <optional>     // std::optional
#include <string>       // std::string
#include <tuple>        // std::tuple, std::apply
#include <type_traits>  // std::invoke_result_t, std::is_arithmetic_v, std::is_enum_v, std::is_member_object_pointer_v
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>

namespace headroom {

struct environment_check_options {
  std::size_t max_steps = 10'000;  ///< an episode should end within this many steps
  bool must_end = true;            ///< false: a continuing task, for use with a time_limit
  /// An episode does not depend on what was done before its reset. Set it to false if one random stream continues
  /// through all episodes; two policies then do not get the same second episode.
  bool independent_episodes = true;
  /// Also step after the end. Off by default, because an environment need not allow it and may fail an assertion.
  bool step_after_end = false;
};

/// The work of check_environment(), as a class so that its parts have names.
template <class Make, class... Fields>
class environment_checker {
 public:
  using environment_type = std::invoke_result_t<Make&>;
  static_assert(Environment<environment_type>, "check_environment: make() must build an environment, by value");
  using observation_type = observation_t<environment_type>;
  using action_type = action_t<environment_type>;
  static constexpr bool by_field = sizeof...(Fields) > 0 || std::is_arithmetic_v<observation_type>;
  static_assert(by_field || std::equality_comparable<observation_type>,
                "check_environment: name the observation's fields (as member pointers), or give it an operator==");

  environment_checker(Make& make, const std::vector<action_type>& actions, const environment_check_options& options,
                      Fields... fields)
      : make_(make), actions_(actions), options_(options), fields_(fields...) {}

  [[nodiscard]] std::vector<std::string> findings() {
    try {
      check();
    } catch (const std::exception& e) {
      found(std::string("threw '") + e.what() + "'");
    }
    return findings_;
  }

 private:
  using result_type = step_result<observation_type>;

  void check() {
    environment_type a = make_();
    environment_type b = make_();
    const episode end = play(a, b, "two fresh environments differ after the same actions");
    if (differed_) return;  // the following checks compare episodes and would report the same again
    if (end != episode::ongoing && step_ == 0U) found("the episode ends at its first step, nothing can be learned");
    if (end == episode::ongoing && options_.must_end) {
      found("no end so far, max_steps is " + to_text(options_.max_steps) + ", wrap it in a time_limit");
    }
    if (end != episode::ongoing && options_.step_after_end) {
      ++*step_;
      static_cast<void>(b.step(action()));  // so that the two go on alike
      if (a.step(action()).status == episode::ongoing) {
        found("ongoing again; an episode that has ended stays ended until reset");
      }
    }
    ++episode_;
    if (!options_.independent_episodes) {
      play(a, b, "two environments differ after the same actions");
      return;
    }
    environment_type untouched = make_();
    untouched.reset();
    play(a, untouched, "what was done before the reset still shows");
  }

  // Plays one episode of two environments side by side. Stops at the first difference, and reports it with this
  // sentence.
  episode play(environment_type& a, environment_type& b, const std::string& sentence) {
    step_.reset();
    result_type left{a.reset()};
    result_type right{b.reset()};
    if (differ(left, right, sentence)) return left.status;
    look_at(left.observation);
    for (step_ = 0; *step_ < options_.max_steps; ++*step_) {
      left = a.step(action());
      right = b.step(action());
      if (differ(left, right, sentence)) return left.status;
      look_at(left.observation);
      if (left.status > episode::truncated) found("status is " + name(left.status) + ", which is none");
      if (left.status != episode::ongoing) return left.status;
    }
    return episode::ongoing;
  }

  [[nodiscard]] action_type action() const { return actions_[*step_ % actions_.size()]; }

  bool differ(const result_type& a, const result_type& b, const std::string& sentence) {
    std::string what;
    if constexpr (by_field) {
      each_field(a.observation, b.observation, [&](std::size_t i, auto x, auto y) {
        if (what.empty() && x != y && (x == x || y == y)) {  // two NaNs are equal
          what = field(i) + " is " + to_text(x) + " and " + to_text(y);
        }
      });
    } else if (!(a.observation == b.observation)) {
      what = "the observations are not equal";
    }
    if (what.empty() && a.status != b.status) what = "status is " + name(a.status) + " and " + name(b.status);
    if (what.empty()) return false;
    differed_ = true;
    found(sentence + ": " + what);
    return true;
  }

  // Each field is reported once.
  void look_at(const observation_type& o) {
    each_field(o, o, [&](std::size_t i, auto value, auto) {
      if (std::isfinite(static_cast<double>(value)) || reported_[i]) return;
      reported_[i] = true;
      found(field(i) + " is " + to_text(value) + "; an encoder will refuse it");
    });
  }

  // Calls f(index, number in a, number in b) for all fields that can be compared.
  template <class F>
  void each_field(const observation_type& a, const observation_type& b, F f) const {
    if constexpr (sizeof...(Fields) > 0) {
      std::size_t i = 0;
      std::apply([&](const Fields&... each) { (f(i++, number(a.*each), number(b.*each)), ...); }, fields_);
    } else if constexpr (by_field) {
      f(std::size_t{0}, number(a), number(b));
    }
  }

  template <class Value>
  static auto number(Value value) {
    static_assert(std::is_arithmetic_v<Value> || std::is_enum_v<Value>, "check_environment: a field must be a number");
    if constexpr (std::is_enum_v<Value>)
      return static_cast<std::underlying_type_t<Value>>(value);
    else
      return value;
  }

  static std::string field(std::size_t i) {
    return sizeof...(Fields) > 0 ? "observation field " + to_text(i) : std::string("observation");
  }

  static std::string name(episode status) {
    if (status == episode::ongoing) return "ongoing";
    if (status == episode::terminated) return "terminated";
    return status == episode::truncated ? "truncated" : to_text(static_cast<unsigned>(status));
  }

  void found(const std::string& what) {
    const std::string where = step_ ? "step " + to_text(*step_) : std::string("reset");
    findings_.push_back((episode_ > 0 ? "episode " + to_text(episode_) + ", " : std::string()) + where + ": " + what);
  }

  Make& make_;
  const std::vector<action_type>& actions_;
  environment_check_options options_;
  std::tuple<Fields...> fields_;
  std::vector<std::string> findings_;
  std::array<bool, sizeof...(Fields) + 1> reported_{};
  std::size_t episode_ = 0;
  std::optional<std::size_t> step_;  // none: at reset
  bool differed_ = false;
};

/// Looks for mistakes that make a simulator useless or misleading for learning, and describes each in a sentence; an
/// empty result means that nothing was found. `make()` builds a fresh environment, `actions` are given in turn, and the
/// fields are the numbers of the observation, as member pointers; without fields, observations are compared by their
/// operator==. Steps and episodes count from 0, as in step_record.
///
/// It finds: two environments with the same seed that differ, numbers that are not finite, episodes that end at once or
/// never, state that survives a reset, an end after which the episode goes on, exceptions. Costs five episodes.
///
///     for (const auto& finding : check_environment([] { return pool{42}; }, {-1, 0, 1}, {}, &sample::queue))
///       std::puts(finding.c_str());
template <class Make, class... Fields>
requires(std::is_member_object_pointer_v<Fields>&&...) [[nodiscard]] std::vector<std::string> check_environment(
    Make make, const std::vector<action_t<std::invoke_result_t<Make&>>>& actions,
    const environment_check_options& options = {}, Fields... fields) {
  require(!actions.empty(), "check_environment", "number of actions", actions.size(), "be at least 1");
  require(options.max_steps > 0, "check_environment", "max_steps", options.max_steps, "be at least 1");
  return environment_checker<Make, Fields...>(make, actions, options, fields...).findings();
}

}  // namespace headroom
