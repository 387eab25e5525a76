#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/csv_trace.hpp>
#include <headroom/io/internal/trace_file.hpp>

#include "catch.hpp"
#include "scratch.hpp"
#include "test_data.hpp"

// One load in every way in which people write it, and files of the kinds that people have.

using namespace headroom;

namespace {

std::string vendored(const std::string& name) { return test_data("traces/" + name); }

struct understood {
  std::vector<float> counts;
  trace_reading told;
};

// The same in memory and on disk.
understood read(const std::filesystem::path& file, const trace_csv_options& options = {}) {
  understood u;
  const trace t = read_trace_csv(file, options, &u.told);
  u.counts = t.counts();
  CHECK(u.told.interval_s == t.interval_s());
  const trace_file streamed(file, options);
  std::vector<float> again(streamed.size());
  streamed.read(0, again);
  CHECK((again == u.counts));
  CHECK(streamed.grid().interval_s == t.interval_s());
  CHECK(streamed.reading().times == u.told.times);
  return u;
}

std::string utf16(const std::string& ascii, bool big, bool mark) {
  std::string out = !mark ? "" : big ? "\xfe\xff" : "\xff\xfe";
  for (const char c : ascii) {
    if (big) out += '\0';
    out += c;
    if (!big) out += '\0';
  }
  return out;
}

// A load of quarters, so that all arithmetic on it is exact.
struct load {
  std::vector<float> counts;
  double interval_s = 60;
  std::uint64_t begin = 1'714'671'060;
};
load some_load(engine& random) {
  load l;
  constexpr double intervals[] = {1, 15, 60, 300, 3600};
  l.interval_s = intervals[random.below(5)];
  l.begin += random.below(100'000);
  const std::size_t size = 30 + random.below(200);
  for (std::size_t k = 0; k < size; ++k) l.counts.push_back(static_cast<float>(random.below(4000)) / 4);
  l.counts[7] = 3;  // neither rising nor constant
  l.counts[8] = 1;
  return l;
}

std::string swapped(std::string text, char from, char to) {
  std::replace(text.begin(), text.end(), from, to);
  return text;
}

}  // namespace

TEST_CASE("a random load that is written in every dialect is read back the same") {
  const scratch_folder folder;
  engine random(12);
  for (int round = 0; round < 40; ++round) {
    const load l = some_load(random);
    const auto count = [&](std::size_t k) { return to_text(l.counts[k]); };
    const auto second = [&](std::size_t k) {
      return l.begin + static_cast<std::uint64_t>(l.interval_s) * static_cast<std::uint64_t>(k);
    };
    struct written {
      std::string text;
      trace_csv_options options{};
    };
    std::vector<written> files;
    const auto rows = [&](const std::string& header, const std::string& separator, const auto& time,
                          const std::string& end = "\n") {
      std::string text = header.empty() ? "" : header + end;
      for (std::size_t k = 0; k < l.counts.size(); ++k) text += time(k) + separator + count(k) + end;
      return text;
    };
    const auto seconds = [&](std::size_t k) { return to_text(second(k)); };
    const auto date = [&](std::size_t k) {
      return time_stamp{static_cast<std::int64_t>(second(k)) * 1'000'000'000, false}.text();
    };
    const std::string plain = rows("timestamp,requests", ",", seconds);
    for (const std::string zeros : {"", "000", "000000", "000000000"}) {
      files.push_back({rows("Time,Requests", ",", [&](std::size_t k) { return seconds(k) + zeros; })});
    }
    files.push_back({rows("", ",", seconds)});
    files.push_back(
        {rows("when,n", ",", [&](std::size_t k) { return to_text(1 + 3 * k); }), {.unit_s = l.interval_s / 3}});
    files.push_back({rows(",n", ",", [&](std::size_t k) { return to_text(k); }), {.interval_s = l.interval_s}});
    files.push_back({rows("Date;Anfragen", ";", date)});
    files.push_back({swapped(rows("Date;Anfragen", ";", date), '.', ','), {.decimal = ','}});
    files.push_back({rows("date\tvalue", "\t", [&](std::size_t k) { return date(k) + "+00:00"; })});
    files.push_back({"\xef\xbb\xbfsep=|\r\n" + rows("ts|count", "|", seconds, "\r\n")});
    files.push_back(
        {rows("\"Time\",\"{app=\"\"a,b\"\"}\"", ",", [&](std::size_t k) { return '"' + seconds(k) + '"'; })});
    files.push_back({swapped(plain, '\n', '\r')});
    files.push_back({"# a comment\n#\n" + plain + "\n"});
    files.push_back({utf16(plain, false, true)});
    files.push_back({utf16(plain, true, true)});
    files.push_back({utf16(plain, true, false)});
    std::string alone = "requests\n";
    std::string others = "host,path,requests,latency_ms,ts\n";
    std::string json = R"({"data":{"resultType":"matrix","result":[{"metric":{"app":"shop"},"values":[)";
    std::vector<std::string> shuffled;
    std::string counter = "ts,hits_total\n";
    double total = 1e9;
    for (std::size_t k = 0; k < l.counts.size(); ++k) {
      alone += count(k) + "\n";
      others += "h,\"/a,\nb\"," + count(k) + "," + to_text(k) + "," + seconds(k) + "\n";
      json += (k == 0 ? "[" : ",[") + seconds(k) + ",\"" + count(k) + "\"]";
      shuffled.push_back(seconds(k) + "," + count(k) + "\n");
      if (k % 5 == 0) shuffled.push_back(shuffled.back());  // rows that came twice
      counter += seconds(k) + "," + std::to_string(total) + "\n";
      total += static_cast<double>(l.counts[k]);
      if (k == 20) total = 0;  // a restart: what came between is not known, so that nothing may have come
    }
    files.push_back({alone, {.interval_s = l.interval_s}});
    files.push_back({others});
    files.push_back({json + "]}]}}"});
    for (std::size_t k = shuffled.size() - 1; k > 0; --k) std::swap(shuffled[k], shuffled[random.below(k + 1)]);
    std::string mixed = "ts,requests\n";
    for (const std::string& row : shuffled) mixed += row;
    files.push_back({mixed});
    for (const written& file : files) {
      INFO(file.text.substr(0, 200));
      write_bytes(folder / "t.csv", file.text);
      const understood u = read(folder / "t.csv", file.options);
      REQUIRE((u.counts == l.counts));
      REQUIRE(u.told.interval_s == l.interval_s);
      REQUIRE(u.told.rows == l.counts.size());
      REQUIRE(u.told.filled == 0);
      REQUIRE_FALSE(u.told.resampled);
    }
    // A counter tells all but the last; after its restart it counts from 0.
    counter += seconds(l.counts.size()) + "," + std::to_string(total) + "\n";
    write_bytes(folder / "t.csv", counter);
    const understood u = read(folder / "t.csv", {.counter = true});
    REQUIRE(u.counts.size() == l.counts.size());
    for (std::size_t k = 0; k < u.counts.size(); ++k) {
      if (k != 20) REQUIRE(u.counts[k] == l.counts[k]);
    }
    REQUIRE(u.told.resets == 1);
  }
}

TEST_CASE("what is spread over intervals keeps its sum, whatever the jitter") {
  const scratch_folder folder;
  engine random(3);
  for (int round = 0; round < 50; ++round) {
    std::string text = "ts,n\n";
    double sum = 0;
    double at = 1'714'671'060;
    const double most = 0.02 + 0.4 * random.uniform();
    for (int k = 0; k < 200; ++k) {
      const auto n = static_cast<double>(random.below(100));
      sum += n;
      text += std::to_string(at) + "," + to_text(n) + "\n";
      at += 15 * (1 + most * (random.uniform() - 0.5));
    }
    write_bytes(folder / "t.csv", text);
    const understood u = read(folder / "t.csv");
    double told = 0;
    for (const float n : u.counts) told += static_cast<double>(n);
    CHECK(told == Approx(sum).epsilon(1e-5));
    CHECK(u.told.interval_s == Approx(15).epsilon(0.05));
  }
}

TEST_CASE("requests at a steady rate are steady in every interval, the last but one and the last too") {
  const scratch_folder folder;
  write_bytes(folder / "t.csv", "seconds,n\n0,40\n40,60\n100,80\n180,60\n240,50\n290,60\n");
  const std::vector<float> counts = read(folder / "t.csv").counts;
  REQUIRE(counts.size() == 6);
  for (std::size_t k = 0; k < 5; ++k) CHECK(counts[k] == Approx(60));
  CHECK(counts[5] == Approx(50));  // until 350 s
}

TEST_CASE("files of the kinds that people have are read, and what was understood is told") {
  const understood plain = read(vendored("plain.csv"));
  CHECK(plain.counts.size() == 40);
  for (const std::string name : {"stored.csv.gz", "fixed.csv.gz", "dynamic.csv.gz", "headers.csv.gz", "members.csv.gz",
                                 "utf16_big.csv", "utf16_unmarked.csv", "utf16.csv.gz", "grafana.csv"}) {
    INFO(name);
    const understood u = read(vendored(name));
    CHECK((u.counts == plain.counts));
    CHECK(u.told.interval_s == 60);
    CHECK(u.told.times == "epoch seconds");
  }
  const understood spreadsheet = read(vendored("spreadsheet.csv"));
  CHECK(spreadsheet.counts[1] == 137.5F);
  CHECK(spreadsheet.told.times == "dates without a zone");
  const understood events = read(vendored("events.csv"), {.arrivals = true});
  CHECK(events.counts.size() == 19);
  CHECK(events.counts[0] == 3);
  CHECK(events.told.counts == "single arrivals");
  CHECK_THROWS_WITH(
      read(vendored("events.csv")),
      vendored("events.csv") +
          ":1:1: no column is surely the count of requests, there are path, ts, status: set count_column");
  const understood cut = read(vendored("cut.csv"));
  CHECK(cut.counts.size() == 29);
  CHECK(cut.told.cut);
  CHECK_FALSE(plain.told.cut);
  CHECK_FALSE(plain.told.open_end);
  CHECK_THROWS_WITH(
      read(vendored("long.csv")),
      vendored("long.csv") +
          ":3:1: time 1714671060 stands in line 2 too, with another count, 100 and 7: set series if these "
          "are several, or repeat if both count");
  CHECK(read(vendored("long.csv"), {.series = "app=shop"}).counts == std::vector<float>{100, 101, 102, 103, 104});
  CHECK(read(vendored("long.csv"), {.repeat = trace_repeat::sum}).counts[4] == 111);
  const understood jitter = read(vendored("jitter.csv"));
  CHECK(jitter.counts.size() == 60);
  CHECK(jitter.told.interval_s == 15);
  CHECK(jitter.counts[3] == 10);
  CHECK_FALSE(jitter.told.resampled);
  const trace_csv_options shop{.gap = trace_gap::hold, .counter = true, .series = "app=shop"};
  const understood range = read(vendored("range.json"), shop);
  CHECK(range.counts == std::vector<float>{30, 30, 30, 20});
  CHECK(range.told.filled == 1);
  CHECK_THROWS_WITH(read(vendored("range.json"), {.series = "app=blog"}),
                    vendored("range.json") +
                        ":1:1: series http_requests_total{app=\"blog\"} rises as a counter does: set counter, and its "
                        "differences are read, or set rising if these are the requests of each interval");
}

TEST_CASE("a small gzip file that grows without end is refused") {
  CHECK_THROWS_WITH(
      read(vendored("bomb.csv.gz")),
      vendored("bomb.csv.gz") +
          ":1:1: is compressed with gzip and grows to more than 200 times its size; if it should, unpack it "
          "first: gunzip FILE");
}

TEST_CASE("what could be read in several ways is refused with the option that settles it") {
  const scratch_folder folder;
  const auto refusal = [&](const std::string& text, const trace_csv_options& options = {}) {
    write_bytes(folder / "t.csv", text);
    try {
      static_cast<void>(read(folder / "t.csv", options));
    } catch (const csv_error& e) {
      return std::string(e.what()).substr((folder / "t.csv").string().size() + 1);
    }
    return std::string("nothing");
  };
  const auto counts = [&](const std::string& text, const trace_csv_options& options = {}) {
    write_bytes(folder / "t.csv", text);
    return read(folder / "t.csv", options).counts;
  };
  using floats = std::vector<float>;
  CHECK(refusal("seconds,n\n0,NaN\n60,\n", {.gap = trace_gap::hold}) == "1:1: file has no row whose count is known");
  CHECK(refusal("seconds,n\n1714671060000,1\n1714671120000,2\n") ==
        "1:1: time column is named 'seconds', and 1714671060000 looks like epoch milliseconds: set unit_s");
  const std::string thousands = "minute;n\n0;1.100\n1;2.137\n";
  CHECK(refusal(thousands) == "2:3: n is 1.100, whose mark may be decimal or of thousands: set decimal");
  CHECK(counts(thousands, {.decimal = ','}) == floats{1100, 2137});
  CHECK(counts(thousands, {.decimal = '.'}) == floats{1.1F, 2.137F});
  const std::string wide = "time,shop,blog\n1714671060,1,2\n1714671120,3,4\n";
  CHECK(refusal(wide) ==
        "1:1: no column is surely the count of requests, there are time, shop, blog: set count_column");
  CHECK(counts(wide, {.count_column = "Blog"}) == floats{2, 4});
  CHECK(counts(wide, {.count_column = "2"}) == floats{1, 3});
  CHECK(refusal(wide, {.count_column = "x"}) == "1:1: count_column is 'x', must be one of time, shop, blog");
  CHECK(refusal(wide, {.time_column = "shop", .count_column = "shop"}) ==
        "1:1: time_column and count_column are the same column");
  CHECK(refusal("date,time,n\n2024-01-01,00:00,1\n") ==
        "1:1: more than one column may be the time, there are date, time, n: set time_column");
  CHECK(refusal("1,2,3\n4,5,6\n") ==
        "1:1: row has 3 columns without names, which of them is the time? set time_column to its number");
  CHECK(counts("5,0,7\n6,1,8\n", {.time_column = "2", .count_column = "3"}) == floats{7, 8});
  CHECK(refusal("time;requests, of shop\n0;1\n") ==
        "1:1: fields may be separated by one of several marks: set separator");
  CHECK(counts("minute;requests, of shop\n0;1\n1;3\n", {.separator = ';'}) == floats{1, 3});
  CHECK(refusal("minute,n\n0,5\n1,7,9\n") == "3:5: row has more than 2 columns");
  // A unit that a row under the header names, a separator behind the last column, requests a second.
  CHECK(counts("time,requests\n(min),(1)\n0,1\n1,4\n") == floats{1, 4});
  CHECK(counts("minute,n,\n0,1,\n1,4,\n") == floats{1, 4});
  CHECK(counts("minute,rps\n0,1\n1,4\n") == floats{60, 240});
  CHECK(counts("minute,n\n0,1\n1,4\n", {.per_second = true}) == floats{60, 240});
  CHECK(counts("time,rate\nmin,req/s\n0,1\n1,4\n") == floats{60, 240});
  // Comments between rows, and a name in one before them.
  CHECK(counts("# minute,n\n0,1\n# two hours later\n1,4\n") == floats{1, 4});
  CHECK(counts("id,minute,n\n#1,0,1\n#2,1,4\n") == floats{1, 4});
  // Only the last line may lack what a row needs.
  CHECK(refusal("minute,n\n0,1\n1\n2,3") == "3:2: row has 1 column, must have 2");
  CHECK(refusal("minute,n\n0,1\n1,\n") == "3:3: n is '', must be a number; set gap, and it is filled");
  CHECK(counts("minute,n\n0,1\n1,2\n2,") == floats{1, 2});
  CHECK(counts("minute,n\n0,1\n1,2\n2") == floats{1, 2});
  CHECK(counts("minute,n\n0,1\n1,2\n2,3") == floats{1, 2, 3});
  CHECK(refusal("0") == "nothing");
}
