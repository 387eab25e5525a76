#include <headroom/io/internal/trace_file.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/csv_trace.hpp>

#include <sys/stat.h>  // mkfifo

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

constexpr std::size_t rows = 3 * trace_file::rows_per_block + 1234;

// Counts of many lengths, some with a fraction.
std::vector<std::string> some_counts() {
  engine random(7);
  std::vector<std::string> counts;
  for (std::size_t k = 0; k < rows; ++k) {
    counts.push_back(std::to_string(random.below(std::size_t{1} << random.below(20))) + (k % 3 == 0 ? ".25" : ""));
  }
  return counts;
}

std::string timed(const std::vector<std::string>& counts) {
  std::string text = "second,requests\r\n";
  for (std::size_t k = 0; k < counts.size(); ++k) text += std::to_string(k) + ", " + counts[k] + "\r\n";
  return text;
}
std::string untimed(const std::vector<std::string>& counts) {
  std::string text = "\xef\xbb\xbf";
  for (const std::string& count : counts) text += count + '\n';
  return text + "\n\n";
}

void check_the_same(const trace_file& streamed, const trace& whole) {
  REQUIRE(streamed.size() == whole.size());
  CHECK(streamed.grid().interval_s == whole.interval_s());
  engine random(3);
  for (int k = 0; k < 200; ++k) {
    // Half of the places beside the end of a block, where it is easy to be off by one.
    std::size_t first = random.below(whole.size() + 1);
    if (k % 2 == 0)
      first = std::min(whole.size(), (1 + random.below(3)) * trace_file::rows_per_block - 2 + random.below(4));
    const std::size_t last = first + random.below(whole.size() - first + 1);
    INFO("rows " << first << " to " << last);
    std::vector<float> read(last - first);
    streamed.read(first, read);
    const std::vector<float> expected(whole.counts().begin() + static_cast<std::ptrdiff_t>(first),
                                      whole.counts().begin() + static_cast<std::ptrdiff_t>(last));
    REQUIRE((read == expected));
    const trace_file::summary s = streamed.over(first, last);
    CHECK(s.sum == std::accumulate(expected.begin(), expected.end(), 0.0));  // quarters add up without rounding
    CHECK(s.peak == (expected.empty() ? 0 : *std::max_element(expected.begin(), expected.end())));
  }
}

}  // namespace

TEST_CASE("any rows of a trace on disk are those of the same trace in memory") {
  const scratch_folder folder;
  for (const std::string& text : {timed(some_counts()), untimed(some_counts())}) {
    write_bytes(folder / "t.csv", text);
    check_the_same(trace_file(folder / "t.csv"), read_trace_csv(folder / "t.csv"));
  }
  std::string table = "HashOwner,HashApp,HashFunction,Trigger";
  for (int minute = 1; minute <= 1440; ++minute) table += "," + std::to_string(minute);
  for (const std::string function : {"f", "g"}) {
    table += "\no,a," + function + ",http";
    for (int minute = 1; minute <= 1440; ++minute)
      table += "," + std::to_string(minute * (function == "f" ? 7 : 3) % 11);
  }
  write_bytes(folder / "t.csv", table);
  check_the_same(trace_file(folder / "t.csv"), read_trace_csv(folder / "t.csv"));
  check_the_same(trace_file(folder / "t.csv", {.function = "g"}), read_trace_csv(folder / "t.csv", {.function = "g"}));
}

TEST_CASE("a counter, and a trace with gaps, are the same on disk as in memory") {
  const scratch_folder folder;
  std::string counter = "second,n\n";
  std::string holed = "second,n\n";
  double total = 0;
  for (std::size_t k = 0; k < 9000; ++k) {
    total = k % 4000 == 3999 ? 1 : total + static_cast<double>(k % 5) / 4;
    counter += std::to_string(k) + "," + std::to_string(total) + "\n";
    if (k % 7 != 3) holed += std::to_string(k) + "," + std::to_string(k % 11) + "\n";
  }
  write_bytes(folder / "t.csv", counter);
  check_the_same(trace_file(folder / "t.csv", {.counter = true}), read_trace_csv(folder / "t.csv", {.counter = true}));
  CHECK(trace_file(folder / "t.csv", {.counter = true}).reading().resets == 2);
  write_bytes(folder / "t.csv", holed);
  const trace_file filled(folder / "t.csv", {.gap = trace_gap::zero});
  check_the_same(filled, read_trace_csv(folder / "t.csv", {.gap = trace_gap::zero}));
  CHECK(filled.size() == 9000);
  CHECK(filled.reading().rows == 9000);
  CHECK(filled.reading().filled == 1286);
}

TEST_CASE("a trace on disk may be one row long") {
  const scratch_folder folder;
  write_bytes(folder / "t.csv", "5");
  const trace_file t(folder / "t.csv");
  CHECK(t.size() == 1);
  CHECK(t.over(0, 1).sum == 5);
  CHECK(t.over(0, 0).sum == 0);
  CHECK(t.over(1, 1).peak == 0);
}

TEST_CASE("rows that there are not cannot be read") {
  const scratch_folder folder;
  write_bytes(folder / "t.csv", "1\n2\n3\n");
  const trace_file t(folder / "t.csv");
  std::vector<float> out(3);
  CHECK_THROWS_WITH(t.read(1, out), "trace_file: the last row is 4, must be one of 3");
  CHECK_THROWS_WITH(t.read(4, {}), "trace_file: the last row is 4, must be one of 3");
  t.read(3, {});
  t.read(0, out);
  CHECK(out == std::vector<float>{1, 2, 3});
}

TEST_CASE("a trace on disk refuses what a trace in memory refuses") {
  const scratch_folder folder;
  const std::string name = (folder / "t.csv").string();
  const auto refused = [&](const std::string& text, const std::string& sentence,
                           const trace_csv_options& options = {}) {
    write_bytes(name, text);
    CHECK_THROWS_WITH(trace_file(name, options), name + sentence);
    CHECK_THROWS_WITH(read_trace_csv(name, options), name + sentence);
  };
  refused("", ":1:1: file is empty");
  refused("0,1\n1,2\n3,4\n", ":3:1: time 3 leaves a gap, 2 was expected: set gap, and it is filled");
  refused("0,1\n1,x\n", ":2:3: requests is 'x', must be a number");
  refused("0,1\n1,2\n", ":1:1: is no table of functions, which would begin with HashOwner, and has no function 'f'",
          {.function = "f"});
  refused("HashOwner,HashApp,HashFunction,Trigger,1\n", ":2:1: file has no rows");
  std::string late = timed(some_counts());
  late += std::to_string(rows) + ",nan\n";
  refused(late, ":" + std::to_string(rows + 2) + ":7: requests is nan, must be finite; set gap, and it is filled");
  CHECK_THROWS_WITH(trace_file(folder / "u.csv"), (folder / "u.csv").string() + ":1:1: cannot be opened");
  CHECK_THROWS_WITH(trace_file(name, {.interval_s = -1}),
                    "trace_file: interval_s is -1, must be zero or more, and finite");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(
      trace_file(folder / "pipe"),
      (folder / "pipe").string() + ": is a special file, must be a regular file: it is read again and again");
}

TEST_CASE("a trace that changes after it was checked is refused by name") {
  const scratch_folder folder;
  const auto name = folder / "t.csv";
  const std::string sentence = name.string() + ": changed after it was checked";
  const std::string text = untimed(some_counts());
  std::vector<float> out(100);
  const auto refused = [&](const std::string& why, const auto& change) {
    INFO(why);
    write_bytes(name, text);
    const trace_file t(name);
    t.read(8000, out);
    const auto time = std::filesystem::last_write_time(name);
    change(time);
    CHECK_THROWS_WITH(t.read(8000, out), sentence);
    CHECK_THROWS_WITH(t.over(1, rows), sentence);
  };
  refused("longer", [&](auto) { std::ofstream(name, std::ios::app) << "1\n"; });
  refused("shorter", [&](auto) { std::filesystem::resize_file(name, 100); });
  refused("later", [&](auto time) { std::filesystem::last_write_time(name, time + std::chrono::seconds(1)); });
  // As long and of the same time, but no longer a trace.
  refused("other rows", [&](auto time) {
    std::fstream(name) << std::string(text.size(), 'x');
    std::filesystem::last_write_time(name, time);
  });
  refused("one line", [&](auto time) {
    std::fstream(name) << std::string(text.size(), '1');
    std::filesystem::last_write_time(name, time);
  });
  // What took the name of the file is another one; this one is still there.
  write_bytes(name, text);
  const trace_file t(name);
  write_bytes(name, "1\n");
  t.read(8000, out);
  CHECK(to_text(out[0]) == to_text(std::stof(some_counts()[8000])));
}

TEST_CASE("the first reading of a trace shows how far it is, and can be stopped") {
  const scratch_folder folder;
  const auto name = folder / "t.csv";
  std::string text;
  while (text.size() < 5 * file_lines::block_size / 2) text += "1234567\n";
  write_bytes(name, text);
  std::vector<std::uint64_t> seen;
  const trace_file t(name, {}, [&](std::uint64_t done, std::uint64_t total) {
    CHECK(total == text.size());
    seen.push_back(done);
    return false;
  });
  CHECK(seen == std::vector<std::uint64_t>{1U << 20U, 2U << 20U, text.size()});
  CHECK_THROWS_AS(trace_file(name, {}, [](std::uint64_t, std::uint64_t) { return true; }), reading_stopped);
}
