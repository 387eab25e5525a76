#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "contest.hpp"
#include "play.hpp"

namespace contests {

namespace {

player player_of(std::shared_ptr<const scenario> where, any_farm_policy policy) {
  const auto shared = std::make_shared<any_farm_policy>(std::move(policy));
  return {[where = std::move(where), shared](const std::vector<std::uint64_t>& seeds, const std::string& task) {
            return evaluate_on(*where, *shared, seeds, task);
          },
          {}};
}

class farm_lesson final : public lesson {
 public:
  farm_lesson(const contestants::plan& p, std::shared_ptr<const scenario> where)
      : where_(std::move(where)), training_(contestants::training(p, *where_)) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override { training_->go_on(pause); }
  [[nodiscard]] bool finished() const override { return training_->finished(); }
  [[nodiscard]] std::uint64_t episodes() const override { return training_->episodes(); }
  [[nodiscard]] player as_it_stands() const override { return player_of(where_, training_->as_it_stands()); }
  [[nodiscard]] player best() const override { return player_of(where_, training_->best()); }

 private:
  std::shared_ptr<const scenario> where_;
  std::unique_ptr<any_training> training_;
};

}  // namespace

contest farm_contest(const arguments& a) {
  const auto where = std::make_shared<const scenario>(make_scenario(a.load));
  const std::vector<int> moves = moves_of(a.actions);
  contest c;
  c.environment = "farm";
  c.workload = where->name;
  c.sentence = where->sentence;
  c.actions = moves_text(moves);
  c.how = farm_style(moves);
  c.policies = &contestants::catalogue();
  c.defaults = default_policies(*where);
  c.baseline = [where, moves](const std::string& name) {
    return player_of(where, contestants::baseline(name, *where, moves.back()));
  };
  c.train_episodes = [a, where](const std::string& name) { return episodes_of(a, *where, name); };
  c.training = [where, moves](const std::string& name, std::uint64_t train_seed,
                              std::uint64_t episodes) -> std::unique_ptr<lesson> {
    return std::make_unique<farm_lesson>(contestants::plan{name, where->name, moves, train_seed, episodes}, where);
  };
  c.trained_on = contestants::seeds_of;
  c.settle = [a, where, moves](report::findings& f) {
    f.clairvoyant = bound_of(a, *where, moves, f.seeds, f.notes);
    if (!f.clairvoyant) return;
    // Mean workers above what is proven that a policy needs which knows the future and keeps the same level of all
    // requests.
    for (report::row& r : f.rows) {
      r.regret =
          r.result.summarized("mean_workers").mean - f.clairvoyant->lower_at(r.result.summarized("final_qos_all").mean);
    }
  };
  return c;
}

}  // namespace contests
