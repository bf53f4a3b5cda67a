#pragma once

#include <string>

namespace k8s::testing {

/// A key and a certificate made on the spot that vouches for itself: trust it by naming it as
/// authority.
struct tls_identity {
  std::string certificate_pem, key_pem;
};

/// `alternative_name` as OpenSSL writes it: `IP:127.0.0.1`, `DNS:api.example.com`.
tls_identity make_tls_identity(const std::string& common_name, const std::string& alternative_name);

} // namespace k8s::testing
