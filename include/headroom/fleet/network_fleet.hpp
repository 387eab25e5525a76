#pragma once

#include <algorithm>    // std::copy, std::fill, std::min
#include <array>        // std::array
#include <concepts>     // std::copyable
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <span>         // std::span
#include <string>       // std::string
#include <type_traits>  // std::remove_cvref_t
#include <utility>      // std::declval, std::move, std::swap
#include <vector>       // std::vector

#include <headroom/actions/menu.hpp>
#include <headroom/core/check.hpp>
#include <headroom/core/concepts.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/features.hpp>
#include <headroom/core/health.hpp>
#include <headroom/core/types.hpp>
#include <headroom/explorations/best_of.hpp>
#include <headroom/fleet/greedy_batch.hpp>
#include <headroom/fleet/internal/packed.hpp>
#include <headroom/fleet/internal/step_sizes.hpp>
#include <headroom/fleet/slots.hpp>
#include <headroom/neural/internal/aligned.hpp>
#include <headroom/neural/mlp.hpp>
#include <headroom/policies/frozen.hpp>
#include <headroom/policies/internal/legal_actions.hpp>
#include <headroom/policies/learner.hpp>

namespace headroom {

/// Many services that one network decides for. Each has its own encoder, with the moments of its own observations, and
/// its own menu, with its own limits. A step decides for all: the same actions, bit for bit, as `learner.decide` of a
/// learner for each, or as `frozen` policies if the encoder of the prototype is frozen. Nothing learns here; `adopt`
/// takes a network that learned elsewhere.
///     network_fleet fleet{frozen{learner}, 10'000};
///     const service_id shop = fleet.join();
///     fleet.step(seen, actions);     // seen[fleet.position(shop)] is what was observed of it
///
/// Nothing allocates after construction. A step takes about what the network takes for as many states, and the
/// encoders.
template <class Observation, class EncoderT, class MenuT>
class network_fleet {
  static_assert(VectorEncoder<EncoderT, Observation>, "network_fleet: the encoder must make vectors of an observation");
  static_assert(std::copyable<EncoderT> && std::copyable<MenuT>,
                "network_fleet: encoder and menu must be assignable, because services change places: use members or "
                "functions in the place of lambdas that capture");

 public:
  using observation_type = Observation;
  using action_type = std::remove_cvref_t<decltype(action_at(std::declval<const MenuT&>(),
                                                             std::declval<const Observation&>(), action_index{}))>;

  /// @param encode    what each service starts with; its moments go on from these, unless they are frozen
  /// @param net       decides for all
  /// @param menu      what each service starts with
  /// @param capacity  how many services there can be at a time
  /// @param ties      which of several equally good actions is chosen
  /// Throws std::invalid_argument where the network does not fit the encoder or the menu.
  network_fleet(const EncoderT& encode, mlp<float> net, const MenuT& menu, std::size_t capacity,
                tie_break ties = tie_break::smallest_index)
      : slots_(capacity),
        encode_(encode),
        menu_(menu),
        net_(std::move(net)),
        choose_(net_, menu.size(), ties),
        encoders_(capacity, encode),
        menus_(capacity, menu),
        refused_(capacity),
        rows_(greedy_batch::block * greedy_batch::stride_for(net_.inputs())),
        words_(action_mask::words(menu.size())),
        masks_(greedy_batch::block * words_) {
    require_fitting(encode, menu);
    legal_.resize(menu.size());
  }
  /// The parts of a learner that learned on its own.
  template <class Organs>
  network_fleet(const learner<Observation, Organs>& from, std::size_t capacity)
      : network_fleet(from.parts().encode, from.agent().online(), from.parts().menu, capacity, ties_of(from.agent())) {}
  template <class Organs>
  network_fleet(const frozen<learner<Observation, Organs>>& from, std::size_t capacity)
      : network_fleet(from.learner(), capacity) {}

  /// Takes in a service, at position size() - 1, with a copy of the prototype's encoder and menu, or with its own.
  /// O(1); throws std::invalid_argument if the fleet is full.
  service_id join() { return join(encode_, menu_); }
  service_id join(const EncoderT& encode, const MenuT& menu) {
    require_fitting(encode, menu);
    const service_id id = slots_.join();
    const std::size_t i = slots_.size() - 1;
    encoders_[i] = encode;
    menus_[i] = menu;
    refused_[i] = {};
    if constexpr (requires { encoders_[i].begin_episode(); }) encoders_[i].begin_episode();
    return id;
  }
  /// Lets a service go and returns the position that it had, where the last service is now. O(1).
  std::size_t leave(service_id id) {
    const std::size_t free = slots_.leave(id);
    const std::size_t last = slots_.size();
    if (free != last) {
      std::swap(encoders_[free], encoders_[last]);
      std::swap(menus_[free], menus_[last]);
      refused_[free] = refused_[last];
    }
    return free;
  }

  /// One decision for every service: seen[i] is what is observed of the service at position i, actions[i] what it
  /// should do. Who cannot be decided for, because its observation is refused or no action is legal, gets the neutral
  /// action, and it is counted. Throws std::invalid_argument unless both have size() entries.
  void step(std::span<const Observation> seen, std::span<action_type> actions) {
    internal::require_step_sizes("network_fleet", seen.size(), actions.size(), size());
    for (std::size_t first = 0; first < seen.size(); first += greedy_batch::block) {
      const std::size_t n = std::min(greedy_batch::block, seen.size() - first);
      std::array<bool, greedy_batch::block> good{};
      for (std::size_t j = 0; j < n; ++j) good[j] = look(first + j, j, seen[first + j]);
      std::array<action_index, greedy_batch::block> chosen{};
      choose_(net_, rows_, std::span(chosen).first(n), {masked ? masks_.data() : nullptr, words_});
      for (std::size_t j = 0; j < n; ++j) {
        const MenuT& menu = menus_[first + j];
        actions[first + j] = good[j] ? action_at(menu, seen[first + j], chosen[j]) : neutral_of(menu);
      }
    }
  }

  /// The first observation of an episode follows; `join` says so itself.
  void begin_episode(service_id id) {
    if constexpr (requires(EncoderT & e) { e.begin_episode(); }) encoders_[position(id)].begin_episode();
  }
  /// From now on this network decides. Throws std::invalid_argument unless it has the same shape.
  void adopt(const mlp<float>& net) {
    require(net.sizes() == net_.sizes() && net.hidden() == net_.hidden(), "network_fleet", "network",
            "of another shape", "have the layers of the first one");
    net_ = net;
  }

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.capacity(); }
  [[nodiscard]] bool contains(service_id id) const noexcept { return slots_.contains(id); }
  [[nodiscard]] std::size_t position(service_id id) const { return slots_.position(id); }
  [[nodiscard]] service_id at(std::size_t position) const { return slots_.at(position); }
  [[nodiscard]] const mlp<float>& network() const noexcept { return net_; }
  /// What a service has of its own. `store` and `restore` of its encoder take it from one fleet to another.
  [[nodiscard]] EncoderT& encoder(service_id id) { return encoders_[position(id)]; }
  [[nodiscard]] const EncoderT& encoder(service_id id) const { return encoders_[position(id)]; }
  [[nodiscard]] const MenuT& menu(service_id id) const { return menus_[position(id)]; }
  [[nodiscard]] const refusals& refused(service_id id) const { return refused_[position(id)]; }

  /// What a checkpoint stores: who is where, the network, and of each service its encoder. A fleet that is restored
  /// must have been made with the same encoder, menu and capacity; services that joined with a menu of their own are
  /// given the prototype's, so that such a fleet must be filled by its host.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.means("kind", "network_fleet");
    a("slots", self.slots_);
    say_part("encode", self.encode_, a);
    a("network", self.net_);
    std::vector<std::uint64_t> counts(2 * self.size());
    for (std::size_t i = 0; i < self.size(); ++i) {
      counts[2 * i] = self.refused_[i].observations;
      counts[2 * i + 1] = self.refused_[i].menus;
    }
    a("refused", counts);
    for (std::size_t i = 0; i < self.size(); ++i) {
      if constexpr (!std::is_const_v<Self>) self.refused_[i] = {counts[2 * i], 0, counts[2 * i + 1]};
    }
    internal::move_packed(
        self, a, "encoders", self.size(), [&](std::size_t i) -> auto& { return self.encoders_[i]; });
  }

 private:
  static constexpr bool masked = MaskedActionSet<MenuT, action_type, Observation>;

  void require_fitting(const EncoderT& encode, const MenuT& menu) const {
    if (encode.dimension() == net_.inputs() && menu.size() == choose_.actions()) return;  // no sentence is made
    require(encode.dimension() == net_.inputs(), "network_fleet", "dimension of the encoder", encode.dimension(),
            "equal the inputs of the network, " + to_text(net_.inputs()));
    require(false, "network_fleet", "number of actions of the menu", menu.size(), "be " + to_text(choose_.actions()));
  }
  template <class AgentT>
  static tie_break ties_of(const AgentT& agent) {
    if constexpr (requires { agent.exploration().ties(); }) return agent.exploration().ties();
    return tie_break::smallest_index;
  }
  // As the learner has it.
  static action_type neutral_of(const MenuT& menu) {
    if constexpr (ObservedActionSet<MenuT, action_type, Observation>) {
      return {};
    } else {
      const auto i = index_of(menu, action_type{});
      return menu[i ? *i : action_index{}];
    }
  }

  // Puts state and mask of the service at position i into row j. False if it cannot be decided for.
  bool look(std::size_t i, std::size_t j, const Observation& o) {
    const vector_state s = encoders_[i](o);
    std::uint64_t* const mask = masks_.data() + j * words_;
    if constexpr (masked) std::fill(mask, mask + words_, ~std::uint64_t{0});
    if (!within(s, net_.inputs())) {
      ++refused_[i].observations;
      return false;
    }
    if constexpr (masked) {
      if (!legal_.look(menus_[i], o)) {
        ++refused_[i].menus;
        return false;
      }
      for (std::size_t w = 0; w < words_; ++w) mask[w] = legal_.mask().word(w);
    }
    std::copy(s.begin(), s.end(), rows_.data() + j * greedy_batch::stride_for(net_.inputs()));
    return true;
  }

  slots slots_;
  EncoderT encode_;
  MenuT menu_;
  mlp<float> net_;
  greedy_batch choose_;
  std::vector<EncoderT> encoders_;  // by position, and so are the next two
  std::vector<MenuT> menus_;
  std::vector<refusals> refused_;
  internal::aligned_vector<float> rows_;  // the states of a block
  std::size_t words_;                     // of a mask
  std::vector<std::uint64_t> masks_;      // of a block
  internal::legal_actions legal_;
};
template <class Observation, class Organs>
network_fleet(const learner<Observation, Organs>&, std::size_t)
    -> network_fleet<Observation, decltype(Organs::encode), decltype(Organs::menu)>;
template <class Observation, class Organs>
network_fleet(const frozen<learner<Observation, Organs>>&, std::size_t)
    -> network_fleet<Observation, decltype(Organs::encode), decltype(Organs::menu)>;

}  // namespace headroom
