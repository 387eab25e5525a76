#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint32_t, std::uint64_t
#include <optional>     // std::optional
#include <span>         // std::span
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move

#include <headroom/io/internal/inflate.hpp>

namespace headroom::internal {

/// The checksum of gzip (CRC-32, ISO-HDLC: crc32("123456789") is 0xcbf43926).
class crc32 {
 public:
  constexpr void update(std::span<const char> bytes) noexcept {
    for (const char c : bytes) state_ = table[(state_ ^ static_cast<unsigned char>(c)) & 0xffU] ^ (state_ >> 8U);
  }
  [[nodiscard]] constexpr std::uint32_t value() const noexcept { return ~state_; }

 private:
  static constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t r = i;
      for (int bit = 0; bit < 8; ++bit) r = (r >> 1U) ^ ((r & 1U) != 0 ? 0xedb88320U : 0U);
      t[i] = r;
    }
    return t;
  }();
  std::uint32_t state_ = ~std::uint32_t{0};
};

/// Decompresses a gzip file (RFC 1952) of one or more members, piece by piece, and checks length and checksum of each.
/// `Source` is called as source(char* into, std::size_t size) and gives fewer bytes than asked for only at the end.
template <class Source>
class gunzip {
 public:
  /// `head`: what was read of the source already.
  gunzip(Source& source, std::string_view head) : bytes_{source, std::string(head)} { begin_member(); }
  gunzip(const gunzip&) = delete;
  gunzip& operator=(const gunzip&) = delete;

  /// Fewer bytes than the size of `out` only at the end, or where broken().
  std::size_t read(std::span<char> out) {
    std::size_t n = 0;
    while (n < out.size() && error_.empty() && stream_) {
      const std::size_t got = stream_->read(out.subspan(n));
      check_.update(out.subspan(n, got));
      length_ += static_cast<std::uint32_t>(got);  // modulo 2^32, as the file has it
      n += got;
      if (!stream_->broken().empty()) error_ = stream_->broken();
      if (n < out.size() && error_.empty()) end_member();
    }
    return n;
  }
  /// What is wrong, as the rest of a sentence; empty as long as nothing is.
  [[nodiscard]] std::string_view broken() const noexcept { return error_; }
  /// Compressed bytes that were used so far.
  [[nodiscard]] std::uint64_t used() const noexcept { return bytes_.used; }

 private:
  struct byte_reader {
    Source& source;
    std::string buffer;
    std::size_t at = 0;
    bool ended = false;
    std::uint64_t used = 0;

    int next() {
      if (at == buffer.size() && !ended) {
        constexpr std::size_t block = 1U << 14U;
        buffer.resize(block);
        buffer.resize(source(buffer.data(), block));
        at = 0;
        ended = buffer.empty();
      }
      if (at == buffer.size()) return -1;
      ++used;
      return static_cast<unsigned char>(buffer[at++]);
    }
  };

  unsigned byte() {
    const int b = bytes_.next();
    if (b < 0 && error_.empty()) error_ = "ends early";
    return b < 0 ? 0 : static_cast<unsigned>(b);
  }
  std::uint32_t number() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) value |= byte() << shift;
    return value;
  }
  void begin_member() {
    const bool named = byte() == 0x1f && byte() == 0x8b;
    if (!named || byte() != 8) return fail("is no gzip, as its beginning says");
    const unsigned flags = byte();
    if ((flags & 0xe0U) != 0) return fail("has flags that gzip does not know");
    for (int k = 0; k < 6; ++k) byte();
    if ((flags & 4U) != 0) {
      const unsigned low = byte();
      for (unsigned extra = low + 256 * byte(); extra > 0 && error_.empty(); --extra) byte();
    }
    for (const unsigned text : {8U, 16U}) {
      while ((flags & text) != 0 && error_.empty() && byte() != 0) continue;
    }
    if ((flags & 2U) != 0) byte(), byte();
    stream_.emplace(bytes_);
    check_ = {};
    length_ = 0;
  }
  void end_member() {
    stream_.reset();
    const std::uint32_t check = number();
    const std::uint32_t length = number();
    if (!error_.empty()) return;
    if (check != check_.value() || length != length_) return fail("is damaged: its checksum differs");
    int next = bytes_.next();
    while (next == 0) next = bytes_.next();  // tapes and some programs fill up with zeros
    if (next < 0) return;
    --bytes_.at;
    begin_member();
  }
  void fail(std::string_view why) {
    if (error_.empty()) error_ = why;
  }

  byte_reader bytes_;
  std::optional<inflater<byte_reader>> stream_{};
  crc32 check_{};
  std::uint32_t length_ = 0;
  std::string_view error_{};
};

}  // namespace headroom::internal
