#pragma once

#include "k8s/config/connection_config.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace k8s {

/// What all TLS connections to one API server share: authorities, client certificate, and the
/// session to resume. The last two make an exec cheap: a resumed handshake has no certificates and
/// half the work. One thread at a time.
class tls_context {
public:
  /// `host` as in the server's address; the certificate must be for it, or for `tls_server_name` if
  /// given. Fails with `errc::configuration`.
  static result<std::shared_ptr<tls_context>> make(const connection_config& config,
                                                   std::string host);

  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// A reference of its own for the caller, who frees it.
  SSL_CTX* share() const;
  /// Server name, host check and session of a connection about to shake hands. False: OpenSSL
  /// refused.
  bool prepare(SSL* connection) const;

private:
  explicit tls_context(std::string peer_name);

  result<done> load(const connection_config& config);
  static int keep_session(SSL* connection, SSL_SESSION* session);

  template <auto Free>
  struct freed_by {
    void operator()(auto* object) const { Free(object); }
  };

  std::string peer_name_;
  std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context_;
  /// Never one that a connection uses: OpenSSL forbids to resume the session of a connection that
  /// ended badly.
  std::unique_ptr<SSL_SESSION, freed_by<SSL_SESSION_free>> session_;
};

} // namespace k8s
