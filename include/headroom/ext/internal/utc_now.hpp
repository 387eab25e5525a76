#pragma once

#include <chrono>  // std::chrono::system_clock
#include <ctime>   // gmtime_r, std::strftime
#include <string>  // std::string

namespace headroom::internal {

/// A time of day by RFC 3339, to the second: "2026-11-29T10:00:00Z".
[[nodiscard]] inline std::string utc_of(std::chrono::system_clock::time_point at) {
  const std::time_t t = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::gmtime_r(&t, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}
[[nodiscard]] inline std::string utc_now() { return utc_of(std::chrono::system_clock::now()); }
/// The same to the microsecond, as a MicroTime of Kubernetes is: "2026-11-29T10:00:00.012345Z".
[[nodiscard]] inline std::string utc_now_us() {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const std::string behind = std::to_string((now - second).count() + 1'000'000);
  std::string text = utc_of(second);
  return text.insert(text.size() - 1, "." + behind.substr(1));
}

}  // namespace headroom::internal
