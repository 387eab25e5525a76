#pragma once

#include <array>        // std::array
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t
#include <memory>       // std::make_unique, std::unique_ptr
#include <optional>     // std::optional
#include <span>         // std::span
#include <string_view>  // std::string_view

namespace headroom::internal {

/// A canonical Huffman code of DEFLATE. Decoded bit by bit from the number of codes of each length: building it costs
/// as much as reading its lengths, so that a hostile file of many small blocks takes no more time than a long one.
class huffman_code {
 public:
  static constexpr std::size_t longest = 15;

  /// False if these lengths are no code: too many codes, or codes that are missing where more than one is there.
  [[nodiscard]] bool assign(std::span<const std::uint8_t> lengths) {
    count_.fill(0);
    for (const std::uint8_t n : lengths) ++count_[n];
    int left = 1;
    for (std::size_t n = 1; n <= longest; ++n) {
      left = 2 * left - count_[n];
      if (left < 0) return false;
    }
    std::array<std::uint16_t, longest + 2> at{};
    for (std::size_t n = 1; n <= longest; ++n) at[n + 1] = static_cast<std::uint16_t>(at[n] + count_[n]);
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      if (lengths[s] != 0) symbols_[at[lengths[s]]++] = static_cast<std::uint16_t>(s);
    }
    return left == 0 || lengths.size() - count_[0] <= 1;
  }

  /// The symbol whose code comes next; nothing if the bits are no code. `bit` returns 0 or 1.
  template <class Bit>
  [[nodiscard]] std::optional<unsigned> next(Bit&& bit) const {
    int code = 0;
    int first = 0;
    int index = 0;
    for (std::size_t n = 1; n <= longest; ++n) {
      code |= static_cast<int>(bit());
      const int here = count_[n];
      if (code - here < first) return symbols_[static_cast<std::size_t>(index + code - first)];
      index += here;
      first = 2 * (first + here);
      code *= 2;
    }
    return std::nullopt;
  }

 private:
  std::array<std::uint16_t, longest + 1> count_{};
  std::array<std::uint16_t, 288> symbols_{};
};

/// Decompresses one DEFLATE stream (RFC 1951) piece by piece. Own code, because a library that reads a compressed trace
/// should not need one more library for it. Memory: a window of 32 KiB, whatever the stream says.
///
/// `Bytes` has next(), the next byte or -1 after the last.
template <class Bytes>
class inflater {
 public:
  explicit inflater(Bytes& in) : in_(in), window_(std::make_unique<std::array<char, window_size>>()) {}

  /// As many bytes as there are, up to the size of `out`; fewer only at the end of the stream, or where broken().
  std::size_t read(std::span<char> out) {
    std::size_t n = 0;
    while (n < out.size() && error_.empty()) {
      if (match_ > 0) {
        --match_;
        out[n++] = keep((*window_)[(written_ - distance_) % window_size]);
      } else if (state_ == state::between) {
        if (last_) break;
        begin_block();
      } else if (state_ == state::stored) {
        if (stored_ == 0) {
          state_ = state::between;
          continue;
        }
        --stored_;
        const unsigned byte = bits(8);
        if (error_.empty()) out[n++] = keep(static_cast<char>(byte));
      } else {
        const std::optional<unsigned> symbol = literals_.next([this] { return bits(1); });
        if (!symbol) fail("holds bits that are no code");
        if (!error_.empty()) break;
        if (*symbol < 256)
          out[n++] = keep(static_cast<char>(*symbol));
        else if (*symbol == 256)
          state_ = state::between;
        else
          begin_match(*symbol - 257);
      }
    }
    return n;
  }
  /// What is wrong, as the rest of a sentence; empty as long as nothing is.
  [[nodiscard]] std::string_view broken() const noexcept { return error_; }

 private:
  enum class state { between, stored, coded };
  static constexpr std::size_t window_size = std::size_t{1} << 15U;

  void fail(std::string_view why) {
    if (error_.empty()) error_ = why;
  }
  char keep(char c) {
    (*window_)[written_++ % window_size] = c;
    return c;
  }

  // At most 16 bits, the first the lowest.
  unsigned bits(unsigned n) {
    while (held_ < n) {
      const int byte = in_.next();
      if (byte < 0) {
        fail("ends early");
        return 0;
      }
      hold_ |= static_cast<std::uint32_t>(byte) << held_;
      held_ += 8;
    }
    const unsigned value = hold_ & ((1U << n) - 1U);
    hold_ >>= n;
    held_ -= n;
    return value;
  }

  void begin_block() {
    last_ = bits(1) == 1;
    const unsigned type = bits(2);
    if (!error_.empty()) return;
    if (type == 0) {
      hold_ = held_ = 0;  // the rest of the byte
      stored_ = bits(16);
      const unsigned inverse = bits(16);
      if (stored_ != (inverse ^ 0xffffU)) fail("holds a block whose length contradicts itself");
      state_ = state::stored;
    } else if (type == 1) {
      std::array<std::uint8_t, 288> lengths{};
      for (std::size_t s = 0; s < lengths.size(); ++s) lengths[s] = s < 144 ? 8 : s < 256 ? 9 : s < 280 ? 7 : 8;
      std::array<std::uint8_t, 32> distances{};
      distances.fill(5);
      (void)literals_.assign(lengths);
      (void)distances_.assign(distances);
      state_ = state::coded;
    } else if (type == 2) {
      read_codes();
      state_ = state::coded;
    } else {
      fail("holds a block of a kind that there is not");
    }
  }

  void read_codes() {
    static constexpr std::uint8_t order[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    const std::size_t literals = bits(5) + 257;
    const std::size_t distances = bits(5) + 1;
    const std::size_t codes = bits(4) + 4;
    std::array<std::uint8_t, 19> of_lengths{};
    for (std::size_t k = 0; k < codes; ++k) of_lengths[order[k]] = static_cast<std::uint8_t>(bits(3));
    if (literals > 286 || distances > 30 || !literals_.assign(of_lengths)) return fail("holds a code that is none");
    std::array<std::uint8_t, 286 + 30> lengths{};
    for (std::size_t k = 0; k < literals + distances;) {
      const std::optional<unsigned> symbol = literals_.next([this] { return bits(1); });
      if (!symbol) fail("holds bits that are no code");
      if (!error_.empty()) return;
      if (*symbol < 16) {
        lengths[k++] = static_cast<std::uint8_t>(*symbol);
        continue;
      }
      if (*symbol == 16 && k == 0) return fail("holds a code that is none");
      const std::uint8_t same = *symbol == 16 ? lengths[k - 1] : std::uint8_t{0};
      const std::size_t times = *symbol == 16 ? 3 + bits(2) : *symbol == 17 ? 3 + bits(3) : 11 + bits(7);
      if (k + times > literals + distances) return fail("holds a code that is none");
      for (std::size_t i = 0; i < times; ++i) lengths[k++] = same;
    }
    const std::span<const std::uint8_t> all(lengths);
    if (lengths[256] == 0 || !literals_.assign(all.first(literals)) ||
        !distances_.assign(all.subspan(literals, distances))) {
      fail("holds a code that is none");
    }
  }

  // The length symbol was read; what follows is the distance.
  void begin_match(unsigned length) {
    static constexpr std::uint16_t lengths[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static constexpr std::uint8_t length_bits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                   2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static constexpr std::uint16_t distances[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                                  33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                                  1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    if (length >= std::size(lengths)) return fail("holds a length that there is not");
    const std::size_t copied = lengths[length] + bits(length_bits[length]);
    const std::optional<unsigned> symbol = distances_.next([this] { return bits(1); });
    if (!symbol || *symbol >= std::size(distances)) return fail("holds a distance that there is not");
    distance_ = distances[*symbol] + bits(*symbol < 2 ? 0 : *symbol / 2 - 1);
    if (distance_ > written_) return fail("refers to what stands before its beginning");
    match_ = copied;
  }

  Bytes& in_;
  std::unique_ptr<std::array<char, window_size>> window_;
  std::uint64_t written_ = 0;
  std::uint64_t distance_ = 0;
  std::size_t match_ = 0;   // bytes of a match that are still to be copied
  std::size_t stored_ = 0;  // bytes of a stored block that are still to be read
  std::uint32_t hold_ = 0;  // bits that were read and not used
  unsigned held_ = 0;
  state state_ = state::between;
  bool last_ = false;
  huffman_code literals_;
  huffman_code distances_;
  std::string_view error_{};
};

}  // namespace headroom::internal
