#include <headroom/io/classifier.hpp>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include <headroom/systems/quota/rules.hpp>

#include "catch.hpp"
#include "skip.hpp"
#include "scratch.hpp"

using namespace headroom;
namespace fs = std::filesystem;

namespace {

const std::string scaler = R"("mean": [1, -1], "scale": [2, 4.0])";
const std::string layers = R"("layers": [{"weights": [[1, -1], [-1, 1]], "bias": [0, -1]},
  {"weights": [[1, 0, 0], [0, 1e0, 0]], "bias": [0, 0, 0.25]}])";
const std::string probes = R"("probes": [{"input": [7, 3], "class": 0}, {"input": [1, 11], "class": 1}])";

std::string object(const std::string& a, const std::string& b, const std::string& c = R"("about": {"by": "us"})") {
  return "{" + a + ", " + b + ", " + c + "}";
}

}  // namespace

TEST_CASE("read_classifier: the numbers of the file, and its probes") {
  scratch_folder folder;
  const fs::path file = folder / "net.json";
  write_bytes(file, object(scaler, layers, probes));
  const auto read = read_classifier(file);
  CHECK(read.net.inputs() == 2);
  CHECK(read.net.classes() == 3);
  REQUIRE(read.probes.size() == 2);
  for (const auto& probe : read.probes) CHECK(read.net(probe.input) == probe.named);
  CHECK(read.net.scores(std::array{7.0, 3.0})[0] == 2);
  write_bytes(file, object(scaler, layers));
  CHECK(read_classifier(file).probes.empty());
}

TEST_CASE("read_classifier: a hostile file is refused by name, with what is wrong and where") {
  scratch_folder folder;
  const fs::path file = folder / "net.json";
  const auto says = [&](const std::string& text) {
    write_bytes(file, text);
    const std::string sentence = refusal<file_error>([&] { static_cast<void>(read_classifier(file)); });
    const std::string prefix = file.string() + ": ";
    return sentence.starts_with(prefix) ? sentence.substr(prefix.size()) : "NO NAME: " + sentence;
  };
  CHECK(says("") == "is not JSON from byte 1 on");
  CHECK(says("{\"mean\": [1, }") == "is not JSON from byte 14 on");
  CHECK(says(object(scaler, layers) + "x") ==
        "is not JSON from byte " + to_text(object(scaler, layers).size() + 1) + " on");
  CHECK(says(object(scaler, layers) + '\0' + "x") ==
        "has a zero byte at " + to_text(object(scaler, layers).size()) + ", must be JSON");
  CHECK(says("[1, 2]") == "is a list, must be an object");
  CHECK(says("3") == "is a number, must be an object");
  CHECK(says("null") == "is null, must be an object");
  CHECK(says(std::string(100'000, '[')) == "is nested deeper than 6");
  CHECK(says("{" + scaler + ", \"x\": " + std::string(50, '[') + std::string(50, ']') + "}") ==
        "is nested deeper than 6");
  CHECK(says(R"({"mean": [1], "mean": [2]})") == R"(entry "mean" appears twice, must appear once)");
  CHECK(says(R"({"mean": [1e999]})") == "is not JSON that can be read: a number or a text is beyond its bounds");
  CHECK(says(R"({"mean": [NaN]})") == "is not JSON from byte 11 on");
  CHECK(says("{}") == "there is no mean, must be there");
  CHECK(says("{" + scaler + "}") == "there is no layers, must be there");
  CHECK(says(R"({"mean": 1})") == "mean is a number, must be a list");
  CHECK(says(R"({"mean": [1, "2"]})") == "mean[1] is a text, must be a number");
  CHECK(says(R"({"mean": [1, true], "scale": []})") == "mean[1] is a boolean, must be a number");
  CHECK(says(object(scaler, R"("layers": 3)")) == "layers is a number, must be a list");
  CHECK(says(object(scaler, R"("layers": [3])")) == "layers[0] is a number, must be an object");
  CHECK(says(object(scaler, R"("layers": [{"bias": [1]}])")) == "there is no layers[0].weights, must be there");
  CHECK(says(object(scaler, R"("layers": [{"weights": [[1], 2], "bias": [1]}])")) ==
        "layers[0].weights[1] is a number, must be a list");
  CHECK(says(object(scaler, R"("layers": [{"weights": [[1], [null]], "bias": [1]}])")) ==
        "layers[0].weights[1][0] is null, must be a number");
  // What the numbers themselves have against each other says the classifier.
  CHECK(says(object(scaler, R"("layers": [])")) == "classifier: number of layers is 0, must be at least 1");
  CHECK(says(object(scaler, R"("layers": [{"weights": [[1], [1, 2]], "bias": [1]}])")) ==
        "classifier: length of row 1 of layer 0 is 2, must be the number of biases, 1");
  CHECK(says(object(R"("mean": [1, 2], "scale": [1, 0])", layers)) ==
        "classifier: scale 1 is 0, must be positive and finite");
  CHECK(says(object(R"("mean": [1], "scale": [1])", layers)) ==
        "classifier: number of rows of the weights of layer 0 is 2, must be the layer's number of inputs, 1");
  CHECK(says(object(scaler, layers, R"("probes": [{"input": [1], "class": 0}])")) ==
        "probes[0].input has 1 numbers, must have 2");
  for (const char* none : {"3", "-1", "1.5", "\"a\"", "18446744073709551616"}) {
    CHECK(says(object(scaler, layers, R"("probes": [{"input": [1, 2], "class": )" + std::string(none) + "}]")) ==
          "probes[0].class is none, must be a whole number below 3");
  }
  CHECK(says(std::string((4U << 20U) + 1, ' ')) == "has 4194305 bytes, must have at most 4194304");

  CHECK(refusal<file_error>([&] { static_cast<void>(read_classifier(folder.path())); }) ==
        folder.path().string() + ": is a directory, must be a regular file");
  CHECK(refusal<file_error>([&] { static_cast<void>(read_classifier(folder / "none")); }) ==
        (folder / "none").string() + ": cannot be opened: No such file or directory");
}

TEST_CASE("the published quota classifier agrees with its probes and finds its rules again, where it is") {
  const char* data = std::getenv("HEADROOM_SHARED_DATA");
  if (data == nullptr || !fs::exists(fs::path(data) / "quota_classifier.json") ||
      !fs::exists(fs::path(data) / "quota_decisions.csv")) {
    HEADROOM_SKIP("HEADROOM_SHARED_DATA names no folder with the quota classifier and its decisions");
  }
  const auto read = read_classifier(fs::path(data) / "quota_classifier.json");
  CHECK(read.net.inputs() == 7);
  CHECK(read.net.classes() == 4);
  REQUIRE(read.probes.size() == 9);
  for (const auto& probe : read.probes) CHECK(read.net(probe.input) == probe.named);

  // deployment_id,replicas,initial_cpu,applied_cpu,initial memory,applied memory,initial latency,applied latency,label
  std::ifstream in(fs::path(data) / "quota_decisions.csv");
  std::string line;
  std::getline(in, line);
  const quota::rules rules;
  int rows = 0;
  int by_net = 0;
  int by_rules = 0;
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    std::vector<double> x;
    for (std::string cell; std::getline(cells, cell, ',');) x.push_back(std::stod(cell));
    REQUIRE(x.size() == 9);
    const auto features = std::span<const double>(x).subspan(1, 7);
    const auto label = static_cast<std::size_t>(x[8]);
    by_net += read.net(features) == label;
    by_rules += rules(features) == label;
    ++rows;
  }
  CHECK(rows == 12'000);
  CHECK(by_net == 11'840);    // 0.9867, as its authors' network without the embedding
  CHECK(by_rules == 11'312);  // 0.943
}
