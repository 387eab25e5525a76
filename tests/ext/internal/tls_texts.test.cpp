#include <headroom/ext/internal/tls_texts.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include <headroom/ext/kubernetes.hpp>

#include "catch.hpp"
#include "ext/certificates.hpp"
#include "scratch.hpp"

#ifdef CPPHTTPLIB_OPENSSL_SUPPORT

using namespace headroom;

namespace {

// A server of TLS that wants 5 replicas. With `clients`: only for those whose certificate is signed by one in the file.
class tls_cluster {
 public:
  tls_cluster(const std::filesystem::path& certificate, const std::filesystem::path& key, const char* clients = nullptr)
      : server_(certificate.c_str(), key.c_str(), clients) {
    if (!server_.is_valid()) throw std::runtime_error("no server of TLS");
    server_.Get("/.*", [this](const httplib::Request&, httplib::Response& response) {
      ++asked_;
      response.set_content(R"({"kind":"Scale","metadata":{"uid":"u","resourceVersion":"1"},"spec":{"replicas":5}})",
                           "application/json");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  tls_cluster(const tls_cluster&) = delete;
  tls_cluster& operator=(const tls_cluster&) = delete;
  ~tls_cluster() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int asked() const { return asked_; }

 private:
  httplib::SSLServer server_;
  std::atomic<int> asked_{0};
  int port_ = 0;
  std::thread thread_{};
};

// What went wrong with one question; empty if the answer came.
std::string tls_problem(const kubernetes_access& access) {
  kubernetes web({.access = access, .name = "web", .timeout_s = 2});
  const reading r = web.read_replicas();
  CHECK(r.known() == web.said().empty());
  return web.said();
}

}  // namespace

TEST_CASE("a server is trusted by the text of an authority, and by no other list") {
  const scratch_folder folder;
  write_certificate(folder / "mine.pem", folder / "mine.key");
  write_certificate(folder / "other.pem", folder / "other.key", "another");
  const tls_cluster cluster(folder / "mine.pem", folder / "mine.key");
  const std::string mine = read_bytes(folder / "mine.pem");
  const std::string other = read_bytes(folder / "other.pem");
  const std::string untrusted =
      cluster.url() + ": its certificate is not of this name, or not signed by anyone in ca_file";
  CHECK(tls_problem({.url = cluster.url(), .ca_text = mine}).empty());
  CHECK(tls_problem({.url = cluster.url(), .ca_text = other + mine}).empty());
  CHECK(tls_problem({.url = cluster.url(), .ca_text = other}) == untrusted);
  CHECK(tls_problem({.url = cluster.url()}) == untrusted);
  // The system's list is no help for somebody who named an authority.
  ::setenv("SSL_CERT_FILE", (folder / "mine.pem").c_str(), 1);
  CHECK(tls_problem({.url = cluster.url()}).empty());
  CHECK(tls_problem({.url = cluster.url(), .ca_text = other}) == untrusted);
  ::unsetenv("SSL_CERT_FILE");
  CHECK(cluster.asked() == 3);

  // The file is read again.
  write_bytes(folder / "ca.crt", mine);
  kubernetes web({.access = {.url = cluster.url(), .ca_file = folder / "ca.crt"}, .name = "web", .timeout_s = 2});
  CHECK(web.read_replicas().value == 5);
  write_bytes(folder / "ca.crt", other);
  CHECK_FALSE(web.read_replicas().known());
  write_bytes(folder / "ca.crt", "nonsense");
  CHECK_FALSE(web.read_replicas().known());
  CHECK(web.said().find("the certificate of the authority") != std::string::npos);
  write_bytes(folder / "ca.crt", mine);
  CHECK(web.read_replicas().known());
}

TEST_CASE("a client shows its certificate, from a text and from a file") {
  const scratch_folder folder;
  write_certificate(folder / "server.pem", folder / "server.key");
  write_certificate(folder / "client.pem", folder / "client.key");
  write_certificate(folder / "other.pem", folder / "other.key", "another");
  const tls_cluster cluster(folder / "server.pem", folder / "server.key", (folder / "client.pem").c_str());
  const auto text = [&](const char* name) { return read_bytes(folder / name); };
  kubernetes_access a{.url = cluster.url(), .ca_file = folder / "server.pem"};
  CHECK_FALSE(tls_problem(a).empty());
  a.certificate_text = text("client.pem");
  a.key_text = text("client.key");
  CHECK(tls_problem(a).empty());
  a.certificate_text = text("other.pem");
  a.key_text = text("other.key");
  CHECK_FALSE(tls_problem(a).empty());
  a.certificate_text.clear();
  a.key_text.clear();
  a.certificate_file = folder / "client.pem";
  a.key_file = folder / "client.key";
  CHECK(tls_problem(a).empty());
  CHECK(cluster.asked() == 2);

  const auto refused = [&](const std::string& certificate, const std::string& key) {
    kubernetes_access b{.url = cluster.url(), .ca_file = folder / "server.pem"};
    b.certificate_text = certificate;
    b.key_text = key;
    try {
      const kubernetes web({.access = b, .name = "web"});
    } catch (const std::invalid_argument& e) {
      CHECK(std::string(e.what()).find("PRIVATE") == std::string::npos);
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused(text("client.pem"), text("other.key")) ==
        "kubernetes: the client key is of another certificate, must be the key of the client certificate");
  CHECK(refused(text("client.pem"), "x").find("the client key is not readable") != std::string::npos);
  CHECK(refused("x", text("client.key")).find("the client certificate is not readable") != std::string::npos);
  CHECK(refused(text("client.pem"), "").find("must be a pair") != std::string::npos);
  CHECK(refused("", text("client.key")).find("must be a pair") != std::string::npos);
  kubernetes_access plain{.url = "http://127.0.0.1:1", .ca_text = text("server.pem")};
  CHECK_THROWS_AS(kubernetes({.access = plain, .name = "web"}), std::invalid_argument);
}
#endif
