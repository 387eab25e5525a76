#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <functional>   // std::function
#include <memory>       // std::make_shared, std::shared_ptr
#include <stdexcept>    // std::invalid_argument
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/concepts.hpp>
#include <headroom/core/types.hpp>
#include <headroom/run/run.hpp>

#include "learners/environment_training.hpp"
#include "reports/recorded_episode.hpp"

namespace tool {

/// How episodes of one environment are recorded, step by step.
template <class E>
struct episode_recorder {
  using observation = headroom::observation_t<E>;
  using row_function = std::function<std::vector<double>(const observation& before, int move, const observation& next)>;

  std::function<E(std::uint64_t seed)> make{};
  std::vector<std::string_view> columns{};
  row_function row{};  ///< a number for each column
};

/// An episode with its observations, so that another policy can be asked along it.
template <class E>
class recorded_on final : public recorded_episode {
 public:
  using observation = headroom::observation_t<E>;

  recorded_on(const episode_recorder<E>& how, std::uint64_t of_seed) : row_(how.row) {
    seed = of_seed;
    columns = how.columns;
    values.resize(columns.size());
  }
  /// An observer.
  template <class Record>
  void on_step(const Record& r) {
    seen_.push_back(r.observation);
    moves.push_back(r.action);
    const std::vector<double> row = row_(r.observation, r.action, r.next);
    for (std::size_t c = 0; c < columns.size(); ++c) values[c].push_back(row[c]);
  }
  void on_stop(const observation& o, headroom::episode why) {
    last_ = o;
    why_ = why;
  }

  /// The moves that a policy would have made at the same observations. It is told what was done in its place.
  [[nodiscard]] std::vector<int> asked(policy_of<E>& one) const {
    std::vector<int> all;
    all.reserve(seen_.size());
    for (std::size_t k = 0; k < seen_.size(); ++k) {
      all.push_back(k == 0 ? one.start(seen_[k]) : one.step(seen_[k]));
      if (all.back() != moves[k]) one.executed(moves[k]);
    }
    if (!seen_.empty()) one.stop(last_, why_);
    return all;
  }

 private:
  typename episode_recorder<E>::row_function row_;
  std::vector<observation> seen_{};
  observation last_{};
  headroom::episode why_ = headroom::episode::truncated;
};

template <class E>
[[nodiscard]] std::shared_ptr<const recorded_episode> record_episode(const episode_recorder<E>& how, policy_of<E>& one,
                                                                     std::uint64_t seed) {
  const auto episode = std::make_shared<recorded_on<E>>(how, seed);
  E world = how.make(seed);
  headroom::run_episodes(world, one, 1, *episode);
  return episode;
}

/// Throws std::invalid_argument for an episode of another environment.
template <class E>
[[nodiscard]] std::vector<int> asked_along(policy_of<E>& one, const recorded_episode& e) {
  const auto* const mine = dynamic_cast<const recorded_on<E>*>(&e);
  if (mine == nullptr)
    throw std::invalid_argument("recorded episode: it was played on another environment, must be of this one");
  return mine->asked(one);
}

}  // namespace tool
