#pragma once

#include <filesystem>  // std::filesystem::path
#include <string>      // std::string

#include "serving/served_service.hpp"

namespace tool {

struct serve_options {
  served_policy_options policy{};
  std::string listen = "127.0.0.1:8080";
  std::filesystem::path token_file{};
  double stale_s = 120;
  std::uint64_t connections = 64;
};

/// Serves until a signal. Throws std::invalid_argument, file_error and std::runtime_error. A build without cpp-httplib
/// refuses.
int serve(const serve_options& o);

}  // namespace tool
