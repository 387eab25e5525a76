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

/// With what a training on the farm was begun; in both files.
struct farm_plan {
  std::string policy{};
  std::string workload{};
  std::vector<int> moves{};
  std::uint64_t train_seed = 1;
  std::uint64_t train_episodes = 0;

  void write(headroom::checkpoint& to) const;
  /// Throws checkpoint_error.
  [[nodiscard]] static farm_plan read(const headroom::checkpoint& from);
};
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
