#pragma once

#include <algorithm>     // std::find, std::sort
#include <cstddef>       // std::size_t
#include <ctime>         // localtime_r, std::strftime
#include <filesystem>    // std::filesystem::path
#include <string>        // std::string
#include <system_error>  // std::error_code
#include <utility>       // std::move
#include <vector>        // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/systems/scheduler/pod_status.hpp>
#include <headroom/systems/scheduler/pod_status_reader.hpp>

namespace headroom::scheduler {

/// The time of day as the published scheduler writes it, in the zone of this machine: "31.01.2025_23:59:00".
[[nodiscard]] inline std::string check_timestamp(double wall_s) {
  const auto t = static_cast<std::time_t>(wall_s);
  std::tm parts{};
  ::localtime_r(&t, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%d.%m.%Y_%H:%M:%S", &parts)};
}

/// The text of an action, as the published scheduler writes it. `replicas` below 1: it does nothing.
[[nodiscard]] inline std::string action_text(int replicas) {
  return replicas < 1 ? "No Action" : "The number of pod will be set to " + to_text(replicas) + "!";
}

/// podStatus.json as it grows: read back at the beginning, so that a scheduler that is started anew goes on with the
/// next number and knows which pods there were; written whole and atomically at each check. The published scheduler
/// begins anew where the file is damaged, and what was in it is lost; here it is put aside under
/// podStatus.json.damaged. Keeps the last `most` checks. O(checks) a check.
///     check_history log{"/app/results/podStatus.json"};
///     log.add(status);
class check_history {
 public:
  /// Throws std::invalid_argument for `most` below 1, and file_error for a file that is there and cannot be read or put
  /// aside.
  explicit check_history(std::filesystem::path file, std::size_t most = 10'080) : file_(std::move(file)), most_(most) {
    require(most_ >= 1 && most_ <= 1'000'000, "check_history", "most", most_, "be from 1 to 1000000");
    std::error_code failed;
    if (!std::filesystem::exists(file_, failed)) return;
    try {
      checks_ = read_pod_status(file_);
    } catch (const file_error& e) {
      problem_ = e.what();
      std::filesystem::rename(file_, file_.string() + ".damaged", failed);
      if (failed) throw;
    }
  }

  /// Adds a check and writes the file. Number, and which pods came and went since the check before, are filled in from
  /// `active`. Throws as write_pod_status; the check is kept and written with the next one.
  void add(pod_status c) {
    std::sort(c.active.begin(), c.active.end());
    c.check = checks_.empty() ? 1 : checks_.back().check + 1;
    const std::vector<std::string> before = checks_.empty() ? std::vector<std::string>{} : checks_.back().active;
    c.started = without(c.active, before);
    c.stopped = without(before, c.active);
    checks_.push_back(std::move(c));
    if (checks_.size() > most_) checks_.erase(checks_.begin());
    write_pod_status(file_, checks_);
  }

  [[nodiscard]] const std::vector<pod_status>& checks() const noexcept { return checks_; }
  /// Why the file that was there is not gone on with, in a sentence; empty if it is, or if there was none.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  [[nodiscard]] static std::vector<std::string> without(const std::vector<std::string>& all,
                                                        const std::vector<std::string>& those) {
    std::vector<std::string> left;
    for (const std::string& one : all) {
      if (std::find(those.begin(), those.end(), one) == those.end()) left.push_back(one);
    }
    return left;
  }

  std::filesystem::path file_;
  std::size_t most_;
  std::vector<pod_status> checks_{};
  std::string problem_{};
};

}  // namespace headroom::scheduler
