#pragma once

#include "k8s/config/connection_config.hpp"

namespace k8s {

/// The server at host and port, with the credentials that a kubelet mounted into `folder`.
result<connection_config> service_account_config(const std::string& folder, const std::string& host,
                                                 const std::string& port);

} // namespace k8s
