#pragma once

#include <algorithm>  // std::clamp, std::fill, std::max
#include <cmath>      // std::exp, std::isfinite, std::log, std::sqrt
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>

namespace headroom {

struct hedge_options {
  double horizon = 1'000;  ///< steps of an epoch; then all begin as equals again, so that only recent losses count
  double rate = 0;         ///< of the weights' decay (eta); 0: sqrt(8 ln N / horizon), the best for that many steps
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const hedge_options& checked(const hedge_options& o) {
  require(o.horizon >= 1 && o.horizon <= 1e15, "hedge", "horizon", o.horizon, "be from 1 to 1e15");
  require(o.rate >= 0 && o.rate <= 10, "hedge", "rate", o.rate, "be from 0 to 10");
  return o;
}

/// Which of N advisers to follow, when each step shows what every one of them would have lost, from 0 to 1. Hedge
/// (Freund and Schapire 1997): the probability of an adviser falls by exp(-eta * loss). Whatever the losses are, even
/// if an enemy chooses them, the expected loss over T steps of an epoch exceeds that of the best single adviser by at
/// most  ln N / eta + eta T / 8,  which is sqrt(T ln N / 2) at the best eta (`regret_bound`).
///
/// Following another adviser has a cost in the world, so this one is lazy (the shrinking dartboard of Geulen, Vocking
/// and Winkler 2010): it stays with its adviser with the probability exp(-eta * that adviser's loss), and draws anew
/// otherwise. At each step the probabilities are exactly those of Hedge, so the bound holds, while the expected number
/// of switches is at most eta times the loss suffered, and never more than eta T (`switch_bound`). O(N) for a step, no
/// allocation after construction.
///     hedge choice(3, {.horizon = 2'000}, seed);
///     follow(choice.leader());
///     choice.tell(losses);
class hedge {
 public:
  /// Throws std::invalid_argument for options out of range, and without advisers.
  hedge(std::size_t advisers, const hedge_options& options, std::uint64_t seed)
      : options_(checked(options)), random_(seed, stream::exploration), lost_(advisers), share_(advisers) {
    require(advisers >= 1 && advisers <= 1'000'000, "hedge", "number of advisers", advisers, "be from 1 to 1000000");
    const double n = static_cast<double>(advisers);
    rate_ = options.rate > 0 ? options.rate : std::sqrt(8 * std::log(std::max(n, 2.0)) / options.horizon);
    begin_epoch();
  }

  [[nodiscard]] std::size_t size() const noexcept { return lost_.size(); }
  /// The adviser to follow now.
  [[nodiscard]] std::size_t leader() const noexcept { return leader_; }
  /// With which each is followed; they sum to 1.
  [[nodiscard]] std::span<const double> probabilities() const noexcept { return share_; }
  /// The decay of the weights (eta).
  [[nodiscard]] double rate() const noexcept { return rate_; }

  /// What each adviser lost in this step. A loss below 0 or above 1 counts as 0 or 1. If one is not finite, the step is
  /// ignored and the result is false. Throws std::invalid_argument for another number of losses.
  bool tell(std::span<const double> losses) {
    if (losses.size() != lost_.size())
      require(false, "hedge", "number of losses", losses.size(), "be that of the advisers, " + to_text(lost_.size()));
    for (const double l : losses) {
      if (!std::isfinite(l)) return false;
    }
    const double own = std::clamp(losses[leader_], 0.0, 1.0);
    for (std::size_t k = 0; k < lost_.size(); ++k) {
      const double loss = std::clamp(losses[k], 0.0, 1.0);
      expected_ += share_[k] * loss;
      lost_[k] += loss;
    }
    ++steps_;
    if (++of_epoch_ >= options_.horizon) {
      begin_epoch();
      return true;
    }
    weigh();
    if (random_.uniform() >= std::exp(-rate_ * own)) draw();
    return true;
  }

  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  /// How often the leader changed; a draw that hits the same one is none.
  [[nodiscard]] std::uint64_t switches() const noexcept { return switches_; }
  /// The sum over all steps of the expected loss.
  [[nodiscard]] double expected_loss() const noexcept { return expected_; }
  /// By how much the expected loss of so many steps, at most an epoch, can exceed that of the best single adviser.
  [[nodiscard]] double regret_bound(double steps) const {
    return std::log(static_cast<double>(lost_.size())) / rate_ + rate_ * steps / 8;
  }
  /// How many switches are expected at most in so many steps of an epoch.
  [[nodiscard]] double switch_bound(double steps) const { return rate_ * steps; }

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("lost", self.lost_);
    a("leader", self.leader_);
    a("of_epoch", self.of_epoch_);
    a("steps", self.steps_);
    a("switches", self.switches_);
    a("expected", self.expected_);
    a("random", self.random_);
    a("share", self.share_);
    a.check(self.leader_ < self.lost_.size(), "leader", self.leader_, "be one of the advisers");
  }

 private:
  void begin_epoch() {
    std::fill(lost_.begin(), lost_.end(), 0.0);
    of_epoch_ = 0;
    weigh();
    // The first leader is drawn; later ones stay, as nothing speaks against them yet.
    if (steps_ == 0) {
      draw();
      switches_ = 0;
    }
  }
  // Losses by their distance from the least, so that no weight underflows for the best.
  void weigh() {
    double least = lost_[0];
    for (const double l : lost_) least = l < least ? l : least;
    double sum = 0;
    for (std::size_t k = 0; k < lost_.size(); ++k) sum += share_[k] = std::exp(-rate_ * (lost_[k] - least));
    for (double& s : share_) s /= sum;
  }
  void draw() {
    double at = random_.uniform();
    std::size_t k = 0;
    while (k + 1 < share_.size() && at >= share_[k]) at -= share_[k++];
    switches_ += k != leader_ ? 1U : 0U;
    leader_ = k;
  }

  hedge_options options_;
  double rate_ = 0;
  engine random_;
  std::vector<double> lost_;   // in this epoch
  std::vector<double> share_;  // the probabilities
  std::size_t leader_ = 0;
  double of_epoch_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t switches_ = 0;
  double expected_ = 0;
};

}  // namespace headroom
