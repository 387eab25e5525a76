#pragma once

#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <memory>       // std::unique_ptr
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/core/types.hpp>
#include <headroom/io/checkpoint.hpp>

#include "contestants.hpp"
#include "course.hpp"
#include "scenario.hpp"

/// Training: what a learner plays, when it is judged, and the two files that come of it. A model holds what decides; an
/// unfinished training, FILE.partial, holds everything, and goes on as if it had never stopped.
namespace contestants {

inline constexpr std::uint64_t first_validation_seed = 5'000'000;
/// To judge one candidate; all together play no more than the training.
inline constexpr std::size_t validation_episodes = 1'000;

/// The workload seeds that a training draws on.
struct training_seeds {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  bool in_turn = true;  ///< played over and over; else each once
};
/// Disjoint blocks, far from any seed that a table evaluates. The published agents play each seed once and start at
/// 42, as their command line did; their other training seeds start at 10042, 20042, ...
[[nodiscard]] training_seeds seeds_of(std::string_view name, std::uint64_t train_seed, std::uint64_t episodes);

/// What was asked for when a training was begun; in both files.
struct plan {
  std::string policy{};
  std::string workload{};
  std::vector<int> moves{};
  std::uint64_t train_seed = 1;
  std::uint64_t train_episodes = 0;

  /// "1,2,4".
  [[nodiscard]] std::string actions() const {
    std::string text;
    for (const int step : moves) text.append(text.empty() ? "" : ",").append(to_text(step));
    return text;
  }
};

/// A training of any recipe, behind one face.
class any_training : public course {
 public:
  /// The candidate that did best on the validation episodes; the learner as it stands, if there is none.
  [[nodiscard]] virtual any_farm_policy best() const = 0;
  [[nodiscard]] virtual any_farm_policy as_it_stands() const = 0;
  virtual void write_model(checkpoint& to) const = 0;
  virtual void write_partial(checkpoint& to) const = 0;
  /// Goes on where write_partial left off. All or nothing.
  virtual void read_partial(const checkpoint& from) = 0;
  /// What a file of either kind decides, without touching this training.
  [[nodiscard]] virtual any_farm_policy policy_in(const checkpoint& from) const = 0;
};

/// A training that has not begun. Throws std::invalid_argument.
[[nodiscard]] std::unique_ptr<any_training> training(const plan& p, const scenario& where);

/// The parts of `training`, in files of their own because they take long to compile.
[[nodiscard]] std::unique_ptr<any_training> table_training(const plan& p, const scenario& where);
[[nodiscard]] std::unique_ptr<any_training> network_training(const plan& p, const scenario& where);
[[nodiscard]] std::unique_ptr<any_training> search_training_of(const plan& p, const scenario& where);

void write_plan(const plan& p, checkpoint& to);
/// Throws file_error.
void save_model(const plan& p, const any_training& done, const std::filesystem::path& file);
void save_partial(const plan& p, const any_training& unfinished, const std::filesystem::path& file);

}  // namespace contestants
