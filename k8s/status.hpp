#pragma once

#include "k8s/error.hpp"

#include <nlohmann/json_fwd.hpp>

namespace k8s {

/// The error that a Status object tells; `http_status` is used where it has no code. `attempted` is
/// left empty.
error error_of_status(const nlohmann::json& status, int http_status);

/// What an HTTP status means without a Status.
errc errc_of_http(int http_status);

} // namespace k8s
