#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint32_t
#include <limits>   // std::numeric_limits
#include <numeric>  // std::iota
#include <string>   // std::string
#include <utility>  // std::swap
#include <vector>   // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>

namespace headroom {

/// The name of a service in a fleet. It stays the same while the service is there, and no later service has it: a slot
/// is used again with another generation (after 2^32 services in one slot, with the first one).
struct service_id {
  std::uint32_t slot = std::numeric_limits<std::uint32_t>::max();  ///< of no service
  std::uint32_t generation = 0;

  friend constexpr bool operator==(const service_id&, const service_id&) noexcept = default;
};

/// Which services are in a fleet, and where. The positions of n services are 0 to n - 1 without a gap, so that a step
/// of all goes through contiguous arrays. When a service leaves, the last one takes its position. Everything is O(1)
/// and allocates nothing, except for the constructor.
///     slots all{10'000};
///     const service_id a = all.join();         // at position all.size() - 1
///     const std::size_t free = all.leave(a);   // what was at the last position is now at this one
class slots {
 public:
  /// `capacity`: how many services there can be at a time, from 1 to 2^32 - 1. Memory: 12 bytes each.
  explicit slots(std::size_t capacity)
      : slot_at_(checked_capacity(capacity)), position_of_(capacity), generation_(capacity, 1) {
    std::iota(slot_at_.begin(), slot_at_.end(), std::uint32_t{0});
    std::iota(position_of_.begin(), position_of_.end(), std::uint32_t{0});
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return slot_at_.size(); }
  [[nodiscard]] bool full() const noexcept { return size_ == capacity(); }

  /// Takes in a service, at position size() - 1. Throws std::invalid_argument if the fleet is full.
  service_id join() {
    require(!full(), "fleet", "number of services", size_, "be below the capacity for another one to join");
    return at(++size_ - 1);
  }
  /// Lets a service go, and returns the position that it had; the last service is there now, unless it was the last one
  /// itself. Throws std::invalid_argument if it is not there.
  std::size_t leave(service_id id) {
    const std::size_t free = position(id);
    ++generation_[id.slot];
    const std::size_t last = --size_;
    std::swap(slot_at_[free], slot_at_[last]);
    position_of_[slot_at_[free]] = static_cast<std::uint32_t>(free);
    position_of_[slot_at_[last]] = static_cast<std::uint32_t>(last);
    return free;
  }

  [[nodiscard]] bool contains(service_id id) const noexcept {
    return id.slot < capacity() && generation_[id.slot] == id.generation && position_of_[id.slot] < size_;
  }
  /// Where it is now. Throws std::invalid_argument if it is not there.
  [[nodiscard]] std::size_t position(service_id id) const {
    if (!contains(id)) {
      require(false, "fleet", "service " + to_text(id.slot) + " of generation " + to_text(id.generation), "unknown",
              "have joined and not left");
    }
    return position_of_[id.slot];
  }
  /// The service at a position below size().
  [[nodiscard]] service_id at(std::size_t position) const {
    HEADROOM_ASSERT(position < size_, "fleet: a position outside the fleet");
    const std::uint32_t slot = slot_at_[position];
    return {slot, generation_[slot]};
  }

  /// Its slot alone: a number below capacity() that stays the same while the service is there.
  [[nodiscard]] std::size_t slot(std::size_t position) const noexcept { return slot_at_[position]; }

  /// What a checkpoint stores: who is where, and which slots are used next.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("capacity", self.capacity());
    a("size", self.size_);
    a.check(self.size_ <= self.capacity(), "size", self.size_, "be at most the capacity, " + to_text(self.capacity()));
    a("slot_at", self.slot_at_);
    a("generation", self.generation_);
    a("position_of", self.position_of_);
    for (std::size_t i = 0; i < self.capacity(); ++i) {
      const std::uint32_t slot = self.slot_at_[i];
      a.check(slot < self.capacity() && self.position_of_[slot] == i, "slot_at", slot, "be in one position only");
    }
  }

 private:
  static std::size_t checked_capacity(std::size_t capacity) {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    require(capacity >= 1 && capacity <= most, "fleet", "capacity", capacity, "be in [1, 2^32 - 1]");
    return capacity;
  }

  std::vector<std::uint32_t> slot_at_;      // by position; behind size() those that are free, used in this order
  std::vector<std::uint32_t> position_of_;  // by slot
  std::vector<std::uint32_t> generation_;   // by slot, of the service that is there or would come next
  std::size_t size_ = 0;
};

}  // namespace headroom
