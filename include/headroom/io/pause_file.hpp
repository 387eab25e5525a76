#pragma once

#include <charconv>      // std::from_chars
#include <cstddef>       // std::size_t
#include <filesystem>    // std::filesystem::path
#include <span>          // std::as_writable_bytes, std::span
#include <string>        // std::string
#include <system_error>  // std::errc, std::error_code
#include <utility>       // std::move

#include <headroom/io/file.hpp>
#include <headroom/policies/pausable.hpp>

namespace headroom {

/// The order of an operator in a file, for `pausable`. It is looked at once a decision.
///
///     touch /run/headroom/pause              no change at all
///     echo no-down > /run/headroom/pause     no scale-down; no-up: no scale-up
///     echo 8 > /run/headroom/pause           go to 8 replicas and stay there
///     rm /run/headroom/pause                 the policy decides again
///
/// A file that is there and cannot be understood or read means: no change at all. Never throws.
class pause_file {
 public:
  explicit pause_file(std::filesystem::path file) : file_(std::move(file)) {}

  [[nodiscard]] pause_order operator()() const noexcept {
    try {
      std::error_code error;
      const auto kind = std::filesystem::status(file_, error).type();
      if (kind == std::filesystem::file_type::not_found) return {};
      return order();
    } catch (...) {
      return {pause_kind::hold};
    }
  }

 private:
  [[nodiscard]] pause_order order() const {
    input_file in(file_);
    std::string text(static_cast<std::size_t>(in.size() < 64 ? in.size() : 64), '\0');
    in.read(std::as_writable_bytes(std::span(text)));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
    if (text == "no-down") return {pause_kind::no_down};
    if (text == "no-up") return {pause_kind::no_up};
    int replicas = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, replicas);
    if (error == std::errc() && rest == end && replicas >= 0) return {pause_kind::at, replicas};
    return {pause_kind::hold};
  }

  std::filesystem::path file_;
};

}  // namespace headroom
