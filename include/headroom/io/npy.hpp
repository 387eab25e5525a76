#pragma once

#include <bit>           // std::endian
#include <charconv>      // std::from_chars
#include <cmath>         // std::isfinite
#include <cstddef>       // std::byte, std::size_t
#include <cstdint>       // std::uint64_t
#include <filesystem>    // std::filesystem::path
#include <span>          // std::as_bytes, std::as_writable_bytes, std::span
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc
#include <utility>       // std::move
#include <vector>        // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/tabular/q_table.hpp>

/// A table of action values as a NumPy array: `numpy.load(file)` has shape (states, actions). NumPy's .npy, format
/// version 1.0 (numpy.lib.format): the magic, two bytes of version, two bytes little-endian length, that many bytes of
/// header (a Python dictionary as text), then the values, here little-endian doubles row by row. Own code,
/// because xtensor's reader believes the header and reserves whatever memory it names.
namespace headroom {

static_assert(std::endian::native == std::endian::little,
              "a .npy of '<f8' is little-endian, and so must be the machine");

/// The error for a file that is not such an array: "FILE: sentence with the value and the law".
class npy_error : public file_error {
 public:
  using file_error::file_error;
};

/// Reads the header's dictionary: three entries, in any order, as NumPy writes them and as Python would read them.
class npy_header {
 public:
  /// Parses `text`; `file` is for messages. Errors: npy_error for anything but descr '<f8', fortran_order False and a
  /// shape of two dimensions, neither of them zero, each once.
  npy_header(const std::filesystem::path& file, std::string_view text) : file_(file), rest_(text) {
    expect('{');
    while (!next_is('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr")
        descr();
      else if (key == "fortran_order")
        fortran_order();
      else if (key == "shape")
        shape();
      else
        refuse("header has an unknown key, must have descr, fortran_order and shape");
      if (!next_is('}')) expect(',');
    }
    expect('}');
    skip_space();
    if (!rest_.empty()) refuse("header goes on after its dictionary, must end there");
    if (!descr_ || !order_ || !shape_) refuse("header lacks a key, must have descr, fortran_order and shape");
  }

  [[nodiscard]] std::uint64_t states() const noexcept { return size_[0]; }
  [[nodiscard]] std::uint64_t actions() const noexcept { return size_[1]; }

 private:
  [[noreturn]] void refuse(const std::string& reason) const { throw npy_error(file_, reason); }

  void skip_space() {
    const auto n = rest_.find_first_not_of(" \t\n\r");
    rest_.remove_prefix(n == rest_.npos ? rest_.size() : n);
  }
  [[nodiscard]] bool next_is(char c) {
    skip_space();
    return rest_.starts_with(c);
  }
  void expect(char c) {
    if (!next_is(c)) {
      std::string text = "header lacks a ";  // appended: g++ 12 warns wrongly of an overrun in a chain of +
      text.push_back(c);
      text.append(" where one belongs, must be a Python dictionary");
      refuse(text);
    }
    rest_.remove_prefix(1);
  }
  std::string_view quoted() {
    skip_space();
    const char quote = rest_.empty() ? ' ' : rest_.front();
    const auto end = quote == '\'' || quote == '"' ? rest_.find(quote, 1) : rest_.npos;
    if (end == rest_.npos) refuse("header lacks a quoted word where one belongs, must be a Python dictionary");
    const std::string_view word = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return word;
  }
  void once(bool& seen) {
    if (seen) refuse("header has a key twice, must have each once");
    seen = true;
  }

  void descr() {
    once(descr_);
    // A list of fields is a record array. The message does not repeat it, because it may hold anything.
    if (next_is('[')) refuse("descr is a list of fields, must be '<f8'");
    if (quoted() != "<f8") refuse("descr is another type, must be '<f8'");
  }
  void fortran_order() {
    once(order_);
    skip_space();
    if (rest_.starts_with("True")) refuse("fortran_order is True, must be False");
    if (!rest_.starts_with("False")) refuse("fortran_order is neither True nor False, must be False");
    rest_.remove_prefix(5);
  }
  void shape() {
    once(shape_);
    expect('(');
    std::size_t dimensions = 0;
    while (!next_is(')')) {
      std::uint64_t n = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), n);
      if (error == std::errc::invalid_argument)
        refuse("shape holds something else than whole numbers, must be (states, actions)");
      if (error == std::errc::result_out_of_range)
        refuse("shape holds a number of 2^64 or more, must be (states, actions)");
      if (dimensions < 2) size_[dimensions] = n;
      ++dimensions;
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      if (!next_is(')')) expect(',');
    }
    expect(')');
    if (dimensions != 2) refuse("shape has " + to_text(dimensions) + " dimensions, must have 2: (states, actions)");
    if (size_[0] == 0 || size_[1] == 0) {
      refuse("shape is (" + to_text(size_[0]) + ", " + to_text(size_[1]) + "), must have no zero");
    }
  }

  const std::filesystem::path& file_;
  std::string_view rest_;
  bool descr_ = false;
  bool order_ = false;
  bool shape_ = false;
  std::uint64_t size_[2]{};
};

/// Ten bytes come before the header: the magic, the version and the header's length.
inline constexpr std::size_t npy_prefix_bytes = 10;

/// Writes the table for numpy.load, atomically: a crash leaves the old or the new file. The bytes are those of
/// numpy.save. Errors: file_error. O(entries), without a copy of them.
inline void save_npy(const q_table& table, const std::filesystem::path& file) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + to_text(table.states()) + ", " +
                       to_text(table.actions()) + "), }";
  // Spaces and a newline, so that the values begin at a multiple of 64. NumPy leaves room for 21 digits of the first
  // dimension, which comes to 128 for every table that there can be.
  header.resize(128 - npy_prefix_bytes - 1, ' ');
  header += '\n';
  std::string prefix("\x93NUMPY\x01\x00", 8);
  prefix += static_cast<char>(header.size() & 0xffU);
  prefix += static_cast<char>(header.size() >> 8U);
  write_atomically(file,
                   {std::as_bytes(std::span(prefix)), std::as_bytes(std::span(header)), std::as_bytes(table.all())});
}

/// Reads the table from a .npy file of any origin. Everything is checked before memory is allocated for the values, at
/// most the size of the file. Errors: file_error for a file that cannot be read, npy_error for one that is not a table
/// of finite doubles.
[[nodiscard]] inline q_table load_npy(const std::filesystem::path& file) {
  input_file in(file);
  if (in.size() < npy_prefix_bytes) {
    throw npy_error(file, "is " + to_text(in.size()) + " bytes, must have at least the " + to_text(npy_prefix_bytes) +
                              " before a header");
  }
  std::string prefix(npy_prefix_bytes, '\0');
  in.read(std::as_writable_bytes(std::span(prefix)));
  const auto byte = [&prefix](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(prefix[i])); };
  if (!prefix.starts_with("\x93NUMPY"))
    throw npy_error(file, "does not begin with the magic of NumPy, must be a .npy file");
  if (byte(6) != 1 || byte(7) != 0) {
    throw npy_error(file, "version is " + to_text(byte(6)) + "." + to_text(byte(7)) + ", must be 1.0");
  }
  const std::size_t header_bytes = byte(8) + 256U * byte(9);
  const std::uint64_t after_prefix = in.size() - npy_prefix_bytes;
  if (header_bytes > after_prefix) {
    throw npy_error(file, "header is " + to_text(header_bytes) + " bytes, must fit into the " + to_text(after_prefix) +
                              " that the file has for it");
  }
  std::string text(header_bytes, '\0');
  in.read(std::as_writable_bytes(std::span(text)));
  const npy_header header(file, text);

  const std::string shape = "shape is (" + to_text(header.states()) + ", " + to_text(header.actions()) + "), must ";
  constexpr std::uint64_t most = std::uint64_t{1} << 40U;  // the most entries that a q_table may have
  if (header.states() > most / header.actions()) throw npy_error(file, shape + "leave at most 2^40 entries");
  const std::uint64_t bytes = 8 * header.states() * header.actions();
  if (after_prefix - header_bytes != bytes) {
    throw npy_error(file, shape + "take the " + to_text(after_prefix - header_bytes) +
                              " bytes that the file has for values, takes " + to_text(bytes));
  }
  const auto states = static_cast<std::size_t>(header.states());
  const auto actions = static_cast<std::size_t>(header.actions());
  std::vector<double> all(q_table::checked_size(states, actions));
  in.read(std::as_writable_bytes(std::span(all)));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!std::isfinite(all[i]))
      throw npy_error(file, "value " + to_text(i) + " is " + to_text(all[i]) + ", must be finite");
  }
  return q_table(states, actions, std::move(all));
}

}  // namespace headroom
