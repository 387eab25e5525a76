#include <headroom/ext/prometheus_history.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <headroom/io/streamed_trace.hpp>
#include <headroom/io/trace_options.hpp>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

// Answers query_range as Prometheus does: at most 11,000 points, a point at start, start + step, ... where `value`
// gives one. The second series begins in the second piece.
class ranges {
 public:
  explicit ranges(bool two) : two_(two), at_((answer_queries(), server_)) {}
  [[nodiscard]] std::string url() const { return at_.url(); }
  [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }

 private:
  void answer_queries() {
    server_.Post("/api/v1/query_range", [this](const httplib::Request& request, httplib::Response& response) {
      const double start = std::stod(request.get_param_value("start"));
      const double end = std::stod(request.get_param_value("end"));
      const double step = std::stod(request.get_param_value("step"));
      asked_.push_back(request.get_param_value("start") + ".." + request.get_param_value("end"));
      if ((end - start) / step > 11'000) {
        response.status = 400;
        response.set_content(R"({"status":"error","errorType":"bad_data","error":"exceeded maximum resolution"})",
                             "application/json");
        return;
      }
      std::string values;
      for (int k = 0; start + k * step <= end; ++k) {
        const auto t = static_cast<std::int64_t>(start + k * step);
        if (t == 1'700'000'640) continue;  // nobody scraped then
        values += (values.empty() ? "[" : ",[") + std::to_string(t) + ",\"" + std::to_string(t % 97) + "\"]";
      }
      std::string body = R"({"status":"success","data":{"resultType":"matrix","result":[)";
      body += R"({"metric":{"app":"shop"},"values":[)" + values + "]}";
      if (two_ && start > 1'700'000'040) body += R"(,{"metric":{"app":"zoo"},"values":[[1700660000,"1"]]})";
      response.set_content(body + "]}}", "application/json");
    });
  }

  bool two_;
  std::vector<std::string> asked_{};
  httplib::Server server_{};
  loopback_server at_;
};

const auto never = [](std::uint64_t, std::uint64_t) { return false; };

}  // namespace

TEST_CASE("a long history is asked for in pieces and joined without a seam") {
  ranges server(false);
  prometheus metrics{{.url = server.url()}};
  const double from = 1'700'000'040;
  const double to = from + 60.0 * 24'999;  // 25,000 points
  std::vector<std::uint64_t> told;
  const std::string json =
      prometheus_history(metrics, "load", {from, to, 60}, [&](std::uint64_t done, std::uint64_t all) {
        told.push_back(done);
        told.push_back(all);
        return false;
      });
  REQUIRE(server.asked().size() == 3);
  CHECK(server.asked()[0] == "1700000040..1700659980");
  CHECK(server.asked()[1] == "1700660040..1701319980");
  CHECK(server.asked()[2] == "1701320040..1701499980");
  CHECK(told == std::vector<std::uint64_t>{11'000, 25'000, 22'000, 25'000, 25'000, 25'000});

  const scratch_folder folder;
  write_bytes(folder / "range.json", json);
  const streamed_trace t(folder / "range.json", {.gap = trace_gap::zero});
  REQUIRE(t.size() == 25'000);
  CHECK(t.reading().filled == 1);
  std::vector<float> counts(t.size());
  t.read(0, counts);
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const auto time = 1'700'000'040 + 60 * static_cast<std::int64_t>(k);
    REQUIRE(counts[k] == static_cast<float>(k == 10 ? 0 : time % 97));
  }
  CHECK(refusal<std::exception>([&] { streamed_trace(folder / "range.json"); }).find("gap") != std::string::npos);
}

TEST_CASE("several series stay apart, for the reader to refuse by name") {
  ranges server(true);
  prometheus metrics{{.url = server.url()}};
  const std::string json = prometheus_history(metrics, "load", {1.7e9, 1.7e9 + 60.0 * 12'000, 60}, never);
  const scratch_folder folder;
  write_bytes(folder / "range.json", json);
  const std::string sentence = refusal<std::exception>([&] { streamed_trace(folder / "range.json"); });
  CHECK(sentence.find(R"(holds 2 series, {app="shop"}, {app="zoo"})") != std::string::npos);
  const streamed_trace shop(folder / "range.json", {.gap = trace_gap::hold, .series = "app=shop"});
  CHECK(shop.size() == 12'001);
}

TEST_CASE("the last step is not lost to rounding") {
  ranges server(false);
  prometheus metrics{{.url = server.url()}};
  // In doubles of this size 1.3 s less 1 s is a hair less than 0.3 s, and a third of it no whole step.
  static_cast<void>(prometheus_history(metrics, "load", {1'700'000'001, 1'700'000'001.3, 0.1}, never));
  CHECK(server.asked().back() == "1700000001..1700000001.3");
}

TEST_CASE("a piece that fails fails the whole history") {
  httplib::Server server;
  int pieces = 0;
  server.Post("/api/v1/query_range", [&](const httplib::Request&, httplib::Response& response) {
    if (++pieces == 2) {
      response.status = 503;
      response.set_content(R"({"status":"error","errorType":"timeout","error":"too slow"})", "application/json");
      return;
    }
    response.set_content(R"({"status":"success","data":{"resultType":"matrix","result":[]}})", "application/json");
  });
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  const prometheus_span span{1.7e9, 1.7e9 + 60.0 * 30'000, 60};
  const auto sentence = [&] {
    return refusal<prometheus_error>([&] { static_cast<void>(prometheus_history(metrics, "x", span, never)); });
  };
  CHECK(sentence() == at.url() + ": 503, timeout: too slow");
  CHECK(pieces == 2);
  // Stopped by the one who asked.
  CHECK(refusal<prometheus_error>([&] {
          static_cast<void>(prometheus_history(metrics, "x", span, [](auto, auto) { return true; }));
        }) == "stopped after 11000 points");
}

TEST_CASE("a history that the server calls incomplete is refused") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  const auto sentence = [&](const std::string& body) {
    at.answers(body);
    return refusal<prometheus_error>([&] { static_cast<void>(prometheus_history(metrics, "x", {1, 100, 1}, never)); });
  };
  CHECK(
      sentence(R"({"status":"success","warnings":["one store is down"],"data":{"resultType":"matrix","result":[]}})") ==
      "the history is not whole: one store is down");
  CHECK(sentence(R"({"status":"success","data":{"resultType":"vector","result":[]}})") ==
        "the answer is a vector, must be a matrix");
  CHECK(sentence(R"({"status":"success","data":{"resultType":"matrix","result":[)") ==
        "the answer is not what Prometheus answers, or cut off");
}

TEST_CASE("a span that cannot be asked for is refused") {
  const auto refused = [](const prometheus_span& s) {
    return refusal<std::invalid_argument>([&] { static_cast<void>(checked(s)); });
  };
  CHECK(refused({100, 100, 1}) == "prometheus_history: to_s is 100, must be after from_s");
  CHECK(refused({100, 200, 0}).find("step_s is 0") != std::string::npos);
  CHECK(refused({100, 200, 101}).find("step_s is 101") != std::string::npos);
  CHECK(refused({0, 1e9, 1}).find("must be below 10 million") != std::string::npos);
  CHECK(refused({-1, 1e9, 1}).find("from_s is -1") != std::string::npos);
  CHECK(refused({100, 200, 1}) == "accepted");
}
