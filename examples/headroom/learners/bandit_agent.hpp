#pragma once

#include <cstddef>  // std::size_t
#include <vector>   // std::vector

#include <headroom/agents/linucb.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/types.hpp>

namespace tool {

/// LinUCB as the agent of a learner: the numbers that an encoder makes are its context, with a 1 in front and the
/// square of each behind, because what is late bends upwards with the load. It learns what an action brings within its
/// own step and looks no further ahead. Model of MaskedAgent and CorrectableAgent.
class bandit_agent {
 public:
  using state_type = headroom::vector_state;
  using action_index = headroom::action_index;
  using action_mask = headroom::action_mask;

  bandit_agent(std::size_t dimension, std::size_t actions, const headroom::linucb_options& options)
      : dimension_(dimension), options_(options), bandit_(actions, 1 + 2 * dimension, options), x_(1 + 2 * dimension) {}

  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] std::size_t actions() const noexcept { return bandit_.arms(); }
  [[nodiscard]] const headroom::linucb_health& health() const noexcept { return bandit_.health(); }

  action_index start(const state_type& s, action_mask legal = {}) {
    see(s, x_);
    return last_ = best(x_, legal, options_.exploration);
  }
  action_index step(double reward, const state_type& s, action_mask legal = {}) {
    bandit_.learn(headroom::to_size(last_), x_, reward);
    return start(s, legal);
  }
  void terminate(double reward) { bandit_.learn(headroom::to_size(last_), x_, reward); }
  void truncate(double reward, const state_type&, action_mask = {}) { terminate(reward); }
  void executed(action_index a) { last_ = a; }
  [[nodiscard]] action_index greedy(const state_type& s, action_mask legal = {}) const {
    std::vector<double> x(x_.size());
    see(s, x);
    return best(x, legal, 0);
  }
  /// The reward that is expected of an action.
  [[nodiscard]] double value(const state_type& s, action_index a) const {
    std::vector<double> x(x_.size());
    see(s, x);
    return bandit_.expected(headroom::to_size(a), x);
  }

  /// What a checkpoint stores. Of a model that only decides, the bandit too: its coefficients are what decides.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "linucb");
    a("bandit", self.bandit_);
  }

 private:
  void see(const state_type& s, std::vector<double>& x) const {
    x[0] = 1;
    for (std::size_t k = 0; k < dimension_; ++k) {
      const auto value = static_cast<double>(s[k]);
      x[1 + k] = value;
      x[1 + dimension_ + k] = value * value;
    }
  }
  [[nodiscard]] action_index best(const std::vector<double>& x, action_mask legal, double exploration) const {
    action_index arm{0};
    bool found = false;
    double highest = 0;
    for (std::size_t k = 0; k < actions(); ++k) {
      if (!legal[k]) continue;
      const double value = bandit_.expected(k, x) + (exploration > 0 ? exploration * bandit_.uncertainty(k, x) : 0);
      if (!found || value > highest) {
        found = true;
        arm = action_index{k};
        highest = value;
      }
    }
    return arm;
  }

  std::size_t dimension_;
  headroom::linucb_options options_;
  headroom::linucb bandit_;
  std::vector<double> x_;
  action_index last_{0};
};

}  // namespace tool
