#pragma once

#include <algorithm>   // std::clamp, std::max, std::min
#include <cmath>       // std::floor, std::sqrt
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <memory>      // std::make_shared, std::shared_ptr
#include <optional>    // std::optional
#include <span>        // std::span
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/state.hpp>
#include <headroom/planning/belief_table.hpp>
#include <headroom/planning/fit_rate_chain.hpp>
#include <headroom/planning/price_search.hpp>
#include <headroom/run/run.hpp>
#include <headroom/run/statistics.hpp>
#include <headroom/workloads/arrivals.hpp>

#include "learners/environment_training.hpp"
#include "scaling/dependable_level.hpp"

namespace tool {

/// What the training of a belief_table is begun with. `View` is that of the table.
template <class E, class View>
struct belief_plan {
  std::function<E(std::uint64_t seed)> open{};  ///< the environment of training episodes, from this seed on
  /// The same of so many episodes, in the order of time where a load has one.
  std::function<E(std::uint64_t seed, std::size_t episodes)> open_evenly{};
  /// The same of the newest piece of the training part, which has to keep the level as well; none where a load has no
  /// order in time.
  std::function<E(std::uint64_t seed, std::size_t episodes)> open_newest{};
  std::function<const headroom::arrivals&(const E& world)> requests{};  ///< after a reset
  double interval_s = 1;                                                ///< from decision to decision
  /// Moves, table and its numbers for rates up to this one.
  std::function<headroom::replica_moves(double highest_per_s)> moves{};
  std::function<headroom::step_grid(double highest_per_s)> rates{};
  std::function<headroom::step_grid(const headroom::replica_moves& moves, double highest_per_s)> in_system{};
  std::function<headroom::step_table(const headroom::replica_moves& moves, double highest_per_s)> table{};
  /// Replicas that are one of the table's; how an observation is seen in these units.
  std::function<int(double highest_per_s)> unit = [](double) { return 1; };
  std::function<View(int unit)> view{};
  std::uint64_t train_seed = 1;
  std::uint64_t episodes = 0;
  std::optional<double> price{};  ///< of a late request, in replicas for an interval
  double first_price = 4;         ///< else it is looked for, from here on,
  double level = 0.99;            ///< that keeps so much in time
  /// At no rate a late request is worth less: where a whole episode with many requests counts no more than one with
  /// few, a plan would give up the former.
  double least_price = 0;
};

/// `Figures` is an observer of one episode whose level() is the fraction in time.
///
/// Belief-state planning for one load: a quarter of the episodes says how its rate moves (fit_rate_chain, from the
/// requests alone), a table is drawn from the model of a decision interval, and a plan is made at one price after the
/// other, each played on further episodes, until the wanted level is kept (price_search).
template <class E, class View, class Figures>
class belief_search final : public learner<policy_of<E>> {
 public:
  using policy = policy_of<E>;
  using observation = headroom::observation_t<E>;
  using table_policy = headroom::belief_table<observation, View>;

  explicit belief_search(belief_plan<E, View> plan)
      : plan_(std::move(plan)),
        fitted_(std::clamp<std::uint64_t>(plan_.episodes / 4, 1, 3'000)),
        of_try_(std::max<std::uint64_t>(1, (plan_.episodes - std::min(plan_.episodes, fitted_)) / tries)),
        search_({.level = plan_.level,
                 .tolerance = tolerance,
                 .first = plan_.first_price,
                 .least = 1e-3 * plan_.first_price,
                 .most = 1e4 * plan_.first_price,
                 .tries = tries}),
        world_(world()) {
    make_room();
  }

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    while (!finished()) {
      if (done_ < fitted_) {
        count();
      } else {
        if (!policy_) make_policy();
        if (!finished()) play();
      }
      if (pause(done_)) return;
    }
  }
  [[nodiscard]] bool finished() const override { return done_ >= plan_.episodes; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }
  [[nodiscard]] policy best() const override {
    if (!policy_) return policy(holding{});
    return policy(moving(*policy_, plan_.unit(highest_)));
  }
  [[nodiscard]] policy as_it_stands() const override { return best(); }
  [[nodiscard]] std::string troubles() const override {
    if (plan_.price || !finished() || kept_.empty()) return {};
    const double kept = kept_[best_try()];
    if (std::abs(kept - plan_.level) <= near_enough) return {};
    return "it keeps " + headroom::to_text(std::round(1e4 * kept) / 100) + " % of its training, where " +
           headroom::to_text(100 * plan_.level) + " % was wanted: no price that was tried came nearer";
  }

  void write_model(headroom::checkpoint& to) const override {
    headroom::require(policy_.has_value(), "belief", "the number of episodes that it has seen", done_,
                      "be more: there is no plan yet");
    to.set("highest_per_s", highest_);
    headroom::store(*policy_, to, "policy", headroom::keep::decisions);
  }
  void write_partial(headroom::checkpoint& to) const override { headroom::store(*this, to); }
  void read_partial(const headroom::checkpoint& from) override {
    belief_search copy = *this;
    copy.make_room();  // a copy of a list has none to spare, and more than there is room for is refused
    headroom::restore(copy, from);
    if (copy.levels_.size() >= copy.of_whole()) {  // its episodes are those of the newest piece
      copy.world_ = copy.world();
      headroom::restore(copy, from);
    }
    copy.planned_.reset();
    copy.policy_.reset();
    copy.counts_.clear();
    for (std::uint64_t k = 0; k < std::min(copy.done_, copy.fitted_); ++k) copy.count_episode(k);
    if (copy.done_ >= copy.fitted_) copy.make_policy();  // the same plan, as it depends on nothing else
    *this = std::move(copy);
  }
  [[nodiscard]] policy policy_in(const headroom::checkpoint& from) const override {
    if (from.has("training.selection.episodes")) {
      belief_search copy = *this;
      copy.read_partial(from);
      return copy.best();
    }
    const auto highest = from.setting<double>("highest_per_s");
    const headroom::replica_moves moves = plan_.moves(highest);
    const int unit = plan_.unit(highest);
    table_policy one(plan_.rates(highest), plan_.in_system(moves, highest), moves, 0, plan_.view(unit));
    headroom::restore(one, from, "policy", headroom::keep::decisions);
    return policy(moving(std::move(one), unit));
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("training.selection.of_episodes", self.plan_.episodes);
    a("training.selection.episodes", self.done_);
    a.check(self.done_ <= self.plan_.episodes, "episodes", self.done_, "be at most of_episodes");
    a("highest_per_s", self.highest_);
    a("search", self.search_);
    a.list("levels", self.levels_);
    a.list("tried", self.tried_);
    a.list("kept", self.kept_);
    a.check(self.tried_.size() == self.search_.tries() && self.kept_.size() == self.search_.tries(), "tried",
            self.tried_.size(), "be as many prices as the search has");
    a("world", self.world_);
  }

 private:
  static constexpr std::size_t tries = 8;
  static constexpr double tolerance = 0.0003;   // of a try, to be content with
  static constexpr double near_enough = 0.001;  // not worth a word
  static constexpr double beyond = 1.8;         // times the highest rate seen: a load may grow

  struct holding {
    int start(const observation&) { return 0; }
    int step(const observation&) { return 0; }
    void stop(const observation&, headroom::episode) {}
  };
  // The table's moves in replicas.
  class moving {
   public:
    moving(table_policy one, int unit) : one_(std::move(one)), unit_(unit) {}
    int start(const observation& o) { return unit_ * one_.start(o); }
    int step(const observation& o) { return unit_ * one_.step(o); }
    void stop(const observation& o, headroom::episode end) { one_.stop(o, end); }

   private:
    table_policy one_;
    int unit_;
  };
  // What a plan needs; made once the load is known.
  struct planned {
    headroom::replica_moves moves;
    headroom::step_table table;
    headroom::step_values values;
    headroom::rate_fit fit;
    planned(const belief_plan<E, View>& plan, double highest,
            const std::vector<std::vector<headroom::rate_count>>& seen)
        : moves(plan.moves(highest)),
          table(plan.table(moves, highest)),
          values(table, moves),
          fit(headroom::fit_rate_chain(table.rates(), seen)) {}
  };

  // Of the prices that were tried, the one that kept the level, or nearly so, with the least to spare; else what came
  // nearest. A price between two of them would be a guess.
  [[nodiscard]] std::size_t best_try() const {
    const auto better = [&](std::size_t a, std::size_t b) {
      const bool a_keeps = kept_[a] >= plan_.level - tolerance;
      const bool b_keeps = kept_[b] >= plan_.level - tolerance;
      if (a_keeps != b_keeps) return a_keeps;
      return a_keeps ? kept_[a] < kept_[b] : kept_[a] > kept_[b];
    };
    std::size_t best = 0;
    for (std::size_t k = 1; k < kept_.size(); ++k) {
      if (better(k, best)) best = k;
    }
    return best;
  }

  void make_room() {
    levels_.reserve(of_try_);
    tried_.reserve(tries);
    kept_.reserve(tries);
  }
  [[nodiscard]] std::uint64_t first_seed() const { return first_training_seed(plan_.train_seed); }

  void count() {
    count_episode(done_);
    ++done_;
  }
  void count_episode(std::uint64_t k) {
    E world = plan_.open(first_seed() + k);
    world.reset();
    const headroom::arrivals& requests = plan_.requests(world);
    const auto intervals = static_cast<std::size_t>(std::max(1.0, std::floor(requests.end_s / plan_.interval_s)));
    std::vector<headroom::rate_count> one(intervals, headroom::rate_count{0, plan_.interval_s});
    for (const double t_s : requests.time_s) {
      const auto at = static_cast<std::size_t>(std::max(0.0, t_s) / plan_.interval_s);
      if (at < intervals) one[at].requests += 1;
    }
    for (const headroom::rate_count& c : one) {
      // The rate behind the largest of many counts is lower: by two deviations, about.
      const double rate = std::max(c.requests / 2, c.requests - 2 * std::sqrt(c.requests)) / c.seconds;
      highest_ = std::max(highest_, beyond * rate);
    }
    counts_.push_back(std::move(one));
  }

  // The plan at the price that is tried, or that was found.
  void make_policy() {
    if (!planned_) planned_ = std::make_shared<planned>(plan_, highest_, counts_);
    planned_->values.forget();
    const double price = plan_.price ? *plan_.price : search_.done() ? tried_[best_try()] : search_.price();
    std::vector<double> worth = planned_->fit.worth;
    for (double& w : worth) w = std::max(w, plan_.least_price / price);
    planned_->values.solve(planned_->fit.law.next, {.late = price / plan_.unit(highest_)},
                           {.tolerance = 1e-3, .most = 600}, worth);
    policy_.emplace(planned_->values, planned_->fit.law, 0, plan_.view(plan_.unit(highest_)));
    if (plan_.price || search_.done()) done_ = plan_.episodes;
  }
  // Every price meets the same episodes, so that what it keeps is as good as exact beside the others.
  void play() {
    policy one(moving(*policy_, plan_.unit(highest_)));
    Figures seen{};
    headroom::run_episodes(world_, one, 1, seen);
    levels_.push_back(seen.level());
    done_ = std::min(done_ + 1, plan_.episodes - 1);
    if (levels_.size() < of_try_) {
      if (levels_.size() == of_whole()) world_ = world();
      return;
    }
    const std::span<const double> all(levels_);
    double kept = dependable_level(all.first(of_whole()), {plan_.level, static_cast<bool>(plan_.open_newest)});
    if (of_whole() < all.size()) kept = std::min(kept, headroom::summarize(all.subspan(of_whole())).mean);
    tried_.push_back(search_.price());
    kept_.push_back(std::clamp(kept, 0.0, 1.0));
    search_.tell(kept_.back(), 0);
    levels_.clear();
    world_ = world();
    policy_.reset();
  }
  // The first half of a try's episodes are of the whole training part, the others of its newest piece.
  [[nodiscard]] std::size_t of_whole() const {
    return static_cast<std::size_t>(plan_.open_newest && of_try_ > 1 ? of_try_ - of_try_ / 2 : of_try_);
  }
  [[nodiscard]] E world() const {
    const bool newest = plan_.open_newest && levels_.size() >= of_whole() && levels_.size() < of_try_;
    return newest ? plan_.open_newest(first_seed() + fitted_, static_cast<std::size_t>(of_try_) - of_whole())
                  : plan_.open_evenly(first_seed() + fitted_, of_whole());
  }

  belief_plan<E, View> plan_;
  std::uint64_t fitted_;  // episodes that say how the rate moves
  std::uint64_t of_try_;  // episodes for each price
  std::uint64_t done_ = 0;
  headroom::price_search search_;
  double highest_ = 1e-3;  // rate, requests per second
  std::vector<std::vector<headroom::rate_count>> counts_{};
  std::vector<double> levels_{};
  std::vector<double> tried_{};  // prices
  std::vector<double> kept_{};   // the level of each
  std::shared_ptr<planned> planned_{};
  std::optional<table_policy> policy_{};
  E world_;
};

}  // namespace tool
