#pragma once

#include "tests/kubesim/kubelet/launch_requests.hpp"

namespace kubesim {

/// Connects, from the calling process's network, and asks over HTTP if the spec has a request.
/// Blocks for at most twice its timeout.
bool connects(const connect_spec& spec);

} // namespace kubesim
