#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <functional>   // std::function
#include <optional>     // std::optional
#include <stdexcept>    // std::invalid_argument, std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/features.hpp>

/// An environment of the tool as a learner that is not ours meets it: numbers in, the index of an action out.
namespace tool {

class gym_world {
 public:
  struct result {
    double reward = 0;
    headroom::episode status = headroom::episode::ongoing;
    std::size_t executed =
        0;  ///< the action that was executed: the first of the menu in the place of an impossible one
  };

  virtual ~gym_world() = default;

  [[nodiscard]] virtual std::size_t dimension() const = 0;
  /// Every number of an observation lies within plus and minus this.
  [[nodiscard]] virtual double bound() const = 0;
  /// What each action is, for people.
  [[nodiscard]] virtual const std::vector<std::string>& actions() const = 0;
  /// The names of the figures.
  [[nodiscard]] virtual std::vector<std::string_view> names() const = 0;

  /// Begins the episode of a seed; without one the next episode, and at first that of the seed that the world was made
  /// with.
  virtual void reset(std::optional<std::uint64_t> seed) = 0;
  /// Throws std::invalid_argument for an action that is not on the menu, and where no episode is under way.
  virtual result step(std::size_t action) = 0;
  /// What is seen now.
  [[nodiscard]] virtual const std::vector<float>& seen() const = 0;
  /// Which actions are possible now.
  [[nodiscard]] virtual const std::vector<bool>& possible() const = 0;
  /// What a table reports of an episode, once it is over.
  [[nodiscard]] virtual std::vector<double> figures() const = 0;
};

template <headroom::Environment E, class Encoder, class Reward, class Menu, class Score>
class gym_world_of final : public gym_world {
  using observation = headroom::observation_t<E>;
  using action = headroom::action_t<E>;

 public:
  struct parts {
    std::function<E(std::uint64_t seed)> make;
    Encoder see;
    double bound = 1;  ///< of what the encoder shows
    Reward reward;
    Menu menu;
    Score score;  ///< the figures of a table
    std::vector<std::string> actions;
  };
  gym_world_of(parts p, std::uint64_t first_seed) : p_(std::move(p)), first_seed_(first_seed) {
    headroom::require(p_.actions.size() == p_.menu.size(), "gym", "number of names of actions", p_.actions.size(),
                      "be that of the menu, " + headroom::to_text(p_.menu.size()));
  }

  [[nodiscard]] std::size_t dimension() const override { return p_.see.dimension(); }
  [[nodiscard]] double bound() const override { return p_.bound; }
  [[nodiscard]] const std::vector<std::string>& actions() const override { return p_.actions; }
  [[nodiscard]] std::vector<std::string_view> names() const override {
    return {Score::names.begin(), Score::names.end()};
  }

  void reset(std::optional<std::uint64_t> seed) override {
    if (seed || !world_) world_.emplace(p_.make(seed.value_or(first_seed_)));
    now_ = world_->reset();
    under_way_ = true;
    if constexpr (requires { p_.see.begin_episode(); }) p_.see.begin_episode();
    if constexpr (requires { p_.score.on_start(now_); }) p_.score.on_start(now_);
    look();
  }

  result step(std::size_t asked) override {
    if (!under_way_) throw std::invalid_argument("step: no episode is under way, must be reset first");
    if (asked >= p_.menu.size()) {
      throw std::invalid_argument("step: action is " + std::to_string(asked) + ", must be below " +
                                  std::to_string(p_.menu.size()));
    }
    const std::size_t executed = possible_[asked] ? asked : 0;
    const action a = p_.menu[headroom::action_index{executed}];
    const headroom::step_result<observation> r = world_->step(a);
    const headroom::step_record<observation, action> record{now_, a, r.observation, r.status, steps_++, 0};
    if constexpr (requires { p_.score.on_step(record); }) static_cast<void>(p_.score.on_step(record));
    const double reward = p_.reward(now_, a, r.observation);
    now_ = r.observation;
    under_way_ = r.status == headroom::episode::ongoing;
    look();
    return {reward, r.status, executed};
  }

  [[nodiscard]] const std::vector<float>& seen() const override { return seen_; }
  [[nodiscard]] const std::vector<bool>& possible() const override { return possible_; }
  [[nodiscard]] std::vector<double> figures() const override {
    const auto values = p_.score.values();
    return {values.begin(), values.end()};
  }

 private:
  void look() {
    const headroom::vector_state s = p_.see(now_);
    if (s.empty()) throw std::runtime_error("gym: an observation holds a number that is not finite");
    seen_.assign(s.begin(), s.end());
    possible_.assign(p_.menu.size(), true);
    if constexpr (headroom::MaskedActionSet<Menu, action, observation>) {
      for (std::size_t k = 0; k < p_.menu.size(); ++k) possible_[k] = p_.menu.legal(now_, headroom::action_index{k});
    }
  }

  parts p_;
  std::uint64_t first_seed_;
  std::optional<E> world_{};
  observation now_{};
  std::vector<float> seen_{};
  std::vector<bool> possible_{};
  std::uint64_t steps_ = 0;
  bool under_way_ = false;
};

/// "hold", "-1", "+1".
[[nodiscard]] inline std::vector<std::string> names_of_moves(const std::vector<int>& moves) {
  std::vector<std::string> names;
  for (const int m : moves) {
    names.push_back(m == 0 ? "hold" : (m > 0 ? "+" : "") + std::to_string(m));
  }
  return names;
}

}  // namespace tool
