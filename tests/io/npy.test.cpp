#include <headroom/io/npy.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

static_assert(std::is_base_of_v<file_error, npy_error>);

namespace {

q_table counting(std::size_t states, std::size_t actions) {
  q_table q(states, actions);
  for (std::size_t i = 0; i < q.all().size(); ++i) q.all()[i] = static_cast<double>(i) + 0.1;
  return q;
}

std::string bytes_of(double value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes;
}

// A file with this header text and this many zero values' bytes.
std::string npy(const std::string& header, std::size_t data_bytes,
                const std::string& version = std::string("\x01\x00", 2)) {
  std::string bytes = "\x93NUMPY" + version;
  bytes += static_cast<char>(header.size() & 0xffU);
  bytes += static_cast<char>(header.size() >> 8U);
  return bytes + header + std::string(data_bytes, '\0');
}
std::string dictionary(const std::string& shape) {
  return "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }\n";
}

struct loading {
  scratch_folder folder;
  std::filesystem::path file = folder / "q.npy";

  // What load_npy says of these bytes, without the file's name.
  std::string operator()(const std::string& bytes) const {
    write_bytes(file, bytes);
    const std::string text = refusal<npy_error>([&] { (void)load_npy(file); });
    const std::string name = file.string() + ": ";
    return text.starts_with(name) ? text.substr(name.size()) : text;
  }
};

}  // namespace

TEST_CASE("npy: the bytes of a file, as numpy.save writes them") {
  const scratch_folder folder;
  q_table q(2, 1);
  q.all()[0] = 1;
  q.all()[1] = -0.1;
  save_npy(q, folder / "q.npy");
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }";
  expected += std::string(128 - 1 - expected.size(), ' ') + "\n";
  CHECK(read_bytes(folder / "q.npy") == expected + bytes_of(1) + bytes_of(-0.1));
  CHECK(folder.files() == 1);
}

TEST_CASE("npy: what is saved is loaded, to the last bit") {
  const scratch_folder folder;
  const auto file = folder / "q.npy";
  for (const std::size_t states : {1U, 7U, 1000U}) {
    for (const std::size_t actions : {1U, 3U}) {
      q_table q = counting(states, actions);
      q.all()[0] = -0.0;
      q.all().back() = std::numeric_limits<double>::denorm_min();
      save_npy(q, file);
      CHECK(std::filesystem::file_size(file) == 128 + 8 * states * actions);
      const q_table back = load_npy(file);
      CHECK(back.states() == states);
      CHECK(back.actions() == actions);
      CHECK(std::memcmp(back.all().data(), q.all().data(), q.all().size_bytes()) == 0);
    }
  }
}

TEST_CASE("npy: headers of other writers") {
  const loading load;
  // Sixteen bytes of alignment, no padding at all, double quotes, another order, no trailing comma, a newline between.
  CHECK(load(npy(dictionary("(2, 3)"), 48)) == "accepted");
  CHECK(load(npy(dictionary("(2, 3)") + std::string(11, ' '), 48)) == "accepted");
  CHECK(load(npy(R"({"shape":(2,3,),"descr":"<f8","fortran_order":False})", 48)) == "accepted");
  CHECK(load(npy("  { 'fortran_order' : False ,\n 'shape' : ( 2 , 3 ) , 'descr' : '<f8' }\n", 48)) == "accepted");
  write_bytes(load.file, npy(R"({"shape":(2,1),"descr":"<f8","fortran_order":False})", 0) + bytes_of(3) + bytes_of(4));
  CHECK(load_npy(load.file)(state_index{1}, action_index{0}) == 4);
}

TEST_CASE("npy: a file too short, or of another kind") {
  const loading load;
  const std::string good = npy(dictionary("(2, 3)"), 48);
  CHECK(load("") == "is 0 bytes, must have at least the 10 before a header");
  CHECK(load(good.substr(0, 9)) == "is 9 bytes, must have at least the 10 before a header");
  CHECK(load("\x89NUMPY" + good.substr(6)) == "does not begin with the magic of NumPy, must be a .npy file");
  CHECK(load(std::string(200, '\0')) == "does not begin with the magic of NumPy, must be a .npy file");
  CHECK(load(npy(dictionary("(2, 3)"), 48, std::string("\x02\x00", 2))) == "version is 2.0, must be 1.0");
  CHECK(load(npy(dictionary("(2, 3)"), 48, "\x01\x01")) == "version is 1.1, must be 1.0");
  CHECK(load(npy(dictionary("(2, 3)"), 48, "\xff\xff")) == "version is 255.255, must be 1.0");
  // A header that is said to be longer than the file, by one byte and by as much as can be said.
  CHECK(load(npy(std::string(100, ' '), 0).substr(0, 109)) ==
        "header is 100 bytes, must fit into the 99 that the file has for it");
  CHECK(load(std::string("\x93NUMPY\x01\x00\xff\xff", 10)) ==
        "header is 65535 bytes, must fit into the 0 that the file has for it");
}

TEST_CASE("npy: every truncation is refused, and so is a byte too many") {
  const loading load;
  const std::string good = npy(dictionary("(2, 3)"), 48);
  for (std::size_t n = 0; n < good.size(); ++n) {
    INFO(n << " bytes");
    CHECK(load(good.substr(0, n)) != "accepted");
  }
  CHECK(load(good.substr(0, good.size() - 1)) ==
        "shape is (2, 3), must take the 47 bytes that the file has for values, takes 48");
  CHECK(load(good.substr(0, good.size() - 48)) ==
        "shape is (2, 3), must take the 0 bytes that the file has for values, takes 48");
  CHECK(load(good + "x") == "shape is (2, 3), must take the 49 bytes that the file has for values, takes 48");
}

TEST_CASE("npy: shapes that are no table, and none that takes memory") {
  const loading load;
  const auto shaped = [&](const std::string& shape) { return load(npy(dictionary(shape), 48)); };
  CHECK(shaped("(0, 3)") == "shape is (0, 3), must have no zero");
  CHECK(shaped("(6, 0)") == "shape is (6, 0), must have no zero");
  CHECK(shaped("()") == "shape has 0 dimensions, must have 2: (states, actions)");
  CHECK(shaped("(6,)") == "shape has 1 dimensions, must have 2: (states, actions)");
  CHECK(shaped("(1, 2, 3)") == "shape has 3 dimensions, must have 2: (states, actions)");
  CHECK(shaped("(2, -3)") == "shape holds something else than whole numbers, must be (states, actions)");
  CHECK(shaped("(2, 3L)") == "header lacks a , where one belongs, must be a Python dictionary");
  CHECK(shaped("(2.0, 3)") == "header lacks a , where one belongs, must be a Python dictionary");
  CHECK(shaped("[2, 3]") == "header lacks a ( where one belongs, must be a Python dictionary");
  CHECK(shaped("(2, 18446744073709551616)") == "shape holds a number of 2^64 or more, must be (states, actions)");
  // Products that wrap around to 48 bytes or to nothing, and one that does not wrap but is no table.
  CHECK(shaped("(2305843009213693958, 1)") == "shape is (2305843009213693958, 1), must leave at most 2^40 entries");
  CHECK(shaped("(4294967296, 4294967296)") == "shape is (4294967296, 4294967296), must leave at most 2^40 entries");
  CHECK(shaped("(18446744073709551615, 18446744073709551615)") ==
        "shape is (18446744073709551615, 18446744073709551615), must leave at most 2^40 entries");
  CHECK(shaped("(1099511627776, 1)") ==
        "shape is (1099511627776, 1), must take the 48 bytes that the file has for values, takes 8796093022208");
}

TEST_CASE("npy: other types and another order are refused") {
  const loading load;
  const auto typed = [&](const std::string& descr, const std::string& order) {
    return load(npy("{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': (2, 3), }\n", 48));
  };
  for (const char* descr : {"'>f8'", "'<f4'", "'=f8'", "'<i8'", "'|O'", "'<f88'", "''"}) {
    CHECK(typed(descr, "False") == "descr is another type, must be '<f8'");
  }
  CHECK(typed("[('a', '<f8')]", "False") == "descr is a list of fields, must be '<f8'");
  CHECK(typed("'<f8'", "True") == "fortran_order is True, must be False");
  CHECK(typed("'<f8'", "0") == "fortran_order is neither True nor False, must be False");
  CHECK(typed("'<f8'", "Falsey") == "header lacks a , where one belongs, must be a Python dictionary");
}

TEST_CASE("npy: headers that are no dictionary of the three keys") {
  const loading load;
  const auto with = [&](const std::string& header) { return load(npy(header, 48)); };
  const std::string descr = "'descr': '<f8'";
  const std::string order = "'fortran_order': False";
  const std::string shape = "'shape': (2, 3)";
  CHECK(with("") == "header lacks a { where one belongs, must be a Python dictionary");
  CHECK(with("[]") == "header lacks a { where one belongs, must be a Python dictionary");
  CHECK(with("{}") == "header lacks a key, must have descr, fortran_order and shape");
  CHECK(with("{" + descr + ", " + order + "}") == "header lacks a key, must have descr, fortran_order and shape");
  CHECK(with("{" + descr + ", " + order + ", " + shape + ", " + descr + "}") ==
        "header has a key twice, must have each once");
  CHECK(with("{" + shape + ", " + shape + "}") == "header has a key twice, must have each once");
  CHECK(with("{'other': 1}") == "header has an unknown key, must have descr, fortran_order and shape");
  CHECK(with("{descr: '<f8'}") == "header lacks a quoted word where one belongs, must be a Python dictionary");
  CHECK(with("{'descr") == "header lacks a quoted word where one belongs, must be a Python dictionary");
  CHECK(with("{" + descr + " " + order + "}") == "header lacks a , where one belongs, must be a Python dictionary");
  CHECK(with("{" + descr + ", " + order + ", " + shape) ==
        "header lacks a , where one belongs, must be a Python dictionary");
  CHECK(with("{" + descr + ", " + order + ", " + shape + "} x") ==
        "header goes on after its dictionary, must end there");
  CHECK(with("{" + descr + ", " + order + ", " + shape + "}" + std::string(1, '\0')) ==
        "header goes on after its dictionary, must end there");
}

TEST_CASE("npy: a value that is not finite is refused, wherever it is") {
  const loading load;
  const std::string header = npy(dictionary("(2, 1)"), 0);
  constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(load(header + bytes_of(nan_value) + bytes_of(1)) == "value 0 is nan, must be finite");
  CHECK(load(header + bytes_of(1) + bytes_of(nan_value)) == "value 1 is nan, must be finite");
  CHECK(load(header + bytes_of(1) + bytes_of(-inf)) == "value 1 is -inf, must be finite");
}

TEST_CASE("npy: any damage to one byte of the header is refused or changes nothing") {
  const loading load;
  const std::string good = npy(dictionary("(2, 3)"), 48);
  const std::size_t data = good.size() - 48;
  for (std::size_t i = 0; i < data; ++i) {
    for (const unsigned flip : {1U, 8U, 128U}) {
      std::string bad = good;
      bad[i] = static_cast<char>(static_cast<unsigned char>(bad[i]) ^ flip);
      INFO("byte " << i << ", flipped " << flip);
      const std::string answer = load(bad);
      // Blank for blank is the only harmless change: '\n' is what ends the header, ' ' ^ 8 is '(' and ' ' ^ 1 is '!'.
      if (good[i] != '\n') CHECK(answer != "accepted");
    }
  }
}

TEST_CASE("npy: no file, no folder, and an old file that survives") {
  const scratch_folder folder;
  CHECK(refusal<file_error>([&] { (void)load_npy(folder / "none.npy"); }) ==
        (folder / "none.npy").string() + ": cannot be opened: No such file or directory");
  CHECK(refusal<file_error>([&] { (void)load_npy(folder.path()); }) ==
        folder.path().string() + ": is a directory, must be a regular file");
  CHECK(refusal<file_error>([&] { save_npy(counting(1, 1), folder / "none" / "q.npy"); }) ==
        (folder / "none" / "q.npy").string() + ": cannot be written: No such file or directory");
  const auto file = folder / "q.npy";
  save_npy(counting(2, 2), file);
  save_npy(counting(3, 2), file);
  CHECK(load_npy(file).states() == 3);
  CHECK(folder.files() == 1);  // no temporary is left
}
