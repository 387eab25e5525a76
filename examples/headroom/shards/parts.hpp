#pragma once

#include <cstdint>     // std::uint64_t
#include <functional>  // std::function
#include <optional>    // std::optional
#include <string>      // std::string
#include <vector>      // std::vector

#include "reports/bound.hpp"
#include "reports/known_rate.hpp"

/// What a system needs to know of a command that several processes share; what a command needs is in shared_work.hpp.
namespace tool::shards {

/// A unit of the command's work: computed here, or left to another process (none), or read from what that one kept.
[[nodiscard]] std::optional<clairvoyant_bound> bound_unit(
    const std::function<std::optional<clairvoyant_bound>()>& compute);
[[nodiscard]] std::optional<known_rate_line> known_rate_unit(
    const std::function<std::optional<known_rate_line>()>& compute);

/// Counts that were made beside a unit: a part keeps them, a merge knows them again. In a whole run nothing is kept.
void keep_counts(const std::string& name, const std::vector<std::uint64_t>& counts);
/// None but in a merge.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> kept_counts(const std::string& name);

}  // namespace tool::shards
