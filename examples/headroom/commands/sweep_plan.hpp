#pragma once

#include <cstddef>   // std::size_t
#include <cstdint>   // std::uint64_t
#include <optional>  // std::optional
#include <string>    // std::string
#include <vector>    // std::vector

namespace tool {

class command;
class settings;

/// Which settings a sweep tries: [sweep.over] of a settings file.
namespace sweeping {

/// {from = 1, to = 100, steps = 5, log = true}
struct range {
  double from = 0;
  double to = 0;
  std::size_t steps = 0;  ///< of a grid; 0: not said
  bool log = false;       ///< equal factors, and not equal distances
};
/// A key with what is tried of it.
struct axis {
  std::string key{};
  std::string option{};
  bool whole = false;                 ///< a range is of whole numbers
  std::vector<std::string> values{};  ///< a list; else a range
  std::optional<range> over{};
  std::string from{};  ///< "settings.toml, line 9"
};
/// One value of one key.
struct chosen_value {
  std::string key{};
  std::string option{};
  std::string text{};
};
using setting = std::vector<chosen_value>;

/// The axes of a file, in the order of their keys. Throws std::invalid_argument with the place, the key and the law.
[[nodiscard]] std::vector<axis> axes_in(const settings& file, const command& c);
/// Every combination; a range has its steps. The last key changes first. Throws std::invalid_argument.
[[nodiscard]] std::vector<setting> grid_of(const std::vector<axis>& axes);
/// So many different settings at random; fewer, if the lists have no more.
[[nodiscard]] std::vector<setting> draws_of(const std::vector<axis>& axes, std::size_t count, std::uint64_t seed);
/// "agent.name = sarsa, reward.price = 3"
[[nodiscard]] std::string name_of(const setting& s);
/// The axes as [sweep.over].
[[nodiscard]] std::string text_of(const std::vector<axis>& axes);

}  // namespace sweeping
}  // namespace tool
