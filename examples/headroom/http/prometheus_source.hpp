#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

#include <headroom/io/streamed_trace.hpp>

#include "support/recorded_load.hpp"

namespace tool {

class command;
class option;

/// A history in Prometheus, as `headroom import` asks for it.
struct prometheus_source_options {
  std::string url{};  ///< none if empty
  std::string query{};
  std::filesystem::path queries{};  ///< instead of `query`: a TOML file of several
  std::string from{};
  std::string to = "now";
  std::string step = "1m";
  bool per_step = false;  ///< the values are requests in each step
  double timeout_s = 30;
  std::filesystem::path token_file{};
  std::string user{};
  std::filesystem::path password_file{};
  std::filesystem::path ca_file{};

  /// Declares all of them. `file`: the option that they are refused beside.
  void declare(command& to_command, const option& file);
};

/// Seconds since 1970 of a moment: 1714671060, 2026-11-01T00:00:00Z, now, now-7d (s, m, h, d or w). Throws
/// std::invalid_argument.
[[nodiscard]] double moment_in(const char* option_name, const std::string& text, double now_s);
/// Seconds of 15, 15s, 1m, 1h or 1d. Throws std::invalid_argument.
[[nodiscard]] double span_in(const char* option_name, const std::string& text);

/// Asks for the history, keeps it in `file` as Prometheus would answer it at once, opens it as the recorded load that
/// it is, and says in a line on standard error what is missing. Throws std::invalid_argument, file_error and
/// std::runtime_error. A build without cpp-httplib refuses.
[[nodiscard]] headroom::streamed_trace fetch_history(const prometheus_source_options& o,
                                                     const recorded_load_options& load,
                                                     const std::filesystem::path& file);

/// The values of an expression over the same span, as Prometheus would answer it at once. Throws
/// std::invalid_argument and std::runtime_error. A build without cpp-httplib refuses.
[[nodiscard]] std::string fetch_history_values(const prometheus_source_options& o, const std::string& expression);

}  // namespace tool
