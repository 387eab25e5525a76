#pragma once

#include <sys/wait.h>  // WIFEXITED

#include <algorithm>   // std::count
#include <cstdlib>     // std::getenv, std::system
#include <filesystem>  // std::filesystem::path
#include <stdexcept>   // std::runtime_error
#include <string>      // std::string

#include <nlohmann/json.hpp>

#include "scratch.hpp"

/// The command-line tool as a user meets it: through a shell, by its exit code and what it prints.
struct tool_run {
  int code = -1;
  std::string out;
  std::string err;
};

[[nodiscard]] inline std::string tool_path() {
  const char* const path = std::getenv("HEADROOM_TOOL");
  if (path == nullptr) throw std::runtime_error("HEADROOM_TOOL is not set, must be the path of the tool");
  return path;
}

/// Runs it in `folder`, where relative names then are; what it prints is kept elsewhere.
[[nodiscard]] inline tool_run run_tool(const scratch_folder& folder, const std::string& arguments) {
  const scratch_folder prints;
  const std::string command = "cd '" + folder.path().string() + "' && '" + tool_path() + "' " + arguments + " >'" +
                              (prints / "out").string() + "' 2>'" + (prints / "err").string() + "'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_bytes(prints / "out"), read_bytes(prints / "err")};
}

[[nodiscard]] inline nlohmann::json read_json(const std::filesystem::path& file) {
  return nlohmann::json::parse(read_bytes(file));
}
/// A recorded load of at most 2 requests a second. The farm that follows it has 9 workers at most, so that a plan over
/// every number of them is soon made.
[[nodiscard]] inline std::string small_load() {
  std::string rows = "second,requests\n";
  for (int k = 0; k < 1000; ++k) rows += std::to_string(k) + (k % 10 == 5 ? ",2\n" : ",1\n");
  return rows;
}
[[nodiscard]] inline auto lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }
[[nodiscard]] inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
