#pragma once

#include "k8s/result.hpp"

#include <string>
#include <string_view>

namespace k8s {

/// The parts of `connection_config::server`.
struct server_address {
  bool is_tls = true;
  std::string host; ///< a name or an address, IPv6 without its brackets
  std::string port;
  std::string authority; ///< host and port as written, for the Host header
  std::string prefix;    ///< what stands before `/api`; empty or `/...` without a slash at its end
};

result<server_address> parse_server_address(std::string_view url);

} // namespace k8s
