#pragma once

#include <memory>       // std::unique_ptr
#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/httplib.hpp>

#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#endif

namespace headroom::internal {

/// What a client of TLS shows and trusts, each a PEM text: a kubeconfig holds texts, and a private key must not be
/// written into a file only because cpp-httplib takes files.
struct tls_texts {
  /// A folder that cannot exist. cpp-httplib adds the system's list of authorities unless a file or a folder is named.
  static constexpr const char* no_folder = "/dev/null/none";

  std::string authorities{};         ///< who may have signed the server's certificate; empty: the system's list
  std::string client_certificate{};  ///< and those between it and its authority; with client_key
  std::string client_key{};          ///< not encrypted

  [[nodiscard]] bool empty() const noexcept {
    return authorities.empty() && client_certificate.empty() && client_key.empty();
  }
  /// Gives them to a client of https://. Throws std::invalid_argument for a text that holds no PEM, and for a key that
  /// is not the certificate's. No key is part of a sentence.
  void give(std::string_view who, httplib::Client& client) const {
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // newer releases offer a second name beside this one
    SSL_CTX* const context = client.ssl_context();
#pragma GCC diagnostic pop
    require(context != nullptr, who, "TLS", "not available", "be offered by this cpp-httplib");
    if (!authorities.empty()) {
      X509_STORE* const store = SSL_CTX_get_cert_store(context);
      const int n = each_certificate(authorities, [&](X509* one, int) { X509_STORE_add_cert(store, one); });
      require(n > 0, who, "the certificate of the authority", "not readable", "be PEM: -----BEGIN CERTIFICATE-----");
    }
    require(client_certificate.empty() == client_key.empty(), who, "client certificate without its key, or a key alone",
            "given", "be a pair");
    if (client_certificate.empty()) return;
    bool taken = true;
    const int n = each_certificate(client_certificate, [&](X509* one, int k) {
      taken = taken && (k == 0 ? SSL_CTX_use_certificate(context, one) : SSL_CTX_add1_chain_cert(context, one)) == 1;
    });
    require(n > 0 && taken, who, "the client certificate", "not readable", "be PEM: -----BEGIN CERTIFICATE-----");
    const std::unique_ptr<BIO, int (*)(BIO*)> text(of(client_key), BIO_free);
    // Without a password: a program that nobody watches must not ask for one.
    const auto no_password = [](char*, int, int, void*) { return -1; };
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
        PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
    require(key != nullptr, who, "the client key", "not readable", "be PEM without a password");
    require(SSL_CTX_use_PrivateKey(context, key.get()) == 1, who, "the client key", "of another certificate",
            "be the key of the client certificate");
    ERR_clear_error();
#else
    static_cast<void>(client);
    require(empty(), who, "a certificate", "given", "be none: this cpp-httplib was built without OpenSSL");
#endif
  }

 private:
#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
  [[nodiscard]] static BIO* of(const std::string& pem) {
    return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  }
  /// Calls f(certificate, its place) for each one in the text; returns how many there are.
  template <class F>
  static int each_certificate(const std::string& pem, F&& f) {
    const std::unique_ptr<BIO, int (*)(BIO*)> text(of(pem), BIO_free);
    int n = 0;
    for (;;) {
      const std::unique_ptr<X509, void (*)(X509*)> one(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr),
                                                       X509_free);
      if (one == nullptr) break;
      f(one.get(), n++);
    }
    ERR_clear_error();  // the end of the text is an error to OpenSSL
    return n;
  }
#endif
};

}  // namespace headroom::internal
