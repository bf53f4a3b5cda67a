#pragma once

#include "k8s/config/connection_config.hpp"
#include "k8s/curl_exchange.hpp"

#include <memory>
#include <string>

namespace k8s {

/// The server of a configuration as options of curl: URL, credentials, TLS.
class curl_endpoint {
public:
  explicit curl_endpoint(std::shared_ptr<const connection_config> config);

  /// All options of a call but those of its lane. Asks for the token.
  void prepare(exchange& call) const;
  /// The answer refused the token that was sent, and the source has another one by now.
  bool has_fresh_token(const exchange& refused) const;

private:
  void use_name_for_tls();
  void set_headers(exchange& call) const;
  void set_connection(CURL* easy) const;
  void set_tls(CURL* easy) const;

  std::shared_ptr<const connection_config> config_;
  std::string base_url_;
  string_list connect_to_;
  std::string host_header_; ///< empty: curl's own
  std::unique_ptr<CURLSH, freed_by<curl_share_cleanup>> tls_sessions_{curl_share_init()};
};

} // namespace k8s
