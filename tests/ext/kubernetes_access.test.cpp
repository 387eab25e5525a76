#include <headroom/ext/kubernetes_access.hpp>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

#include "catch.hpp"
#include "scratch.hpp"

using namespace headroom;

namespace {

// A variable of the environment, for the time of a test.
class environment_variable {
 public:
  environment_variable(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    if (value == nullptr)
      ::unsetenv(name);
    else
      ::setenv(name, value, 1);
  }
  environment_variable(const environment_variable&) = delete;
  environment_variable& operator=(const environment_variable&) = delete;
  ~environment_variable() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> before_{};
};

// As kubectl config writes it.
const std::string kubeconfig_of_two = R"(apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://127.0.0.1:6443
  name: kind
- cluster:
    certificate-authority: pki/ca.crt
    server: https://far.example.org/k8s/clusters/c-1
  name: far
contexts:
- context:
    cluster: kind
    user: admin
  name: here
- context:
    cluster: far
    namespace: shop
    user: robot
  name: there
current-context: here
kind: Config
preferences: {}
users:
- name: admin
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: S0VZ
- name: robot
  user:
    token: t0ken
    tokenFile: secrets/token
- name: text
  user:
    token: t0ken
)";

std::string kubeconfig_refusal(const scratch_folder& folder, std::string text, const std::string& from,
                               const std::string& to, const std::string& context = {}) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  write_bytes(folder / "config", text);
  try {
    static_cast<void>(kubernetes_access::of_kubeconfig(folder / "config", context));
  } catch (const file_error& e) {
    CHECK(e.file() == folder / "config");
    CHECK(e.reason().find("t0ken") == std::string::npos);
    return e.reason();
  }
  return {};
}

}  // namespace

TEST_CASE("a kubeconfig gives the server, the names and the secrets of a context") {
  const scratch_folder folder;
  write_bytes(folder / "config", kubeconfig_of_two);
  const auto here = kubernetes_access::of_kubeconfig(folder / "config");
  CHECK(here.url == "https://127.0.0.1:6443");
  CHECK(here.ca_text == "CA");
  CHECK(here.ca_file.empty());
  CHECK(here.certificate_text == "CERT");
  CHECK(here.key_text == "KEY");
  CHECK(here.token.empty());
  CHECK(here.name_space.empty());
  const auto there = kubernetes_access::of_kubeconfig(folder / "config", "there");
  CHECK(there.url == "https://far.example.org/k8s/clusters/c-1");
  CHECK(there.ca_file == folder / "pki/ca.crt");
  CHECK(there.ca_text.empty());
  CHECK(there.token_file == folder / "secrets/token");  // a file may be renewed
  CHECK(there.token.empty());
  CHECK(there.certificate_text.empty());
  CHECK(there.name_space == "shop");
  CHECK(kubeconfig_refusal(folder, kubeconfig_of_two, "user: robot", "user: text", "there").empty());
  CHECK(kubernetes_access::of_kubeconfig(folder / "config", "there").token == "t0ken");

  // The same in JSON.
  write_bytes(folder / "json",
              R"({"clusters":[{"name":"c","cluster":{"server":"https://h:1","certificate-authority":"/etc/ca.crt"}}],)"
              R"("contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x",)"
              R"("users":[{"name":"u","user":{"client-certificate":"u.crt","client-key":"u.key"}}]})");
  const auto json = kubernetes_access::of_kubeconfig(folder / "json");
  CHECK(json.url == "https://h:1");
  CHECK(json.ca_file == "/etc/ca.crt");
  CHECK(json.certificate_file == folder / "u.crt");
  CHECK(json.key_file == folder / "u.key");
}

TEST_CASE("what a kubeconfig cannot give is refused with the way out") {
  const scratch_folder folder;
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& context = {}) {
    return kubeconfig_refusal(folder, kubeconfig_of_two, from, to, context);
  };
  CHECK(refused("current-context: here\n", "") == "has no current-context, so a context must be named");
  CHECK(refused("kind: Config", "x: y", "nowhere") == "has no context of the name 'nowhere'");
  CHECK(refused("    cluster: kind\n", "    cluster: lost\n") == "has no cluster of the name 'lost'");
  CHECK(refused("    user: admin\n", "    user: lost\n") == "has no user of the name 'lost'");
  CHECK(refused("    server: https://127.0.0.1:6443\n", "") == "the cluster 'kind' names no server");
  CHECK(refused("    server:", "    insecure-skip-tls-verify: true\n    server:")
            .find("so anybody could read the token: name its certificate-authority") != std::string::npos);
  CHECK(refused("    server:", "    proxy-url: http://x\n    server:") ==
        "the cluster 'kind' has proxy-url, which is not supported");
  CHECK(refused("    server:", "    tls-server-name: x\n    server:") ==
        "the cluster 'kind' has tls-server-name, which is not supported");
  for (const std::string other :
       {"exec:\n      command: aws", "auth-provider:\n      name: gcp", "username: a", "password: b", "as: c"}) {
    CHECK(refused("    client-key-data: S0VZ", "    " + other)
              .find("the user 'admin' has " + other.substr(0, other.find(':')) +
                    ", which is not supported: write the token of a service account into a file") == 0);
  }
  CHECK(refused("    client-key-data: S0VZ\n", "").find("must be a pair") != std::string::npos);
  CHECK(refused("    client-key-data: S0VZ\n", "    client-key: admin.key\n").find("must be a pair") !=
        std::string::npos);
  CHECK(refused("certificate-authority-data: Q0E=", "certificate-authority-data: Q0E") ==
        "certificate-authority-data is no base64");
  CHECK(refused("preferences: {}", "preferences: {a: 1}") ==
        "line 23 has a value that begins with {; kubectl config view --raw --flatten writes what can be read");
  write_bytes(folder / "bad", "{\"clusters\":");
  CHECK_THROWS_AS(kubernetes_access::of_kubeconfig(folder / "bad"), file_error);
  write_bytes(folder / "empty", "");
  CHECK_THROWS_AS(kubernetes_access::of_kubeconfig(folder / "empty"), file_error);
  CHECK_THROWS_AS(kubernetes_access::of_kubeconfig(folder / "missing"), file_error);
}

TEST_CASE("a pod finds its server, its token and its namespace") {
  const scratch_folder folder;
  write_bytes(folder / "ca.crt", "CA");
  write_bytes(folder / "token", "t0ken\n");
  write_bytes(folder / "namespace", "shop\n");
  const environment_variable port("KUBERNETES_SERVICE_PORT", "443");
  {
    const environment_variable host("KUBERNETES_SERVICE_HOST", "10.96.0.1");
    const auto a = kubernetes_access::in_cluster(folder.path());
    CHECK(a.url == "https://10.96.0.1:443");
    CHECK(a.token_file == folder / "token");
    CHECK(a.name_space == "shop");
    const auto server = a.server(3);
    CHECK(server.tls.authorities == "CA");
    CHECK(server.bearer_token_file == folder / "token");
    CHECK(server.timeout_s == 3);
    write_bytes(folder / "ca.crt", "another");  // files are read again
    CHECK(a.server(3).tls.authorities == "another");
    std::filesystem::remove(folder / "namespace");
    CHECK_THROWS_AS(kubernetes_access::in_cluster(folder.path()), file_error);
    write_bytes(folder / "namespace", "shop");
  }
  {
    const environment_variable host("KUBERNETES_SERVICE_HOST", "fd00::1");
    CHECK(kubernetes_access::in_cluster(folder.path()).url == "https://[fd00::1]:443");
  }
  const environment_variable host("KUBERNETES_SERVICE_HOST", nullptr);
  CHECK_THROWS_AS(kubernetes_access::in_cluster(folder.path()), std::runtime_error);
}

TEST_CASE("the environment says which kubeconfig is meant, or that it does not") {
  const scratch_folder folder;
  std::filesystem::create_directory(folder / ".kube");
  write_bytes(folder / ".kube/config", kubeconfig_of_two);
  std::string other = kubeconfig_of_two;
  other.replace(other.find("current-context: here"), 21, "current-context: there");
  write_bytes(folder / "other", other);
  const environment_variable host("KUBERNETES_SERVICE_HOST", nullptr);
  const environment_variable home("HOME", folder.path().c_str());
  {
    const environment_variable named("KUBECONFIG", nullptr);
    CHECK(kubernetes_access::found().url == "https://127.0.0.1:6443");
  }
  {
    const environment_variable named("KUBECONFIG", (folder / "other").c_str());
    CHECK(kubernetes_access::found().name_space == "shop");
  }
  {
    const environment_variable named("KUBECONFIG", "a:b");
    CHECK_THROWS_AS(kubernetes_access::found(), std::runtime_error);
  }
  const environment_variable named("KUBECONFIG", nullptr);
  const environment_variable nowhere("HOME", nullptr);
  CHECK_THROWS_AS(kubernetes_access::found(), std::runtime_error);
}
