#pragma once

#include <algorithm>  // std::find
#include <array>      // std::array
#include <cstddef>    // std::size_t
#include <optional>   // std::optional
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/types.hpp>

namespace headroom {

/// The index of `action` in a menu, or nothing. O(size).
template <class Menu, class Action>
[[nodiscard]] constexpr std::optional<action_index> index_of(const Menu& menu, const Action& action) {
  for (std::size_t i = 0; i < menu.size(); ++i) {
    if (menu[action_index{i}] == action) return action_index{i};
  }
  return std::nullopt;
}

/// The action that entry `i` of a menu means at `o`, and the entry that leads to `action` there. Only a menu with `at`
/// and `find` (ObservedActionSet) looks at `o`.
template <class Menu, class Observation>
[[nodiscard]] constexpr decltype(auto) action_at(const Menu& menu, const Observation& o, action_index i) {
  if constexpr (requires { menu.at(o, i); })
    return menu.at(o, i);
  else
    return menu[i];
}
template <class Menu, class Observation, class Action>
[[nodiscard]] constexpr std::optional<action_index> index_at(const Menu& menu, const Observation& o,
                                                             const Action& action) {
  if constexpr (requires { menu.find(o, action); })
    return menu.find(o, action);
  else
    return index_of(menu, action);
}

/// Says the actions of a menu, in their order, to an archive.
template <class Menu, class Archive>
void say_actions(const Menu& menu, Archive& a) {
  struct list {
    const Menu& menu;
    [[nodiscard]] std::size_t size() const { return menu.size(); }
    [[nodiscard]] decltype(auto) operator[](std::size_t i) const { return menu[action_index{i}]; }
  };
  a.means("actions", "action", list{menu});
}
/// Stands for a menu without `fields` in an archive.
template <class Menu>
struct said_menu {
  const Menu& menu;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    say_actions(self.menu, a);
  }
};

/// A menu whose length is known at compile time. Model of ActionSet.
///     actions scale{-1, 0, +1};
template <class A, std::size_t N>
struct actions {
  static_assert(N > 0, "actions: an empty menu leaves nothing to choose");
  std::array<A, N> items;

  [[nodiscard]] constexpr std::size_t size() const noexcept { return N; }
  [[nodiscard]] constexpr const A& operator[](action_index i) const {
    HEADROOM_ASSERT(to_size(i) < N, "actions: index outside the menu");
    return items[to_size(i)];
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    say_actions(self, a);
  }
};
template <class A, class... R>
actions(A, R...) -> actions<A, 1 + sizeof...(R)>;
actions()->actions<int, 0>;  // which says why there is no empty menu

/// A menu whose length comes from a configuration. Model of ActionSet.
template <class A>
class menu {
 public:
  explicit menu(std::vector<A> items) : items_(std::move(items)) {
    require(!items_.empty(), "menu", "number of actions", items_.size(), "be at least 1");
  }

  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  [[nodiscard]] const A& operator[](action_index i) const {
    HEADROOM_ASSERT(to_size(i) < items_.size(), "menu: index outside the menu");
    return items_[to_size(i)];
  }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    say_actions(self, a);
  }

 private:
  std::vector<A> items_;
};

}  // namespace headroom
