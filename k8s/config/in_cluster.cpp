#include "k8s/config/connection_config.hpp"
#include "k8s/config/token_file.hpp"

#include <cstdlib>

namespace k8s {

namespace {

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? value : "";
}

std::string url_of(const std::string& host, const std::string& port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return "https://" + (is_ipv6 ? '[' + host + ']' : host) + ':' + port;
}

} // namespace

result<connection_config> service_account_config(const std::string& folder, const std::string& host,
                                                 const std::string& port) {
  auto authority = read_file(folder + "/ca.crt");
  if (!authority)
    return std::move(authority).error();
  auto token = token_from_file(folder + "/token");
  if (!token)
    return std::move(token).error();
  connection_config config;
  config.server = url_of(host, port);
  config.ca_pem = std::move(*authority);
  config.token = std::move(*token);
  if (auto name_space = read_file(folder + "/namespace"))
    config.name_space = std::move(*name_space);
  return config;
}

result<connection_config> in_cluster_config() {
  const auto host = environment("KUBERNETES_SERVICE_HOST");
  const auto port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty())
    return error{.code = errc::not_found,
                 .attempted = "reading the service account",
                 .detail = "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this "
                           "is no pod of a cluster"};
  return service_account_config("/var/run/secrets/kubernetes.io/serviceaccount", host, port);
}

} // namespace k8s
