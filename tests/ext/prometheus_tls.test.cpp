#include <headroom/ext/prometheus.hpp>

#include <string>
#include <thread>

#include "catch.hpp"
#include "ext/certificates.hpp"
#include "scratch.hpp"

#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
using namespace headroom;

TEST_CASE("a certificate is checked against the file of those who may sign") {
  const scratch_folder folder;
  write_certificate(folder / "mine.pem", folder / "mine.key");
  write_certificate(folder / "other.pem", folder / "other.key");
  write_bytes(folder / "token", "t0ken");
  httplib::SSLServer server((folder / "mine.pem").c_str(), (folder / "mine.key").c_str());
  REQUIRE(server.is_valid());
  std::string authorization;
  server.Post("/api/v1/query", [&](const httplib::Request& request, httplib::Response& response) {
    authorization = request.get_header_value("Authorization");
    response.set_content(
        R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"9"]}]}})",
        "application/json");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  REQUIRE(port > 0);
  std::thread thread([&] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
  const std::string at = "127.0.0.1:" + std::to_string(port);

  prometheus trusted{{.url = "https://" + at, .bearer_token_file = folder / "token", .ca_file = folder / "mine.pem"}};
  CHECK(trusted.read("x").value == 9);
  CHECK(authorization == "Bearer t0ken");
  authorization.clear();
  prometheus other{{.url = "https://" + at, .bearer_token_file = folder / "token", .ca_file = folder / "other.pem"}};
  CHECK(other.read("x").why == unknown_why::failed);
  CHECK(other.said() == "https://" + at + ": its certificate is not of this name, or not signed by anyone in ca_file");
  prometheus system_list{{.url = "https://" + at}};
  CHECK(system_list.read("x").why == unknown_why::failed);
  prometheus plain{{.url = "http://" + at}};
  CHECK(plain.read("x").why == unknown_why::failed);
  CHECK(authorization.empty());  // nothing was sent to a server that was not trusted

  server.stop();
  thread.join();
}
#endif
