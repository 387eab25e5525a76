#include <headroom/io/streamed_trace.hpp>

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/io/csv_trace.hpp>
#include <headroom/workloads/trace_windows.hpp>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

// Two ways to the same load: on disk, and in memory.
struct both {
  scratch_folder folder;
  streamed_trace streamed;
  trace whole;

  explicit both(const std::string& text)
      : streamed((write_bytes(folder / "t.csv", text), folder / "t.csv")), whole(read_trace_csv(folder / "t.csv")) {}
};

std::string minutes(std::size_t n) {
  engine random(11);
  std::string text = "minute,requests\n";
  for (std::size_t k = 0; k < n; ++k) {
    text += std::to_string(k) + ',' + std::to_string(random.below(2000)) + (k % 5 == 0 ? ".3\n" : "\n");
  }
  return text;
}

std::vector<float> counts_of(const streamed_trace& t) {
  std::vector<float> counts(t.size());
  t.read(0, counts);
  return counts;
}

void check_equal(const streamed_trace& streamed, const trace& whole) {
  CHECK((counts_of(streamed) == whole.counts()));
  CHECK(streamed.interval_s() == whole.interval_s());
  CHECK(streamed.duration_s() == whole.duration_s());
  CHECK(streamed.peak_per_s() == whole.peak_per_s());
  CHECK(streamed.mean_per_s() == Approx(whole.mean_per_s()).epsilon(1e-6));
}

void check_same_windows(const arrival_source& streamed, const arrival_source& whole, int seeds) {
  arrivals a;
  arrivals b;
  std::size_t requests = 0;
  for (std::uint64_t seed = 0; seed < static_cast<std::uint64_t>(seeds); ++seed) {
    INFO("seed " << seed);
    streamed(seed, a);
    whole(seed, b);
    REQUIRE((a.time_s == b.time_s));
    REQUIRE((a.window == b.window));
    CHECK(a.phase_start_s == b.phase_start_s);
    CHECK(a.end_s == b.end_s);
    requests += a.size();
  }
  CHECK(requests > 0);
}

}  // namespace

TEST_CASE("a trace on disk gives the windows of one in memory, bit for bit") {
  const both t(minutes(10'000));
  check_equal(t.streamed, t.whole);
  CHECK(t.streamed.mean_per_s() == t.whole.mean_per_s());
  check_same_windows(streamed_windows(t.streamed, {.window_s = 600}), trace_windows(t.whole, {.window_s = 600}), 100);
  check_same_windows(streamed_windows(t.streamed.scaled_to_peak(8), {.window_s = 600}),
                     trace_windows(t.whole.scaled_to_peak(8), {.window_s = 600}), 100);
  check_same_windows(streamed_windows(t.streamed.scaled_to_mean(3), {.window_s = 60}),
                     trace_windows(t.whole.scaled_to_mean(3), {.window_s = 60}), 100);
  const trace_windows_options part{.window_s = 1200, .from_s = 6000, .to_s = 300'000};
  check_same_windows(streamed_windows(t.streamed, part), trace_windows(t.whole, part), 100);
  const trace_windows_options all{.window_s = 600'000};
  check_same_windows(streamed_windows(t.streamed.scaled_to_mean(1), all), trace_windows(t.whole.scaled_to_mean(1), all),
                     2);
}

TEST_CASE("windows of a part are windows of the whole that lie in it") {
  const both t(minutes(9'000));
  const double split_s = 60.0 * 6300;
  check_same_windows(streamed_windows(t.streamed.slice(0, split_s), {.window_s = 600}),
                     trace_windows(t.whole, {.window_s = 600, .to_s = split_s}), 50);
  check_same_windows(streamed_windows(t.streamed.slice(split_s, 540'000), {.window_s = 600}),
                     trace_windows(t.whole, {.window_s = 600, .from_s = split_s}), 50);
}

TEST_CASE("a streamed trace is cut, repeated and scaled as one in memory") {
  const both t(minutes(5'000));
  const auto cut = [](const auto& x) { return x.slice(60 * 4090.0, 60 * 4105.0); };
  check_equal(cut(t.streamed), cut(t.whole));
  check_equal(t.streamed.repeated(1), t.whole);
  check_equal(t.streamed.repeated(3), t.whole.repeated(3));
  check_equal(cut(t.streamed).repeated(4), cut(t.whole).repeated(4));
  check_equal(cut(t.streamed).repeated(2).repeated(2), cut(t.whole).repeated(4));
  check_equal(t.streamed.scaled_to_peak(5).repeated(2), t.whole.scaled_to_peak(5).repeated(2));
  // Round the seam, and exactly up to it.
  const auto round = [&](const auto& x) { return cut(x).repeated(4).slice(60 * 10.0, 60 * 52.0); };
  check_equal(round(t.streamed), round(t.whole));
  check_equal(round(t.streamed).slice(60 * 4.0, 60 * 20.0), round(t.whole).slice(60 * 4.0, 60 * 20.0));
  check_equal(round(t.streamed).slice(60 * 5.0, 60 * 20.0).repeated(2),
              round(t.whole).slice(60 * 5.0, 60 * 20.0).repeated(2));
  check_same_windows(streamed_windows(round(t.streamed), {.window_s = 60 * 20}),
                     trace_windows(round(t.whole), {.window_s = 60 * 20}), 50);
}

TEST_CASE("mean and peak of a part are its own") {
  std::string text;
  for (int k = 0; k < 12'000; ++k) text += k < 9'000 ? "2\n" : "10\n";
  const both t(text);
  CHECK(t.streamed.mean_per_s() == 4);
  CHECK(t.streamed.peak_per_s() == 10);
  const streamed_trace first = t.streamed.slice(0, 9'000);
  CHECK(first.mean_per_s() == 2);
  CHECK(first.peak_per_s() == 2);
  CHECK(t.streamed.slice(8'999, 9'001).mean_per_s() == 6);
  CHECK(t.streamed.slice(8'999, 9'001).peak_per_s() == 10);
  CHECK(first.scaled_to_peak(8).mean_per_s() == 8);
  CHECK(t.streamed.scaled_to_mean(2).slice(9'000, 12'000).peak_per_s() == 5);
}

TEST_CASE("windows of a streamed trace reach every place and say where they begin") {
  const both t("0,1\n10,2\n20,3\n30,4\n40,5\n");
  const streamed_windows source(t.streamed, {.window_s = 30});
  CHECK(source.places() == 3);
  std::set<double> begins;
  for (std::uint64_t seed = 0; seed < 100; ++seed) begins.insert(source.begin_s(seed));
  CHECK(begins == std::set<double>{0, 10, 20});
}

TEST_CASE("copies of a source share the file and outlive the first one") {
  arrivals a;
  arrivals b;
  arrival_source source;
  {
    const both t(minutes(100));
    const streamed_windows windows(t.streamed, {.window_s = 600});
    source = windows;
    windows(5, a);
  }
  source(5, b);  // the file's name is gone by now, the file is not
  CHECK(a.time_s == b.time_s);
}

TEST_CASE("a streamed trace refuses what a trace refuses") {
  const both t("0,1\n10,2\n20,3\n");
  const both nothing("0\n0\n");
  CHECK_THROWS_WITH(nothing.streamed.scaled_to_mean(5),
                    "trace: number of requests is 0, must be positive to be scaled");
  CHECK_THROWS_WITH(nothing.streamed.scaled_to_peak(5),
                    "trace: number of requests is 0, must be positive to be scaled");
  CHECK_THROWS_WITH(t.streamed.scaled_to_mean(-1), "trace: mean to scale to is -1, must be zero or more, and finite");
  CHECK_THROWS_WITH(t.streamed.scaled_to_peak(1e300), "trace: peak after scaling is inf, must be finite");
  CHECK_THROWS_WITH(t.streamed.slice(30, 40), "trace: from_s is 30, must be within the trace");
  CHECK_THROWS_WITH(t.streamed.slice(0, 31), "trace: to_s is 31, must come after from_s and not after the end");
  CHECK_THROWS_WITH(t.streamed.repeated(0),
                    "trace: number of repetitions is 0, must be at least 1, and the intervals still countable");
  CHECK_THROWS_WITH(t.streamed.repeated(2).slice(10, 60).repeated(2),
                    "trace: the part to repeat is 5, must be whole repetitions of 3 intervals");
  CHECK_THROWS_WITH(streamed_windows(t.streamed, {.window_s = 40}),
                    "trace_windows: window_s is 40, must fit between from_s and to_s");
  std::vector<float> out(2);
  CHECK_THROWS_WITH(t.streamed.read(2, out), "trace: the last interval is 4, must be one of 3");
}
