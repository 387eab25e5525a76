#include "redis/own_redis.hpp"

#include <unistd.h>  // access

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <headroom/core/check.hpp>
#include <headroom/ext/redis.hpp>

namespace tool {

using namespace headroom;
namespace fs = std::filesystem;

namespace {

constexpr int tries = 500;  // of 20 ms

std::optional<fs::path> on_path(std::string_view name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path file = fs::path(folder.empty() ? "." : folder) / name;
    if (::access(file.c_str(), X_OK) == 0 && !fs::is_directory(file)) return file;
  }
  return std::nullopt;
}

}  // namespace

std::optional<fs::path> own_redis::program() {
  if (const char* const named = std::getenv("HEADROOM_REDIS"); named != nullptr && *named != '\0') return named;
  for (const char* const name : {"redis-server", "valkey-server", "redis-check-rdb"}) {
    if (const auto found = on_path(name)) return found;
  }
  return std::nullopt;
}

own_redis::own_redis() {
  const auto found = program();
  require(found.has_value(), "farm", "redis-server", "not on the path",
          "be installed (apt-get install redis-server), or another one be named with --redis");
  // One program has several names, and is what it is called as.
  const fs::path server = folder_ / "redis-server";
  fs::create_symlink(fs::absolute(*found), server);
  const std::string log = (folder_ / "log").string();
  server_.emplace(
      std::vector<std::string>{server.string(), "--port", "0", "--unixsocket", (folder_ / "socket").string(), "--save",
                               "", "--appendonly", "no", "--dir", (folder_ / "").string()},
      live_programs::child::options{.log = log});
  redis connection({.address = address(), .timeout_s = 1});
  for (int k = 0; k < tries && !server_->ended(); ++k) {
    if (connection.ask({"PING"}).good()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  std::ifstream in(log);
  std::string last, line;
  while (std::getline(in, line)) {
    if (!line.empty()) last = line;
  }
  throw std::runtime_error("farm: " + found->string() + (server_->ended() ? " ended" : " does not answer") +
                           (last.empty() ? "" : ": " + last));
}

}  // namespace tool
