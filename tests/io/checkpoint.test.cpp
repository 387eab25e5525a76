#include <headroom/io/checkpoint.hpp>

#include <array>
#include <bit>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <limits>
#include <sstream>

#include <headroom/core/random.hpp>

#include "allocations.hpp"
#include "catch.hpp"
#include "scratch.hpp"

using headroom::checkpoint;
using headroom::checkpoint_error;
using headroom::load;
using headroom::save;

namespace {

// The file format once more, written from its description and not from the library: what a file must be, byte for byte.

std::uint64_t crc64_by_bits(const std::string& bytes) {
  std::uint64_t r = ~std::uint64_t{0};
  for (const char c : bytes) {
    r ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) r = (r & 1U) != 0 ? (r >> 1U) ^ 0xc96c5795d7870f42U : r >> 1U;
  }
  return ~r;
}

std::string little_endian(std::unsigned_integral auto number) {
  const std::uint64_t value = number;
  std::string bytes;
  for (unsigned shift = 0; shift < 64; shift += 8) bytes += static_cast<char>((value >> shift) & 0xffU);
  return bytes;
}
std::string little_endian(double value) { return little_endian(std::bit_cast<std::uint64_t>(value)); }

std::string file_of(const std::string& header, const std::string& data) {
  return little_endian(header.size()) + header + data;
}

const std::string unsealed = "????????????????";

// Puts the right checksum where `header` has the sixteen question marks, so that a test reaches the checks behind it.
std::string sealed(std::string header, const std::string& data) {
  auto canonical = nlohmann::json::parse(header);
  canonical["__metadata__"].erase("checksum");
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx",
                static_cast<unsigned long long>(crc64_by_bits(canonical.dump() + data)));
  const auto place = header.find(unsealed);
  if (place != header.npos) header.replace(place, 16, digits);
  return file_of(header, data);
}

// A header whose metadata is right, and whose tensors are `tensors`.
std::string with_tensors(const std::string& tensors, const std::string& version = "1") {
  return R"({"__metadata__":{"checksum":")" + unsealed + R"(","format":"headroom","format_version":")" + version +
         "\"}" + (tensors.empty() ? "" : ",") + tensors + "}";
}

// What load says of these bytes, without the name of the file; "accepted" if it takes them.
std::string loading(const std::string& bytes, const headroom::load_limits& limits = {}) {
  static const scratch_folder folder;
  const auto file = folder / "f";
  write_bytes(file, bytes);
  const std::string sentence = refusal<checkpoint_error>([&] { (void)load(file, limits); });
  const std::string prefix = file.string() + ": ";
  if (sentence == "accepted") return sentence;
  REQUIRE(sentence.starts_with(prefix));
  return sentence.substr(prefix.size());
}

checkpoint small() {
  checkpoint c;
  c.add("q", {2, 1}, std::vector<double>{1.0, -0.1});
  c.add("b", {3}, std::array<std::uint8_t, 3>{0, 7, 255});
  c.add("n", {}, std::vector<std::uint64_t>{~std::uint64_t{0}});
  c.set("discount", 0.95);
  c.set("note", "caf\xc3\xa9 \"q\"\n");
  return c;
}

// The same, spelled out. The checksum comes from another implementation, in another language.
const std::string small_header =
    "{\"__metadata__\":{\"checksum\":\"57bd43761a8669e5\",\"discount\":\"0.95\",\"format\":\"headroom\",\"format_"
    "version\":\"1\","
    "\"note\":\"caf\xc3\xa9 \\\"q\\\"\\n\"},"
    "\"b\":{\"data_offsets\":[24,27],\"dtype\":\"U8\",\"shape\":[3]},"
    "\"n\":{\"data_offsets\":[0,8],\"dtype\":\"U64\",\"shape\":[]},"
    "\"q\":{\"data_offsets\":[8,24],\"dtype\":\"F64\",\"shape\":[2,1]}}    ";
const std::string small_data =
    little_endian(~std::uint64_t{0}) + little_endian(1.0) + little_endian(-0.1) + std::string("\0\x07\xff", 3);
const std::string small_file = file_of(small_header, small_data);

template <class T>
void round_trip(const std::vector<T>& values) {
  const scratch_folder folder;
  checkpoint c;
  c.add("t", {values.size()}, values);
  save(c, folder / "f");
  const checkpoint d = load(folder / "f");
  const auto back = d.get<T>("t", {values.size()});
  REQUIRE(back.size() == values.size());
  CHECK(std::memcmp(back.data(), values.data(), values.size() * sizeof(T)) == 0);  // bits: -0.0 is not 0.0
}

}  // namespace

TEST_CASE("checkpoint: each type comes back bit for bit") {
  round_trip<double>({0.0, -0.0, 0.1, 1.7976931348623157e308, -5e-324});
  round_trip<float>({0.0F, -0.0F, 0.1F, 3.4028235e38F, -1e-45F});
  round_trip<std::int64_t>({0, -1, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()});
  round_trip<std::uint64_t>({0, 1, ~std::uint64_t{0}});
  round_trip<std::int32_t>({0, -1, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()});
  round_trip<std::uint32_t>({0, 1, ~std::uint32_t{0}});
  round_trip<std::uint8_t>({0, 1, 255});
}

TEST_CASE("checkpoint: shapes of every kind, settings of every kind, and nothing at all") {
  const scratch_folder folder;
  checkpoint c;
  c.add("scalar", {}, std::vector<double>{3});
  c.add("empty", {4, 0, 2}, std::vector<float>{});
  c.add("cube", {2, 1, 3}, std::vector<std::int64_t>{1, 2, 3, 4, 5, 6});
  c.set("text", "\tline\nzero\x01 and \xe2\x82\xac");
  c.set("nothing", "");
  c.set("yes", true);
  save(c, folder / "f");
  const checkpoint d = load(folder / "f");
  CHECK(d == c);
  CHECK(d.names() == std::vector<std::string>{"cube", "empty", "scalar"});
  CHECK(d.shape("empty") == std::vector<std::uint64_t>{4, 0, 2});
  CHECK(d.get<float>("empty", {4, 0, 2}).empty());
  CHECK(d.get<double>("scalar", {})[0] == 3.0);
  CHECK(d.get<std::int64_t>("cube", {2, 1, 3})[5] == 6);
  CHECK(d.text("text") == "\tline\nzero\x01 and \xe2\x82\xac");
  CHECK(d.text("nothing").empty());
  CHECK(d.setting<bool>("yes"));
  CHECK(d.settings().size() == 3);
  CHECK(d.has("yes"));
  CHECK_FALSE(d.has("format"));
  CHECK(d.contains("cube"));
  CHECK_FALSE(d.contains("Cube"));

  save(checkpoint(), folder / "nothing");
  CHECK(load(folder / "nothing") == checkpoint());
  CHECK_FALSE(load(folder / "nothing") == c);
}

TEST_CASE("checkpoint: the file, byte for byte") {
  const scratch_folder folder;
  save(small(), folder / "f");
  CHECK(read_bytes(folder / "f") == small_file);
  CHECK(small_header.size() % 8 == 0);
  write_bytes(folder / "g", small_file);
  CHECK(load(folder / "g") == small());
}

TEST_CASE("checkpoint: one content gives one file, whatever the order of the calls, and through load and save") {
  const scratch_folder folder;
  checkpoint c;
  c.set("note", "something else");
  c.set("note", "caf\xc3\xa9 \"q\"\n");
  c.add("n", {}, std::vector<std::uint64_t>{~std::uint64_t{0}});
  c.add("b", {3}, std::array<std::uint8_t, 3>{0, 7, 255});
  c.set("discount", "0.95");
  c.add("q", {2, 1}, std::vector<double>{1.0, -0.1});
  save(c, folder / "f");
  CHECK(read_bytes(folder / "f") == small_file);
  save(load(folder / "f"), folder / "f");
  CHECK(read_bytes(folder / "f") == small_file);
}

TEST_CASE("checkpoint: another tool may lay the same content out differently") {
  const scratch_folder folder;
  // Indented, keys in another order, escapes instead of letters; the data and its offsets as they were.
  const std::string header = R"({
    "q": {"shape": [2, 1], "dtype": "F64", "data_offsets": [8, 24]},
    "n": {"shape": [], "dtype": "U64", "data_offsets": [0, 8]},
    "\u0062": {"shape": [3], "dtype": "U8", "data_offsets": [24, 27]},
    "__metadata__": {"note": "caf\u00e9 \u0022q\u0022\u000a", "format_version": "1", "discount": "0.95",
                     "format": "headroom", "checksum": "57bd43761a8669e5"}})";
  write_bytes(folder / "f", file_of(header, small_data));
  CHECK(load(folder / "f") == small());
}

TEST_CASE("checkpoint: numbers as settings come back with the same bits") {
  checkpoint c;
  headroom::engine random(7);
  for (int i = 0; i < 10'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (std::isnan(value)) continue;
    c.set("x", value);
    REQUIRE(std::bit_cast<std::uint64_t>(c.setting<double>("x")) == std::bit_cast<std::uint64_t>(value));
  }
  for (const double value : {0.1, -0.0, 5e-324, 1e22, std::numeric_limits<double>::infinity()}) {
    c.set("x", value);
    CHECK(std::bit_cast<std::uint64_t>(c.setting<double>("x")) == std::bit_cast<std::uint64_t>(value));
  }
  c.set("x", 0.1);
  CHECK(c.text("x") == "0.1");
  c.set("x", 0.1F);
  CHECK(c.setting<float>("x") == 0.1F);
  c.set("x", ~std::uint64_t{0});
  CHECK(c.setting<std::uint64_t>("x") == ~std::uint64_t{0});
  c.set("x", -3);
  CHECK(c.setting<int>("x") == -3);
  c.set("x", false);
  CHECK_FALSE(c.setting<bool>("x"));
}

TEST_CASE("checkpoint: a setting that is not what was asked for") {
  checkpoint c;
  c.set("x", "1.5");
  c.set("y", "1.5 ");
  c.set("z", "300");
  c.set("nan", "nan");
  c.set("huge", "1e999");
  const auto asking = [&]<class T>(T, const char* key) {
    return refusal<checkpoint_error>([&] { (void)c.setting<T>(key); });
  };
  CHECK(asking(0.0, "w") == "checkpoint: setting \"w\" is missing");
  CHECK(asking(0, "x") ==
        "checkpoint: setting \"x\" is \"1.5\", must be a whole number from -2147483648 to 2147483647");
  CHECK(asking(0.0, "y") == "checkpoint: setting \"y\" is \"1.5 \", must be a number");
  CHECK(asking(0.0, "nan") == "checkpoint: setting \"nan\" is \"nan\", must be a number");
  CHECK(asking(0.0, "huge") == "checkpoint: setting \"huge\" is \"1e999\", must be a number");
  CHECK(asking(true, "x") == "checkpoint: setting \"x\" is \"1.5\", must be true or false");
  CHECK(asking(std::uint8_t{}, "z") == "checkpoint: setting \"z\" is \"300\", must be a whole number from 0 to 255");
  CHECK(asking(0.0, "z") == "accepted");
}

TEST_CASE("checkpoint: what cannot be added or set") {
  checkpoint c;
  const std::vector<double> two{1, 2};
  c.add("q", {2}, two);
  CHECK_THROWS_WITH(c.add("q", {2}, two), "checkpoint: tensor name is \"q\", must be new");
  CHECK_THROWS_WITH(c.add("", {2}, two), "checkpoint: tensor name is \"\", must be neither empty nor __metadata__");
  CHECK_THROWS_WITH(c.add("__metadata__", {2}, two),
                    "checkpoint: tensor name is \"__metadata__\", must be neither empty nor __metadata__");
  CHECK_THROWS_WITH(c.add("\xff", {2}, two), "checkpoint: tensor name is \"\xef\xbf\xbd\", must be UTF-8");
  CHECK_THROWS_WITH(c.add("r", {3, 1}, two), "checkpoint: number of values of \"r\" is 2, must fill the shape [3, 1]");
  CHECK_THROWS_WITH(c.add("r", {1ULL << 32U, 1ULL << 32U}, std::vector<std::uint8_t>{}),
                    "checkpoint: number of values of \"r\" is 0, must fill the shape [4294967296, 4294967296]");
  CHECK_THROWS_WITH(c.add("r", std::vector<std::uint64_t>(33, 1), std::vector<double>{1}),
                    "checkpoint: number of dimensions of \"r\" is 33, must be at most 32");
  CHECK_THROWS_WITH(c.add("r", {2}, std::vector<double>{0, std::nan("")}),
                    "checkpoint: tensor \"r\": value 1 is nan, must be finite");
  CHECK_THROWS_WITH(c.add("r", {1}, std::vector<float>{-std::numeric_limits<float>::infinity()}),
                    "checkpoint: tensor \"r\": value 0 is -inf, must be finite");
  CHECK_THROWS_WITH(c.set("format", "x"),
                    "checkpoint: setting is \"format\", must not be format, format_version or checksum");
  CHECK_THROWS_WITH(c.set("checksum", 1),
                    "checkpoint: setting is \"checksum\", must not be format, format_version or checksum");
  CHECK_THROWS_WITH(c.set("x", "\xc3"), "checkpoint: value of \"x\" is \"\xef\xbf\xbd\", must be UTF-8");
  CHECK_THROWS_WITH(c.set("x", std::nan("")), "checkpoint: value of \"x\" is nan, must be a number");
  CHECK_THROWS_AS(c.add("q", {2}, two), std::invalid_argument);
  CHECK(c.names() == std::vector<std::string>{"q"});
  CHECK(c.settings().empty());
}

TEST_CASE("checkpoint: a tensor that is not what was asked for, named with its file") {
  const scratch_folder folder;
  save(small(), folder / "f");
  const checkpoint c = load(folder / "f");
  const std::string who = (folder / "f").string() + ": ";
  const auto asking = [&](auto&& f) { return refusal<checkpoint_error>(f); };
  CHECK(asking([&] { (void)c.get<double>("Q", {2, 1}); }) == who + "tensor \"Q\" is missing");
  CHECK(asking([&] { (void)c.shape("Q"); }) == who + "tensor \"Q\" is missing");
  CHECK(asking([&] { (void)c.get<double>("q", {1, 2}); }) == who + "tensor \"q\" has shape [2, 1], must have [1, 2]");
  CHECK(asking([&] { (void)c.get<double>("q", {}); }) == who + "tensor \"q\" has shape [2, 1], must have []");
  CHECK(asking([&] { (void)c.get<float>("q", {2, 1}); }) == who + "tensor \"q\" is of F64, must be of F32");
  CHECK(asking([&] { (void)c.text("gamma"); }) == who + "setting \"gamma\" is missing");
}

TEST_CASE("checkpoint: files that are no checkpoints") {
  CHECK(loading("") == "size is 0 bytes, must be at least 8");
  CHECK(loading("1234567") == "size is 7 bytes, must be at least 8");
  CHECK(loading(std::string(8, '\0')) == "header does not begin with {, must be a JSON object");
  CHECK(loading(std::string(8, '\xff') + "{}") ==
        "header length is 18446744073709551615, must be at most the 2 bytes that follow");
  CHECK(loading(little_endian(3U) + "{}") == "header length is 3, must be at most the 2 bytes that follow");
  CHECK(loading(little_endian(2U) + "{x") == "header is not JSON from its byte 2 on, must be a JSON object");
  CHECK(loading(file_of("{}", "")) == "metadata \"format\" is missing, must be \"headroom\"");
  CHECK(loading(file_of(R"({"__metadata__":{"format":"pt"}})", "")) ==
        "metadata \"format\" is \"pt\", must be \"headroom\"");
  CHECK(loading(file_of(R"({"__metadata__":{"format":"headroom"}})", "")) ==
        "metadata \"format_version\" is missing, must be a version");
  CHECK(loading(file_of(R"({"__metadata__":{"format":"headroom","format_version":"1"}})", "")) ==
        "metadata \"checksum\" is missing, must be sixteen hexadecimal digits");
}

TEST_CASE("checkpoint: versions") {
  CHECK(loading(sealed(with_tensors("", "1"), "")) == "accepted");
  CHECK(loading(sealed(with_tensors("", "2"), "")) ==
        "written by a newer Headroom: format_version is 2, this one reads up to 1");
  // What a newer version may store is not asked before its number is.
  CHECK(loading(sealed(with_tensors(R"("q":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]})", "2"), "ab")) ==
        "written by a newer Headroom: format_version is 2, this one reads up to 1");
  for (const char* version : {"0", "", "-1", "1.0", "one", " 1", "18446744073709551616"}) {
    CHECK(loading(sealed(with_tensors("", version), "")) ==
          "metadata \"format_version\" is \"" + std::string(version) + "\", must be a whole number of at least 1");
  }
}

TEST_CASE("checkpoint: the checks of the layout, through load") {
  const std::string twice =
      R"("q":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"q":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  CHECK(loading(file_of(with_tensors(twice), "a")) == "tensor \"q\" appears twice, must appear once");
  CHECK(loading(sealed(with_tensors(R"("q":{"dtype":"F16","shape":[1],"data_offsets":[0,2]})"), "ab")) ==
        "tensor \"q\": dtype is \"F16\", must be F64, F32, I64, U64, I32, U32 or U8");
  CHECK(loading(sealed(with_tensors(R"("q":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})"), "ab")) ==
        "data section is 2 bytes, must be the 1 of the tensors");
  // 2^63 bytes, asked for by a file of 200: refused by arithmetic, not by the allocator.
  CHECK(loading(sealed(
            with_tensors(R"("q":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,9223372036854775808]})"),
            "")) == "data section is 0 bytes, must be the 9223372036854775808 of the tensors");
}

TEST_CASE("checkpoint: NaN and infinity are refused even with the right checksum") {
  const std::string q = R"("q":{"dtype":"F64","shape":[2],"data_offsets":[0,16]})";
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(loading(sealed(with_tensors(q), little_endian(1.0) + little_endian(infinity))) ==
        "tensor \"q\": value 1 is inf, must be finite");
  CHECK(loading(sealed(with_tensors(q), little_endian(std::uint64_t{0x7ff8000000000000U}) + little_endian(1.0))) ==
        "tensor \"q\": value 0 is nan, must be finite");
  CHECK(loading(sealed(with_tensors(q), little_endian(2.0) + little_endian(1.0))) == "accepted");
  const std::string f = R"("q":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  CHECK(loading(sealed(with_tensors(f), std::string("\x00\x00\x80\x7f", 4))) ==
        "tensor \"q\": value 0 is inf, must be finite");
}

TEST_CASE("checkpoint: a checksum that does not fit") {
  std::string damaged = small_file;
  damaged.back() = static_cast<char>(0xfe);
  const std::string body = small_header.substr(0, small_header.find("\"checksum\"")) +
                           small_header.substr(small_header.find("\"discount\""));
  auto canonical = body;
  canonical.erase(canonical.find_last_not_of(' ') + 1);
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx",
                static_cast<unsigned long long>(crc64_by_bits(canonical + damaged.substr(8 + small_header.size()))));
  CHECK(loading(damaged) ==
        "checksum is \"" + std::string(digits) + "\", must be the \"57bd43761a8669e5\" that was written");

  std::string capital = small_file;
  capital.replace(capital.find("57bd4376"), 16, "57BD43761A8669E5");
  CHECK(loading(capital) == "checksum is \"57bd43761a8669e5\", must be the \"57BD43761A8669E5\" that was written");
}

TEST_CASE("checkpoint: limits") {
  const std::uint64_t size = small_file.size();
  CHECK(loading(small_file, {.max_bytes = size}) == "accepted");
  CHECK(loading(small_file, {.max_bytes = size - 1}) ==
        "size is " + std::to_string(size) + " bytes, must be at most " + std::to_string(size - 1));
  CHECK(loading(small_file, {.max_header_bytes = 296}) == "accepted");
  CHECK(loading(small_file, {.max_header_bytes = 295}) == "header length is 296, must be at most 295");

  // The defaults, on sparse files: a gibibyte and a byte, and a header of 16 MiB and a byte.
  const scratch_folder folder;
  write_bytes(folder / "f", small_file);
  std::filesystem::resize_file(folder / "f", (1ULL << 30U) + 1);
  CHECK(refusal<checkpoint_error>([&] { (void)load(folder / "f"); }) ==
        (folder / "f").string() + ": size is 1073741825 bytes, must be at most 1073741824");
  write_bytes(folder / "g", little_endian((1U << 24U) + 1) + "{}");
  std::filesystem::resize_file(folder / "g", (1ULL << 25U));
  CHECK(refusal<checkpoint_error>([&] { (void)load(folder / "g"); }) ==
        (folder / "g").string() + ": header length is 16777217, must be at most 16777216");
}

TEST_CASE("checkpoint: what is not a regular file") {
  const scratch_folder folder;
  const auto loading_of = [](const std::filesystem::path& file) {
    return refusal<checkpoint_error>([&] { (void)load(file); });
  };
  CHECK(loading_of(folder / "none") == (folder / "none").string() + ": cannot be opened: No such file or directory");
  CHECK(loading_of(folder.path()) == folder.path().string() + ": is a directory, must be a regular file");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(loading_of(folder / "fifo") == (folder / "fifo").string() + ": is a fifo, must be a regular file");
  CHECK(loading_of("/dev/zero") == "/dev/zero: is a device, must be a regular file");
}

TEST_CASE("checkpoint: saving where it cannot be saved leaves what was there") {
  const scratch_folder folder;
  save(small(), folder / "f");
  checkpoint other;
  other.set("a", 1);
  const auto saving = [&](const std::filesystem::path& file) {
    return refusal<checkpoint_error>([&] { save(other, file); });
  };
  CHECK(saving(folder / "none" / "f") ==
        (folder / "none" / "f").string() + ": cannot be written: No such file or directory");
  CHECK(saving(folder / "f" / "g") == (folder / "f" / "g").string() + ": cannot be written: Not a directory");
  CHECK(saving(folder.path()) == folder.path().string() + ": is a directory, must be a regular file");
  CHECK(read_bytes(folder / "f") == small_file);
  CHECK(folder.files() == 1);
  save(other, folder / "f");
  CHECK(load(folder / "f") == other);
  CHECK(folder.files() == 1);
}

TEST_CASE("checkpoint: a file cut anywhere is refused, and so is one that goes on") {
  REQUIRE(loading(small_file) == "accepted");
  for (std::size_t n = 0; n < small_file.size(); ++n) {
    INFO("cut to " << n << " bytes");
    CHECK(loading(small_file.substr(0, n)) != "accepted");
  }
  CHECK(loading(small_file.substr(0, 20)) == "header length is 296, must be at most the 12 bytes that follow");
  CHECK(loading(small_file.substr(0, small_file.size() - 1)) ==
        "data section is 26 bytes, must be the 27 of the tensors");
  CHECK(loading(small_file + '\0') == "data section is 28 bytes, must be the 27 of the tensors");
}

TEST_CASE("checkpoint: a flipped bit anywhere is refused") {
  for (std::size_t bit = 0; bit < 8 * small_file.size(); ++bit) {
    std::string damaged = small_file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ static_cast<char>(1U << (bit % 8)));
    INFO("bit " << bit % 8 << " of byte " << bit / 8);
    CHECK(loading(damaged) != "accepted");
  }
}

TEST_CASE("checkpoint: random damage is refused or harmless") {
  const scratch_folder folder;
  const checkpoint original = small();
  headroom::engine random(2024);
  int harmless = 0;
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes = small_file;
    for (std::size_t k = 1 + random.below(4); k > 0 && !bytes.empty(); --k) {
      const std::size_t at = random.below(bytes.size());
      const std::size_t length = 1 + random.below(16);
      switch (random.below(5)) {
        case 0:
          bytes[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          bytes.erase(at, length);
          break;
        case 2:
          bytes.insert(at, bytes.substr(random.below(bytes.size()), length));
          break;
        case 3:
          bytes.insert(at, length, static_cast<char>(random.below(256)));
          break;
        default:
          bytes.replace(at, length, bytes.substr(random.below(bytes.size()), length));
          break;
      }
    }
    write_bytes(folder / "f", bytes);
    try {
      const checkpoint c = load(folder / "f");
      REQUIRE(c == original);
      ++harmless;
    } catch (const checkpoint_error& e) {
      REQUIRE(std::string(e.what()).starts_with((folder / "f").string() + ": "));
    }
  }
  INFO(harmless << " harmless");
  CHECK(harmless < 500);  // damage that undid itself, not a reader that looks at nothing
}

TEST_CASE("checkpoint: a forged header with the right checksum is refused, or stands for what it says") {
  // The checksum keeps random damage from the checks behind it, so the forger here puts it right after each change.
  // What is accepted must hold what its header names, and be saved and loaded to the same content; sanitizers see the
  // rest.
  const scratch_folder folder;
  headroom::engine random(99);
  std::istringstream list(
      R"(0 1 3 8 16 24 27 -1 1e3 1.0 4294967296 2305843009213693952 9223372036854775808 18446744073709551615 null true
         [] {} "" "U8" "F64" "F32" "I64" [1] [27] [3,9] [0,8] [0,27] [0,18446744073709551615])");
  const std::vector<std::string> words{std::istream_iterator<std::string>(list), {}};
  std::string start = small_header;
  start.replace(start.find("57bd4376"), 16, unsealed);
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < 6'000; ++i) {
    std::string header = start;
    for (std::size_t k = 1 + random.below(2); k > 0; --k) {
      // A whole token: what stands between two of , : [ ] { }.
      const std::size_t at = header.find_first_of(",:[", random.below(header.size()));
      if (at == header.npos) continue;
      const std::size_t end = header.find_first_of(",]}:", at + 1);
      if (end == header.npos) continue;
      header.replace(at + 1, end - at - 1, words[random.below(words.size())]);
    }
    const auto data = small_data.substr(0, random.below(8) == 0 ? random.below(28) : 27);
    const auto tree = nlohmann::json::parse(header, nullptr, false);
    const bool sealable = tree.is_object() && tree.contains("__metadata__") && tree["__metadata__"].is_object();
    write_bytes(folder / "f", sealable ? sealed(header, data) : file_of(header, data));
    try {
      const checkpoint c = load(folder / "f");
      REQUIRE(c.names().size() + 1 == tree.size());
      REQUIRE(c.settings().size() + 3 == tree["__metadata__"].size());
      if (accepted++ % 16 == 0) {  // each one waits for the disk
        save(c, folder / "g");
        REQUIRE(load(folder / "g") == c);
      }
    } catch (const checkpoint_error&) {
      ++refused;
    }
  }
  INFO(accepted << " accepted, " << refused << " refused");
  CHECK(accepted > 100);
  CHECK(refused > 3'000);
}

TEST_CASE("a header takes no more than four times its size in memory, or has too many entries") {
  const scratch_folder folder;
  const auto file = folder / "c.safetensors";
  const auto write = [&](const std::string& entries) {
    std::string json =
        "{\"__metadata__\":{\"format\":\"headroom\",\"format_version\":\"1\",\"checksum\":\"0\"" + entries + "}}";
    json.append((8 - json.size() % 8) % 8, ' ');
    const std::uint64_t length = json.size();
    write_bytes(file, std::string(reinterpret_cast<const char*>(&length), 8) + json);
    return static_cast<double>(json.size());
  };
  std::string said;
  const auto most = [&] {
    return static_cast<double>(
        most_bytes_in([&] { said = refusal<checkpoint_error>([&] { static_cast<void>(load(file)); }); }));
  };
  std::string many;
  for (int k = 0; k < 1'000'000; ++k) many += ",\"" + std::to_string(k) + "\":\"\"";
  double size = write(many);
  CHECK(most() <= 4 * size + 4096);
  CHECK(said == file.string() + ": header has more than 65536 entries");
  size = write(",\"long\":\"" + std::string(12'000'000, 'x') + "\"");
  CHECK(most() <= 4 * size + 4096);
  CHECK(said.find("checksum is") != said.npos);
  checkpoint c;
  for (int k = 0; k < 65'534; ++k) c.set(std::to_string(k), k);
  CHECK_THROWS_WITH(save(c, file), "checkpoint: number of settings and tensors is 65534, must be at most 65533");
}

TEST_CASE("a part of a checkpoint holds another one whole, beside what else is there") {
  checkpoint one;
  one.set("discount", 0.95);
  one.add("q", {2, 2}, std::vector<double>{1, 2, 3, 4});
  one.add("count", {}, std::vector<std::uint64_t>{7});
  checkpoint other;
  other.set("discount", "none");
  checkpoint all;
  all.set("discount", 1);
  all.add_part("one.", one);
  all.add_part("other.", other);
  all.add("q", {1}, std::vector<float>{9});
  CHECK(all.part("one.") == one);
  CHECK(all.part("other.") == other);
  CHECK(all.part("nobody.") == checkpoint{});
  CHECK(all.text("discount") == "1");
  CHECK_THROWS_WITH(all.add_part("one.", one), Catch::Contains("\"one.count\", must be new"));

  checkpoint outer;  // parts have parts
  outer.add_part("all.", all);
  CHECK(outer.part("all.").part("one.") == one);

  const scratch_folder folder;
  save(all, folder / "all");
  const checkpoint read = load(folder / "all").part("one.");
  CHECK(read == one);
  CHECK_THROWS_WITH(read.text("gone"), (folder / "all").string() + ": setting \"gone\" is missing");
}
