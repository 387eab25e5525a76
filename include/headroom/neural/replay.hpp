#pragma once

#include <algorithm>    // std::copy, std::copy_n, std::fill
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint32_t, std::uint64_t
#include <limits>       // std::numeric_limits
#include <span>         // std::span
#include <string_view>  // std::string_view
#include <type_traits>  // std::is_const_v
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/neural/internal/aligned.hpp>

namespace headroom {

/// The replay memory of an agent (Lin 1992; Mnih et al. 2015): the last `capacity` transitions in a ring, as a struct
/// of arrays, in float.
///
/// Both the observation and the next observation are stored. The next one is usually the following row, but not with
/// n-step returns, after a cut, or where the ring closes; twice the memory avoids these cases. A row is padded with
/// zeros to whole cache lines (16 floats), so up to 16 features cost one cache miss. A transition stores whether it
/// `terminated`, and the factor of the bootstrap (discount^k for a return over k steps, 0 after the end). It does not
/// store whether the episode was truncated.
///
/// Nothing allocates after construction. Memory: capacity (8 stride + 13 + actions / 8) bytes and a bit.
class replay {
 public:
  /// Throws std::invalid_argument unless all three are at least 1 and the size does not overflow.
  replay(std::size_t capacity, std::size_t dimension, std::size_t actions)
      : capacity_(checked(capacity, dimension, actions)),
        dimension_(dimension),
        actions_(actions),
        stride_((dimension + line - 1) / line * line),
        words_(action_mask::words(actions)),
        observations_(capacity * stride_),
        nexts_(capacity * stride_),
        action_(capacity),
        reward_(capacity),
        discount_(capacity),
        terminated_(capacity),
        legal_(capacity * words_, ~std::uint64_t{0}),
        drawn_((capacity + 63) / 64) {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool full() const noexcept { return size_ == capacity_; }
  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  /// Floats from one row to the next: the dimension, rounded up to a multiple of 16.
  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }
  /// Whether a mask was ever given. Until then, masks are neither written nor read.
  [[nodiscard]] bool masked() const noexcept { return masked_; }

  /// Stores one transition and returns its row; replaces the oldest if the replay is full. `discount` is the factor of
  /// the value of `next`; `legal` are the legal actions of `next`. After the end of an episode `next` may be empty.
  /// Zeros are then stored for `next` and for the factor, because 0 times an infinite value is not 0.
  std::uint32_t push(std::span<const float> observation, action_index action, float reward, std::span<const float> next,
                     bool terminated, float discount, action_mask legal = {}) {
    HEADROOM_ASSERT(observation.size() == dimension_, "replay: an observation of another dimension");
    HEADROOM_ASSERT(next.size() == dimension_ || (terminated && next.empty()),
                    "replay: a next observation of another dimension");
    HEADROOM_ASSERT(to_size(action) < actions_, "replay: an action out of range");
    const std::size_t i = cursor_;
    std::copy(observation.begin(), observation.end(), observations_.data() + i * stride_);
    float* const row = nexts_.data() + i * stride_;
    if (terminated)
      std::fill(row, row + dimension_, 0.0F);
    else
      std::copy(next.begin(), next.end(), row);
    action_[i] = static_cast<std::uint32_t>(to_size(action));
    reward_[i] = reward;
    discount_[i] = terminated ? 0.0F : discount;
    terminated_[i] = terminated ? 1 : 0;
    masked_ = masked_ || !legal.everything();
    if (masked_) {
      std::uint64_t* const words = legal_.data() + i * words_;
      for (std::size_t w = 0; w < words_; ++w) words[w] = legal.word(w);
    }
    cursor_ = i + 1 < capacity_ ? i + 1 : 0;
    size_ += size_ < capacity_ ? 1 : 0;
    return static_cast<std::uint32_t>(i);
  }

  /// The parts of the transition in row i < size(): `dimension` floats, then zeros up to the stride.
  [[nodiscard]] const float* observation(std::size_t i) const noexcept { return observations_.data() + i * stride_; }
  [[nodiscard]] const float* next(std::size_t i) const noexcept { return nexts_.data() + i * stride_; }
  [[nodiscard]] std::uint32_t action(std::size_t i) const noexcept { return action_[i]; }
  [[nodiscard]] float reward(std::size_t i) const noexcept { return reward_[i]; }
  [[nodiscard]] float discount(std::size_t i) const noexcept { return discount_[i]; }
  [[nodiscard]] bool terminated(std::size_t i) const noexcept { return terminated_[i] != 0; }
  /// The legal actions of the next observation.
  [[nodiscard]] action_mask legal(std::size_t i) const noexcept {
    return masked_ ? action_mask{legal_.data() + i * words_} : action_mask{};
  }

  /// Fills `rows` with different rows; every set of rows is equally probable. Floyd's algorithm (Bentley and Floyd
  /// 1987) needs one draw a row, also if the batch is the whole replay. The order is not random. A bit a row marks the
  /// taken rows; 50,000 bits are 6 KiB.
  void draw(engine& random, std::span<std::uint32_t> rows) {
    HEADROOM_ASSERT(rows.size() <= size_, "replay: a batch of more than there is");
    engine local = random;  // of which the compiler knows that writing to drawn_ leaves it alone
    std::uint64_t* const drawn = drawn_.data();
    std::size_t last = size_ - rows.size();
    for (auto& row : rows) {
      std::size_t i = local.below(last + 1);
      if ((drawn[i / 64] >> (i % 64) & 1U) != 0) i = last;
      drawn[i / 64] |= std::uint64_t{1} << (i % 64);
      row = static_cast<std::uint32_t>(i);
      prefetch(i);
      ++last;
    }
    for (const auto row : rows) drawn[row / 64] = 0;
    random = local;
  }

  /// Prefetches the row. Drawn rows lie all over a buffer that exceeds the caches. If each is requested when it is
  /// drawn, most are in the cache when they are read.
  void prefetch([[maybe_unused]] std::size_t i) const noexcept {
#if defined(__GNUC__)
    __builtin_prefetch(observation(i));
    __builtin_prefetch(next(i));
#endif
  }

  /// What a checkpoint stores: the rows, without padding.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("capacity", self.capacity_);
    a.same("dimension", self.dimension_);
    a.same("actions", self.actions_);
    a("size", self.size_);
    a("cursor", self.cursor_);
    a("masked", self.masked_);
    // A file may hold anything: what was read must not lead out of the arrays.
    const std::size_t n = self.size_;
    a.check(n <= self.capacity_, "size", n, "be at most the capacity, " + to_text(self.capacity_));
    a.check(n < self.capacity_ ? self.cursor_ == n : self.cursor_ < n, "cursor", self.cursor_,
            "be the size, or below it when the ring is full");
    std::vector<float> dense(n * self.dimension_);
    const auto move = [&](std::string_view name, auto& padded) {
      for (std::size_t i = 0; i < n; ++i) {
        std::copy_n(padded.data() + i * self.stride_, self.dimension_, dense.data() + i * self.dimension_);
      }
      a(name, dense, {n, self.dimension_});
      if constexpr (!std::is_const_v<Self>) {
        for (std::size_t i = 0; i < n; ++i) {
          std::copy_n(dense.data() + i * self.dimension_, self.dimension_, padded.data() + i * self.stride_);
        }
      }
    };
    move("observations", self.observations_);
    move("nexts", self.nexts_);
    a("action", std::span(self.action_).first(n));
    for (const auto action : std::span(self.action_).first(n)) {
      a.check(action < self.actions_, "action", action, "be below the number of actions, " + to_text(self.actions_));
    }
    a("reward", std::span(self.reward_).first(n));
    a("discount", std::span(self.discount_).first(n));
    a("terminated", std::span(self.terminated_).first(n));
    if (self.masked_)
      a("legal", std::span(self.legal_).first(n * self.words_), {n, self.words_});
    else if constexpr (!std::is_const_v<Self>)
      std::fill(self.legal_.begin(), self.legal_.end(), ~std::uint64_t{0});
  }

 private:
  static constexpr std::size_t line = 16;  // floats in a cache line of 64 bytes

  static std::size_t checked(std::size_t capacity, std::size_t dimension, std::size_t actions) {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    require(capacity >= 1 && capacity <= most, "replay", "capacity", capacity, "be in [1, 2^32 - 1]");
    require(dimension >= 1, "replay", "dimension", dimension, "be at least 1");
    require(dimension <= most && dimension + line <= std::numeric_limits<std::size_t>::max() / sizeof(float) / capacity,
            "replay", "dimension", dimension, "leave the memory countable");
    require(actions >= 1 && actions <= most, "replay", "number of actions", actions, "be in [1, 2^32 - 1]");
    require(action_mask::words(actions) <= std::numeric_limits<std::size_t>::max() / 8 / capacity, "replay",
            "number of actions", actions, "leave the memory countable");
    return capacity;
  }

  std::size_t capacity_;
  std::size_t dimension_;
  std::size_t actions_;
  std::size_t stride_;
  std::size_t words_;
  std::size_t size_ = 0;
  std::size_t cursor_ = 0;
  bool masked_ = false;
  internal::aligned_vector<float> observations_;
  internal::aligned_vector<float> nexts_;
  std::vector<std::uint32_t> action_;
  std::vector<float> reward_;
  std::vector<float> discount_;
  std::vector<std::uint8_t> terminated_;
  std::vector<std::uint64_t> legal_;
  std::vector<std::uint64_t> drawn_;
};

}  // namespace headroom
