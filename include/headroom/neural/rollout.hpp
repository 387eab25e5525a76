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
#include <headroom/core/types.hpp>
#include <headroom/neural/internal/aligned.hpp>

namespace headroom {

/// The steps of an on-policy learner since its last update: `capacity` decisions in the order of time, over one or more
/// episodes. A row is added when the decision is made and completed by its reward. `estimate` then computes how much
/// better than expected each decision was (Schulman et al. 2016, generalised advantage estimation):
///
///     delta_t = r_t + discount V(s_t+1) - V(s_t),    A_t = delta_t + discount trace_decay A_t+1
///
/// V(s_t+1) is 0 after the end of a task, and the value of the last state after a cut; after either there is no A_t+1.
/// With trace_decay 0 the advantages trust the critic completely, with 1 not at all, except at a cut.
///
/// Rows are padded with zeros to whole cache lines, as in `replay`. No allocation after construction.
class rollout {
 public:
  /// Throws std::invalid_argument unless all three are at least 1 and the size does not overflow.
  rollout(std::size_t capacity, std::size_t dimension, std::size_t actions)
      : capacity_(checked(capacity, dimension, actions)),
        dimension_(dimension),
        actions_(actions),
        stride_(internal::padded(dimension)),
        words_(action_mask::words(actions)),
        observations_(capacity * stride_),
        log_probabilities_(capacity * actions),
        action_(capacity),
        end_(capacity),
        own_(capacity),
        reward_(capacity),
        value_(capacity),
        after_(capacity),
        legal_(capacity * words_, ~std::uint64_t{0}),
        advantage_(capacity) {}

  /// Completed rows.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool full() const noexcept { return size_ == capacity_; }
  /// Whether a row waits for its reward.
  [[nodiscard]] bool open() const noexcept { return open_; }
  /// Whether the last row is complete and what comes after it is to be added.
  [[nodiscard]] bool goes_on() const noexcept { return !open_ && size_ > 0 && end_[size_ - 1] == continues; }
  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] std::size_t actions() const noexcept { return actions_; }
  /// Floats from one row to the next: the dimension, rounded up to a multiple of 16.
  [[nodiscard]] std::size_t stride() const noexcept { return stride_; }

  /// Adds a decision: in `observation`, whose value is `value`, the action was drawn. `log_probabilities` are those of
  /// all actions.
  void add(std::span<const float> observation, action_index action, double value,
           std::span<const double> log_probabilities, action_mask legal = {}) {
    HEADROOM_ASSERT(!open_ && size_ < capacity_, "rollout: the row before is not complete, or there is no room");
    HEADROOM_ASSERT(observation.size() == dimension_, "rollout: an observation of another dimension");
    HEADROOM_ASSERT(to_size(action) < actions_ && log_probabilities.size() == actions_,
                    "rollout: an action out of range, or another number of actions");
    const std::size_t i = size_;
    std::copy(observation.begin(), observation.end(), observations_.data() + i * stride_);
    for (std::size_t a = 0; a < actions_; ++a) {
      log_probabilities_[i * actions_ + a] = static_cast<float>(log_probabilities[a]);
    }
    action_[i] = static_cast<std::uint32_t>(to_size(action));
    value_[i] = value;
    own_[i] = 1;
    masked_ = masked_ || !legal.everything();
    if (masked_) {
      for (std::size_t w = 0; w < words_; ++w) legal_[i * words_ + w] = legal.word(w);
    }
    open_ = true;
  }
  /// The open row's action was overridden by `done`.
  void disown(action_index done) noexcept {
    if (!open_) return;
    own_[size_] = action_[size_] == to_size(done) ? own_[size_] : std::uint8_t{0};
    action_[size_] = static_cast<std::uint32_t>(to_size(done));
  }
  /// Completes the open row; the next one follows it unless `cut` or `terminate` says otherwise.
  void reward(double r) {
    HEADROOM_ASSERT(open_, "rollout: no row waits for a reward");
    reward_[size_] = r;
    after_[size_] = 0;
    end_[size_] = continues;
    ++size_;
    open_ = false;
  }
  /// After the last completed row comes a state of that value, which has no row here.
  void cut(double value) noexcept {
    if (size_ == 0 || end_[size_ - 1] != continues) return;
    end_[size_ - 1] = was_cut;
    after_[size_ - 1] = value;
  }
  /// The task ended after the last completed row.
  void terminate() noexcept {
    if (size_ > 0) end_[size_ - 1] = terminated;
  }
  /// Drops the newest row, open or not. The row before it is then cut in the state in which the dropped row began.
  void forget() noexcept {
    if (!open_ && size_ == 0) return;
    if (!open_) --size_;
    open_ = false;
    cut(value_[size_]);
  }
  void clear() noexcept {
    size_ = 0;
    open_ = false;
  }

  /// Computes all advantages. The last row must have been cut or terminated; otherwise it counts as terminated.
  /// O(size()).
  void estimate(double discount, double trace_decay) noexcept {
    double later = 0;
    for (std::size_t i = size_; i-- > 0;) {
      const bool more = end_[i] == continues && i + 1 < size_;
      const double next = more ? value_[i + 1] : after_[i];
      later = reward_[i] + discount * next - value_[i] + (more ? discount * trace_decay * later : 0.0);
      advantage_[i] = later;
    }
  }

  /// The parts of row i < size().
  [[nodiscard]] const float* observation(std::size_t i) const noexcept { return observations_.data() + i * stride_; }
  [[nodiscard]] std::size_t action(std::size_t i) const noexcept { return action_[i]; }
  /// The log probabilities of all actions at the time when the row was added.
  [[nodiscard]] std::span<const float> log_probabilities(std::size_t i) const noexcept {
    return {log_probabilities_.data() + i * actions_, actions_};
  }
  [[nodiscard]] double reward_of(std::size_t i) const noexcept { return reward_[i]; }
  [[nodiscard]] double value(std::size_t i) const noexcept { return value_[i]; }
  /// Whether the drawn action was executed; false: it was overridden.
  [[nodiscard]] bool own(std::size_t i) const noexcept { return own_[i] != 0; }
  [[nodiscard]] action_mask legal(std::size_t i) const noexcept {
    return masked_ ? action_mask{legal_.data() + i * words_} : action_mask{};
  }
  /// The advantage from `estimate`, and the return that belongs to it, which is the target of the critic.
  [[nodiscard]] double advantage(std::size_t i) const noexcept { return advantage_[i]; }
  [[nodiscard]] double target(std::size_t i) const noexcept { return advantage_[i] + value_[i]; }

  /// What a checkpoint stores: the completed rows, without padding.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("capacity", self.capacity_);
    a.same("dimension", self.dimension_);
    a.same("actions", self.actions_);
    a("size", self.size_);
    a("masked", self.masked_);
    // A file may hold anything: what was read must not lead out of the arrays.
    const std::size_t n = self.size_;
    a.check(n < self.capacity_, "size", n, "be below the capacity, " + to_text(self.capacity_));
    std::vector<float> dense(n * self.dimension_);
    for (std::size_t i = 0; i < n; ++i) {
      std::copy_n(self.observations_.data() + i * self.stride_, self.dimension_, dense.data() + i * self.dimension_);
    }
    a("observations", dense, {n, self.dimension_});
    if constexpr (!std::is_const_v<Self>) {
      for (std::size_t i = 0; i < n; ++i) {
        std::copy_n(dense.data() + i * self.dimension_, self.dimension_, self.observations_.data() + i * self.stride_);
      }
      self.open_ = false;
    }
    a("log_probabilities", std::span(self.log_probabilities_).first(n * self.actions_), {n, self.actions_});
    a("action", std::span(self.action_).first(n));
    for (const auto action : std::span(self.action_).first(n)) {
      a.check(action < self.actions_, "action", action, "be below the number of actions, " + to_text(self.actions_));
    }
    a("end", std::span(self.end_).first(n));
    a("own", std::span(self.own_).first(n));
    a("reward", std::span(self.reward_).first(n));
    a("value", std::span(self.value_).first(n));
    a("after", std::span(self.after_).first(n));
    if (self.masked_)
      a("legal", std::span(self.legal_).first(n * self.words_), {n, self.words_});
    else if constexpr (!std::is_const_v<Self>)
      std::fill(self.legal_.begin(), self.legal_.end(), ~std::uint64_t{0});
  }

 private:
  static constexpr std::uint8_t continues = 0;
  static constexpr std::uint8_t was_cut = 1;
  static constexpr std::uint8_t terminated = 2;

  static std::size_t checked(std::size_t capacity, std::size_t dimension, std::size_t actions) {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    constexpr std::size_t floats = std::numeric_limits<std::size_t>::max() / sizeof(float);
    require(capacity >= 1 && capacity <= most, "rollout", "capacity", capacity, "be in [1, 2^32 - 1]");
    require(dimension >= 1, "rollout", "dimension", dimension, "be at least 1");
    require(dimension <= most && dimension + 16 <= floats / capacity, "rollout", "dimension", dimension,
            "leave the memory countable");
    require(actions >= 1 && actions <= most, "rollout", "number of actions", actions, "be in [1, 2^32 - 1]");
    require(actions <= floats / capacity, "rollout", "number of actions", actions, "leave the memory countable");
    return capacity;
  }

  std::size_t capacity_;
  std::size_t dimension_;
  std::size_t actions_;
  std::size_t stride_;
  std::size_t words_;
  std::size_t size_ = 0;
  bool open_ = false;
  bool masked_ = false;
  internal::aligned_vector<float> observations_;
  std::vector<float> log_probabilities_;
  std::vector<std::uint32_t> action_;
  std::vector<std::uint8_t> end_;
  std::vector<std::uint8_t> own_;
  std::vector<double> reward_;
  std::vector<double> value_;
  std::vector<double> after_;  // value of the state in which the episode was cut, else 0
  std::vector<std::uint64_t> legal_;
  std::vector<double> advantage_;
};

}  // namespace headroom
