#pragma once

#include <cstdint>      // std::uint64_t
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include "autoscalers.hpp"

/// The policies that the tool knows by name: autoscalers and learners.
namespace contestants {

/// What there is, for `headroom policies` and for error messages.
struct entry {
  std::string_view name;
  std::string_view line;
  std::uint64_t train_episodes = 0;  ///< by default; 0: does not learn
  bool knows = false;                ///< more than a policy can: what it gets is a bound
};

/// The autoscalers, then the learners.
[[nodiscard]] const std::vector<entry>& catalogue();

/// "sarsa" of "sarsa:6".
[[nodiscard]] std::string_view kind_of(std::string_view name);
/// Null if there is none of this kind.
[[nodiscard]] const entry* find(std::string_view name);
[[nodiscard]] bool learns(std::string_view name);

/// What a learner pays for a request out of time, as asked for with `sarsa:6`; none: the recipe's own price. Throws
/// std::invalid_argument.
[[nodiscard]] std::optional<double> price_of(std::string_view name);

[[noreturn]] void unknown(std::string_view name, const std::vector<entry>& there_are);
[[noreturn]] void unknown(std::string_view name);  ///< on the farm

/// "12/13.5" as numbers; `name` is what they belong to.
[[nodiscard]] std::vector<double> numbers(std::string_view name, std::string_view list);

}  // namespace contestants
