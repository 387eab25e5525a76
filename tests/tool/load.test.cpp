#include <string>
#include <vector>

#include "catch.hpp"
#include "tool/tool.hpp"

// A recorded load in all the shapes in which it comes, and all that can be asked of it.

namespace {

using nlohmann::json;

std::string two(int n) {
  std::string text(n < 10 ? "0" : "");
  return text.append(std::to_string(n));
}

std::vector<int> some_counts() {
  std::vector<int> counts;
  for (int k = 0; k < 80; ++k) counts.push_back(k % 10 == 5 ? 900 : 100 + 7 * k % 400);
  return counts;
}

// What a constant policy met on each episode: a fingerprint of the load.
json episodes_on(const scratch_folder& folder, const std::string& how) {
  INFO(how);
  const tool_run run = run_tool(folder, "compare --no-bound --policies constant:12 --episodes 4 --json r.json " + how);
  INFO(run.err);
  REQUIRE(run.code == 0);
  return read_json(folder / "r.json").at("policies")[0].at("episodes");
}

std::string minutes(const std::vector<int>& counts) {
  std::string text = "minute,requests\n";
  for (std::size_t k = 0; k < counts.size(); ++k) text += std::to_string(k) + ',' + std::to_string(counts[k]) + '\n';
  return text;
}

}  // namespace

TEST_CASE("the same load gives the same results in every shape") {
  const scratch_folder folder;
  const std::vector<int> counts = some_counts();
  write_bytes(folder / "minutes.csv", minutes(counts));
  std::string dates = "timestamp,count\n";
  std::string plain = "requests\n";
  std::string head = "HashOwner,HashApp,HashFunction,Trigger";
  std::string half = "o,a,f,http";
  std::string other = "o,a,g,timer";
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const int minute = static_cast<int>(k);
    dates += "2024-02-29T" + two(23 - 2 + (minute + 60) / 60) + ':' + two(minute % 60) + ":00Z," +
             std::to_string(counts[k]) + "\r\n";
    plain += std::to_string(counts[k]) + '\n';
    head += ',' + std::to_string(minute + 1);
    half += ',' + std::to_string(counts[k] / 2);
    other += ',' + std::to_string(counts[k] - counts[k] / 2);
  }
  write_bytes(folder / "dates.csv", dates);
  write_bytes(folder / "plain.csv", plain);
  write_bytes(folder / "azure.csv", head + '\n' + half + '\n' + other + '\n');
  const json expected = episodes_on(folder, "--trace minutes.csv");
  CHECK(episodes_on(folder, "--trace dates.csv") == expected);
  CHECK(episodes_on(folder, "--trace plain.csv --trace-interval 60") == expected);
  CHECK(episodes_on(folder, "--trace azure.csv") == expected);
  CHECK(episodes_on(folder, "--trace azure.csv --trace-function g") != expected);
}

TEST_CASE("a load that is cut is the one whose rest was never there") {
  const scratch_folder folder;
  const std::vector<int> counts = some_counts();
  write_bytes(folder / "all.csv", minutes(counts));
  write_bytes(folder / "middle.csv", minutes({counts.begin() + 12, counts.begin() + 66}));
  const json expected = episodes_on(folder, "--trace middle.csv");
  CHECK(episodes_on(folder, "--trace all.csv --trace-from 720 --trace-to 3960") == expected);
  CHECK(episodes_on(folder, "--trace all.csv --trace-from 720 --trace-to 4020") != expected);
  const tool_run run = run_tool(
      folder,
      "compare --no-bound --policies constant:12 --episodes 1 --trace all.csv --trace-from 720 --trace-to 3960");
  CHECK(contains(run.out,
                 ", from 720 s on for 3240 s, episodes of 600 s at random places; learners train "
                 "on the first 2280 s, everything is evaluated on the rest"));
}

TEST_CASE("a short load goes on, and what is evaluated stays its last part") {
  const scratch_folder folder;
  // The last 6 minutes of 20 are evaluated, in episodes of 10: they come round.
  const auto write_load = [&](const std::string& name, int first, int last) {
    std::vector<int> counts;
    for (int k = 0; k < 20; ++k) counts.push_back(k % 10 == 5 ? 900 : k < 14 ? first : last);
    write_bytes(folder / name, minutes(counts));
  };
  write_load("a.csv", 100, 300);
  write_load("b.csv", 200, 300);
  write_load("c.csv", 100, 200);
  const auto episodes = [&](const std::string& name) {
    return episodes_on(folder, "--trace-repeat 3 --trace " + name);
  };
  CHECK(episodes("a.csv") == episodes("b.csv"));
  CHECK(episodes("a.csv") != episodes("c.csv"));
  const tool_run run = run_tool(
      folder, "compare --no-bound --policies constant:12 --episodes 1 --trace a.csv --trace-repeat 3 --trace-mean 4");
  CHECK(contains(run.out, "recorded trace a.csv, scaled from a mean of 3.833 to 4 requests a second, "));
  CHECK(contains(run.out, "everything is evaluated on the rest; each part is repeated 3 times"));
}

TEST_CASE(
    "how a recorded load was understood is told before anything runs, and options settle what the file does not") {
  const scratch_folder folder;
  const std::vector<int> counts = some_counts();
  write_bytes(folder / "plain.csv", minutes(counts));
  const json expected = episodes_on(folder, "--trace plain.csv");
  std::string milliseconds = "Timestamp;requests\n";
  std::string numbered = ",requests\n";
  std::string units = "when,requests\n";
  std::string counter = "minute,requests_total\n0,17\n";
  long long total = 17;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const std::string count = std::to_string(counts[k]) + '\n';
    milliseconds += std::to_string(1714671060000 + 60'000 * static_cast<long long>(k)) + ';' + count;
    numbered += std::to_string(k) + ',' + count;
    units += std::to_string(60 * k) + ',' + count;
    total += counts[k];
    counter += std::to_string(k + 1) + ',' + std::to_string(total) + '\n';
  }
  write_bytes(folder / "milliseconds.csv", milliseconds);
  write_bytes(folder / "numbered.csv", numbered);
  write_bytes(folder / "units.csv", units);
  write_bytes(folder / "counter.csv", counter);
  CHECK(episodes_on(folder, "--trace milliseconds.csv") == expected);
  CHECK(episodes_on(folder, "--trace numbered.csv --trace-interval 60") == expected);
  CHECK(episodes_on(folder, "--trace units.csv --trace-unit s") == expected);
  CHECK(episodes_on(folder, "--trace counter.csv --trace-counter") == expected);

  const auto run = [&](const std::string& how) {
    return run_tool(folder, "compare --no-bound --policies constant:12 --episodes 1 " + how);
  };
  CHECK(contains(run("--trace milliseconds.csv").err,
                 "headroom: milliseconds.csv: 80 rows of 60 s, 4800 s in all; times: epoch milliseconds; numbers: "
                 "requests; mean "));
  CHECK(contains(run("--trace plain.csv").out, "plain.csv, not scaled, peak 15 requests a second, on a farm of 24 "));

  const auto refused = [&](const std::string& how) {
    const tool_run r = run(how);
    CHECK(r.code == 2);
    CHECK(r.out.empty());
    CHECK(lines_in(r.err) == 1);
    return r.err;
  };
  CHECK(contains(refused("--trace numbered.csv"),
                 "time column has no name, which tells no unit, set --time-unit or --interval"));
  CHECK(contains(refused("--trace units.csv"), "time column is named 'when', which tells no unit, set --time-unit"));
  CHECK(contains(refused("--trace counter.csv"), "as a counter is: set --counter, and its differences are read"));
  CHECK(contains(refused("--trace plain.csv --trace-unit fortnight"),
                 "--time-unit: the unit is fortnight, must be s, ms, us, ns, min or h"));
  CHECK(contains(refused("--trace plain.csv --trace-gap guess"),
                 "--gap: the rule is guess, must be refuse, zero, hold or interpolate"));

  std::string holed = minutes(counts);
  holed.erase(holed.find("\n40,"), holed.find("\n41,") - holed.find("\n40,"));
  write_bytes(folder / "holed.csv", holed);
  CHECK(contains(refused("--trace holed.csv"), "time 41 leaves a gap, 40 was expected: set --gap, and it is filled"));
  CHECK(contains(run("--trace holed.csv --trace-gap hold").err, "; 1 row filled (hold)\n"));
}

TEST_CASE("import writes a clean trace of what it read, with the same line, and the tool reads it back") {
  const scratch_folder folder;
  const std::vector<int> counts = some_counts();
  write_bytes(folder / "minutes.csv", minutes(counts));
  std::string messy = "sep=;\r\nTimestamp;\"Requests \"\"all\"\"\"\r\n";
  for (std::size_t k = counts.size(); k-- > 0;) {
    messy +=
        std::to_string(1714671060000 + 60'000 * static_cast<long long>(k)) + ';' + std::to_string(counts[k]) + "\r\n";
  }
  write_bytes(folder / "messy.csv", messy);
  const tool_run run = run_tool(folder, "import messy.csv --out clean.csv");
  CHECK(run.code == 0);
  CHECK(run.out.empty());
  CHECK(lines_in(run.err) == 1);
  CHECK(contains(run.err,
                 "headroom: messy.csv: 80 rows of 60 s, 4800 s in all; times: epoch milliseconds; numbers: "
                 "requests; mean "));
  CHECK(contains(run.err, "; 79 rows out of order are sorted; no gaps\n"));
  CHECK(read_bytes(folder / "clean.csv").starts_with("t_s,requests\n0," + std::to_string(counts[0]) + "\n60,"));
  CHECK(episodes_on(folder, "--trace clean.csv") == episodes_on(folder, "--trace minutes.csv"));
  // Without --out to standard output; a second reading changes nothing.
  const tool_run again = run_tool(folder, "import clean.csv");
  CHECK(again.out == read_bytes(folder / "clean.csv"));
  // Fractions have as many digits as they need, large numbers no exponent.
  write_bytes(folder / "tenths.csv", "seconds,n\n0,100000000\n0.1,0.25\n0.2,3\n0.3,1\n");
  CHECK(run_tool(folder, "import tenths.csv").out == "t_s,requests\n0,100000000\n0.1,0.25\n0.2,3\n0.3,1\n");
}

TEST_CASE("every option of a file is understood by import and compare, under its older name as well") {
  const scratch_folder folder;
  const auto out = [&](const std::string& text, const std::string& how) {
    write_bytes(folder / "t.csv", text);
    const tool_run run = run_tool(folder, "import t.csv " + how);
    INFO(run.err);
    CHECK(run.code == 0);
    return run.out;
  };
  const std::string head = "t_s,requests\n";
  CHECK(out("when,n\n0,5\n2,7\n", "--time-unit min") == head + "0,5\n120,7\n");
  CHECK(out("when,n\n0,5\n2,7\n", "--trace-unit ms") == head + "0,5\n0.002,7\n");
  CHECK(out("5\n7\n", "--interval 30") == head + "0,5\n30,7\n");
  CHECK(out("5\n7\n", "--trace-interval 30") == head + "0,5\n30,7\n");
  CHECK(out("0,5\n1,7\n3,9\n", "--gap interpolate") == head + "0,5\n1,7\n2,8\n3,9\n");
  CHECK(out("0,5\n1,7\n3,9\n", "--trace-gap zero") == head + "0,5\n1,7\n2,0\n3,9\n");
  CHECK(out("0,5\n1,7\n2,9\n", "--counter") == head + "0,2\n1,2\n");
  CHECK(out("0,5\n1,7\n2,9\n", "--trace-counter") == head + "0,2\n1,2\n");
  CHECK(out("minute,requests_total\n0,5\n1,7\n", "--rising") == head + "0,5\n60,7\n");
  CHECK(out("0.5\n0.6\n2.5\n", "--arrivals") == head + "0,2\n1,0\n2,1\n");
  CHECK(out("minute,n\n0,5\n1,7\n", "--per-second") == head + "0,300\n60,420\n");
  CHECK(out("minute,a,b\n0,5,6\n1,7,8\n", "--count-column b") == head + "0,6\n60,8\n");
  CHECK(out("a,b\n5,0\n7,9\n", "--time-column b --count-column a --time-unit s") == head + "0,5\n9,7\n");
  CHECK(out("0,5\n0,7\n1,9\n", "--repeat sum") == head + "0,12\n1,9\n");
  CHECK(out("0,5\n0,7\n1,9\n", "--repeat last") == head + "0,7\n1,9\n");
  CHECK(out("minute,app,n\n0,x,5\n0,y,7\n1,x,9\n1,y,1\n", "--series app=y") == head + "0,7\n60,1\n");
  CHECK(out("minute:n\n0:5\n1:7\n", "--separator :") == head + "0,5\n60,7\n");
  CHECK(out("minute\tn, of x\n0\t5\n1\t7\n", "--separator tab") == head + "0,5\n60,7\n");
  CHECK(out("minute;n\n0;1.234\n1;2.000\n", "--decimal comma") == head + "0,1234\n60,2000\n");
  CHECK(out("minute;n\n0;1.250\n1;2.000\n", "--decimal point") == head + "0,1.25\n60,2\n");
}

TEST_CASE("a file that is not understood is refused by every command in one line, and so is an empty option") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& arguments) {
    INFO(arguments);
    const tool_run r = run_tool(folder, arguments);
    CHECK(r.code == 2);
    CHECK(r.out.empty());
    CHECK(lines_in(r.err) == 1);
    CHECK(r.err.starts_with("headroom: "));
    return r.err;
  };
  const std::vector<std::pair<std::string, std::string>> files{
      {"", "file is empty"},
      {"minute,n\n", "file has no rows"},
      {"minute,n\n0,5\n", "one row tells no interval, set --interval"},
      {"minute,n\n0,5\n1,-7\n", "n is -7, must not be negative"},
      {"minute,n\n0,5\n1,7\n1,8\n", "set --series if these are several, or --repeat if both count"},
      {"minute,n\n0,5\n1,7\n3,8\n", "set --gap, and it is filled"},
      {"minute,n\n0,5\n1,\n", "n is '', must be a number; set --gap, and it is filled"},
      {"time,a,b\n1714671060,1,2\n", "set --count-column"},
      {"date,time,n\n2024-01-01,00:00,1\n", "set --time-column"},
      {"minute;n\n0;1.234\n", "set --decimal"},
      {"requests\n1714671060\n1714671061\n", "set --arrivals, or set --rising to read them as counts"},
      {"PK\x03\x04", "is a ZIP archive"},
      {"\x1f\x8b\x08", "is compressed with gzip and ends early"},
      {"{\"data\":1}", "is JSON, and not what Prometheus answers to query_range"},
      {"\"minute,n\n0,5\n", "a quote that begins here never ends"}};
  for (const auto& [text, sentence] : files) {
    write_bytes(folder / "bad.csv", text);
    for (const std::string how : {"import bad.csv", "compare --no-bound --policies constant:12 --trace bad.csv"}) {
      const std::string err = refused(how);
      INFO(err);
      CHECK(contains(err, sentence));
    }
    refused("train --policy q-learning --out m --from-log bad.csv");
    refused("evaluate --model bad.csv");
  }
  refused("import missing.csv");
  refused("import .");
  write_bytes(folder / "good.csv", "minute,n\n0,5\n1,7\n");
  CHECK(contains(refused("import good.csv --separator :: "), "--separator: the mark is ::"));
  CHECK(contains(refused("import good.csv --series x"), "--series: the choice is x, must be pairs"));
  CHECK(contains(refused("import good.csv --counter --arrivals"), "--arrivals: the choice is made"));
  for (const std::string option :
       {"compare --policies", "compare --trace", "compare --json", "compare --csv", "train --policy",
        "train --from-log", "train --out", "evaluate --model", "import good.csv --out", "import good.csv --gap"}) {
    const std::string name = option.substr(option.find("--"));
    CHECK(contains(refused(option + " ''"), name + ": the value is empty, must be left out or say something"));
    CHECK(contains(refused(option + "="), name));
  }
  refused("import ''");
}
