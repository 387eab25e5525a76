#pragma once

#include <algorithm>    // std::copy, std::min
#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <span>         // std::span
#include <string>       // std::string
#include <type_traits>  // std::is_const_v
#include <utility>      // std::swap
#include <vector>       // std::vector

#include <headroom/actions/menu.hpp>
#include <headroom/agents/td_control.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/internal/prefetch.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/explorations/best_of.hpp>
#include <headroom/fleet/internal/packed.hpp>
#include <headroom/fleet/internal/step_sizes.hpp>
#include <headroom/fleet/internal/table_learning.hpp>
#include <headroom/fleet/internal/table_service.hpp>
#include <headroom/fleet/slots.hpp>
#include <headroom/policies/learner.hpp>

namespace headroom {

/// Many services that learn in a table each: SARSA, Expected SARSA or Q-learning in one step, on the rows of a table.
/// All tables lie in one block, and the rows that the next services need are fetched while others learn, because they
/// are in no cache. The actions and the tables are those of as many learners, bit for bit.
///     table_fleet fleet{learn_on<pool>(see, sarsa{see.size(), menu.size(), {}, 1}, cost, menu), 10'000};
///     const service_id shop = fleet.join(seed_of_shop);
///     fleet.step(seen, actions);     // learns from what came of the last actions, then chooses
///
/// An encoder without history is shared; one with history is copied for each service. Nothing allocates after
/// construction, as far as assigning encoder, menu and exploration does not. Memory: states * actions * 8 bytes a
/// service, about 200 bytes beside it, and its observation.
template <class Observation, class Organs>
class table_fleet : private internal::table_learning<Observation, Organs> {
  using base = internal::table_learning<Observation, Organs>;
  using base::acceptable;
  using base::actions_;
  using base::before_;
  using base::counts_;
  using base::encode_;
  using base::encoder_at;
  using base::encoders_;
  using base::explorations_;
  using base::explore_;
  using base::first_;
  using base::host_;
  using base::learn;
  using base::legal;
  using base::menu_;
  using base::menus_;
  using base::neutral_of;
  using base::options_;
  using base::reward_;
  using base::row;
  using base::seats_;
  using base::shares_encoder;
  using base::slots_;
  using base::states_;
  using base::table_at;
  using typename base::encoder_type;
  using typename base::menu_type;
  using typename base::phase;
  using typename base::seat;

 public:
  using observation_type = Observation;
  using typename base::action_type;
  using typename base::bootstrap;

  /// `prototype`: what each service starts with, its table included. Throws std::invalid_argument if its agent has
  /// traces.
  table_fleet(const learner<Observation, Organs>& prototype, std::size_t capacity, const learner_options& options = {})
      : base(prototype, capacity, options) {}

  /// Takes in a service, at position size() - 1, with the prototype's table; `seed` is that of its exploration, as an
  /// agent's. O(table); throws std::invalid_argument if the fleet is full.
  service_id join(std::uint64_t seed) { return join(seed, menu_); }
  /// The same with a menu of its own, of as many actions: with its own limits.
  service_id join(std::uint64_t seed, const menu_type& menu) {
    if (menu.size() != actions_) {
      require(false, "table_fleet", "number of actions of the menu", menu.size(), "be " + to_text(actions_));
    }
    const service_id id = slots_.join();
    const std::size_t i = slots_.size() - 1;
    if constexpr (!shares_encoder) encoders_[i] = encode_;
    menus_[i] = menu;
    explorations_[i] = explore_;
    seats_[i] = {};
    seats_[i].random = engine(seed, stream::exploration);
    seats_[i].learning_rate = options_.learning_rate.at({});
    counts_[i] = {};
    const auto first = first_.all();
    std::copy(first.begin(), first.end(), table_at(i).begin());
    return id;
  }
  /// Lets a service go and returns the position that it had, where the last service is now. O(1): tables stay where
  /// they are.
  std::size_t leave(service_id id) {
    const std::size_t free = slots_.leave(id);
    const std::size_t last = slots_.size();
    if (free != last) {
      if constexpr (!shares_encoder) std::swap(encoders_[free], encoders_[last]);
      std::swap(menus_[free], menus_[last]);
      std::swap(explorations_[free], explorations_[last]);
      seats_[free] = seats_[last];
      counts_[free] = counts_[last];
      before_[free] = before_[last];
    }
    return free;
  }

  /// One step of every service: learns from seen[i], what came of the last action of the service at position i, and
  /// writes the next one into actions[i]. The first step of a service begins an episode. Throws std::invalid_argument
  /// unless both have size() entries.
  void step(std::span<const Observation> seen, std::span<action_type> actions) {
    in_blocks<true>(seen, actions,
                    [this](std::size_t i, const Observation& o, state_index s) { return learn(i, o, s); });
  }
  /// The best known action of every service; nothing is learned, drawn or begun.
  void decide(std::span<const Observation> seen, std::span<action_type> actions) {
    in_blocks<false>(seen, actions, [this](std::size_t i, const Observation& o, state_index s) {
      if (!acceptable(i, o, s)) return neutral_of(menus_[i]);
      tie_break ties = tie_break::smallest_index;
      if constexpr (requires { explorations_[i].ties(); }) ties = explorations_[i].ties();
      return action_at(menus_[i], o, best_of(row(i, s), legal(), ties));
    });
  }
  /// What was executed at each position, where it may differ from what was chosen.
  void executed(std::span<const action_type> actions) {
    internal::require_step_sizes("table_fleet", actions.size(), actions.size(), size());
    for (std::size_t i = 0; i < actions.size(); ++i) {
      seat& me = seats_[i];
      if (host_.learn_requested_action || me.now != phase::pending || actions[i] == me.action) continue;
      me.action = actions[i];
      if (const auto k = index_at(menus_[i], before_[i], actions[i]))
        me.choice = *k;
      else
        me.now = phase::open;
    }
  }
  /// As learner::stop: `o` is what came of the last action of the service, whose episode ends.
  void stop(service_id id, const Observation& o, episode why) { base::stop(position(id), o, why); }

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.capacity(); }
  [[nodiscard]] bool contains(service_id id) const noexcept { return slots_.contains(id); }
  [[nodiscard]] std::size_t position(service_id id) const { return slots_.position(id); }
  [[nodiscard]] service_id at(std::size_t position) const { return slots_.at(position); }
  /// The action values of a service, shape (states, actions), row-major.
  [[nodiscard]] std::span<const double> table(service_id id) const { return table_at(position(id)); }
  [[nodiscard]] const progress& done(service_id id) const { return seats_[position(id)].done; }
  [[nodiscard]] const refusals& refused(service_id id) const { return counts_[position(id)].refused; }
  [[nodiscard]] td_health health(service_id id) const { return {0, counts_[position(id)].refused_rewards, 0}; }

  /// One service for `store` and `restore`. Its file is that of a learner with the same parts, and the other way round.
  ///     auto shop = fleet.service(id);
  ///     store(shop, c, "shop");
  [[nodiscard]] internal::table_service<table_fleet> service(service_id id) { return {*this, position(id), true}; }

  /// What a checkpoint stores: who is where, and everything of each service, up to the step whose consequence is not
  /// known. A fleet that is restored must have been made with the same prototype and capacity. Several copies of all
  /// tables are made meanwhile; where memory is short, store the services one by one.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "table_fleet");
    a.means("update", bootstrap::name);
    a("slots", self.slots_);
    a.same("states", self.states_);
    a.same("actions", self.actions_);
    say_part("encode", self.encode_, a);
    std::vector<std::uint8_t> phases(self.size());
    if constexpr (!std::is_const_v<Self>) {
      for (std::size_t i = 0; i < self.size(); ++i) phases[i] = static_cast<std::uint8_t>(self.seats_[i].now);
    }
    a("phases", phases);  // in a file all are idle
    for (const std::uint8_t p : phases) a.check(p <= 2, "phases", p, "be at most 2");
    auto& all = const_cast<table_fleet&>(self);  // read only, where Self is const
    internal::move_packed(self, a, "services", self.size(),
                          [&](std::size_t i) { return internal::table_service<table_fleet>(all, i, false); });
    if constexpr (!std::is_const_v<Self>) {
      for (std::size_t i = 0; i < self.size(); ++i) self.seats_[i].now = phase{phases[i]};
    }
  }

 private:
  template <class>
  friend class internal::table_service;
  static constexpr std::size_t block = 16;  // services whose rows are fetched together

  // Asks for what a service keeps beside its table, one block ahead of its encoder.
  void fetch(std::size_t i) const noexcept {
    internal::prefetch_object(seats_[i]);
    internal::prefetch_object(before_[i]);
    internal::prefetch_object(menus_[i]);
    internal::prefetch_object(explorations_[i]);
  }
  // The states of services first to last - 1; asks for the two rows that a step needs.
  template <bool Begins>
  void encode(std::span<const Observation> seen, std::size_t first, std::size_t last, state_index* states) {
    for (std::size_t i = first; i < last; ++i) {
      if (i + block < seen.size()) fetch(i + block);
      if constexpr (Begins && requires(encoder_type & e) { e.begin_episode(); }) {
        if (seats_[i].now == phase::idle) encoder_at(i).begin_episode();
      }
      const state_index s = encoder_at(i)(seen[i]);
      states[i - first] = s;
      if (!within(s, states_)) continue;
      internal::prefetch_bytes(row(i, s).data(), actions_ * sizeof(double));
      internal::prefetch_bytes(row(i, seats_[i].state).data() + to_size(seats_[i].choice), sizeof(double));
    }
  }
  // While one block learns, the rows of the next one, which is encoded already, are on their way.
  template <bool Begins, class F>
  void in_blocks(std::span<const Observation> seen, std::span<action_type> actions, F&& one) {
    internal::require_step_sizes("table_fleet", seen.size(), actions.size(), size());
    const std::size_t n = seen.size();
    std::array<state_index, 2 * block> states{};
    for (std::size_t first = 0; first < n + block; first += block) {
      if (first < n) encode<Begins>(seen, first, std::min(first + block, n), states.data() + first / block % 2 * block);
      if (first == 0) continue;
      const std::size_t before = first - block;
      const state_index* const now = states.data() + before / block % 2 * block;
      for (std::size_t i = before; i < std::min(first, n); ++i) actions[i] = one(i, seen[i], now[i - before]);
    }
  }
};
template <class Observation, class Organs>
table_fleet(const learner<Observation, Organs>&, std::size_t) -> table_fleet<Observation, Organs>;

}  // namespace headroom
