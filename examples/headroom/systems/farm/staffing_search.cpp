#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <headroom/baselines/square_root_staffing.hpp>
#include <headroom/core/check.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/io/state.hpp>
#include <headroom/planning/cross_entropy.hpp>
#include <headroom/planning/multiplier.hpp>
#include <headroom/planning/price_search.hpp>
#include <headroom/run/run.hpp>

#include "systems/farm/autoscalers.hpp"
#include "systems/farm/episode_cost.hpp"
#include "systems/farm/learners.hpp"

namespace tool {

using namespace headroom;

namespace {

// Where the search begins: what square-root staffing would be without any learning, and how wrong that may be.
constexpr square_root_staffing_options first_guess{.service_s = farm_service_s, .least = 2, .expected_per_s = 6};
const std::vector<double> first_spread{1, 0.7, 0.5, 1, 1.5, 0.4, 1, 3, 3};

constexpr std::uint64_t generations = 15;  // about as many; what is asked for in episodes goes into the judging of each

// Of a training to a level. The price begins to move once the candidates have become alike, and the elite's level is
// what it follows. At the end the rule as a whole is moved up or down by a number of workers until it keeps the level
// on episodes of the training part that the search has not seen.
constexpr std::uint64_t first_priced_generation = 2;
constexpr std::size_t elite = 6;
constexpr std::size_t shifts = 6;                      // that are tried
constexpr std::uint64_t episodes_a_shift = 15;         // one such part of the training for each: two fifths in all
constexpr std::uint64_t first_shift_seed = 5'000'000;  // after the training's first: no search gets there
constexpr double near_enough = 0.0005;

multiplier_options price_options(const farm_training& t) {
  if (!t.level) return {};
  return {.level = *t.level, .first = 4, .step = 0.5, .least = 0.05, .by_factors = true};
}
// A shift is looked for as a price is: its exponential.
price_search_options shift_options(const farm_training& t) {
  return {.level = t.level.value_or(0.99),
          .tolerance = 1e-6,
          .first = 1,
          .least = std::exp(-16.0),
          .most = std::exp(16.0),
          .tries = shifts};
}

// Policy search: each candidate of a generation plays the same episodes, each generation new ones.
class search_training final : public farm_learner {
 public:
  explicit search_training(const farm_training& t)
      : search_(std::vector<double>(std::begin(start_), std::end(start_)), first_spread, {}, t.train_seed),
        episodes_(t.episodes),
        of_shift_(t.level ? t.episodes / episodes_a_shift : 0),
        of_candidate_(std::clamp<std::uint64_t>(to_search() / (generations * search_.population()), 1, 500)),
        first_seed_(first_training_seed(t.train_seed)),
        load_(t.load),
        limits_{t.load.farm.min_workers, t.load.farm.max_workers, t.moves.back(), t.moves.back()},
        objective_(t.objective),
        level_(t.level),
        price_(t.price.value_or(4)),
        multiplier_(price_options(t)),
        shift_(shift_options(t)),
        step_s_(t.wide() ? t.load.farm.step_s : 0),
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
  [[nodiscard]] bool finished() const override { return done_ == episodes_; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }
  [[nodiscard]] farm_policy best() const override { return policy_at(answer()); }
  [[nodiscard]] farm_policy as_it_stands() const override { return best(); }
  [[nodiscard]] std::string troubles() const override {
    if (!level_ || shift_.tries() == 0) return {};
    const double kept = kept_[best_shift()];
    if (std::abs(kept - *level_) <= 2 * near_enough) return {};
    return "it keeps " + to_text(std::round(1e4 * kept) / 100) + " % of its training, where " + to_text(100 * *level_) +
           " % was wanted: no number of workers more or less came nearer";
  }

  void write_model(checkpoint& to) const override {
    const cross_entropy held(answer(), first_spread, {}, 1);  // a file holds the rule that decides, already moved
    store(held, to, "search", keep::decisions);
  }
  void write_partial(checkpoint& to) const override { store(*this, to); }
  void read_partial(const checkpoint& from) override {
    search_training copy = *this;
    restore(copy.search_, from, "search");
    copy.done_ = from.setting<std::uint64_t>("training.selection.episodes");
    copy.world_ = copy.world();  // of the generation that was read, or of the shifts
    restore(copy, from);
    *this = std::move(copy);
  }
  [[nodiscard]] farm_policy policy_in(const checkpoint& from) const override {
    if (is_partial_of_level(from)) {
      search_training copy = *this;
      copy.read_partial(from);
      return copy.best();
    }
    cross_entropy search = search_;
    restore(search, from, "search", keep::decisions);
    return policy_at(search.mean());
  }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("search", self.search_);
    a.same("training.selection.of_episodes", self.episodes_);
    a("training.selection.episodes", self.done_);
    a("candidate", self.candidate_);
    a("costs", self.costs_);
    a.check(self.candidate_ < self.costs_.size(), "candidate", self.candidate_, "be one of the population");
    a.check(self.done_ <= self.episodes_, "episodes", self.done_, "be at most of_episodes");
    if (self.level_) {
      a("price", self.multiplier_);
      a("levels", self.levels_);
      a("shift", self.shift_);
      a("tried", self.tried_);
      a("kept", self.kept_);
    }
    a("world", self.world_);
  }

 private:
  static bool is_partial_of_level(const checkpoint& c) {
    return c.has("training.selection.episodes") && c.contains("levels");
  }
  [[nodiscard]] std::uint64_t to_search() const { return episodes_ - shifts * of_shift_; }
  [[nodiscard]] double price() const { return level_ ? multiplier_.price() : price_; }

  void play_candidate() {
    const std::uint64_t n = std::min(of_candidate_, to_search() - done_);
    auto policy = policy_at(search_.candidate(candidate_));
    episode_cost total{price(), step_s_};
    run_episodes(world_, policy, n, total);
    done_ += n;
    costs_[candidate_] = total.mean(objective_);
    levels_[candidate_] = total.level();
    if (n == of_candidate_ && ++candidate_ == costs_.size()) {
      if (level_ && search_.generation() >= first_priced_generation) multiplier_.tell(level_of_elite());
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

  // Every shift plays the same episodes, so a level beside another is as good as exact.
  void play_shift() {
    const double by = std::log(shift_.price());
    auto policy = policy_at(moved(by));
    episode_cost total{price(), step_s_};
    run_episodes(world_, policy, of_shift_, total);
    tried_[shift_.tries()] = by;
    kept_[shift_.tries()] = total.level();
    shift_.tell(total.level(), 0);
    done_ = shift_.done() ? episodes_ : done_ + of_shift_;
  }
  // The fewest workers with which the level was kept, or nearly so; else what came nearest.
  [[nodiscard]] std::size_t best_shift() const {
    const auto better = [&](std::size_t a, std::size_t b) {
      const bool a_keeps = kept_[a] >= *level_ - near_enough;
      const bool b_keeps = kept_[b] >= *level_ - near_enough;
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
  // So many workers more at any load.
  [[nodiscard]] std::vector<double> moved(double by) const {
    auto o = square_root_staffing_options::at(search_.mean(), farm_service_s);
    o.spare += by;
    o.least += by;
    if (by == 0) return {search_.mean().begin(), search_.mean().end()};
    const auto x = o.coordinates();
    return {x.begin(), x.end()};
  }

  // After as many episodes it begins again, so that the next candidate meets the same.
  [[nodiscard]] farm::environment world() const {
    if (done_ >= to_search() && of_shift_ > 0)
      return load_.make_training(first_seed_ + first_shift_seed, static_cast<std::size_t>(of_shift_));
    return load_.make_training(first_seed_ + search_.generation() * of_candidate_,
                               static_cast<std::size_t>(of_candidate_));
  }
  [[nodiscard]] square_root_staffing<farm::observation> policy_at(std::span<const double> x) const {
    return {farm::all_signals(), square_root_staffing_options::at(x, farm_service_s), limits_};
  }

  inline static const auto start_ = first_guess.coordinates();

  cross_entropy search_;
  std::uint64_t episodes_;
  std::uint64_t of_shift_;      // episodes for each
  std::uint64_t of_candidate_;  // episodes for each
  std::uint64_t done_ = 0;
  std::uint64_t first_seed_;
  farm_load load_;
  replica_limits limits_;
  paid_by objective_;
  std::optional<double> level_;
  double price_;
  multiplier multiplier_;  // in place of the price, where a level is wanted
  price_search shift_;
  double step_s_;
  std::size_t candidate_ = 0;
  std::vector<double> costs_;
  std::vector<double> levels_;  // of each candidate
  std::vector<double> tried_;   // workers more
  std::vector<double> kept_;    // the level of each
  farm::environment world_;
};

}  // namespace

std::unique_ptr<farm_learner> search_for_staffing(const farm_training& t) {
  return std::make_unique<search_training>(t);
}

}  // namespace tool
