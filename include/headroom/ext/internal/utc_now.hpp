#pragma once

#include <chrono>  // std::chrono::system_clock
#include <ctime>   // gmtime_r, std::strftime
#include <string>  // std::string

namespace headroom::internal {

/// The time of day by RFC 3339, to the second: "2026-11-29T10:00:00Z".
[[nodiscard]] inline std::string utc_now() {
  const std::time_t t = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&t, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace headroom::internal
