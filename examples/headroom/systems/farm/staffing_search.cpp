#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <vector>

#include <headroom/baselines/square_root_staffing.hpp>
#include <headroom/core/check.hpp>
#include <headroom/systems/farm/signals.hpp>
#include <headroom/io/state.hpp>
#include <headroom/planning/cross_entropy.hpp>
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

// Policy search: each candidate of a generation plays the same episodes, each generation new ones.
class search_training final : public farm_learner {
 public:
  explicit search_training(const farm_training& t)
      : search_(std::vector<double>(std::begin(start_), std::end(start_)), first_spread, {}, t.train_seed),
        of_candidate_(std::clamp<std::uint64_t>(t.episodes / (generations * search_.population()), 1, 500)),
        episodes_(t.episodes),
        first_seed_(first_training_seed(t.train_seed)),
        load_(t.load),
        limits_{t.load.farm.min_workers, t.load.farm.max_workers, t.moves.back(), t.moves.back()},
        price_(t.price.value_or(4)),
        step_s_(t.wide() ? t.load.farm.step_s : 0),
        costs_(search_.population()),
        world_(world()) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override {
    while (!finished()) {
      const std::uint64_t n = std::min(of_candidate_, episodes_ - done_);
      auto policy = policy_at(search_.candidate(candidate_));
      episode_cost total{price_, step_s_};
      run_episodes(world_, policy, n, total);
      done_ += n;
      costs_[candidate_] = total.sum() / static_cast<double>(n);
      if (n == of_candidate_ && ++candidate_ == costs_.size()) {
        search_.finish(costs_);
        candidate_ = 0;
        world_ = world();
      }
      if (pause(done_)) return;
    }
  }
  [[nodiscard]] bool finished() const override { return done_ == episodes_; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }
  [[nodiscard]] farm_policy best() const override { return policy_at(search_.mean()); }
  [[nodiscard]] farm_policy as_it_stands() const override { return best(); }

  void write_model(checkpoint& to) const override { store(search_, to, "search", keep::decisions); }
  void write_partial(checkpoint& to) const override { store(*this, to); }
  void read_partial(const checkpoint& from) override {
    search_training copy = *this;
    restore(copy.search_, from, "search");
    copy.world_ = copy.world();  // of the generation that was read
    restore(copy, from);
    *this = std::move(copy);
  }
  [[nodiscard]] farm_policy policy_in(const checkpoint& from) const override {
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
    a("world", self.world_);
    a.check(self.candidate_ < self.costs_.size(), "candidate", self.candidate_, "be one of the population");
    a.check(self.done_ <= self.episodes_, "episodes", self.done_, "be at most of_episodes");
  }

 private:
  // After as many episodes it begins again, so that the next candidate meets the same.
  [[nodiscard]] farm::environment world() const {
    return load_.make_training(first_seed_ + search_.generation() * of_candidate_,
                               static_cast<std::size_t>(of_candidate_));
  }
  [[nodiscard]] square_root_staffing<farm::observation> policy_at(std::span<const double> x) const {
    return {farm::all_signals(), square_root_staffing_options::at(x, farm_service_s), limits_};
  }

  inline static const auto start_ = first_guess.coordinates();

  cross_entropy search_;
  std::uint64_t of_candidate_;  // episodes for each
  std::uint64_t episodes_;
  std::uint64_t done_ = 0;
  std::uint64_t first_seed_;
  farm_load load_;
  replica_limits limits_;
  double price_;
  double step_s_;
  std::size_t candidate_ = 0;
  std::vector<double> costs_;
  farm::environment world_;
};

}  // namespace

std::unique_ptr<farm_learner> search_for_staffing(const farm_training& t) {
  return std::make_unique<search_training>(t);
}

}  // namespace tool
