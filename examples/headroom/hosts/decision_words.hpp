#pragma once

#include <string>  // std::string

#include <headroom/io/journal_record.hpp>

namespace tool {

/// "2026-11-29T15:04:05Z".
[[nodiscard]] std::string utc_text(double time_s);
/// A number in at most four figures.
[[nodiscard]] std::string short_number(double v);
/// "+2", "-1" or "+0".
[[nodiscard]] std::string signed_text(int delta);
/// A decision in one line: "2026-11-29T15:04:05Z  5 -> 7, applied: policy; load 120, ...".
[[nodiscard]] std::string line_of(const headroom::journal_record& r);
/// A decision in sentences, one a line.
[[nodiscard]] std::string sentences_of(const headroom::journal_record& r);

}  // namespace tool
