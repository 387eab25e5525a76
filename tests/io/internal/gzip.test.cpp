#include <headroom/io/internal/gzip.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include <headroom/core/random.hpp>

#include "catch.hpp"
#include "scratch.hpp"
#include "test_data.hpp"

using namespace headroom;

namespace {

std::string vendored(const std::string& name) { return read_bytes(test_data("traces/" + name)); }

// What comes out, in pieces of this size, or what is wrong.
std::string unpacked(std::string_view bytes, std::size_t piece = 1000, std::size_t most = 1U << 20U) {
  auto source = [&bytes](char* into, std::size_t size) {
    const std::size_t n = std::min(size, bytes.size());
    std::memcpy(into, bytes.data(), n);
    bytes.remove_prefix(n);
    return n;
  };
  internal::gunzip<decltype(source)> in(source, "");
  std::string all;
  for (;;) {
    std::string some(piece, '\0');
    some.resize(in.read(some));
    all += some;
    if (!in.broken().empty()) return "broken: " + std::string(in.broken());
    if (some.size() < piece || all.size() > most) return all;
  }
}

}  // namespace

TEST_CASE("the checksum of gzip has its published value") {
  internal::crc32 check;
  check.update(std::string_view("1234"));
  check.update(std::string_view("56789"));
  CHECK(check.value() == 0xcbf43926U);
}

TEST_CASE("every kind of block and of header is unpacked, in pieces of any size") {
  const std::string plain = vendored("plain.csv");
  for (const std::string name : {"stored", "fixed", "dynamic", "headers", "members"}) {
    INFO(name);
    const std::string packed = vendored(name + ".csv.gz");
    for (const std::size_t piece : {1U, 7U, 1000U, 100'000U}) CHECK(unpacked(packed, piece) == plain);
  }
}

TEST_CASE("each part of a gzip header may stand alone, of any length, and there may be several") {
  const std::string plain = vendored("plain.csv");
  const std::string packed = vendored("fixed.csv.gz");
  REQUIRE(packed.substr(0, 4) == std::string("\x1f\x8b\x08\0", 4));  // without any part
  const auto with = [&packed](unsigned flags, const std::string& parts) {
    std::string all = packed.substr(0, 10) + parts + packed.substr(10);
    all[3] = static_cast<char>(flags);
    return all;
  };
  const std::string name("name.csv\0", 9);
  const std::string extra("\x03\0abc", 5);
  CHECK(unpacked(with(0, "")) == plain);
  CHECK(unpacked(with(1, "")) == plain);  // said to be text
  CHECK(unpacked(with(2, "xy")) == plain);
  CHECK(unpacked(with(4, extra)) == plain);
  CHECK(unpacked(with(4, std::string("\0\0", 2))) == plain);
  CHECK(unpacked(with(4, std::string("\x2c\x01", 2) + std::string(300, 'e'))) == plain);
  CHECK(unpacked(with(8, name)) == plain);
  CHECK(unpacked(with(16, name)) == plain);
  CHECK(unpacked(with(30, extra + name + name + "xy")) == plain);
  for (const unsigned flag : {0x20U, 0x40U, 0x80U}) {
    CHECK(unpacked(with(flag, "")) == "broken: has flags that gzip does not know");
  }
}

TEST_CASE("a gzip file may be filled up with zeros, and another member may stand behind them") {
  const std::string plain = vendored("plain.csv");
  const std::string packed = vendored("fixed.csv.gz");
  CHECK(unpacked(packed + std::string(600, '\0')) == plain);
  CHECK(unpacked(packed + std::string(3, '\0') + packed) == plain + plain);
  std::string longer = packed;
  ++longer[longer.size() - 4];  // the length; the checksum is right
  CHECK(unpacked(longer) == "broken: is damaged: its checksum differs");
}

TEST_CASE("a damaged or cut gzip file is refused or gives nothing wrong") {
  const std::string plain = vendored("plain.csv");
  engine random(5);
  for (const std::string name : {"stored", "fixed", "dynamic", "headers", "members"}) {
    INFO(name);
    const std::string packed = vendored(name + ".csv.gz");
    const std::size_t end = name == "members" ? packed.size() - 7 : packed.size();
    for (std::size_t n = 0; n < end; ++n) {
      const std::string cut = unpacked(std::string_view(packed).substr(0, n));
      if (name != "members") REQUIRE(cut.starts_with("broken: "));
      if (name == "members") REQUIRE((cut.starts_with("broken: ") || plain.starts_with(cut)));
    }
    for (int k = 0; k < 2000; ++k) {
      std::string flipped = packed;
      flipped[random.below(flipped.size())] ^= static_cast<char>(1U << random.below(8));
      const std::string out = unpacked(flipped);
      REQUIRE((out.starts_with("broken: ") || out == plain));
    }
  }
  CHECK(unpacked(vendored("fixed.csv.gz") + "more") == "broken: is no gzip, as its beginning says");
  CHECK(unpacked("\x1f\x8b\x08\x20") == "broken: has flags that gzip does not know");
}

TEST_CASE("lengths that are no code are none") {
  internal::huffman_code code;
  using lengths = std::vector<std::uint8_t>;
  CHECK(code.assign(lengths{1, 1}));
  CHECK(code.assign(lengths{2, 2, 2, 2}));
  CHECK(code.assign(lengths{0, 1, 0}));  // a single code may be incomplete
  CHECK(code.assign(lengths{0, 0}));
  CHECK_FALSE(code.assign(lengths{1, 1, 1}));
  CHECK_FALSE(code.assign(lengths{2, 2, 2}));
  CHECK_FALSE(code.assign(lengths{2, 2}));  // only a single one may be incomplete
  CHECK_FALSE(code.assign(lengths{0, 1, 2}));
  CHECK(code.assign(lengths{2, 1, 2}));
  // Shorter codes come first: the symbol 1 is 0, then 0 and 2 are 10 and 11.
  std::string bits = "10011";
  const auto bit = [&bits] {
    const unsigned b = bits.front() == '1' ? 1 : 0;
    bits.erase(0, 1);
    return b;
  };
  CHECK(code.next(bit) == 0U);
  CHECK(code.next(bit) == 1U);
  CHECK(code.next(bit) == 2U);
}
