#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kubesim {

/// A certificate with its private key, both PEM.
struct key_pair {
  std::string certificate, key;
};

/// The cluster's certificate authority. Keys are EC P-256: made in under a millisecond.
class certificate_authority {
public:
  certificate_authority();

  /// PEM, for `ssl::context::add_certificate_authority` and for kubeconfigs.
  const std::string& certificate() const { return own_.certificate; }

  /// For 127.0.0.1, ::1, localhost, kubernetes, kubernetes.default, kubernetes.default.svc,
  /// kubernetes.default.svc.cluster.local.
  key_pair issue_server() const;
  /// A user's: CN is the user name, each O a group (`kubernetes-admin` of `system:masters`).
  key_pair issue_client(std::string_view common_name,
                        const std::vector<std::string>& organizations) const;

private:
  key_pair own_;
};

} // namespace kubesim
