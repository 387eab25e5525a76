#pragma once

#include <algorithm>   // std::clamp, std::max, std::min
#include <cmath>       // std::exp, std::log, std::round
#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <span>        // std::span
#include <string>      // std::string
#include <utility>     // std::move
#include <vector>      // std::vector

#include <headroom/baselines/square_root_staffing.hpp>
#include <headroom/core/check.hpp>
#include <headroom/io/state.hpp>
#include <headroom/planning/cross_entropy.hpp>
#include <headroom/run/run.hpp>

#include "learners/environment_training.hpp"

namespace tool {

/// What one episode came to.
struct episode_figures {
  double in_time = 0;   ///< fraction of its requests
  double replicas = 0;  ///< mean
};

/// What a search for a staffing rule is begun with.
template <class E>
struct staffing_search_plan {
  headroom::square_root_staffing_options first_guess{};
  std::vector<double> first_spread{};
  headroom::replica_limits limits{};
  headroom::signals<headroom::observation_t<E>> see{};
  std::function<E(std::uint64_t seed)> open{};  ///< the environment of training episodes, from this seed on
  std::uint64_t train_seed = 1;
  std::uint64_t episodes = 0;
  double price = 0;          ///< of all requests being late, in replicas; positive: fixed
  double first_price = 100;  ///< where a multiplier begins
  double level = 0;          ///< else the price is moved until so much is in time
};

/// `Figures` is an observer of one episode whose figures() are an episode_figures.
///
/// Policy search by the cross-entropy method for the nine numbers of square-root staffing. Each candidate of a
/// generation plays the same episodes, each generation new ones. A candidate costs what is reported of it: the mean
/// over the episodes of the replicas, and of the fraction that is late, at a price. With a level the price is a
/// multiplier: it rises while the mean of the search keeps less than the level, and falls while it keeps more; in the
/// end one number of the rule, its spare replicas, is set so that the level is kept on further training episodes.
template <class E, class Figures>
class staffing_search final : public learner<policy_of<E>> {
 public:
  using policy = policy_of<E>;

  explicit staffing_search(staffing_search_plan<E> plan)
      : plan_(std::move(plan)),
        search_(coordinates(plan_.first_guess), plan_.first_spread, {.population = 20}, plan_.train_seed),
        of_candidate_(std::clamp<std::uint64_t>(plan_.episodes * 4 / 5 / (generations * search_.population()), 1, 500)),
        searched_(std::min(plan_.episodes, generations * search_.population() * of_candidate_)),
        price_(plan_.price > 0 ? plan_.price : plan_.first_price),
        costs_(search_.population()),
        world_(world()) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    while (!finished()) {
      if (done_ < searched_) {
        play_candidate();
      } else {
        calibrate();
      }
      if (pause(done_)) return;
    }
  }
  [[nodiscard]] bool finished() const override { return done_ >= plan_.episodes; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }
  [[nodiscard]] policy best() const override { return policy_at(search_.mean(), spare_); }
  [[nodiscard]] policy as_it_stands() const override { return best(); }
  [[nodiscard]] std::string troubles() const override {
    if (plan_.level == 0 || !finished() || kept_ >= plan_.level) return {};
    return "kept " + headroom::to_text(std::round(kept_ * 1e5) / 1e3) + " % in time on its last training episodes, " +
           headroom::to_text(plan_.level * 100) + " % were wanted";
  }

  void write_model(headroom::checkpoint& to) const override {
    headroom::store(search_, to, "search", headroom::keep::decisions);
    to.set("spare", spare_);
  }
  void write_partial(headroom::checkpoint& to) const override { headroom::store(*this, to); }
  void read_partial(const headroom::checkpoint& from) override {
    staffing_search copy = *this;
    headroom::restore(copy.search_, from, "search");
    copy.world_ = copy.world();  // of the generation that was read
    headroom::restore(copy, from);
    *this = std::move(copy);
  }
  [[nodiscard]] policy policy_in(const headroom::checkpoint& from) const override {
    headroom::cross_entropy search = search_;
    headroom::restore(search, from, "search", headroom::keep::decisions);
    return policy_at(search.mean(), from.setting<double>("spare"));
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("search", self.search_);
    a.same("training.selection.of_episodes", self.plan_.episodes);
    a("training.selection.episodes", self.done_);
    a("candidate", self.candidate_);
    a("played", self.played_);
    a("sum_in_time", self.sum_.in_time);
    a("sum_replicas", self.sum_.replicas);
    a("costs", self.costs_);
    a("price", self.price_);
    a("mean_in_time", self.mean_in_time_);
    a("spare", self.spare_);
    a("step", self.step_);
    a("kept", self.kept_);
    a("world", self.world_);
    a.check(self.candidate_ < self.costs_.size(), "candidate", self.candidate_, "be one of the population");
    a.check(self.done_ <= self.plan_.episodes, "episodes", self.done_, "be at most of_episodes");
  }

 private:
  static constexpr std::uint64_t generations = 12;  // about as many; what is asked for goes into the judging of each
  static constexpr std::uint64_t tries = 8;         // to find the spare replicas

  [[nodiscard]] static std::vector<double> coordinates(const headroom::square_root_staffing_options& o) {
    const auto x = o.coordinates();
    return {x.begin(), x.end()};
  }
  [[nodiscard]] E world() const {
    return plan_.open(first_training_seed(plan_.train_seed) + search_.generation() * of_candidate_);
  }
  [[nodiscard]] policy policy_at(std::span<const double> x, double spare) const {
    auto o = headroom::square_root_staffing_options::at(x, plan_.first_guess.service_s);
    o.spare += spare;
    return headroom::square_root_staffing<headroom::observation_t<E>>{plan_.see, o, plan_.limits};
  }
  // One episode of a policy, added to the sums.
  void play(policy& one) {
    Figures seen{};
    headroom::run_episodes(world_, one, 1, seen);
    const episode_figures f = seen.figures();
    sum_.in_time += f.in_time;
    sum_.replicas += f.replicas;
    ++played_;
    ++done_;
  }
  void play_candidate() {
    policy one = policy_at(search_.candidate(candidate_), 0);
    while (played_ < of_candidate_ && done_ < searched_) play(one);
    const auto n = static_cast<double>(played_);
    const double in_time = sum_.in_time / n;
    costs_[candidate_] = sum_.replicas / n + price_ * (1 - in_time);
    if (candidate_ == 0) mean_in_time_ = in_time;  // the first candidate is the mean of the search
    sum_ = {};
    played_ = 0;
    if (++candidate_ < costs_.size()) {
      world_ = world();
      return;
    }
    candidate_ = 0;
    search_.finish(costs_);
    if (plan_.price <= 0) move_price();
    world_ = world();
  }
  // The price as a multiplier: in logarithms, by how far the odds of being late are from those that are wanted.
  void move_price() {
    const double late = std::clamp(1 - mean_in_time_, 1e-5, 0.9);
    const double wanted = std::clamp(1 - plan_.level, 1e-5, 0.9);
    price_ = std::clamp(price_ * std::exp(std::clamp(std::log(late / wanted), -1.0, 1.0)), 1e-3, 1e9);
  }
  // The spare replicas that keep the level, by halving steps on episodes of their own; the last try stands.
  void calibrate() {
    if (plan_.price > 0) {
      done_ = plan_.episodes;
      return;
    }
    const std::uint64_t left = plan_.episodes - searched_;
    const std::uint64_t of_try = std::max<std::uint64_t>(1, left / tries);
    if (played_ == 0) world_ = plan_.open(first_validation_seed + 500'000 * plan_.train_seed);
    policy one = policy_at(search_.mean(), spare_);
    while (played_ < of_try && done_ < plan_.episodes) play(one);
    kept_ = sum_.in_time / static_cast<double>(played_);
    const double replicas = sum_.replicas / static_cast<double>(played_);
    sum_ = {};
    played_ = 0;
    if (step_ == 0) step_ = std::max(0.25, 0.08 * replicas);
    if (done_ + of_try > plan_.episodes) {
      done_ = plan_.episodes;
      return;
    }
    spare_ += kept_ < plan_.level ? step_ : -step_;
    step_ /= 1.6;
  }

  staffing_search_plan<E> plan_;
  headroom::cross_entropy search_;
  std::uint64_t of_candidate_;  // episodes for each
  std::uint64_t searched_;      // episodes of the search; the others calibrate
  std::uint64_t done_ = 0;
  std::uint64_t played_ = 0;  // of the candidate, or the try
  episode_figures sum_{};     // over these
  double price_;
  double mean_in_time_ = 1;
  double spare_ = 0;
  double step_ = 0;
  double kept_ = 0;
  std::size_t candidate_ = 0;
  std::vector<double> costs_;
  E world_;
};

}  // namespace tool
