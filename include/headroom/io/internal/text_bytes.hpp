#pragma once

#include <algorithm>    // std::copy_n, std::min
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t, std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/internal/gzip.hpp>
#include <headroom/io/internal/utf8.hpp>

namespace headroom::internal {

/// The text in the bytes of a file, as UTF-8: unpacks gzip, converts UTF-16 of both byte orders, with or without a mark
/// in front, and leaves out a byte order mark. Everything else passes as it is. Refuses by name what is another kind of
/// file. `Source` is called as source(char* into, std::size_t size) and gives fewer bytes only at the end.
template <class Source>
class text_bytes {
 public:
  text_bytes(const std::filesystem::path& file, Source& source) : file_(file), source_(source) {
    std::string head = first_bytes([this](char* into, std::size_t size) { return source_(into, size); });
    refuse_other_kinds(head);
    if (head.starts_with("\x1f\x8b")) {
      gzip_.emplace(source_, head);
      head = first_bytes([this](char* into, std::size_t size) { return unpacked(into, size); });
      refuse_other_kinds(head);
      if (head.starts_with("\x1f\x8b")) refuse("is compressed with gzip twice, unpack it once: gunzip FILE");
    }
    find_utf16(head);
    if (!utf16_ && head.starts_with("\xef\xbb\xbf")) skipped_ = 3;
    head_ = head.substr(skipped_);
  }
  text_bytes(const text_bytes&) = delete;
  text_bytes& operator=(const text_bytes&) = delete;

  /// Whether the text stands in the file as it is, behind skipped() bytes.
  [[nodiscard]] bool plain() const noexcept { return !gzip_ && !utf16_; }
  [[nodiscard]] std::size_t skipped() const noexcept { return skipped_; }

  /// Fewer bytes than `size` only at the end.
  std::size_t operator()(char* into, std::size_t size) { return utf16_ ? converted(into, size) : bytes(into, size); }

 private:
  static constexpr std::size_t head_size = 4;

  template <class From>
  static std::string first_bytes(From&& from) {
    std::string head(head_size, '\0');
    head.resize(from(head.data(), head_size));
    return head;
  }

  [[noreturn]] void refuse(const std::string& sentence) const { throw csv_error(file_, 1, 1, sentence); }

  void refuse_other_kinds(std::string_view head) const {
    using namespace std::string_view_literals;
    struct kind {
      std::string_view begins;
      std::string_view sentence;
    };
    constexpr kind kinds[] = {
        {"PK\3\4"sv, "is a ZIP archive, as a spreadsheet (.xlsx) is: unpack it, or save the sheet as CSV"},
        {"\x28\xb5\x2f\xfd"sv, "is compressed with zstd, unpack it first: zstd -d FILE"},
        {"BZh"sv, "is compressed with bzip2, unpack it first: bunzip2 FILE"},
        {"\xfd\x37zX"sv, "is compressed with xz, unpack it first: unxz FILE"},
        {"PAR1"sv, "is a Parquet file, must be text: write it as CSV"},
        {"\xff\xfe\0\0"sv, "is UTF-32 text, convert it first: iconv -f UTF-32 -t UTF-8"},
        {"\0\0\xfe\xff"sv, "is UTF-32 text, convert it first: iconv -f UTF-32 -t UTF-8"}};
    for (const kind& k : kinds) {
      if (head.starts_with(k.begins)) refuse(std::string(k.sentence));
    }
  }

  // A mark, or the zero bytes of two characters of ASCII.
  void find_utf16(std::string_view head) {
    const bool little_mark = head.starts_with("\xff\xfe");
    if (little_mark || head.starts_with("\xfe\xff")) {
      utf16_ = true;
      skipped_ = 2;
      big_ = !little_mark;
    } else if (head.size() == head_size) {
      const auto zero = [head](std::size_t i) { return head[i] == '\0'; };
      const bool little = !zero(0) && zero(1) && !zero(2) && zero(3);
      const bool big = zero(0) && !zero(1) && zero(2) && !zero(3);
      utf16_ = little || big;
      big_ = big;
    }
  }

  std::size_t unpacked(char* into, std::size_t size) {
    const std::size_t n = gzip_->read({into, size});
    if (!gzip_->broken().empty()) refuse("is compressed with gzip and " + std::string(gzip_->broken()));
    unpacked_ += n;
    // Rows of text shrink to a tenth or a hundredth. A small file that grows without end is somebody's trap.
    if (unpacked_ > (std::uint64_t{16} << 20U) && unpacked_ / 200 > gzip_->used()) {
      refuse(
          "is compressed with gzip and grows to more than 200 times its size; if it should, unpack it first: gunzip "
          "FILE");
    }
    return n;
  }
  std::size_t bytes(char* into, std::size_t size) {
    const std::size_t from_head = std::min(size, head_.size());
    std::copy_n(head_.begin(), from_head, into);
    head_.erase(0, from_head);
    if (from_head == size) return size;
    return from_head +
           (gzip_ ? unpacked(into + from_head, size - from_head) : source_(into + from_head, size - from_head));
  }

  std::size_t converted(char* into, std::size_t size) {
    std::size_t n = 0;
    while (n < size) {
      if (ready_at_ == ready_.size() && !convert_some()) break;
      const std::size_t piece = std::min(size - n, ready_.size() - ready_at_);
      std::copy_n(ready_.data() + ready_at_, piece, into + n);
      n += piece;
      ready_at_ += piece;
    }
    return n;
  }
  // False at the end.
  bool convert_some() {
    char block[4096];
    const std::size_t got = bytes(block, sizeof block);
    ready_.clear();
    ready_at_ = 0;
    if (got % 2 != 0) refuse("is UTF-16 text that ends in the middle of a character");
    for (std::size_t i = 0; i < got; i += 2) {
      const auto byte = [&](std::size_t k) { return static_cast<std::uint32_t>(static_cast<unsigned char>(block[k])); };
      add(big_ ? byte(i) << 8U | byte(i + 1) : byte(i + 1) << 8U | byte(i));
    }
    if (got < sizeof block && half_ != 0) refuse("is UTF-16 text that ends in the middle of a character");
    return !ready_.empty() || got > 0;
  }
  void add(std::uint32_t unit) {
    const bool second = unit >= 0xDC00 && unit <= 0xDFFF;
    if (second != (half_ != 0)) refuse("is UTF-16 text with half a character");
    if (second) {
      append_utf8(ready_, 0x10000U + ((half_ - 0xD800U) << 10U) + (unit - 0xDC00U));
      half_ = 0;
    } else if (unit >= 0xD800 && unit <= 0xDBFF) {
      half_ = unit;
    } else {
      append_utf8(ready_, unit);
    }
  }

  const std::filesystem::path& file_;
  Source& source_;
  std::optional<gunzip<Source>> gzip_{};
  std::uint64_t unpacked_ = 0;  // bytes out of gzip
  bool utf16_ = false;
  bool big_ = false;
  std::size_t skipped_ = 0;
  std::string head_{};   // bytes that were looked at and not given out
  std::string ready_{};  // converted and not given out
  std::size_t ready_at_ = 0;
  std::uint32_t half_ = 0;  // the first half of a character
};

}  // namespace headroom::internal
