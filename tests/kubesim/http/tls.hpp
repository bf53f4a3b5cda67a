#pragma once

#include "tests/kubesim/auth/authenticator.hpp"
#include "tests/kubesim/http/server.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include <memory>

namespace kubesim::http {

/// Asks for a client certificate without insisting, and speaks HTTP/1.1 only.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const tls_identity& identity);

/// Who the peer's certificate says it is. A certificate of nobody known becomes credentials that
/// cannot be accepted, as a real server answers it by 401.
credentials peer_credentials(SSL* session);

} // namespace kubesim::http
