#pragma once

#include <algorithm>    // std::min
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <string_view>  // std::string_view

namespace headroom::internal {

/// Cuts a text into its lines, whose ends are LF, CRLF or CR. It remembers the next LF: a text without one, with many
/// CR, would be searched to its end for each line otherwise, which costs hours for a few megabytes.
class line_ends {
 public:
  /// Takes the next line off `text`, which is the same text in every call, without what was taken off before. `last`:
  /// nothing comes behind it. False if its end has not been read yet; then a new text begins with the next call.
  bool take(std::string_view& text, bool last, std::string_view& line) {
    if (text.empty()) return begin_anew();
    if (!known_ || feed_ < text.data()) {
      const std::size_t found = text.find('\n');
      feed_ = text.data() + std::min(found, text.size());
      looked_at_ += static_cast<std::uint64_t>(feed_ - text.data());
      known_ = true;
    }
    std::size_t length = static_cast<std::size_t>(feed_ - text.data());
    ended_ = length < text.size();
    const std::size_t cr = std::min(text.substr(0, length).find('\r'), length);
    looked_at_ += cr;
    // A CR alone ends a line as well; what follows the last one of the text is not known yet.
    if (cr < length && (cr + 1 < text.size() || last) && (cr + 1 < length || !ended_)) length = cr, ended_ = true;
    if (!ended_ && !last) return begin_anew();
    line = text.substr(0, length);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    text.remove_prefix(std::min(text.size(), length + 1));
    return true;
  }

  /// Whether the line that was taken last has an end; the last of a text may lack it.
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// How many characters were compared so far: for tests.
  [[nodiscard]] std::uint64_t looked_at() const noexcept { return looked_at_; }

 private:
  bool begin_anew() noexcept { return known_ = false; }

  bool known_ = false;
  bool ended_ = false;
  const char* feed_ = nullptr;  // the next LF, or the end of the text
  std::uint64_t looked_at_ = 0;
};

}  // namespace headroom::internal
