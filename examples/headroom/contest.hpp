#pragma once

#include <cstdint>      // std::uint64_t
#include <functional>   // std::function
#include <memory>       // std::unique_ptr
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <headroom/run/evaluate.hpp>

#include "commands.hpp"
#include "contestants.hpp"
#include "course.hpp"
#include "report.hpp"
#include "training.hpp"

/// What `compare` has to know of a system: which policies there are, how they are made and judged, what a table says of
/// them. One function a system fills it in, in a file of its own; everything else is the same for all.
namespace contests {

using namespace headroom;

/// A policy that can be evaluated, whatever its types.
struct player {
  /// Plays every seed; a progress bar shows the task, if there is one.
  std::function<evaluation(const std::vector<std::uint64_t>& seeds, const std::string& task)> evaluate;
  std::function<double()> regret{};  ///< where it is known without playing
};

/// A training of a learner, whatever its types.
class lesson : public contestants::course {
 public:
  [[nodiscard]] virtual player as_it_stands() const = 0;
  [[nodiscard]] virtual player best() const = 0;
};

struct contest {
  std::string environment;
  std::string workload;  ///< as in the JSON
  std::string sentence;  ///< after the style's subject
  std::string actions;
  report::style how;
  const std::vector<contestants::entry>* policies = nullptr;
  std::vector<std::string> defaults;  ///< of --policies
  std::vector<report::reference> references;
  std::vector<std::string> notes;
  std::string regret;  ///< what it means, in a line

  /// A policy that does not learn. Throws std::invalid_argument.
  std::function<player(const std::string& name)> baseline;
  /// How many episodes this learner trains on, as asked for or its own number. Throws std::invalid_argument.
  std::function<std::uint64_t(const std::string& name)> train_episodes;
  /// A training that has not begun. Throws std::invalid_argument.
  std::function<std::unique_ptr<lesson>(const std::string& name, std::uint64_t train_seed, std::uint64_t episodes)>
      training;
  std::function<contestants::training_seeds(const std::string& name, std::uint64_t train_seed, std::uint64_t episodes)>
      trained_on;
  /// Once all have played: what is said of them together.
  std::function<void(report::findings&)> settle;

  /// Null if there is none of this kind.
  [[nodiscard]] const contestants::entry* find(std::string_view name) const;
};

/// As the command line asks for it. Throws std::invalid_argument for an option that this system has no use for.
[[nodiscard]] contest make(const arguments& a, const std::function<bool(const char*)>& given);

[[nodiscard]] contest farm_contest(const arguments& a);
[[nodiscard]] contest queueing_contest(const arguments& a);
[[nodiscard]] contest teastore_contest(const arguments& a);
[[nodiscard]] contest quota_contest(const arguments& a);

/// The policies of a system by its name. Throws std::invalid_argument if there is none.
[[nodiscard]] const std::vector<contestants::entry>& policies_of(const std::string& environment);
[[nodiscard]] const std::vector<contestants::entry>& queueing_policies();
[[nodiscard]] const std::vector<contestants::entry>& teastore_policies();
[[nodiscard]] const std::vector<contestants::entry>& quota_policies();

}  // namespace contests
