#pragma once

#include <algorithm>  // std::all_of, std::fill, std::lower_bound, std::sort, std::unique
#include <array>      // std::array
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <span>       // std::span
#include <string>     // std::string
#include <tuple>      // std::tie
#include <utility>    // std::move, std::pair
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>
#include <headroom/offline/internal/log_half.hpp>
#include <headroom/offline/log_parts.hpp>

namespace headroom {

/// Options of `log_judge`.
struct log_judge_options {
  double discount = 0.95;       ///< gamma, in [0, 1)
  double unknown = 0;           ///< worth of everything that follows what was never tried; the least is the careful one
  double least_tried = 0.9;     ///< share of the weight that must rest on what was tried, for a number to be told
  double least_effective = 50;  ///< steps that the log must amount to for this policy
  std::size_t least_parts = 10;  ///< episodes, or pieces of them, that an interval needs; at least 4
  std::size_t resamples = 200;   ///< at least 20
  std::uint64_t seed = 1;
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const log_judge_options& checked(const log_judge_options& o) {
  require(o.discount >= 0 && o.discount < 1, "log_judge", "discount", o.discount, "be in [0, 1)");
  require_finite("log_judge", "unknown", o.unknown);
  require_fraction("log_judge", "least_tried", o.least_tried);
  require_not_negative("log_judge", "least_effective", o.least_effective);
  require(o.least_parts >= 4, "log_judge", "least_parts", o.least_parts, "be at least 4");
  require(o.resamples >= 20, "log_judge", "resamples", o.resamples, "be at least 20");
  return o;
}

/// What a log says of one policy.
struct judgement {
  estimate worth;              ///< what follows a logged state on average, discounted
  double tried = 0;            ///< share of the policy's decisions, by their weight, that the log shows at all
  double effective_steps = 0;  ///< as many steps of the policy's own the log amounts to
  std::vector<double> resampled{};
};

/// Judges policies by a log of another one, with a table. Each half of the log (every second episode) is judged with a
/// policy that was learned from the other half: judged on what it was learned from, a policy looks better than it is.
/// The value is that of fitted-Q evaluation on the half's own counts. What was never tried is worth `unknown`, which is
/// why a number that rests on much of that is not told. The interval comes from drawing episodes anew; all policies get
/// the same draws, so that their difference has an interval of its own. Memory goes by what the log shows, not by the
/// number of states. O(resamples * sweeps * outcomes) a policy.
///     log_judge judge(log, actions, {.discount = 0.95});
///     const judgement mine = judge([&](std::size_t half) { return shares_of(learn(judge.other(half))); });
class log_judge {
 public:
  log_judge(std::vector<logged<state_index>> log, std::size_t actions, const log_judge_options& options = {})
      : options_(checked(options)),
        actions_(actions),
        log_(std::move(log)),
        parts_(parts_of(log_, options_.least_parts, steps_that_matter(options_.discount))) {
    require(!log_.empty(), "log_judge", "number of steps", log_.size(), "be at least 1");
    require(actions_ >= 1, "log_judge", "number of actions", actions_, "be at least 1");
    for (std::size_t i = 0; i < log_.size(); ++i) {
      require(to_size(log_[i].action) < actions_, "log_judge", "action of step " + to_text(i), to_size(log_[i].action),
              "be below " + to_text(actions_));
      require_finite("log_judge", "reward of step " + to_text(i), log_[i].reward);
      seen_.push_back(to_size(log_[i].state));
      if (log_[i].status != episode::terminated) seen_.push_back(to_size(log_[i].next));
    }
    std::sort(seen_.begin(), seen_.end());
    seen_.erase(std::unique(seen_.begin(), seen_.end()), seen_.end());
    for (std::size_t k = 0; k < 2; ++k) halves_[k] = half_from(k);
  }

  /// What a policy may be learned from that half `half` judges.
  [[nodiscard]] std::vector<logged<state_index>> other(std::size_t half) const {
    return half_of(log_, parts_, parts_.size() > 1 ? 1 - half : 0);
  }
  [[nodiscard]] const log_parts& parts() const noexcept { return parts_; }
  [[nodiscard]] const log_judge_options& options() const noexcept { return options_; }

  /// `policy_for(half)` returns the policy that this half judges, as a function (state, probabilities) that writes the
  /// probability of each action. One that writes only zeros leaves the decision to the author.
  template <class PolicyFor>
  [[nodiscard]] judgement operator()(PolicyFor&& policy_for) const {
    std::array<std::vector<double>, 2> shares;
    for (std::size_t k = 0; k < 2; ++k) {
      auto&& policy = policy_for(k);
      shares[k].resize(seen_.size() * actions_);
      for (std::size_t s = 0; s < seen_.size(); ++s) {
        const std::span<double> row = std::span<double>(shares[k]).subspan(s * actions_, actions_);
        policy(state_index{seen_[s]}, row);
        if (std::all_of(row.begin(), row.end(), [](double share) { return share == 0; }))
          std::fill(row.begin(), row.end(), of_author);
      }
    }
    return judged(shares);
  }
  /// The log's author: each half, and each draw, shows anew how often it did what. Where a state was never left, as at
  /// a cut, what it would have done is unknown, as for everybody.
  [[nodiscard]] judgement author() const {
    const std::vector<double> all(seen_.size() * actions_, of_author);
    return judged({all, all});
  }

  /// What the first is worth more than the second, on the same draws. None where one of them has no number.
  [[nodiscard]] static estimate difference(const judgement& first, const judgement& second) {
    estimate d{first.worth.value - second.worth.value};
    d.why = first.worth.told() ? second.worth.why : first.worth.why;
    if (!d.told()) return d;
    std::vector<double> all(first.resampled.size());
    for (std::size_t r = 0; r < all.size(); ++r) all[r] = first.resampled[r] - second.resampled[r];
    std::tie(d.low, d.high) = middle_of(std::move(all));
    return d;
  }

 private:
  static constexpr double of_author = internal::log_author;

  // Of these shares, by half.
  [[nodiscard]] judgement judged(const std::array<std::vector<double>, 2>& shares) const {
    judgement j;
    const std::vector<double> once(parts_.size(), 1.0);
    internal::log_weights w;
    std::array<std::vector<double>, 2> values;
    double sum = 0;
    double count = 0;
    for (std::size_t k = 0; k < 2; ++k) {
      const internal::log_values m = halves_[k].values_of(seen_.size(), shares[k], once, options_.unknown);
      if (m.steps == 0) continue;
      values[k].assign(seen_.size(), 0.0);
      m.solve(values[k], options_.discount, 1e-9);
      sum += m.mean(values[k]) * m.steps;
      count += m.steps;
      halves_[k].weigh(m, shares[k], options_.discount, w);
    }
    j.worth.value = sum / count;
    j.tried = w.mass > 0 ? w.tried / w.mass : 0;
    j.effective_steps = w.squares > 0 ? w.tried * w.tried / w.squares : 0;
    j.worth.why = too_little(j);
    if (!j.worth.told()) return j;
    engine random(options_.seed, stream::exploration);
    std::vector<double> drawn(parts_.size());
    for (std::size_t r = 0; r < options_.resamples; ++r) {
      draw(random, drawn);
      double resampled = 0;
      double weight = 0;
      for (std::size_t k = 0; k < 2; ++k) {
        const internal::log_values m = halves_[k].values_of(seen_.size(), shares[k], drawn, options_.unknown);
        std::vector<double> v = values[k];
        m.solve(v, options_.discount, 1e-5);
        resampled += m.mean(v) * m.steps;
        weight += m.steps;
      }
      j.resampled.push_back(resampled / weight);
    }
    std::tie(j.worth.low, j.worth.high) = middle_of(j.resampled);
    return j;
  }

  // Why no number is told of this policy; empty if one is.
  [[nodiscard]] std::string too_little(const judgement& j) const {
    std::string why;
    const auto add = [&](bool less, const std::string& sentence) {
      if (less) why.append(why.empty() ? "" : "; ").append(sentence);
    };
    add(j.tried < options_.least_tried, percent_text(j.tried) + " of its weight rests on what was tried, must be " +
                                            percent_text(options_.least_tried));
    add(j.effective_steps < options_.least_effective,
        "the log amounts to " + to_text(static_cast<std::uint64_t>(j.effective_steps)) + " steps of its own, must be " +
            to_text(options_.least_effective));
    add(parts_.size() < options_.least_parts, (parts_.pieces ? "pieces of the log: " : "episodes of the log: ") +
                                                  to_text(parts_.size()) + ", must be " +
                                                  to_text(options_.least_parts));
    return why;
  }

  [[nodiscard]] std::size_t place(state_index s) const {
    return static_cast<std::size_t>(std::lower_bound(seen_.begin(), seen_.end(), to_size(s)) - seen_.begin());
  }
  [[nodiscard]] internal::log_half half_from(std::size_t k) const {
    internal::log_half h;
    for (std::size_t e = k; e < parts_.size(); e += 2) {
      for (std::size_t i = parts_.ranges[e].first; i < parts_.ranges[e].second; ++i) {
        const logged<state_index>& t = log_[i];
        const std::size_t s = place(t.state);
        h.steps.push_back({e, s, s * actions_ + to_size(t.action),
                           t.status == episode::terminated ? internal::log_end : place(t.next), t.reward});
      }
    }
    std::sort(h.steps.begin(), h.steps.end(), [](const auto& a, const auto& b) {
      return std::pair{a.pair, a.next} < std::pair{b.pair, b.next};
    });
    return h;
  }

  void draw(engine& random, std::vector<double>& drawn) const {
    std::fill(drawn.begin(), drawn.end(), 0.0);
    for (std::size_t k = 0; k < 2; ++k) {  // each half by itself, so that neither is ever empty
      const std::size_t n = (parts_.size() + 1 - k) / 2;
      for (std::size_t e = 0; e < n; ++e) drawn[2 * random.below(n) + k] += 1;
    }
  }

  log_judge_options options_;
  std::size_t actions_;
  std::vector<logged<state_index>> log_;
  log_parts parts_;
  std::vector<std::size_t> seen_{};  // the states that the log shows, ascending
  std::array<internal::log_half, 2> halves_{};
};

}  // namespace headroom
