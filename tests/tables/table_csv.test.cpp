#include <headroom/tables/table_csv.hpp>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

#include "allocations.hpp"
#include "catch.hpp"
#include "skip.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

measurements read(const std::string& text, const table_csv_options& options = {}) {
  const scratch_folder folder;
  write_bytes(folder / "t.csv", text);
  return read_table_csv(folder / "t.csv", options);
}

// The refusal without the name of the file: "line:column: sentence".
std::string refused(const std::string& text, const table_csv_options& options = {}) {
  const scratch_folder folder;
  const std::filesystem::path file = folder / "t.csv";
  write_bytes(file, text);
  const std::string all = refusal<csv_error>([&] { (void)read_table_csv(file, options); });
  const std::string name = file.string() + ':';
  return all.starts_with(name) ? all.substr(name.size()) : all;
}

std::vector<double> all(const measurements& m) {
  std::vector<double> values;
  for (std::size_t r = 0; r < m.rows(); ++r) values.insert(values.end(), m.row(r).begin(), m.row(r).end());
  return values;
}

}  // namespace

TEST_CASE("a table is read with commas or with blanks, whichever its first line has") {
  const measurements commas = read("replica,cpu,tps\n1,4,24.5\n2, 5 ,-1e3\n");
  CHECK(commas.names() == std::vector<std::string>{"replica", "cpu", "tps"});
  CHECK(all(commas) == std::vector<double>{1, 4, 24.5, 2, 5, -1000});
  const measurements blanks = read("replica  cpu\ttps\n  1 4   24.5\n2\t5 -1e3  \n");
  CHECK(blanks.names() == commas.names());
  CHECK(all(blanks) == all(commas));
  CHECK(all(read("a\n1\n2")) == std::vector<double>{1, 2});
  CHECK(all(read("\xef\xbb\xbf\"a\",b\r\n1,2\r\n\r\n \n")) == std::vector<double>{1, 2});
}

TEST_CASE("a name that comes again gets a number") {
  const measurements m = read("re cpu cpu re cpu cpu_2\n1 2 3 4 5 6\n");
  CHECK(m.names() == std::vector<std::string>{"re", "cpu", "cpu_2", "re_2", "cpu_3", "cpu_2_2"});
}

TEST_CASE("tens of thousands of columns of one name are named in one pass") {
  // Comparing each name with every other one took a second for 2,048 columns, and minutes for these.
  std::string names = "a";
  std::string row = "1";
  for (int k = 1; k < 40'000; ++k) {
    names += ",a";
    row += ",1";
  }
  const measurements m = read(names + "\n" + row + "\n");
  REQUIRE(m.columns() == 40'000);
  CHECK(m.names()[39'999] == "a_40000");
  CHECK(refused(names + "\n" + row + "\n", {.columns = {"b"}}).ends_with("a_29, a_30 and 39970 more"));
}

TEST_CASE("only the wanted columns are read, and a comma in quotes ends no field") {
  const table_csv_options odd{.wanted = [](std::string_view name) { return name.size() == 1; }};
  const measurements m = read("a,\"b, or c\",d\n1,\"x, y\",2\n", odd);
  CHECK(m.names() == std::vector<std::string>{"a", "d"});
  CHECK(all(m) == std::vector<double>{1, 2});
}

TEST_CASE("columns are picked by name, in the order asked for, and the others are not looked at") {
  const measurements m = read("re heap who\n1 100 3-500-a\n2 200 7-100-b\n", {.columns = {"heap", "re"}});
  CHECK(m.names() == std::vector<std::string>{"heap", "re"});
  CHECK(all(m) == std::vector<double>{100, 1, 200, 2});
  CHECK(refused("re heap\n1 100\n", {.columns = {"cpu"}}) == "1:1: there is no column 'cpu', there are re, heap");
  CHECK(refused("re heap\n1 100\n", {.columns = {"re", "re"}}) == "1:1: column 're' is asked for twice");
}

TEST_CASE("nan is a number that was not measured") {
  const measurements m = read("a,b\nNaN,1\nnan,2\n");
  CHECK(m.rows() == 2);
  CHECK(std::isnan(m.row(0)[0]));
  CHECK(std::isnan(m.row(1)[0]));
  CHECK(m.row(1)[1] == 2);
}

TEST_CASE("what is no number is refused where it stands") {
  CHECK(refused("a,b\n1,2\n3,four\n") == "3:3: b is 'four', must be a number");
  CHECK(refused("a,b\n1,\n") == "2:3: b is '', must be a number");
  CHECK(refused("a,b\n1,0x10\n") == "2:3: b is '0x10', must be a number");
  CHECK(refused("a  b\n 1   3-500-500-0\n") == "2:6: b is '3-500-500-0', must be a number");
  CHECK(refused("a,b\n1,inf\n") == "2:3: b is inf, must be finite or nan");
  CHECK(refused("a,b\n1,1e999\n") == "2:3: b is 1e999, must be finite or nan");
  CHECK(refused("a,b\n1,\x01\xff\n") == "2:3: b is '?\?', must be a number");
}

TEST_CASE("rows of another length are refused") {
  CHECK(refused("a,b\n1,2\n3\n") == "3:2: row has 1 column, must have 2");
  CHECK(refused("a,b,c\n1,2\n") == "2:4: row has 2 columns, must have 3");
  CHECK(refused("a,b\n1,2,3\n") == "2:5: row has more than 2 columns");
  CHECK(refused("a b\n1 2 3\n") == "2:5: row has more than 2 columns");
  CHECK(refused("a b\n1 2\n3\n") == "3:2: row has 1 column, must have 2");
  CHECK(refused("a,b\n1,2\n\n3,4\n") == "3:1: line is empty");
  CHECK(refused("a,b,\n1,2,3\n") == "2:5: row has more than 2 columns");
}

TEST_CASE("a file without a table is refused") {
  CHECK(refused("") == "1:1: file is empty");
  CHECK(refused("\n\n") == "1:1: file is empty");
  CHECK(refused("a,b\n") == "2:1: file has no rows");
  const scratch_folder folder;
  CHECK_THROWS_WITH(read_table_csv(folder / "no.csv"), (folder / "no.csv").string() + ":1:1: cannot be opened");
  CHECK_THROWS_WITH(read_table_csv(folder.path()), folder.path().string() + ":1:1: is a directory");
  CHECK_THROWS_WITH(read_table_csv("t.csv", {.max_bytes = 0}), "read_table_csv: max_bytes is 0, must be at least 1");
}

TEST_CASE("a file that is too long is refused by its size alone") {
  const scratch_folder folder;
  const std::filesystem::path file = folder / "huge.csv";
  write_bytes(file, "a,b\n1,2\n");
  std::filesystem::resize_file(file, std::uintmax_t{2} << 30U);  // a hole: takes no room on the disk
  CHECK_THROWS_WITH(read_table_csv(file),
                    file.string() + ":1:1: has 2147483648 bytes, must have at most 268435456 (max_bytes)");
  CHECK(refused("a,b\n1,2\n", {.max_bytes = 7}) == "1:1: has 8 bytes, must have at most 7 (max_bytes)");
  CHECK(read("a,b\n1,2\n", {.max_bytes = 8}).rows() == 1);
}

TEST_CASE("a pipe is read until it is too long") {
  const scratch_folder folder;
  const std::filesystem::path pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto read_from = [&](const std::string& text, const table_csv_options& options) {
    std::thread writer([&] { std::ofstream(pipe) << text; });
    std::size_t rows = 0;
    std::string said = refusal<csv_error>([&] { rows = read_table_csv(pipe, options).rows(); });
    if (said == "accepted") said += ": " + std::to_string(rows) + " rows";
    writer.join();
    return said;
  };
  CHECK(read_from("a,b\n1,2\n3,4\n", {}) == "accepted: 2 rows");
  CHECK(read_from("a,b\n1,2\n3,4\n", {.max_bytes = 10}) ==
        pipe.string() + ":1:1: has more bytes, must have at most 10 (max_bytes)");
}

TEST_CASE("the TeaStore log can be read, where it is") {
  const char* data = std::getenv("HEADROOM_SHARED_DATA");
  const std::filesystem::path file = std::filesystem::path(data == nullptr ? "" : data) / "teastore_configurations.log";
  if (data == nullptr || !std::filesystem::exists(file)) {
    HEADROOM_SKIP("HEADROOM_SHARED_DATA names no folder with the TeaStore log");
  }
  const measurements m = read_table_csv(
      file, {.columns = {"re", "heap", "cpu", "inc_tps", "out_tps", "cpu_2", "cost", "cpu_3", "Qvalue"}});
  CHECK(m.rows() == 21'168);
  int missing_in = 0;
  int missing_out = 0;
  for (std::size_t r = 0; r < m.rows(); ++r) {
    missing_in += std::isnan(m.row(r)[3]) ? 1 : 0;
    missing_out += std::isnan(m.row(r)[4]) ? 1 : 0;
  }
  CHECK(missing_in == 139);
  CHECK(missing_out == 160);
  CHECK(m.row(0)[0] == 3);
  CHECK(m.row(0)[5] == 0.2353);
  CHECK(m.row(0)[7] == 0.5);
  CHECK_THROWS_WITH(read_table_csv(file), file.string() + ":2:115: actionstate is '3-500-500-0', must be a number");
}

TEST_CASE("a table in memory takes no more than four times its file") {
  const scratch_folder folder;
  for (const std::string row : {"1\n", "1,2\n", "1,22222222\n"}) {
    std::string text = row == "1\n" ? "a\n" : "a,b\n";
    for (int k = 0; k < 300'000; ++k) text += row;
    write_bytes(folder / "t.csv", text);
    std::size_t rows = 0;
    const std::int64_t bytes = most_bytes_in([&] { rows = read_table_csv(folder / "t.csv").rows(); });
    CHECK(rows == 300'000);
    // A block of the file is held as well.
    CHECK(static_cast<double>(bytes) <= 4.0 * static_cast<double>(text.size()) + 2.2 * (1U << 20U));
  }
}
