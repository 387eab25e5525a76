#pragma once

#include <filesystem>  // std::filesystem::path
#include <limits>      // std::numeric_limits
#include <optional>    // std::optional
#include <string>      // std::string
#include <vector>      // std::vector

#include <headroom/io/journal_record.hpp>

#include "hosts/live_fields.hpp"
#include "systems/service/service_file.hpp"

/// What can be made of a journal of `headroom run`.
namespace tool {

/// The observation of a decision; nothing if a number that a policy needs as a count was not known. A field that was
/// not known is NaN.
[[nodiscard]] std::optional<live_observation> observation_in(const headroom::journal_record& r);

/// What was done in the interval behind a decision, by whoever did it: replicas more or less. Nothing where the next
/// decision is not of the same run or does not know the replicas.
[[nodiscard]] std::optional<int> done_after(const headroom::journal_record& r, const headroom::journal_record& next);

/// A stretch of a journal. Infinity: no bound.
struct journal_span {
  double from_s = -std::numeric_limits<double>::infinity();
  double to_s = std::numeric_limits<double>::infinity();
  [[nodiscard]] bool holds(const headroom::journal_record& r) const { return r.time_s >= from_s && r.time_s <= to_s; }
};

/// The decisions in a stretch of a journal. Throws file_error, also where there is none.
[[nodiscard]] std::vector<headroom::journal_record> decisions_in(const std::filesystem::path& file,
                                                                 const journal_span& span = {});

/// A journal in about ten lines: who decided, what was held or refused and why, the guards, the candidates. With a
/// service its model says what each decision would have cost.
[[nodiscard]] std::string journal_report(const std::filesystem::path& file,
                                         const std::vector<headroom::journal_record>& all,
                                         const std::optional<service_plan>& plan);

}  // namespace tool
