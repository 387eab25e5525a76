#pragma once

#include <bit>          // std::bit_cast
#include <cstddef>      // std::size_t
#include <cstdint>      // std::int64_t, std::uint64_t
#include <string>       // std::string
#include <string_view>  // std::string_view

/// The encoding of protocol buffers, as far as messages of a few texts and numbers need it. Such a message is forty
/// lines by hand; a compiler for it would make every user's build depend on one.
namespace headroom::internal {

/// Goes through the fields of a message. A field of another type than one expects is passed over, as every reader of
/// the format does with what it does not know.
class protobuf_reader {
 public:
  explicit protobuf_reader(std::string_view bytes) : rest_(bytes) {}

  /// The next field; false at the end, and for ever after the first mistake.
  bool next() {
    text_ = {};
    number_ = 0;
    is_text_ = false;
    if (!good_ || rest_.empty()) return false;
    const std::uint64_t key = varint();
    field_ = key >> 3U;
    switch (key & 7U) {
      case 0:
        number_ = varint();
        break;
      case 1:
        number_ = fixed(8);
        break;
      case 2:
        text_ = taken(varint());
        is_text_ = true;
        break;
      case 5:
        number_ = fixed(4);
        break;
      default:  // groups, which nobody writes any more
        good_ = false;
    }
    good_ = good_ && field_ != 0;
    return good_;
  }
  [[nodiscard]] std::uint64_t field() const noexcept { return field_; }
  /// Whether the field is a text, bytes or a message.
  [[nodiscard]] bool is_text() const noexcept { return is_text_; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::uint64_t fixed(std::size_t bytes) {
    const std::string_view all = taken(bytes);
    std::uint64_t value = 0;
    for (std::size_t k = all.size(); k > 0; --k) value = value << 8U | static_cast<unsigned char>(all[k - 1]);
    return value;
  }
  std::string_view taken(std::uint64_t bytes) {
    if (bytes > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view all = rest_.substr(0, static_cast<std::size_t>(bytes));
    rest_.remove_prefix(all.size());
    return all;
  }

  std::string_view rest_;
  std::string_view text_{};
  std::uint64_t field_ = 0;
  std::uint64_t number_ = 0;
  bool is_text_ = false;
  bool good_ = true;
};

/// Writes a message. Values that are zero are left out, as the format wants it.
class protobuf_writer {
 public:
  protobuf_writer& text(unsigned field, std::string_view value) {
    varint(field << 3U | 2U);
    varint(value.size());
    bytes_.append(value);
    return *this;
  }
  protobuf_writer& whole(unsigned field, std::int64_t value) {
    if (value == 0) return *this;
    varint(field << 3U);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  protobuf_writer& real(unsigned field, double value) {
    auto bits = std::bit_cast<std::uint64_t>(value);
    if (bits == 0) return *this;
    varint(field << 3U | 1U);
    for (int k = 0; k < 8; ++k, bits >>= 8U) bytes_ += static_cast<char>(bits & 0xFFU);
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) bytes_ += static_cast<char>(value | 0x80U);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_{};
};

}  // namespace headroom::internal
