#include <headroom/ext/prometheus.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "catch.hpp"
#include "scratch.hpp"

#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

using namespace headroom;

namespace {

template <class T, class Free>
auto owned(T* object, Free free) {
  if (object == nullptr) throw std::runtime_error("OpenSSL failed");
  return std::unique_ptr<T, Free>(object, free);
}

// A certificate for 127.0.0.1 that signs itself, and its key, each in a file.
void write_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  const auto pair = owned(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto x = owned(X509_new(), X509_free);
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 3600);
  X509_set_pubkey(x.get(), pair.get());
  X509_NAME* const name = X509_get_subject_name(x.get());
  const unsigned char common[] = "headroom test";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
  X509_set_issuer_name(x.get(), name);
  const auto place =
      owned(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"), X509_EXTENSION_free);
  X509_add_ext(x.get(), place.get(), -1);
  if (X509_sign(x.get(), pair.get(), EVP_sha256()) == 0) throw std::runtime_error("OpenSSL cannot sign");
  const auto file = owned(std::fopen(certificate.c_str(), "w"), std::fclose);
  PEM_write_X509(file.get(), x.get());
  const auto secret = owned(std::fopen(key.c_str(), "w"), std::fclose);
  PEM_write_PrivateKey(secret.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

}  // namespace

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
