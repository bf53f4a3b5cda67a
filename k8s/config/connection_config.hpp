#pragma once

#include "k8s/result.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace k8s {

/// Gives the bearer token for a request made now; empty: none. Called on the loop's thread;
/// re-reads its file as it rotates.
using token_source = std::function<std::string()>;

/// How to reach one API server as one user. Immutable and shared by transport and exec.
struct connection_config {
  std::string server; ///< `https://host:port`, without a trailing slash; a path prefix is kept
  std::string ca_pem; ///< empty: the system's authorities
  std::string tls_server_name; ///< empty: the host of `server`
  bool insecure_skip_tls_verify = false;
  std::string client_certificate_pem, client_key_pem;
  token_source token;
  std::string name_space; ///< of the context or the service account; empty: none given
  std::string user_agent = "backup-restore-operator";
};

/// The pod's service account: KUBERNETES_SERVICE_HOST/PORT and
/// /var/run/secrets/kubernetes.io/serviceaccount. The token file is read again when it is older
/// than a minute. `not_found` outside a cluster.
result<connection_config> in_cluster_config();

struct kube_config_choice {
  std::string path{};    ///< empty: $KUBECONFIG (first file), else ~/.kube/config
  std::string context{}; ///< empty: current-context
};

/// One context of a kubeconfig file. Each error names file, entry, field, value and the remedy.
result<connection_config> kube_config(const kube_config_choice& choice);

} // namespace k8s
