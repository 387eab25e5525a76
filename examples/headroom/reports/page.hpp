#pragma once

#include <string>  // std::string

#include "reports/json.hpp"

namespace tool::report {

/// One self-contained HTML page: data, program and chart library in it, nothing that is fetched. `data`: {"runs":
/// [...], "journal": {...} or null}; page/page.js says what it shows of them.
[[nodiscard]] std::string page_text(const std::string& title, const json& data);

}  // namespace tool::report
