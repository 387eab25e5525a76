#pragma once

#include <cstdio>      // std::fopen
#include <filesystem>  // std::filesystem::path
#include <memory>      // std::unique_ptr
#include <stdexcept>   // std::runtime_error
#include <string>      // std::string

#include <headroom/ext/internal/httplib.hpp>

#ifdef CPPHTTPLIB_OPENSSL_SUPPORT
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

template <class T, class Free>
auto owned_openssl(T* object, Free free) {
  if (object == nullptr) throw std::runtime_error("OpenSSL failed");
  return std::unique_ptr<T, Free>(object, free);
}

/// A certificate for 127.0.0.1 that signs itself, and its key, each in a file.
inline void write_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key,
                              const std::string& common = "headroom test") {
  const auto pair = owned_openssl(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto x = owned_openssl(X509_new(), X509_free);
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 3600);
  X509_set_pubkey(x.get(), pair.get());
  X509_NAME* const name = X509_get_subject_name(x.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(x.get(), name);
  const auto place =
      owned_openssl(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"), X509_EXTENSION_free);
  X509_add_ext(x.get(), place.get(), -1);
  if (X509_sign(x.get(), pair.get(), EVP_sha256()) == 0) throw std::runtime_error("OpenSSL cannot sign");
  const auto file = owned_openssl(std::fopen(certificate.c_str(), "w"), std::fclose);
  PEM_write_X509(file.get(), x.get());
  const auto secret = owned_openssl(std::fopen(key.c_str(), "w"), std::fclose);
  PEM_write_PrivateKey(secret.get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

#endif
