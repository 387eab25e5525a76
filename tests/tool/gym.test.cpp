#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/baselines/stateless.hpp>
#include <headroom/run/evaluate.hpp>
#include <headroom/systems/scheduler/environment.hpp>
#include <headroom/systems/scheduler/published_reward.hpp>
#include <headroom/systems/scheduler/score.hpp>

#include "catch.hpp"
#include "tool/tool.hpp"

using namespace headroom;

// The pipe as another program writes and reads it: four bytes of length, and JSON. tests/package/check_python.py is the
// same through Python.

namespace {

std::string message(const std::string& text) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(text.size() >> shift & 0xFFU);
  return bytes + text;
}

struct talk {
  int code = -1;
  std::vector<nlohmann::json> answers{};
  std::string err{};
};

// What the program says to all of these bytes.
talk told(const std::string& arguments, const std::string& bytes) {
  const scratch_folder folder;
  write_bytes(folder / "in", bytes);
  const tool_run run = run_tool(folder, "gym " + arguments + " < in");
  talk t{run.code, {}, run.err};
  std::size_t at = 0;
  while (at < run.out.size()) {
    if (run.out.size() - at < 4) throw std::runtime_error("an answer is cut off");
    std::size_t length = 0;
    for (std::size_t k = 0; k < 4; ++k) length = length << 8U | static_cast<unsigned char>(run.out[at + k]);
    t.answers.push_back(nlohmann::json::parse(run.out.substr(at + 4, length)));
    at += 4 + length;
  }
  return t;
}

}  // namespace

TEST_CASE("gym: an episode over the pipe has the rewards and figures of the same episode here") {
  std::string all = message(R"({"reset":1000})");
  for (int k = 0; k < 360; ++k) all += message(R"({"step":4})");  // five replicas
  const talk t = told("--environment scheduler", all);
  CHECK(t.code == 0);
  CHECK(t.err.empty());
  REQUIRE(t.answers.size() == 362);
  const nlohmann::json& hello = t.answers[0];
  CHECK(hello.at("environment") == "scheduler");
  CHECK(hello.at("actions") == std::vector<std::string>{"1", "2", "3", "4", "5", "6"});
  CHECK(t.answers[1].at("observation").size() == hello.at("dimension").get<std::size_t>());

  stateless five{[](const scheduler::observation&) { return 5; }};
  const evaluation here = evaluate([](std::uint64_t seed) { return scheduler::environment(seed); }, five,
                                   seed_range(1000, 1), scheduler::score{scheduler::published_reward{}});
  const nlohmann::json& last = t.answers.back();
  CHECK(last.at("truncated") == true);
  CHECK(last.at("terminated") == false);
  CHECK(last.at("figures").size() == here.names.size());
  for (std::size_t m = 0; m < here.names.size(); ++m) {
    INFO(here.names[m]);
    CHECK(last["figures"].at(std::string(here.names[m])) == here.values[m][0]);
  }
  double sum = 0;
  for (std::size_t k = 2; k < t.answers.size(); ++k) sum += t.answers[k].at("reward").get<double>();
  CHECK(sum == Approx(here.of("total_reward")[0]).epsilon(1e-12));
  CHECK(t.answers[100].at("truncated") == false);
  CHECK_FALSE(t.answers[100].contains("figures"));
}

TEST_CASE("gym: every environment says what it is, and repeats an episode by its seed") {
  for (const char* environment : {"farm", "service", "scheduler", "teastore", "quota"}) {
    INFO(environment);
    const std::string episode = message(R"({"step":0})") + message(R"({"step":1})") + message(R"({"step":0})");
    const talk t = told(std::string("--environment ") + environment, message(R"({"reset":7})") + episode +
                                                                         message(R"({"reset":null})") + episode +
                                                                         message(R"({"reset":7})") + episode);
    CHECK(t.code == 0);
    REQUIRE(t.answers.size() == 13);
    for (std::size_t k = 1; k < 5; ++k) CHECK(t.answers[k] == t.answers[k + 8]);
    CHECK(t.answers[4] != t.answers[8]);  // of the next seed
    const double bound = t.answers[0].at("bound");
    for (const nlohmann::json& number : t.answers[3].at("observation")) CHECK(std::abs(number.get<double>()) <= bound);
    CHECK(t.answers[3].at("possible").size() == t.answers[0].at("actions").size());
  }
}

TEST_CASE("gym: an action that is not possible now is answered by the first of the menu, and that is said") {
  // The farm of a learner that sees the clock keeps at least eight workers: it begins with twelve.
  std::string all = message(R"({"reset":1000})");
  for (int k = 0; k < 8; ++k) all += message(R"({"step":1})");
  const talk t = told("", all);
  REQUIRE(t.answers.size() == 10);
  CHECK(t.answers[0].at("actions") == std::vector<std::string>{"hold", "-1", "+1"});
  CHECK(t.answers[2].at("executed") == 1);
  CHECK(t.answers[8].at("possible") == std::vector<bool>{true, false, true});
  CHECK(t.answers[9].at("executed") == 0);
}

TEST_CASE("gym: what cannot be understood is answered with a sentence, and the program goes on") {
  const talk t = told("--environment scheduler", message(R"({"step":0})") + message("{") + message(R"({"reset":-1})") +
                                                     message(R"({"reset":1})") + message(R"({"step":6})") +
                                                     message(R"({"step":"up"})") + message("[]") + message("") +
                                                     message(R"({"step":5})"));
  CHECK(t.code == 0);
  REQUIRE(t.answers.size() == 10);
  CHECK(t.answers[1].at("error") == "gym: step: no episode is under way, must be reset first");
  CHECK(t.answers[2].at("error") == "gym: the message is no JSON");
  CHECK(t.answers[3].at("error") == "gym: reset: seed is -1, must be null or a whole number from 0 on");
  CHECK(t.answers[4].contains("observation"));
  CHECK(t.answers[5].at("error") == "gym: step: action is 6, must be below 6");
  CHECK(t.answers[6].at("error") == "gym: step: action is \"up\", must be a whole number from 0 on");
  CHECK(t.answers[7].at("error") == R"(gym: the message is [], must be {"reset":SEED} or {"step":ACTION})");
  CHECK(t.answers[8].at("error") == "gym: the message is no JSON");
  CHECK(t.answers[9].at("executed") == 5);
}

TEST_CASE("gym: an input that ends within a message, or a message that is too long, is refused") {
  talk t = told("--environment scheduler", message(R"({"reset":1})").substr(0, 9));
  CHECK(t.code == 2);
  CHECK(t.err == "headroom: gym: the input ends within a message\n");
  t = told("--environment scheduler", message(R"({"reset":1})").substr(0, 4));  // its length alone
  CHECK(t.code == 2);
  CHECK(t.err == "headroom: gym: the input ends within a message\n");
  t = told("--environment scheduler", std::string("\xff\xff\xff\xff", 4));
  CHECK(t.code == 2);
  CHECK(t.err == "headroom: gym: a message has 4294967295 bytes, may have 65536\n");
  t = told("--environment no-such", "");
  CHECK(t.code == 2);
  CHECK(contains(t.err, "--environment: the name is no-such"));
}
