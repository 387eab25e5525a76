#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <vector>   // std::vector

#include <headroom/core/types.hpp>

namespace headroom::internal {

// The mask of the actions that a menu allows at an observation, and whether it ever left a choice. With a menu of +-5
// and 1 to 8 replicas, a service of 4 replicas can never move: that is seen only in operation.
class legal_actions {
 public:
  void resize(std::size_t actions) { words_.resize(action_mask::words(actions)); }
  // Of a learner that was moved from.
  [[nodiscard]] bool empty() const noexcept { return words_.empty(); }
  [[nodiscard]] action_mask mask() const noexcept { return action_mask{words_.data()}; }

  // Fills in the mask. False if no action is legal.
  template <class MenuT, class Observation>
  [[nodiscard]] bool look(const MenuT& menu, const Observation& o) {
    std::uint64_t count = 0;
    for (auto& word : words_) word = 0;
    for (std::size_t i = 0; i < menu.size(); ++i) {
      const std::uint64_t yes{menu.legal(o, action_index{i})};
      words_[i / 64] |= yes << (i % 64);
      count += yes;
    }
    if (count == 0) return false;
    if (!had_choice_) [[unlikely]] {
      ++moments_;
      had_choice_ = count > 1;
    }
    return true;
  }

  // Moments, if there were at least 100 and none left a choice among the actions of the menu.
  [[nodiscard]] std::uint64_t without_choice(std::size_t actions) const noexcept {
    return !had_choice_ && moments_ >= 100 && actions > 1 ? moments_ : 0;
  }

 private:
  std::vector<std::uint64_t> words_;
  std::uint64_t moments_ = 0;  // with a mask, until one leaves more than one action
  bool had_choice_ = false;
};

}  // namespace headroom::internal
