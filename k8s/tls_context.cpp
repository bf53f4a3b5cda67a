#include "k8s/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace k8s {
namespace {

template <auto Free>
struct freed_by {
  void operator()(auto* object) const { Free(object); }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;

bio_ptr reading(const std::string& pem) {
  return bio_ptr{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

/// A key with a passphrase is refused instead of asked for at the terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

certificate_ptr next_certificate(BIO* source) {
  return certificate_ptr{PEM_read_bio_X509(source, nullptr, no_passphrase, nullptr)};
}

error refused(std::string what) {
  error failure;
  failure.code = errc::configuration;
  failure.attempted = "set up TLS to the API server";
  failure.detail = std::move(what);
  if (const auto code = ERR_peek_last_error(); code != 0) {
    char text[256];
    ERR_error_string_n(code, text, sizeof text);
    failure.detail.append(": ").append(text);
  }
  ERR_clear_error();
  return failure;
}

result<done> trust(SSL_CTX* context, const std::string& ca_pem) {
  if (ca_pem.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1)
      return refused("the system's certificate authorities cannot be read");
    return done{};
  }
  const auto source = reading(ca_pem);
  auto* const store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (const auto authority = next_certificate(source.get())) {
    if (X509_STORE_add_cert(store, authority.get()) != 1)
      return refused("a certificate authority cannot be used");
    ++count;
  }
  if (count == 0)
    return refused("the certificate authority holds no PEM certificate");
  ERR_clear_error(); // of the end of the PEM text
  return done{};
}

result<done> identify(SSL_CTX* context, const std::string& certificate_pem,
                      const std::string& key_pem) {
  const auto source = reading(certificate_pem);
  const auto leaf = next_certificate(source.get());
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return refused("the client certificate is no PEM certificate");
  while (auto issuer = next_certificate(source.get()))
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) == 1)
      static_cast<void>(issuer.release());
  const auto key_source = reading(key_pem);
  const key_ptr key{PEM_read_bio_PrivateKey(key_source.get(), nullptr, no_passphrase, nullptr)};
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return refused(
        "the client key is no PEM key without passphrase, or not that of the certificate");
  ERR_clear_error();
  return done{};
}

bool is_address(const std::string& name) {
  const std::unique_ptr<ASN1_OCTET_STRING, freed_by<ASN1_OCTET_STRING_free>> address{
      a2i_IPADDRESS(name.c_str())};
  ERR_clear_error();
  return address != nullptr;
}

/// Index 0, the "application data", belongs to Asio, which deletes what it finds there.
int owner_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

} // namespace

tls_context::tls_context(std::string peer_name)
    : peer_name_{std::move(peer_name)}, context_{SSL_CTX_new(TLS_client_method())} {}

result<std::shared_ptr<tls_context>> tls_context::make(const connection_config& config,
                                                       std::string host) {
  std::shared_ptr<tls_context> made{
      new tls_context{config.tls_server_name.empty() ? std::move(host) : config.tls_server_name}};
  if (auto loaded = made->load(config); !loaded)
    return std::move(loaded).error();
  return made;
}

result<done> tls_context::load(const connection_config& config) {
  if (!context_)
    return refused("OpenSSL cannot make a context");
  auto* const context = context_.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, config.insecure_skip_tls_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                     nullptr);
  if (!config.insecure_skip_tls_verify)
    if (auto trusted = trust(context, config.ca_pem); !trusted)
      return trusted;
  if (!config.client_certificate_pem.empty())
    if (auto known = identify(context, config.client_certificate_pem, config.client_key_pem);
        !known)
      return known;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_set_ex_data(context, owner_index(), this);
  SSL_CTX_sess_set_new_cb(context, &tls_context::keep_session);
  return done{};
}

SSL_CTX* tls_context::share() const {
  SSL_CTX_up_ref(context_.get());
  return context_.get();
}

bool tls_context::prepare(SSL* connection) const {
  if (is_address(peer_name_)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), peer_name_.c_str()) != 1)
      return false;
  } else {
    SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (SSL_set_tlsext_host_name(connection, peer_name_.c_str()) != 1
        || SSL_set1_host(connection, peer_name_.c_str()) != 1)
      return false;
  }
  // WebSocket needs HTTP/1.1, which a server that sees both might not choose.
  static constexpr unsigned char http_1_1[] = "\x08http/1.1";
  if (SSL_set_alpn_protos(connection, http_1_1, sizeof http_1_1 - 1) != 0)
    return false;
  if (session_ && SSL_SESSION_is_resumable(session_.get()) == 1) {
    const decltype(session_) copy{SSL_SESSION_dup(session_.get())};
    return copy && SSL_set_session(connection, copy.get()) == 1;
  }
  return true;
}

/// Called by OpenSSL for each session ticket. Returns that it took no reference.
int tls_context::keep_session(SSL* connection, SSL_SESSION* session) {
  auto* const self
      = static_cast<tls_context*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), owner_index()));
  self->session_.reset(SSL_SESSION_dup(session));
  return 0;
}

} // namespace k8s
