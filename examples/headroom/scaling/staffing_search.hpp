#pragma once

#include <algorithm>   // std::clamp, std::max, std::min, std::stable_sort
#include <cmath>       // std::abs, std::exp, std::log, std::round
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <numeric>     // std::iota
#include <optional>    // std::optional
#include <span>        // std::span
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/baselines/square_root_staffing.hpp>
#include <headroom/core/check.hpp>
#include <headroom/io/state.hpp>
#include <headroom/planning/cross_entropy.hpp>
#include <headroom/planning/multiplier.hpp>
#include <headroom/planning/price_search.hpp>
#include <headroom/run/run.hpp>

#include "learners/environment_training.hpp"
#include "scaling/dependable_level.hpp"

namespace tool {

/// What a search for a staffing rule is begun with. `Cost`: an observer of episodes; mean() is the mean cost of an
/// episode at the price that it was made with, level() the mean of the fraction in time, levels() that of each.
template <class E, class Cost>
struct staffing_search_plan {
  headroom::square_root_staffing_options first_guess{};
  std::vector<double> first_spread{};
  headroom::replica_limits limits{};
  headroom::signals<headroom::observation_t<E>> see{};
  /// The environment of so many training episodes from a seed on; in the order of time where a load has one.
  std::function<E(std::uint64_t seed, std::size_t episodes)> open{};
  /// The same of the newest piece of the training part, which has to keep the level as well; none where a load has no
  /// order in time.
  std::function<E(std::uint64_t seed, std::size_t episodes)> open_newest{};
  bool in_turn = false;  ///< it begins again after so many episodes, so it need not be opened for each candidate
  std::function<Cost(double price)> cost{};
  std::uint64_t train_seed = 1;
  std::uint64_t episodes = 0;
  double price = 4;                            ///< of being late, in the units of Cost
  std::optional<double> level{};               ///< fraction in time that is wanted; the price then finds itself
  headroom::multiplier_options price_moves{};  ///< where it begins, and how far it goes
  double shift = 1;                            ///< replicas of the first move of the whole rule, at the end
  std::string noun = "replicas";
};

/// Policy search by the cross-entropy method for the nine numbers of square-root staffing. Each candidate of a
/// generation plays the same episodes, each generation new ones. With a level the price begins to move once the
/// candidates have become alike, and follows the level of the elite. At the end the rule as a whole is moved up or down
/// by a number of replicas until it keeps the level on episodes of the training part that the search has not seen, on
/// those of its newest piece as well.
template <class E, class Cost>
class staffing_search final : public learner<policy_of<E>> {
 public:
  using policy = policy_of<E>;
  using plan_type = staffing_search_plan<E, Cost>;

  explicit staffing_search(plan_type plan)
      : plan_(complete(std::move(plan))),
        search_(coordinates(plan_.first_guess), plan_.first_spread, {}, plan_.train_seed),
        of_shift_(plan_.level ? plan_.episodes / episodes_a_shift : 0),
        of_candidate_(std::clamp<std::uint64_t>(to_search() / (generations * search_.population()), 1, 500)),
        multiplier_(plan_.level ? plan_.price_moves : headroom::multiplier_options{}),
        shift_(shift_options()),
        costs_(search_.population()),
        levels_(search_.population()),
        tried_(shifts),
        kept_(shifts),
        world_(world()) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    while (!finished()) {
      if (done_ < to_search())
        play_candidate();
      else
        play_shift();
      if (pause(done_)) return;
    }
  }
  [[nodiscard]] bool finished() const override { return done_ == plan_.episodes; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }
  [[nodiscard]] policy best() const override { return policy_at(answer()); }
  [[nodiscard]] policy as_it_stands() const override { return best(); }
  [[nodiscard]] std::string troubles() const override {
    using headroom::to_text;
    if (!plan_.level || shift_.tries() == 0) return {};
    const double kept = kept_[best_shift()];
    if (std::abs(kept - *plan_.level) <= 5 * near_enough) return {};
    return "it keeps " + to_text(std::round(1e4 * kept) / 100) + " % of its training, where " +
           to_text(100 * *plan_.level) + " % was wanted: no number of " + plan_.noun + " more or less came nearer";
  }

  void write_model(headroom::checkpoint& to) const override {
    // A file holds the rule that decides, already moved.
    const headroom::cross_entropy held(answer(), plan_.first_spread, {}, 1);
    headroom::store(held, to, "search", headroom::keep::decisions);
  }
  void write_partial(headroom::checkpoint& to) const override { headroom::store(*this, to); }
  void read_partial(const headroom::checkpoint& from) override {
    staffing_search copy = *this;
    headroom::restore(copy.search_, from, "search");
    copy.done_ = from.setting<std::uint64_t>("training.selection.episodes");
    copy.world_ = copy.world();  // of the generation that was read, or of the shifts
    headroom::restore(copy, from);
    *this = std::move(copy);
  }
  [[nodiscard]] policy policy_in(const headroom::checkpoint& from) const override {
    if (from.has("training.selection.episodes") && from.contains("levels")) {
      staffing_search copy = *this;
      copy.read_partial(from);
      return copy.best();
    }
    headroom::cross_entropy search = search_;
    headroom::restore(search, from, "search", headroom::keep::decisions);
    return policy_at(search.mean());
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("search", self.search_);
    a.same("training.selection.of_episodes", self.plan_.episodes);
    a("training.selection.episodes", self.done_);
    a("candidate", self.candidate_);
    a("costs", self.costs_);
    a.check(self.candidate_ < self.costs_.size(), "candidate", self.candidate_, "be one of the population");
    a.check(self.done_ <= self.plan_.episodes, "episodes", self.done_, "be at most of_episodes");
    if (self.plan_.level) {
      a("price", self.multiplier_);
      a("levels", self.levels_);
      a("shift", self.shift_);
      a("tried", self.tried_);
      a("kept", self.kept_);
    }
    a("world", self.world_);
  }

 private:
  static constexpr std::uint64_t generations = 15;  // about as many; what is asked for goes into the judging of each
  static constexpr std::uint64_t first_priced_generation = 2;
  static constexpr std::size_t elite = 6;
  static constexpr std::size_t shifts = 6;                      // that are tried
  static constexpr std::uint64_t episodes_a_shift = 15;         // one such part of the training for each
  static constexpr std::uint64_t first_shift_seed = 5'000'000;  // after the training's first: no search gets there
  static constexpr double near_enough = 0.0002;

  [[nodiscard]] static plan_type complete(plan_type p) {
    if (p.level) p.price_moves.level = *p.level;
    return p;
  }
  [[nodiscard]] static std::vector<double> coordinates(const headroom::square_root_staffing_options& o) {
    const auto x = o.coordinates();
    return {x.begin(), x.end()};
  }
  // A shift is looked for as a price is: its exponential.
  [[nodiscard]] headroom::price_search_options shift_options() const {
    return {.level = plan_.level.value_or(0.99),
            .tolerance = 1e-6,
            .first = 1,
            .least = std::exp(-16.0),
            .most = std::exp(16.0),
            .tries = shifts};
  }
  [[nodiscard]] std::uint64_t to_search() const { return plan_.episodes - shifts * of_shift_; }
  [[nodiscard]] double price() const { return plan_.level ? multiplier_.price() : plan_.price; }

  // Plays so many episodes from the beginning of `world_`.
  [[nodiscard]] Cost play(policy one, std::uint64_t episodes) {
    Cost total = plan_.cost(price());
    headroom::run_episodes(world_, one, episodes, total);
    if (!plan_.in_turn) world_ = world();
    return total;
  }
  void play_candidate() {
    const std::uint64_t n = std::min(of_candidate_, to_search() - done_);
    const Cost total = play(policy_at(search_.candidate(candidate_)), n);
    done_ += n;
    costs_[candidate_] = total.mean();
    levels_[candidate_] = total.level();
    if (n == of_candidate_ && ++candidate_ == costs_.size()) {
      if (plan_.level && search_.generation() >= first_priced_generation) multiplier_.tell(level_of_elite());
      search_.finish(costs_);
      candidate_ = 0;
      world_ = world();
    }
    if (done_ == to_search()) world_ = world();
  }
  [[nodiscard]] double level_of_elite() const {
    std::vector<std::size_t> order(costs_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs_[a] < costs_[b]; });
    double sum = 0;
    for (std::size_t k = 0; k < elite; ++k) sum += levels_[order[k]];
    return sum / static_cast<double>(elite);
  }

  // Every shift plays the same episodes, so a level beside another is as good as exact. Half of them are of the newest
  // piece, where there is one.
  void play_shift() {
    const double by = std::log(shift_.price());
    const std::uint64_t newest = plan_.open_newest ? of_shift_ / 2 : 0;
    double level = dependable_level(play(policy_at(moved(by)), of_shift_ - newest).levels(),
                                    {*plan_.level, static_cast<bool>(plan_.open_newest)});
    if (newest > 0) {
      E world = plan_.open_newest(first_shift(), static_cast<std::size_t>(newest));
      policy one = policy_at(moved(by));
      Cost total = plan_.cost(price());
      headroom::run_episodes(world, one, newest, total);
      level = std::min(level, total.level());
    }
    tried_[shift_.tries()] = by;
    kept_[shift_.tries()] = level;
    shift_.tell(level, 0);
    done_ = shift_.done() ? plan_.episodes : done_ + of_shift_;
  }
  // The fewest replicas with which the level was kept, or nearly so; else what came nearest.
  [[nodiscard]] std::size_t best_shift() const {
    const auto better = [&](std::size_t a, std::size_t b) {
      const bool a_keeps = kept_[a] >= *plan_.level - near_enough;
      const bool b_keeps = kept_[b] >= *plan_.level - near_enough;
      if (a_keeps != b_keeps) return a_keeps;
      return a_keeps ? kept_[a] < kept_[b] : kept_[a] > kept_[b];
    };
    std::size_t best = 0;
    for (std::size_t k = 1; k < shift_.tries(); ++k) {
      if (better(k, best)) best = k;
    }
    return best;
  }
  [[nodiscard]] std::vector<double> answer() const { return moved(shift_.tries() > 0 ? tried_[best_shift()] : 0); }
  // So many replicas more at any load.
  [[nodiscard]] std::vector<double> moved(double by) const {
    if (by == 0) return {search_.mean().begin(), search_.mean().end()};
    auto o = headroom::square_root_staffing_options::at(search_.mean(), plan_.first_guess.service_s);
    o.spare += by * plan_.shift;
    o.least += by * plan_.shift;
    return coordinates(o);
  }

  [[nodiscard]] std::uint64_t first_shift() const { return first_training_seed(plan_.train_seed) + first_shift_seed; }
  [[nodiscard]] E world() const {
    const std::uint64_t first = first_training_seed(plan_.train_seed);
    if (done_ >= to_search() && of_shift_ > 0) {
      const std::uint64_t newest = plan_.open_newest ? of_shift_ / 2 : 0;
      return plan_.open(first_shift(), static_cast<std::size_t>(of_shift_ - newest));
    }
    return plan_.open(first + search_.generation() * of_candidate_, static_cast<std::size_t>(of_candidate_));
  }
  [[nodiscard]] policy policy_at(std::span<const double> x) const {
    return headroom::square_root_staffing<headroom::observation_t<E>>{
        plan_.see, headroom::square_root_staffing_options::at(x, plan_.first_guess.service_s), plan_.limits};
  }

  plan_type plan_;
  headroom::cross_entropy search_;
  std::uint64_t of_shift_;      // episodes for each
  std::uint64_t of_candidate_;  // episodes for each
  std::uint64_t done_ = 0;
  headroom::multiplier multiplier_;  // in place of the price, where a level is wanted
  headroom::price_search shift_;
  std::size_t candidate_ = 0;
  std::vector<double> costs_;
  std::vector<double> levels_;  // of each candidate
  std::vector<double> tried_;   // shifts
  std::vector<double> kept_;    // the level of each
  E world_;
};

}  // namespace tool
