#pragma once

#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <functional>  // std::function
#include <memory>      // std::shared_ptr
#include <string>      // std::string
#include <vector>      // std::vector

#include "support/files.hpp"

namespace headroom {
class checkpoint;
}

/// The two files of a training: FILE, the model, and FILE.partial, which it can go on from.
namespace tool {

class scaled_system;

/// With what a training was begun, beside its system; in both files.
struct training_plan {
  std::string policy{};
  std::uint64_t train_seed = 1;
  std::uint64_t train_episodes = 0;

  void write(headroom::checkpoint& to) const;
  /// Throws checkpoint_error, also for a policy that does not learn on this system.
  [[nodiscard]] static training_plan read(const headroom::checkpoint& from, const scaled_system& on);
};

/// What a system that was asked for has otherwise than the one that a model was trained on.
struct plan_difference {
  std::string key;  ///< as in the file: "workload", "load.mean_per_s", "service.slots"
  std::string asked;
  std::string begun;

  [[nodiscard]] bool of_load() const { return key == "workload" || key.starts_with("load."); }
};
/// `asked` and `model`: what scaled_system::write_plan wrote. Numbers that are equal are the same, however written.
[[nodiscard]] std::vector<plan_difference> differences(const headroom::checkpoint& asked,
                                                       const headroom::checkpoint& model);

/// Whether a file is of a training that was not finished.
[[nodiscard]] bool is_partial(const headroom::checkpoint& c);

/// Where a training is written to.
struct training_output {
  std::filesystem::path out{};                         ///< --out, or what --resume implies
  std::filesystem::path resume{};                      ///< --resume
  double every_s = 10;                                 ///< --checkpoint-every
  std::vector<std::shared_ptr<const claim>> claims{};  ///< of the files that are being written, once it has begun

  /// Finds out the name of the second file, and `out` where --resume implies it; refuses what cannot be written, and
  /// what another process is writing. Throws std::invalid_argument and file_error.
  [[nodiscard]] std::filesystem::path begin();
  /// For the times between: `save`, whose failure is told once and costs nothing; nothing if none was asked for.
  [[nodiscard]] std::function<void()> safety_net(std::function<void()> save) const;
};
/// The model is written, the partial file is of no use any more.
void remove_partial(const std::filesystem::path& partial);

}  // namespace tool
