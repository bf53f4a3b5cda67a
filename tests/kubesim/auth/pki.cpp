#include "tests/kubesim/auth/pki.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace kubesim {

namespace {

template <auto Release>
struct releaser {
  template <class T>
  void operator()(T* resource) const {
    Release(resource);
  }
};

using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, releaser<X509_free>>;
using buffer_ptr = std::unique_ptr<BIO, releaser<BIO_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, releaser<X509_EXTENSION_free>>;

constexpr long year = 365L * 24 * 3600;
/// Clocks of client and server may differ a little.
constexpr long backdated = 3600;

void expect(bool is_done, const char* what) {
  if (!is_done)
    throw std::runtime_error{std::string{"OpenSSL cannot "} + what};
}

key_ptr new_key() {
  key_ptr key{EVP_EC_gen("P-256")};
  expect(key != nullptr, "make a key");
  return key;
}

std::string content_of(BIO* buffer) {
  char* text = nullptr;
  const auto length = BIO_get_mem_data(buffer, &text);
  return {text, static_cast<std::size_t>(length)};
}

std::string to_pem(X509* certificate) {
  const buffer_ptr buffer{BIO_new(BIO_s_mem())};
  expect(PEM_write_bio_X509(buffer.get(), certificate) == 1, "write a certificate");
  return content_of(buffer.get());
}

std::string to_pem(EVP_PKEY* key) {
  const buffer_ptr buffer{BIO_new(BIO_s_mem())};
  expect(PEM_write_bio_PrivateKey(buffer.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "write a key");
  return content_of(buffer.get());
}

certificate_ptr read_certificate(const std::string& pem) {
  const buffer_ptr buffer{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  certificate_ptr certificate{PEM_read_bio_X509(buffer.get(), nullptr, nullptr, nullptr)};
  expect(certificate != nullptr, "read a certificate");
  return certificate;
}

key_ptr read_key(const std::string& pem) {
  const buffer_ptr buffer{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  key_ptr key{PEM_read_bio_PrivateKey(buffer.get(), nullptr, nullptr, nullptr)};
  expect(key != nullptr, "read a key");
  return key;
}

void add_name(X509* certificate, const char* field, std::string_view text) {
  expect(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0)
             == 1,
         "name a certificate");
}

void add_extension(X509* certificate, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const extension_ptr extension{X509V3_EXT_conf_nid(nullptr, &context, id, value)};
  expect(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extend a certificate");
}

/// Random and positive: clients tell certificates of one issuer apart by it.
void number(X509* certificate) {
  std::uint64_t serial = 0;
  expect(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1,
         "make random bytes");
  expect(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U | 1U) == 1,
         "number a certificate");
}

certificate_ptr new_certificate(EVP_PKEY* key) {
  certificate_ptr certificate{X509_new()};
  expect(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1
             && X509_set_pubkey(certificate.get(), key) == 1,
         "make a certificate");
  number(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -backdated);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), year);
  return certificate;
}

key_pair sign(X509* certificate, EVP_PKEY* key, EVP_PKEY* signer) {
  expect(X509_sign(certificate, signer, EVP_sha256()) > 0, "sign a certificate");
  return {.certificate = to_pem(certificate), .key = to_pem(key)};
}

/// What server and client certificates share; `usage` is their extendedKeyUsage.
key_pair issue(const key_pair& authority, std::string_view common_name,
               const std::vector<std::string>& organizations, const char* usage,
               const char* alternative_names) {
  const auto issuer = read_certificate(authority.certificate);
  const auto issuer_key = read_key(authority.key);
  const auto key = new_key();
  const auto certificate = new_certificate(key.get());
  for (const auto& each : organizations)
    add_name(certificate.get(), "O", each);
  add_name(certificate.get(), "CN", common_name);
  expect(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get())) == 1,
         "name an issuer");
  add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, usage);
  add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  if (alternative_names)
    add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, alternative_names);
  return sign(certificate.get(), key.get(), issuer_key.get());
}

} // namespace

certificate_authority::certificate_authority() {
  const auto key = new_key();
  const auto certificate = new_certificate(key.get());
  add_name(certificate.get(), "CN", "kubernetes");
  expect(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1,
         "name an issuer");
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), certificate.get(), NID_key_usage,
                "critical,digitalSignature,keyCertSign,cRLSign");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  own_ = sign(certificate.get(), key.get(), key.get());
}

key_pair certificate_authority::issue_server() const {
  return issue(own_, "kube-apiserver", {}, "serverAuth",
               "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,"
               "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local");
}

key_pair certificate_authority::issue_client(std::string_view common_name,
                                             const std::vector<std::string>& organizations) const {
  return issue(own_, common_name, organizations, "clientAuth", nullptr);
}

} // namespace kubesim
