#include <headroom/ext/prometheus.hpp>

#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "ext/loopback.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

// As Prometheus 2.42 answered.
const std::string one_series =
    R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795310675.459,"12.5"]}]}})";
const std::string no_series = R"({"status":"success","data":{"resultType":"vector","result":[]}})";

std::string vector_of(const std::string& value) {
  return R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"a \"b\" [{"},"value":[1.5,)" +
         value + "]}]}}";
}
bool said(const prometheus& p, const std::string& part) { return p.said().find(part) != std::string::npos; }

}  // namespace

TEST_CASE("one value is read, whatever its notation") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  at.answers(one_series);
  const reading r = metrics.read("sum(rate(x[1m]))");
  CHECK(r.known());
  CHECK(r.value == 12.5);
  CHECK(r.age_s == 0);
  CHECK(metrics.said().empty());
  at.answers(R"({"status":"success","data":{"resultType":"scalar","result":[1795310675,"3"]}})");
  CHECK(metrics.read("3").value == 3);
  at.answers(vector_of(R"("-1e-05")"));
  CHECK(metrics.read("x").value == -1e-5);
  at.answers(vector_of(R"("+2")"));
  CHECK(metrics.read("x").value == 2);
  at.answers(vector_of(R"("0")"));
  CHECK(metrics.read("x").known());
  CHECK(metrics.read("x").value == 0);
}

TEST_CASE("the expression arrives as it was written") {
  httplib::Server server;
  loopback_server at(server);
  at.answers(one_series);
  prometheus metrics{{.url = at.url() + "/behind/a/proxy/", .timeout_s = 2.5}};
  const std::string expression = "sum(rate(http_requests_total{app=\"a&b=c+d%20\", code!~\"5..\"}[1m])) > 0 # ä";
  REQUIRE(metrics.read(expression).known());
  const httplib::Request asked = at.last();
  CHECK(asked.method == "POST");
  CHECK(asked.path == "/behind/a/proxy/api/v1/query");
  CHECK(asked.get_param_value("query") == expression);
  CHECK(asked.get_param_value("timeout") == "2.5s");
  CHECK(asked.get_header_value("User-Agent") == "headroom");
  CHECK_FALSE(asked.has_header("Authorization"));
}

TEST_CASE("what is not known is never a number") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  const auto why = [&](const std::string& body, int status = 200) {
    at.answers(body, status);
    const reading r = metrics.read("load");
    CHECK(std::isnan(r.value));
    CHECK_FALSE(metrics.said().empty());
    return r.why;
  };
  CHECK(why(no_series) == unknown_why::empty);
  CHECK(metrics.said() == "load: no series has a value now");
  CHECK(why(vector_of(R"("NaN")")) == unknown_why::not_finite);
  CHECK(why(vector_of(R"("+Inf")")) == unknown_why::not_finite);
  CHECK(said(metrics, "is inf"));
  CHECK(why(vector_of(R"("-Inf")")) == unknown_why::not_finite);
  CHECK(why(vector_of(R"("1e999")")) == unknown_why::not_finite);
  CHECK(why(vector_of(R"("")")) == unknown_why::failed);
  CHECK(why(vector_of(R"("7 replicas")")) == unknown_why::failed);
  CHECK(why(vector_of("7")) == unknown_why::failed);  // a number that is no text is not what Prometheus answers
  CHECK(why(R"({"status":"success","data":{"resultType":"vector","result":[
      {"metric":{"a":"1"},"value":[1,"5"]},{"metric":{"a":"2"},"value":[1,"6"]}]}})") == unknown_why::several);
  CHECK(metrics.said() == "load: 2 series, must be one: aggregate them, as in sum(...)");
  CHECK(why(R"({"status":"success","data":{"resultType":"string","result":[1795948674.912,"5"]}})") ==
        unknown_why::failed);
  CHECK(why(R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}})") ==
        unknown_why::failed);
  CHECK(said(metrics, "gives a matrix"));
}

TEST_CASE("an answer that is damaged or not Prometheus's is a failure") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  for (const std::string& body :
       {std::string(), std::string("<html>login</html>"), std::string("[]"), std::string("{}"),
        std::string(R"({"status":"success"})"), one_series.substr(0, one_series.size() - 1), one_series + "}",
        std::string(R"({"data":{"resultType":"vector","result":[{"metric":{},"value":[1,"5"]}]}})"),
        "{\"status\":\"success\",\"data\":" + std::string(100, '[') + std::string(100, ']') + "}"}) {
    INFO(body);
    at.answers(body);
    CHECK(metrics.read("load").why == unknown_why::failed);
    CHECK(said(metrics, at.url() + ": not what Prometheus answers"));
  }
}

TEST_CASE("a status that is an error says what the server says") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  const auto sentence = [&](int status, const std::string& body) {
    at.answers(body, status);
    CHECK(metrics.read("load").why == unknown_why::failed);
    return metrics.said();
  };
  CHECK(sentence(400, R"({"status":"error","errorType":"bad_data","error":"1:5: parse error"})") ==
        at.url() + ": 400, bad_data: 1:5: parse error");
  CHECK(sentence(422, R"({"status":"error","errorType":"execution","error":"many-to-many"})") ==
        at.url() + ": 422, execution: many-to-many");
  CHECK(sentence(503, R"({"status":"error","errorType":"timeout","error":"query timed out in query queue"})") ==
        at.url() + ": 503, timeout: query timed out in query queue");
  CHECK(sentence(503, "upstream down") == at.url() + ": 503, and not what Prometheus answers");
  CHECK(sentence(401, "") == at.url() + ": 401: the token or the password is not accepted");
  CHECK(sentence(302, "") == at.url() + ": 302: it sends elsewhere, must be Prometheus itself");
  CHECK(at.asked() == 6);  // nobody followed it
  CHECK(sentence(200, R"({"status":"error","errorType":"internal","error":"disk"})") == at.url() + ": internal: disk");
}

TEST_CASE("warnings are kept beside the value") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  at.answers(R"({"status":"success","warnings":["a part of the data","and more"],"data":{"resultType":"vector",)"
             R"("result":[{"metric":{},"value":[1,"4"]}]}})");
  CHECK(metrics.read("load").value == 4);
  CHECK(metrics.warnings() == "a part of the data; and more");
  at.answers(one_series);
  CHECK(metrics.read("load").value == 12.5);
  CHECK(metrics.warnings().empty());
}

TEST_CASE("an age is asked for, and without one the value is stale") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url()}};
  const auto load = metrics.query("load", "time() - timestamp(load)");
  at.answers(vector_of(R"("40")"));
  const reading r = load();  // the server gives the same number to both questions
  CHECK(at.asked() == 2);
  CHECK(at.last().get_param_value("query") == "time() - timestamp(load)");
  CHECK(r.value == 40);
  CHECK(r.age_s == 40);
  CHECK(r.not_older_than(39).why == unknown_why::stale);

  httplib::Server second;
  second.Post("/api/v1/query", [&](const httplib::Request& request, httplib::Response& response) {
    const bool load_itself = request.get_param_value("query") == "load";
    response.set_content(load_itself ? one_series : no_series, "application/json");
  });
  loopback_server other(second);
  prometheus ageless{{.url = other.url()}};
  CHECK(ageless.read("load").value == 12.5);
  CHECK(ageless.read("load", "age").why == unknown_why::stale);
  CHECK(ageless.said() == "the age of load is not known: age: no series has a value now");
}

TEST_CASE("a server that is down, slow or cuts its answer is a failure that is told in time") {
  httplib::Server server;
  loopback_server at(server);
  prometheus metrics{{.url = at.url(), .timeout_s = 0.25}};
  at.answers(one_series, 200, 1500);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(metrics.read("load").why == unknown_why::failed);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(1400));
  CHECK(metrics.said() == at.url() + ": no whole answer within 0.25 s");
  at.answers(one_series);
  CHECK(metrics.read("load").known());  // and nothing is left of it

  httplib::Server cutting;
  cutting.Post("/api/v1/query", [](const httplib::Request&, httplib::Response& response) {
    response.set_content_provider(1000, "application/json", [](std::size_t, std::size_t, httplib::DataSink& sink) {
      sink.write(one_series.data(), one_series.size());
      return false;
    });
  });
  loopback_server cut(cutting);
  prometheus half{{.url = cut.url()}};
  CHECK(half.read("load").why == unknown_why::failed);
  CHECK(said(half, "closed before the whole answer came"));

  at.stop();
  CHECK(metrics.read("load").why == unknown_why::failed);
  CHECK(metrics.said() == at.url() + ": nobody listens there, or the name is not known");
}

TEST_CASE("an answer that drips is given up, though each piece comes in time") {
  httplib::Server server;
  server.Post("/api/v1/query", [](const httplib::Request&, httplib::Response& response) {
    response.set_content_provider(one_series.size(), "application/json",
                                  [](std::size_t offset, std::size_t, httplib::DataSink& sink) {
                                    std::this_thread::sleep_for(std::chrono::milliseconds(40));
                                    return sink.write(one_series.data() + offset, 1);
                                  });
  });
  loopback_server at(server);
  prometheus metrics{{.url = at.url(), .timeout_s = 0.2}};
  const auto begin = std::chrono::steady_clock::now();
  CHECK(metrics.read("load").why == unknown_why::failed);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(2000));
  CHECK(said(metrics, "no whole answer within 0.2 s"));
}

TEST_CASE("a secret comes from a file, is read again, and is never told") {
  httplib::Server server;
  loopback_server at(server);
  at.answers(one_series);
  const scratch_folder folder;
  write_bytes(folder / "token", "first\n");
  prometheus metrics{{.url = at.url(), .bearer_token_file = folder / "token"}};
  REQUIRE(metrics.read("load").known());
  CHECK(at.last().get_header_value("Authorization") == "Bearer first");
  write_bytes(folder / "token", "second");
  REQUIRE(metrics.read("load").known());
  CHECK(at.last().get_header_value("Authorization") == "Bearer second");
  at.answers("", 403);
  CHECK(metrics.read("load").why == unknown_why::failed);
  CHECK_FALSE(said(metrics, "second"));
  write_bytes(folder / "token", "two\nlines");
  const int before = at.asked();
  CHECK(metrics.read("load").why == unknown_why::failed);
  CHECK(at.asked() == before);
  CHECK(said(metrics, "holds a character that a secret cannot have"));
  CHECK_FALSE(said(metrics, "lines"));

  write_bytes(folder / "password", "open sesame\r\n");
  prometheus named{{.url = at.url(), .user = "Aladdin", .password_file = folder / "password"}};
  at.answers(one_series);
  REQUIRE(named.read("load").known());
  CHECK(at.last().get_header_value("Authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617
}

TEST_CASE("options that cannot work are refused before anything is asked") {
  const scratch_folder folder;
  write_bytes(folder / "token", "t");
  write_bytes(folder / "none", "\n");
  const auto refused = [](const prometheus_options& o) { return refusal<std::exception>([&] { prometheus{o}; }); };
  CHECK(refused({.url = "prometheus:9090"}) ==
        "prometheus: url is prometheus:9090, must begin with http:// or https://");
  const std::string with_password = refused({.url = "http://me:secret@host:9090"});
  CHECK(with_password.find("secret") == std::string::npos);
  CHECK(with_password.find("name a file that holds the password") != std::string::npos);
  CHECK(refused({.url = "http://host:99999"}) == "prometheus: url is host:99999, must end with a port from 0 to 65535");
  CHECK(refused({.url = "http://host/?query=x"}).find("must end with the host, the port or a path") !=
        std::string::npos);
  CHECK(refused({.url = "http://::1:9090"}).find("in brackets") != std::string::npos);
  CHECK(refused({.url = "http://[::1]:9090"}) == "accepted");
  CHECK(refused({.timeout_s = 0}) == "prometheus: timeout_s is 0, must be positive and finite");
  CHECK(refused({.user = "me"}).find("must be a pair") != std::string::npos);
  CHECK(refused({.url = "http://10.0.0.1", .bearer_token_file = folder / "token"}) ==
        "prometheus: url is http://10.0.0.1, must begin with https://, because a secret is sent; or set "
        "secret_over_http");
  CHECK(refused({.url = "http://127.evil.org", .bearer_token_file = folder / "token"}).find("https://") !=
        std::string::npos);
  CHECK(refused({.url = "http://10.0.0.1", .bearer_token_file = folder / "token", .secret_over_http = true}) ==
        "accepted");
  CHECK(refused({.url = "http://localhost", .bearer_token_file = folder / "token"}) == "accepted");
  CHECK(refused({.bearer_token_file = folder / "none"}).find("is empty, must hold a secret") != std::string::npos);
  CHECK(refused({.bearer_token_file = folder / "absent"}).find("cannot be opened") != std::string::npos);
  CHECK(refused({.url = "http://127.0.0.1", .ca_file = folder / "token"}).find("be for https:// only") !=
        std::string::npos);
  CHECK(refused({.url = "https://127.0.0.1", .ca_file = folder / "absent"}).find("cannot be opened") !=
        std::string::npos);
}
