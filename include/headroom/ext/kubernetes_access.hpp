#pragma once

#include <cstdlib>      // std::getenv
#include <filesystem>   // std::filesystem::path
#include <stdexcept>    // std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/base64_text.hpp>
#include <headroom/ext/internal/config_node.hpp>
#include <headroom/ext/internal/http_question.hpp>
#include <headroom/ext/internal/secret_file.hpp>
#include <headroom/ext/internal/yaml_lines.hpp>
#include <headroom/io/file.hpp>

namespace headroom {

/// Where the API server of a cluster is, and who asks it. Files are read again for each question, because tokens and
/// certificates are rotated. Needs the CMake component `kubernetes`.
struct kubernetes_access {
  std::string url{};                         ///< "https://10.96.0.1:443", with the path where a proxy adds one
  std::filesystem::path ca_file{};           ///< PEM: who may have signed the server's certificate
  std::string ca_text{};                     ///< or the PEM itself; neither: the system's list
  std::filesystem::path token_file{};        ///< its one line is sent as a bearer token
  std::string token{};                       ///< or the token itself
  std::filesystem::path certificate_file{};  ///< PEM of a client certificate, with key_file
  std::filesystem::path key_file{};
  std::string certificate_text{};  ///< or the PEM itself, with key_text
  std::string key_text{};
  std::string name_space{};  ///< of the context or of the pod; empty: none is named

  /// As a pod has it: the environment variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, and ca.crt, token
  /// and namespace in `folder`. Throws file_error and std::runtime_error.
  [[nodiscard]] static kubernetes_access in_cluster(
      const std::filesystem::path& folder = "/var/run/secrets/kubernetes.io/serviceaccount") {
    const char* const host = std::getenv("KUBERNETES_SERVICE_HOST");
    const char* const port = std::getenv("KUBERNETES_SERVICE_PORT");
    if (host == nullptr || port == nullptr || *host == '\0' || *port == '\0') {
      throw std::runtime_error(
          "kubernetes: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, must be set as in a pod; "
          "outside of the cluster name a kubeconfig");
    }
    kubernetes_access a;
    const bool v6 = std::string_view(host).find(':') != std::string_view::npos;
    a.url = std::string("https://") + (v6 ? "[" : "") + host + (v6 ? "]:" : ":") + port;
    a.ca_file = folder / "ca.crt";
    a.token_file = folder / "token";
    a.name_space = internal::secret_in(folder / "namespace");
    return a;
  }

  /// As kubectl has it: a context of a kubeconfig in YAML or JSON; `context` empty: its current one. Throws file_error.
  /// Refused, with the way out: a program or a provider that makes the token, a password, a server whose certificate is
  /// not checked, a proxy.
  [[nodiscard]] static kubernetes_access of_kubeconfig(const std::filesystem::path& file, std::string context = {}) {
    const internal::config_node root = read(file);
    const auto refuse = [&](const std::string& sentence) { throw file_error(file, sentence); };
    if (context.empty()) context = root.text_of("current-context");
    if (context.empty()) refuse("has no current-context, so a context must be named");
    const auto entry = [&](const char* list, const char* what, const std::string& name) {
      const internal::config_node* const all = root.find(list);
      const internal::config_node* const one = all == nullptr ? nullptr : all->named(name);
      const internal::config_node* const inside = one == nullptr ? nullptr : one->find(what);
      if (inside == nullptr) refuse(std::string("has no ") + what + " of the name '" + name + "'");
      return inside;
    };
    const internal::config_node& chosen = *entry("contexts", "context", context);
    const internal::config_node& cluster = *entry("clusters", "cluster", chosen.text_of("cluster"));
    const std::string cluster_is = "the cluster '" + chosen.text_of("cluster") + "' ";
    kubernetes_access a;
    a.name_space = chosen.text_of("namespace");
    a.url = cluster.text_of("server");
    if (a.url.empty()) refuse(cluster_is + "names no server");
    if (cluster.text_of("insecure-skip-tls-verify") == "true") {
      refuse(cluster_is +
             "has insecure-skip-tls-verify, so anybody could read the token: name its certificate-authority");
    }
    for (const char* const other : {"proxy-url", "tls-server-name"}) {
      if (cluster.has(other)) refuse(cluster_is + "has " + other + ", which is not supported");
    }
    take(file, cluster, "certificate-authority", a.ca_file, a.ca_text);
    if (!chosen.has("user")) return a;
    const internal::config_node& user = *entry("users", "user", chosen.text_of("user"));
    const std::string user_has = "the user '" + chosen.text_of("user") + "' has ";
    for (const char* const other : {"exec", "auth-provider", "username", "password", "as", "impersonate"}) {
      if (!user.has(other)) continue;
      refuse(user_has + other +
             ", which is not supported: write the token of a service account into a file and name it "
             "as tokenFile");
    }
    take(file, user, "client-certificate", a.certificate_file, a.certificate_text);
    take(file, user, "client-key", a.key_file, a.key_text);
    // As kubectl: a file is preferred, because it may be renewed.
    if (user.has("tokenFile"))
      a.token_file = beside(file, user.text_of("tokenFile"));
    else
      a.token = user.text_of("token");
    if (a.certificate_file.empty() != a.key_file.empty() || a.certificate_text.empty() != a.key_text.empty()) {
      refuse(user_has + "a certificate in a file and a key in the text, or one without the other: must be a pair");
    }
    return a;
  }

  /// The one that the environment offers: in_cluster() in a pod, else the kubeconfig that KUBECONFIG names, else
  /// ~/.kube/config. Throws file_error and std::runtime_error, also for a KUBECONFIG that names several files.
  [[nodiscard]] static kubernetes_access found() {
    if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) return in_cluster();
    if (const char* const named = std::getenv("KUBECONFIG"); named != nullptr && *named != '\0') {
      if (std::string_view(named).find(':') != std::string_view::npos) {
        throw std::runtime_error("kubernetes: KUBECONFIG names several files, must name one");
      }
      return of_kubeconfig(named);
    }
    const char* const home = std::getenv("HOME");
    if (home == nullptr) throw std::runtime_error("kubernetes: neither in a pod, nor KUBECONFIG, nor HOME is set");
    return of_kubeconfig(std::filesystem::path(home) / ".kube" / "config");
  }

  /// What an HTTP client needs, with what stands in the files now. Throws file_error.
  [[nodiscard]] internal::http_server_options server(double timeout_s) const {
    internal::http_server_options o;
    o.url = url;
    o.timeout_s = timeout_s;
    o.bearer_token_file = token_file;
    o.bearer_token = token;
    o.tls.authorities = ca_file.empty() ? ca_text : text_of(ca_file);
    o.tls.client_certificate = certificate_file.empty() ? certificate_text : text_of(certificate_file);
    o.tls.client_key = key_file.empty() ? key_text : text_of(key_file);
    return o;
  }

 private:
  [[nodiscard]] static std::string text_of(const std::filesystem::path& file) {
    constexpr std::size_t most = std::size_t{4} << 20U;
    input_file in(file);
    if (in.size() > most) throw file_error(file, "has " + to_text(in.size()) + " bytes, must have at most 4194304");
    std::string text(static_cast<std::size_t>(in.size()), '\0');
    in.read(std::as_writable_bytes(std::span(text)));
    if (text.empty()) throw file_error(file, "is empty");
    return text;
  }
  [[nodiscard]] static internal::config_node read(const std::filesystem::path& file) {
    const std::string text = text_of(file);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first != text.npos && text[first] == '{') {
      if (auto root = internal::config_node::of_json(text)) return *std::move(root);
      throw file_error(file, "begins with { and is no JSON");
    }
    try {
      return internal::yaml_lines::read(text);
    } catch (const std::runtime_error& e) {
      throw file_error(file, std::string(e.what()) + "; kubectl config view --raw --flatten writes what can be read");
    }
  }
  // A path in a kubeconfig is meant from the folder of the kubeconfig.
  [[nodiscard]] static std::filesystem::path beside(const std::filesystem::path& file, const std::string& path) {
    return file.parent_path() / path;
  }
  // As kubectl: the text in name-data is preferred to the file in name.
  static void take(const std::filesystem::path& file, const internal::config_node& from, const std::string& name,
                   std::filesystem::path& path, std::string& text) {
    if (from.has(name + "-data")) {
      const auto bytes = internal::from_base64(from.text_of(name + "-data"));
      if (!bytes || bytes->empty()) throw file_error(file, name + "-data is no base64");
      text = *bytes;
    } else if (from.has(name)) {
      path = beside(file, from.text_of(name));
    }
  }
};

}  // namespace headroom
