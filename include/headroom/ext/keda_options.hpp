#pragma once

#include <filesystem>  // std::filesystem::path
#include <memory>      // std::shared_ptr
#include <span>        // std::as_writable_bytes, std::span
#include <string>      // std::string

#include <grpcpp/grpcpp.h>

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/http_address.hpp>
#include <headroom/io/file.hpp>

namespace headroom {

/// Where KEDA's external scaler listens, and who may ask it.
struct keda_options {
  std::string listen = "127.0.0.1:9191";     ///< host and port; port 0: any that is free
  double stale_s = 120;                      ///< a decision that is older is not given
  double push_s = 0.1;                       ///< how soon a change is pushed to those who listen for it
  std::filesystem::path certificate_file{};  ///< PEM, with key_file: it speaks TLS
  std::filesystem::path key_file{};
  std::filesystem::path client_ca_file{};  ///< PEM: who may have signed the certificates of those who ask
};
/// Throws std::invalid_argument on impossible options; returns its argument.
inline const keda_options& checked(const keda_options& o) {
  const auto at = internal::host_and_port::of("keda_scaler", "listen", o.listen);
  require(internal::is_loopback(at.host) || !o.client_ca_file.empty(), "keda_scaler", "listen", o.listen,
          "be an address of this machine alone, as 127.0.0.1:9191; or set client_ca_file, so that not everybody may "
          "ask");
  require(o.certificate_file.empty() == o.key_file.empty(), "keda_scaler",
          "certificate_file without key_file, or the other way round,", "given", "be a pair");
  require(o.client_ca_file.empty() || !o.certificate_file.empty(), "keda_scaler", "client_ca_file", "given",
          "stand beside certificate_file");
  require_positive("keda_scaler", "stale_s", o.stale_s);
  require(o.push_s >= 0.01 && o.push_s <= 60, "keda_scaler", "push_s", o.push_s, "be from 0.01 to 60");
  return o;
}

namespace internal {

/// What gRPC makes a server's TLS of; without a certificate there is none. Throws file_error for a file that cannot be
/// read.
[[nodiscard]] inline std::shared_ptr<grpc::ServerCredentials> keda_credentials(const keda_options& o) {
  if (o.certificate_file.empty()) return grpc::InsecureServerCredentials();
  const auto text_of = [](const std::filesystem::path& file) {
    input_file in(file);
    std::string text(static_cast<std::size_t>(in.size()), '\0');
    in.read(std::as_writable_bytes(std::span(text)));
    return text;
  };
  grpc::SslServerCredentialsOptions made(o.client_ca_file.empty()
                                             ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                             : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  made.pem_key_cert_pairs.push_back({text_of(o.key_file), text_of(o.certificate_file)});
  if (!o.client_ca_file.empty()) made.pem_root_certs = text_of(o.client_ca_file);
  return grpc::SslServerCredentials(made);
}

}  // namespace internal

}  // namespace headroom
