#include <headroom/ext/internal/http_question.hpp>

#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "ext/loopback.hpp"

using namespace headroom::internal;

TEST_CASE("how long a server asks to be left alone is a number of seconds, or no wish") {
  httplib::Server server;
  std::string wish;
  server.Get("/wish", [&wish](const httplib::Request& request, httplib::Response& response) {
    response.status = 429;
    if (!wish.empty()) response.set_header("Retry-After", wish);
    response.set_content(request.get_header_value("Content-Type"), "text/plain");
  });
  const loopback_server at(server);
  http_question question("test", {.url = at.url()});
  const auto seconds = [&](const std::string& text) {
    wish = text;
    const http_answer a = question.ask("GET", "/wish");
    CHECK(a.status == 429);
    CHECK(a.body.empty());  // nothing was sent, so it has no type
    return a.retry_after_s;
  };
  CHECK(seconds("7") == 7);
  CHECK(seconds("0") == 0);
  for (const char* const text : {"", "-5", "nan", "inf", "soon", "Sun, 29 Nov 2026 15:00:00 GMT"}) {
    INFO(text);
    CHECK(seconds(text) == 0);
  }
}

TEST_CASE("one secret is enough, and none is part of a sentence") {
  const auto refused = [](const http_server_options& o) {
    try {
      const http_question question("test", o);
    } catch (const std::invalid_argument& e) {
      CHECK(std::string(e.what()).find("t0ken") == std::string::npos);
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused({.url = "http://127.0.0.1:1", .bearer_token = "t0ken"}).empty());
  CHECK(refused({.url = "http://127.0.0.1:1", .bearer_token_file = "x", .bearer_token = "t0ken"})
            .find("be one of them") != std::string::npos);
  CHECK(refused({.url = "http://127.0.0.1:1", .bearer_token = "t0ken\r\nX: y"}).find("one line of ASCII") !=
        std::string::npos);
  CHECK(refused({.url = "http://10.0.0.1", .bearer_token = "t0ken"}).find("because a secret is sent") !=
        std::string::npos);
}
