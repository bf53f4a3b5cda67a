#include "tests/k8s/tls_identity.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace k8s::testing {
namespace {

template <auto Free>
struct freed_by {
  void operator()(auto* object) const { Free(object); }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

void must(bool succeeded) {
  if (!succeeded)
    throw std::runtime_error{"OpenSSL cannot make a certificate"};
}

void extend(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const extension_ptr extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

template <class Write>
std::string pem_of(Write write) {
  const bio_ptr target{BIO_new(BIO_s_mem())};
  must(write(target.get()) == 1);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(target.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

} // namespace

tls_identity make_tls_identity(const std::string& common_name,
                               const std::string& alternative_name) {
  constexpr long day = 24 * 60 * 60;
  const key_ptr key{EVP_EC_gen("P-256")};
  const certificate_ptr certificate{X509_new()};
  must(key && certificate);
  auto* const made = certificate.get();
  must(X509_set_version(made, 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -day);
  X509_gmtime_adj(X509_getm_notAfter(made), day);
  auto* const name = X509_get_subject_name(made);
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(common_name.c_str()), -1,
                                  -1, 0)
       == 1);
  must(X509_set_issuer_name(made, name) == 1 && X509_set_pubkey(made, key.get()) == 1);
  extend(made, NID_basic_constraints, "critical,CA:TRUE");
  extend(made, NID_subject_alt_name, alternative_name);
  must(X509_sign(made, key.get(), EVP_sha256()) > 0);
  return {
      pem_of([&](BIO* target) { return PEM_write_bio_X509(target, made); }),
      pem_of([&](BIO* target) {
        return PEM_write_bio_PrivateKey(target, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
      }),
  };
}

} // namespace k8s::testing
