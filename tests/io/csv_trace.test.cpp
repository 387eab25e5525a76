#include <headroom/io/csv_trace.hpp>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "skip.hpp"
#include "scratch.hpp"

using namespace headroom;
namespace fs = std::filesystem;

namespace {

// A file that is there as long as it is needed, in a folder of its own, since tests run side by side.
class temporary_file {
 public:
  explicit temporary_file(std::string_view text) { write_bytes(path(), std::string(text)); }

  [[nodiscard]] fs::path path() const { return scratch_ / "t.csv"; }
  [[nodiscard]] const fs::path& folder() const { return scratch_.path(); }

 private:
  scratch_folder scratch_;
};

trace read(std::string_view text, const trace_csv_options& options = {}) {
  const temporary_file file(text);
  return read_trace_csv(file.path(), options);
}

// What is said after the file's name; and that the exception's members say the same.
std::string refusal(std::string_view text, const trace_csv_options& options = {}) {
  const temporary_file file(text);
  try {
    static_cast<void>(read_trace_csv(file.path(), options));
  } catch (const csv_error& e) {
    const std::string what = e.what();
    const std::string name = file.path().string();
    const std::string place = ":" + std::to_string(e.line()) + ":" + std::to_string(e.column()) + ": ";
    CHECK(e.file() == file.path());
    REQUIRE(what.substr(0, name.size() + place.size()) == name + place);
    return what.substr(name.size() + 1);
  }
  return "nothing";
}

}  // namespace

TEST_CASE("a header names the unit") {
  const std::vector<float> counts{57, 43, 55};
  const std::string rows = "0,57\n1,43\n2,55\n";
  const struct {
    std::string name;
    double interval_s;
  } headers[] = {{"second", 1},   {"seconds", 1},   {"time_s", 1},  {"timestamp", 1}, {"minute", 60},
                 {"minutes", 60}, {"bin5min", 300}, {"hour", 3600}, {"hours", 3600}};
  for (const auto& header : headers) {
    INFO(header.name);
    const trace t = read(header.name + ",requests\n" + rows);
    CHECK(t.interval_s() == header.interval_s);
    CHECK(t.counts() == counts);
  }
  CHECK(read(rows).interval_s() == 1);
  CHECK(read("timestamp,count\n1700000000,1\n1700000015,2\n").interval_s() == 15);
}

TEST_CASE("times may be dates, whatever their column is called") {
  const std::vector<float> counts{57, 43, 55};
  for (const std::string header : {"", "timestamp,value\n", "ds,y\n", "\"when\",\"how many\"\n"}) {
    INFO(header);
    const trace minutes = read(header + "2024-02-28T23:59:00Z,57\n2024-02-29T00:00:00Z,43\n2024-02-29T00:01:00Z,55\n");
    CHECK(minutes.interval_s() == 60);
    CHECK(minutes.counts() == counts);
    CHECK(read(header + "2015-02-26 21:42:53,57\n2015-02-26 21:47:53,43\n2015-02-26 21:52:53,55").interval_s() == 300);
    CHECK(read(header + "\"2024-12-31 23:59:59.750\",57\n\"2025-01-01 00:00:00.000\",43\n").interval_s() == 0.25);
  }
  // Clocks that are put forward in spring are none of UTC's.
  CHECK(read("2024-03-31 01:30+01:00,1\n2024-03-31 03:00+02:00,2\n").interval_s() == 1800);
  CHECK(read("2024-03-31 01:30,1\n", {.interval_s = 1800}).interval_s() == 1800);
  CHECK(read("minute,requests\n2024-01-01 00:00:07,1\n2024-01-01 00:00:08,2\n", {.unit_s = 60}).interval_s() == 1);
}

TEST_CASE("dates that do not follow each other are refused") {
  const std::string two = "t,n\n2024-01-01 00:00,1\n2024-01-01 00:01,2\n";
  CHECK(refusal(two + "2024-01-01 00:03,3\n") ==
        "4:1: time 2024-01-01 00:03:00 leaves a gap, 2024-01-01 00:02:00 was expected: set gap, and it is filled");
  CHECK(refusal(two + "2024-01-01 00:01,3\n") ==
        "4:1: time 2024-01-01 00:01:00 stands in line 3 too, with another count, 2 and 3: write a zone if clocks were "
        "put "
        "back, or set repeat");
  CHECK(refusal(two + "2024-01-01 00:02,3\n2024-01-01 00:02:20,3\n") ==
        "5:1: time 2024-01-01 00:02:20 comes too soon, 2024-01-01 00:03:00 was expected: rows keep no step");
  CHECK(refusal("2024-01-01T00:00:00Z,1\n2024-01-01T02:00:00+02:00,2\n") ==
        "2:1: time 2024-01-01 00:00:00Z stands in line 1 too, with another count, 1 and 2: set series if these are "
        "several, or repeat if both count");
  CHECK(refusal("2024-01-01T00:00:00Z,1\n2024-01-01T00:00:09Z,2\n", {.interval_s = 10}) ==
        "2:1: rows are 9 s apart, interval_s is 10");
  CHECK(refusal("2024-01-01 00:00,1\n") == "1:1: one row tells no interval, set interval_s");
  const std::string law = "must be a time as in 2024-01-31 23:59:00";
  CHECK(refusal(two + " 2024-01-32 00:02,3\n") == "4:2: time is '2024-01-32 00:02', " + law);
  CHECK(refusal(two + "120,3\n") == "4:1: time is '120', " + law);
  CHECK(refusal("0,1\n2024-01-01 00:02,3\n") == "2:1: time is '2024-01-01 00:02', must be a number");
  CHECK(refusal("t,n\n31.1.2024,3\n") ==
        "2:1: time is '31.1.2024', must be a number or a time as in 2024-01-31 23:59:00");
}

TEST_CASE("a file may have one count a line") {
  const std::vector<float> counts{57, 0, 5.5};
  for (const std::string header : {"", "requests\n", "\"value\"\r\n", "\xef\xbb\xbf", "\xef\xbb\xbfinvocations\n"}) {
    INFO(header);
    const trace t = read(header + "57\n 0\r\n5.5");
    CHECK(t.counts() == counts);
    CHECK(t.interval_s() == 1);
    CHECK(read(header + "57\n", {.interval_s = 60}).interval_s() == 60);
  }
  CHECK(read("7\n").size() == 1);
  CHECK(read("7\n8\n", {.unit_s = 60}).interval_s() == 1);  // of a column that is not there
  CHECK(refusal("requests\n") == "2:1: file has no rows");
  CHECK(refusal("1\n2\n3,4\n") == "3:3: row has more than 1 column");
  CHECK(refusal("requests\n0,1\n") == "2:3: row has more than 1 column");
  CHECK(refusal("1\ntwo\n") == "2:1: requests is 'two', must be a number");
  CHECK(refusal("requests\nrequests\n") == "2:1: requests is 'requests', must be a number");
  CHECK(refusal("1\n -2\n") == "2:2: requests is -2, must not be negative");
  CHECK(refusal("1\n\n2\n") == "2:1: line is empty");
  CHECK(refusal("1.2.3\n2\n") == "1:1: requests is '1.2.3', must be a number");
}

TEST_CASE("the table of the Azure Functions traces is summed up, or one function of it is read") {
  const std::string table =
      "HashOwner,HashApp,HashFunction,Trigger,1,2,3\n"
      "o,a,f,http,1,0,16777216\n"
      "o,a,g,timer,2,0,1\n"
      "o,b,f,http,4,0.5,1\n";
  const trace all = read(table);
  CHECK(all.interval_s() == 60);
  CHECK(all.counts() == std::vector<float>{7, 0.5, 16777218});  // added up before they are rounded to floats
  CHECK(read(table, {.function = "g"}).counts() == std::vector<float>{2, 0, 1});
  CHECK(read(table, {.function = "f"}).counts() == std::vector<float>{5, 0.5, 16777216});
  CHECK(refusal(table, {.function = "h"}) == "1:1: there is no function 'h'");
  CHECK(read(table, {.interval_s = 60}).interval_s() == 60);
  CHECK(refusal(table, {.interval_s = 1}) == "1:1: columns are minutes, interval_s is 1");
  CHECK(refusal("0,1\n1,2\n", {.function = "f"}) ==
        "1:1: is no table of functions, which would begin with HashOwner, and has no function 'f'");
}

TEST_CASE("options stand above the header") {
  CHECK(read("millisecond,requests\n0,1\n500,2\n", {.unit_s = 0.001}).interval_s() == 0.5);
  CHECK(read("minute,requests\n0,1\n1,2\n", {.unit_s = 1}).interval_s() == 1);
  CHECK(read("minute,requests\n0,1\n1,2\n", {.interval_s = 60}).interval_s() == 60);
  CHECK(read("second,requests\n0,7\n", {.interval_s = 5}).interval_s() == 5);  // one row is then enough
}

TEST_CASE("line ends, blanks, a byte order mark and a missing last newline do no harm") {
  const std::vector<float> counts{1, 2.5};
  CHECK(read("0,1\n1,2.5").counts() == counts);
  CHECK(read("0,1\r\n1,2.5\r\n").counts() == counts);
  CHECK(read("0,1\r\n1,2.5").counts() == counts);
  CHECK(read("second,requests\r\n0,1\r\n1,2.5").counts() == counts);
  CHECK(read(" 0 ,\t1\n1 , 2.5 \n").counts() == counts);
  CHECK(read("\xef\xbb\xbfsecond,requests\n0,1\n1,2.5\n").counts() == counts);
  CHECK(read("0,1\n1,2.5\n\n \r\n").counts() == counts);
  CHECK(read("0,1e0\n1,0.25e1\n").counts() == counts);
}

TEST_CASE("times may begin anywhere, go in fractions, and be rounded") {
  CHECK(read("3,1\n4,2\n").duration_s() == 2);
  CHECK(read("0,1\n0.5,2\n1,3\n").interval_s() == 0.5);
  CHECK(read("0,1\n0.333,2\n0.667,3\n1,4\n1.333,5\n").size() == 5);
}

TEST_CASE("rows may come in any order") {
  const struct {
    std::string rows;
    std::uint64_t out_of_order;
  } orders[] = {{"5,1\n6,2\n7,0\n", 0}, {"7,0\n6,2\n5,1\n", 2}, {"5,1\n7,0\n6,2\n", 1}};
  for (const auto& one : orders) {
    INFO(one.rows);
    const temporary_file file("second,requests\n" + one.rows);
    trace_reading told;
    CHECK(read_trace_csv(file.path(), {}, &told).counts() == std::vector<float>{1, 2, 0});
    CHECK(told.out_of_order == one.out_of_order);
    CHECK(told.interval_s == 1);
  }
}

TEST_CASE("rows of one time are one if they are alike, and otherwise refused unless an option says what they are") {
  const std::string text = "second,requests\n0,1\n1,2\n1,4\n2,8\n";
  CHECK(refusal(text) ==
        "4:1: time 1 stands in line 3 too, with another count, 2 and 4: set series if these are several, "
        "or repeat if both count");
  CHECK(read(text, {.repeat = trace_repeat::sum}).counts() == std::vector<float>{1, 6, 8});
  CHECK(read(text, {.repeat = trace_repeat::last}).counts() == std::vector<float>{1, 4, 8});
  const temporary_file file("0,1\n1,2\n1,2\n2,8\n2,8\n2,8\n3,9\n");
  trace_reading told;
  CHECK(read_trace_csv(file.path(), {}, &told).counts() == std::vector<float>{1, 2, 8, 9});
  CHECK(told.repeated == 3);
  CHECK(told.rows == 4);
  // A count that is known stands above one that is not.
  CHECK(read("0,1\n1,\n1,3\n2,\n2,\n", {.gap = trace_gap::zero}).counts() == std::vector<float>{1, 3, 0});
}

TEST_CASE("times that leave a gap or come too soon are refused") {
  CHECK(refusal("0,1\n1,2\n3,4\n") == "3:1: time 3 leaves a gap, 2 was expected: set gap, and it is filled");
  CHECK(refusal("0,1\n10,2\n20,2\n23,3\n") == "4:1: time 23 comes too soon, 30 was expected: rows keep no step");
  CHECK(refusal("minute,requests\n0,1\n2,2\n", {.interval_s = 60}) == "3:1: rows are 120 s apart, interval_s is 60");
}

TEST_CASE("fields that are no numbers, or numbers that are no counts, are refused where they stand") {
  CHECK(refusal("0,1\n1,abc\n") == "2:3: requests is 'abc', must be a number");
  CHECK(refusal("0,1\n1,\n") == "2:3: requests is '', must be a number; set gap, and it is filled");
  CHECK(refusal("0,1\n1,12x\n") == "2:3: requests is '12x', must be a number");
  CHECK(refusal("0,1\n10.5.1,3\n") == "2:1: time is '10.5.1', must be a number");
  CHECK(refusal("0,1\n,3\n") == "2:1: time is '', must be a number");
  CHECK(refusal("0,1\n1,  -4\n") == "2:5: requests is -4, must not be negative");
  CHECK(refusal("0,1\n1,nan\n") == "2:3: requests is nan, must be finite; set gap, and it is filled");
  CHECK(refusal("0,1\n1,inf\n") == "2:3: requests is inf, must be finite");
  CHECK(refusal("0,1\n1,1e39\n") == "2:3: requests is 1e39, must be finite");  // no float
  CHECK(refusal("0,1\n1,1e999\n") == "2:3: requests is 1e999, must be finite");
  CHECK(refusal("nan,1\n1,2\n") == "1:1: time is nan, must be finite");
  CHECK(refusal("-1,1\n0,2\n") == "1:1: time is -1, must not be negative");
  CHECK(refusal("0,1\n0x10,2\n") == "2:1: time is '0x10', must be a number");
}

TEST_CASE("what a file holds comes into a message shortened and printable") {
  const std::string garbage = std::string("\x01\xff") + std::string(100, 'y');
  CHECK(refusal("0,1\n1," + garbage + "\n") ==
        "2:3: requests is '??" + std::string(38, 'y') + "...', must be a number");
  CHECK(refusal(std::string("0,1\n1,2\0", 8)) == "2:3: requests is '2?', must be a number");
}

TEST_CASE("rows of another width are refused") {
  CHECK(refusal("0,1\n1\n") == "2:2: row has 1 column, must have 2");
  CHECK(refusal("0,1\n12,3,4\n") == "2:6: row has more than 2 columns");
  CHECK(refusal("second,requests,errors\n0,1,2\n1,2\n") == "3:4: row has 2 columns, must have 3");
  CHECK(refusal("0:1\n") == "1:1: requests is '0:1', must be a number");
  CHECK(refusal("0,1\n\n1,2\n") == "2:1: line is empty");
  CHECK(refusal("\n0,1\n1,2\n") == "1:1: line is empty");
}

TEST_CASE("a header without a known unit is refused, a second header too") {
  CHECK(refusal("fortnight,requests\n0,1\n") ==
        "1:1: time column is named 'fortnight', which tells no unit, set unit_s");
  CHECK(refusal("second,requests\nsecond,requests\n") ==
        "2:1: time is 'second', must be a number or a time as in 2024-01-31 23:59:00");
  CHECK(refusal("second,1\n") == "1:1: time is 'second', must be a number or a time as in 2024-01-31 23:59:00");
}

TEST_CASE("files without a trace are refused") {
  CHECK(refusal("") == "1:1: file is empty");
  CHECK(refusal("second,requests\n") == "2:1: file has no rows");
  CHECK(refusal("0,1\n") == "1:1: one row tells no interval, set interval_s");
  const temporary_file file("0,1\n1,2\n");
  CHECK_THROWS_WITH(read_trace_csv(file.folder()), file.folder().string() + ":1:1: is a directory");
  const fs::path missing = file.folder() / "missing.csv";
  CHECK_THROWS_WITH(read_trace_csv(missing), missing.string() + ":1:1: cannot be opened");
  CHECK_THROWS_AS(read_trace_csv(missing), std::invalid_argument);
}

TEST_CASE("more rows than agreed are refused by name") {
  CHECK(refusal("0,1\n1,2\n2,3\n", {.max_rows = 2}) == "3:1: more than 2 rows, raise max_rows");
  CHECK(read("0,1\n1,2\n2,3\n", {.max_rows = 3}).size() == 3);
}

TEST_CASE("bad options are refused") {
  CHECK_THROWS_WITH(read_trace_csv("t.csv", {.unit_s = -1}),
                    "read_trace_csv: unit_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(read_trace_csv("t.csv", {.interval_s = -1}),
                    "read_trace_csv: interval_s is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(read_trace_csv("t.csv", {.interval_s = std::nan("")}),
                    "read_trace_csv: interval_s is nan, must be zero or more, and finite");
  CHECK_THROWS_WITH(read_trace_csv("t.csv", {.max_rows = 0}), "read_trace_csv: max_rows is 0, must be at least 1");
}

TEST_CASE("a line that never ends is refused, not kept") {
  std::string text = "0,1\n1,";
  text.append(3U << 20U, '1');
  CHECK(refusal(text) == "2:1: line is longer than 1048576 characters");
}

TEST_CASE("a line may lie across the blocks in which a file is read") {
  // Lines of 16 characters never end where a block of 2^20 does, once a first one has shifted them.
  std::string text = "second,requests\r\n";
  const std::size_t rows = 200'000;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::string number = std::to_string(i);
    text += std::string(9 - number.size(), '0') + number + "," + std::to_string(10'000 + i % 77) + "\n";
  }
  const trace t = read(text);
  REQUIRE(t.size() == rows);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < rows; ++i) wrong += t.counts()[i] == static_cast<float>(10'000 + i % 77) ? 0U : 1U;
  CHECK(wrong == 0);
  text += "garbage\n";
  CHECK(refusal(text) == "200002:8: row has 1 column, must have 2");
}

TEST_CASE("ten million rows take four bytes each") {
  constexpr std::size_t rows = 10'000'000;
  const temporary_file file("");
  {
    std::ofstream out(file.path(), std::ios::binary);
    std::vector<char> block(1U << 20U);
    std::size_t used = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      if (used + 32 > block.size()) {
        out.write(block.data(), static_cast<std::streamsize>(used));
        used = 0;
      }
      char* end = std::to_chars(block.data() + used, block.data() + block.size(), i).ptr;
      *end++ = ',';
      *end++ = static_cast<char>('0' + i % 7);
      *end++ = '\n';
      used = static_cast<std::size_t>(end - block.data());
    }
    out.write(block.data(), static_cast<std::streamsize>(used));
  }
  const trace t = read_trace_csv(file.path());
  CHECK(t.size() == rows);
  CHECK(t.counts().capacity() < std::size_t{1} << 24U);  // where doubling would have ended
  CHECK(t.counts().back() == static_cast<float>((rows - 1) % 7));
  const double mean = t.mean_per_s();
  CHECK(mean == Approx(3).epsilon(1e-6));
}

TEST_CASE("times since 1970 tell their unit by their magnitude, whatever their column is called") {
  const std::vector<float> counts{100, 137, 124};
  const struct {
    std::string zeros;
    std::string_view unit;
  } units[] = {{"", "epoch seconds"},
               {"000", "epoch milliseconds"},
               {"000000", "epoch microseconds"},
               {"000000000", "epoch nanoseconds"}};
  for (const auto& [zeros, unit] : units) {
    for (const std::string header : {"", "timestamp,requests\n", "Timestamp,requests\n", "time,n\n", "ts,n\n"}) {
      INFO(unit << ' ' << header);
      const temporary_file file(header + "1714671060" + zeros + ",100\n1714671120" + zeros + ",137\n1714671180" +
                                zeros + ",124\n");
      trace_reading told;
      const trace t = read_trace_csv(file.path(), {}, &told);
      CHECK(t.interval_s() == Approx(60).epsilon(1e-12));
      CHECK(t.counts() == counts);
      CHECK(told.times == unit);
      CHECK(told.rows == 3);
    }
  }
  // A name that tells a unit is believed, and so is unit_s.
  CHECK(read("Minute,n\n200000000,1\n200000001,2\n").interval_s() == 60);
  CHECK(read("timestamp,n\n1714671060,1\n1714671061,2\n", {.unit_s = 3600}).interval_s() == 3600);
  CHECK(read("time_ms,n\n0,1\n500,2\n").interval_s() == 0.5);
  CHECK(refusal("time,n\n0,1\n60,2\n") == "1:1: time column is named 'time', which tells no unit, set unit_s");
}

TEST_CASE("a column without a name holds row numbers, and interval_s must be set") {
  const std::string text = ",requests\n0,100\n1,101\n2,102\n";
  CHECK(refusal(text) == "1:1: time column has no name, which tells no unit, set unit_s or interval_s");
  const temporary_file file(text);
  trace_reading told;
  CHECK(read_trace_csv(file.path(), {.interval_s = 60}, &told).interval_s() == 60);
  CHECK(told.times == "row numbers");
  CHECK(refusal(",requests\n0,100\n1,101\n3,101\n", {.interval_s = 60}) ==
        "4:1: time 3 leaves a gap, 2 was expected: set gap, and it is filled");
}

TEST_CASE("rows may come early or late, and the interval is the median distance") {
  std::string drift = "seconds,requests\n0,5\n60,5\n";
  for (int k = 1; k < 40; ++k) drift += std::to_string(60 + 61 * k) + ",5\n";
  CHECK(read(drift).interval_s() == 61);
  // Half a second around each 15 s.
  std::string jitter = "seconds,requests\n";
  for (int k = 0; k < 101; ++k) jitter += std::to_string(15 * k + (k % 3 - 1) * 0.5 + 1) + ",5\n";
  CHECK(read(jitter).interval_s() == Approx(15).epsilon(1e-3));
  CHECK(read(jitter).size() == 101);
  // Each step within a tenth of the first one, and yet none that all keep: spread over intervals of the median.
  std::string creeping = "seconds,requests\n0,5\n100,5\n";
  for (int k = 1; k < 50; ++k) creeping += std::to_string(100 + (k < 28 ? 100 * k : 2700 + 109 * (k - 27))) + ",5\n";
  const temporary_file file(creeping);
  trace_reading told;
  const trace t = read_trace_csv(file.path(), {}, &told);
  CHECK(told.resampled);
  CHECK(t.interval_s() == 100);
  CHECK(t.size() == 53);
  CHECK(t.mean_per_s() * t.duration_s() == Approx(51 * 5).epsilon(1e-6));  // none is lost
  CHECK(t.counts().front() == 5);
  CHECK(t.counts()[40] == Approx(5 * 100.0 / 109));
}

TEST_CASE("what a gap means is said, or the file is refused") {
  const std::string text = "second,requests\n0,2\n10,4\n40,10\n50,8\n";
  CHECK(refusal(text) == "4:1: time 40 leaves a gap, 20 was expected: set gap, and it is filled");
  const auto with = [](trace_gap gap) { return trace_csv_options{.gap = gap}; };
  CHECK(read(text, with(trace_gap::zero)).counts() == std::vector<float>{2, 4, 0, 0, 10, 8});
  CHECK(read(text, with(trace_gap::hold)).counts() == std::vector<float>{2, 4, 4, 4, 10, 8});
  CHECK(read(text, with(trace_gap::interpolate)).counts() == std::vector<float>{2, 4, 6, 8, 10, 8});
  const temporary_file file(text);
  trace_reading told;
  static_cast<void>(read_trace_csv(file.path(), with(trace_gap::hold), &told));
  CHECK(told.rows == 6);
  CHECK(told.filled == 2);
  // A cell that is empty, NaN or null is a gap as well; at the end nothing can be interpolated.
  for (const std::string cell : {"", "NaN", "nan", "null", "N/A"}) {
    INFO(cell);
    const std::string holed = "0,2\n10," + cell + "\n20,6\n30," + cell + "\n";
    CHECK(refusal(holed).substr(0, 5) == "2:4: ");
    CHECK(read(holed, with(trace_gap::zero)).counts() == std::vector<float>{2, 0, 6, 0});
    CHECK(read(holed, with(trace_gap::hold)).counts() == std::vector<float>{2, 2, 6, 6});
    CHECK(read(holed, with(trace_gap::interpolate)).counts() == std::vector<float>{2, 4, 6});
    // Before the first known count there is nothing to hold: the trace begins with it.
    CHECK(read("0," + cell + "\n10,5\n20,6\n", with(trace_gap::hold)).counts() == std::vector<float>{5, 6});
    CHECK(read("0," + cell + "\n10,5\n20,6\n", with(trace_gap::zero)).counts() == std::vector<float>{0, 5, 6});
  }
  CHECK(refusal(text + "53,1\n", with(trace_gap::zero)) ==
        "6:1: time 53 comes too soon, 60 was expected: rows keep no step");
  // The last row is late: its requests are those of the intervals on which it lies.
  CHECK(read(text + "64,1\n", with(trace_gap::zero)).counts().size() == 7);
}

TEST_CASE("a counter is never taken for requests; as a counter its differences are read") {
  const std::string rows = "1714671060,100\n1714671120,237\n1714671180,361\n1714671240,30\n1714671300,50\n";
  const std::string text = "timestamp,http_requests_total\n" + rows;
  CHECK(
      refusal(text) ==
      "1:11: column is named 'http_requests_total', as a counter is: set counter, and its differences are read, or set "
      "rising if these are the requests of each interval");
  CHECK(read(text, {.rising = true}).counts() == std::vector<float>{100, 237, 361, 30, 50});
  const temporary_file file(text);
  trace_reading told;
  // After a restart a counter begins at 0.
  CHECK(read_trace_csv(file.path(), {.counter = true}, &told).counts() == std::vector<float>{137, 124, 30, 20});
  CHECK(told.resets == 1);
  CHECK(told.counts == "values of a counter");
  CHECK(read("timestamp,n\n" + rows).counts() == std::vector<float>{100, 237, 361, 30, 50});
  // What came in a gap is spread over it, also in the last one.
  CHECK(read("second,n\n0,10\n1,20\n4,80\n5,81\n", {.gap = trace_gap::zero, .counter = true}).counts() ==
        std::vector<float>{10, 20, 20, 20, 1});
  CHECK(read("second,n\n0,10\n1,20\n2,21\n4,81\n", {.gap = trace_gap::hold, .counter = true}).counts() ==
        std::vector<float>{10, 1, 30, 30});
  CHECK(refusal("second,n\n0,10\n1,20\n2,21\n4,81\n", {.counter = true}) ==
        "5:1: time 4 leaves a gap, 3 was expected: set gap, and it is filled");
  CHECK(refusal("second,n\n0,10\n", {.counter = true}) == "2:1: one value of a counter tells no requests");
  // Large values lose nothing.
  CHECK(read("second,n\n0,9007199254740000\n1,9007199254740001\n2,9007199254740003\n", {.counter = true}).counts() ==
        std::vector<float>{1, 2});
  // Without times as well.
  CHECK(read("10\n20\n5\n", {.counter = true}).counts() == std::vector<float>{10, 5});

  const auto rising = [](double from, double by, int rows_of) {
    std::string out = "second,n\n";
    for (int k = 0; k < rows_of; ++k) out += std::to_string(k) + "," + to_text(from + by * k) + "\n";
    return out;
  };
  const std::string refused = "1:8: counts rise from row to row, from ";
  CHECK(refusal(rising(7, 10, 25)).starts_with(refused + "7 to 247, as those of a counter do: set counter, "));
  CHECK(refusal(rising(1e6, 1, 25)).starts_with(refused + "1e+06 to 1000024"));
  CHECK(read(rising(1e6, 1, 25), {.rising = true}).size() == 25);
  CHECK(read(rising(7, 10, 19)).size() == 19);  // too few rows to tell
  CHECK(read(rising(7, 0, 25)).size() == 25);
  CHECK(read(rising(7, 10, 25) + "25,200\n").size() == 26);         // a counter does not fall a little
  CHECK(refusal(rising(7, 10, 25) + "25,2\n26,9\n") != "nothing");  // but begins anew
}

TEST_CASE("the times of single arrivals are counted") {
  const auto counted = [](const std::string& text, const std::vector<float>& counts, trace_csv_options options = {}) {
    INFO(text);
    const temporary_file file(text);
    trace_reading told;
    const trace t = read_trace_csv(file.path(), options, &told);
    CHECK(t.counts() == counts);
    CHECK(t.interval_s() == (options.interval_s > 0 ? options.interval_s : 1));
    CHECK(told.counts == "single arrivals");
  };
  const std::string numbers = "1714671060.000\n1714671060.370\n1714671060.740\n1714671061.110\n1714671063\n";
  counted(numbers, {3, 1, 0, 1});
  counted("timestamp\n" + numbers, {3, 1, 0, 1});
  counted("n\n" + numbers, {3, 1, 0, 1}, {.arrivals = true});
  counted(numbers, {5}, {.interval_s = 60});
  counted("1714671060000\n1714671060370\n1714671061110\n", {2, 1});
  counted("2024-05-02 17:31:00\n2024-05-02 17:31:00.5\n2024-05-02 17:31:02\n", {2, 0, 1});
  // Intervals begin at whole multiples of their length; lines of a log may be out of order.
  counted("1714671119\n1714671121\n1714671120\n", {1, 2}, {.interval_s = 60, .arrivals = true});
  counted("path,ts,status\n/a,1714671119,200\n/b,1714671120,500\n", {1, 1}, {.interval_s = 60, .arrivals = true});
  counted("0.2\n0.7\n1.1\n", {2, 1}, {.arrivals = true});
  const std::string may_be =
      "may be the times of single arrivals or counts of requests: set arrivals, or set rising to read them as counts";
  CHECK(refusal("requests\n" + numbers) == "1:1: numbers like 1714671060 " + may_be);
  CHECK(refusal("1714671060\n1714671060\n1714671059\n") == "1:1: numbers like 1714671060 " + may_be);
  CHECK(read("1714671060\n1714671060\n1714671059\n", {.rising = true}).size() == 3);
  CHECK(refusal("1714671060\n9714671060\n", {.interval_s = 1, .arrivals = true}) ==
        "2:1: arrivals last for 8e+09 s, more than 50000000 intervals of 1 s: set interval_s");
}

TEST_CASE("a count that is not known is no header") {
  for (const std::string word : {"null", "N/A", "NaN", "none"}) {
    CHECK(refusal(word + "\n100\n137\n").substr(0, 17) == "1:1: requests is ");
    CHECK(refusal("0,1\n1," + word + "\n").substr(0, 5) == "2:3: ");
  }
}

TEST_CASE("separators, quotes, comments, and lines that end in CR alone") {
  const std::vector<float> counts{100, 137, 124};
  const std::string comma = "minute,requests\n0,100\n1,137\n2,124\n";
  const auto with = [&](char from, const std::string& to) {
    std::string text;
    for (const char c : comma) text += c == from ? to : std::string(1, c);
    return text;
  };
  const std::vector<std::string> texts{comma,
                                       with(',', ";"),
                                       with(',', "\t"),
                                       with('\n', "\r"),
                                       with('\n', "\r\n"),
                                       "sep=,\n" + comma,
                                       "sep=;\n" + with(',', ";"),
                                       "sep=|\r\n" + with(',', "|"),
                                       "# exported by a tool\n# twice\n" + comma,
                                       "\xef\xbb\xbf# with a mark\n" + comma,
                                       "\"minute\",\"requests, of \"\"app\"\"\"\n\"0\",\"100\"\n1,137\n2,\"124\"\n"};
  for (const std::string& text : texts) {
    INFO(text);
    const trace t = read(text);
    CHECK(t.interval_s() == 60);
    CHECK(t.counts() == counts);
  }
  CHECK(refusal("sep=;\n" + comma) ==
        "2:1: has commas, which may separate fields or be decimal: set separator or decimal");
  CHECK(refusal("\"0,1\n") == "1:1: a quote that begins here never ends: the file may be cut");
  CHECK(read("\"when\"\", in UTC\",n\n2024-01-01 00:00,1\n2024-01-01 00:01,2\n").size() == 2);
  CHECK(read(" \"second\", \"n, m\"\n \"0\",1\n1,2\n").size() == 2);
  CHECK(read("1\r2\r3").counts() == std::vector<float>{1, 2, 3});
}

TEST_CASE("what is damaged, or another kind of file, is refused by name") {
  using namespace std::string_literals;
  CHECK(refusal("\x1f\x8b\x08\x08garbage") == "1:1: is compressed with gzip and ends early");
  CHECK(refusal("PK\x03\x04..."s) ==
        "1:1: is a ZIP archive, as a spreadsheet (.xlsx) is: unpack it, or save the sheet as CSV");
  CHECK(refusal("\xff\xfe\0\0t\0\0\0"s) == "1:1: is UTF-32 text, convert it first: iconv -f UTF-32 -t UTF-8");
  CHECK(refusal("\xff\xfe"
                "0\0,"s) == "1:1: is UTF-16 text that ends in the middle of a character");
}

TEST_CASE("the public traces can be read, where they are") {
  const char* data = std::getenv("HEADROOM_SHARED_DATA");
  if (data == nullptr || !fs::is_directory(fs::path(data) / "traces")) {
    HEADROOM_SKIP("HEADROOM_SHARED_DATA names no folder with traces");
  }
  int files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(data) / "traces")) {
    if (entry.path().extension() != ".csv") continue;
    INFO(entry.path().string());
    const trace t = read_trace_csv(entry.path());
    CHECK(t.peak_per_s() > 0);
    CHECK(t.duration_s() >= 3600);
    const std::string name = entry.path().filename().string();
    if (name.find("per_second") != std::string::npos) CHECK(t.interval_s() == 1);
    if (name.find("per_minute") != std::string::npos) CHECK(t.interval_s() == 60);
    if (name.find("per_5min") != std::string::npos) CHECK(t.interval_s() == 300);
    ++files;
  }
  CHECK(files > 0);
}
