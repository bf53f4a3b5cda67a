#pragma once

#include "tests/kubesim/http/server.hpp"
#include "tests/kubesim/http/upgrade.hpp"
#include "tests/kubesim/kubelet/node.hpp"
#include "tests/kubesim/kubelet/played_session.hpp"

namespace kubesim {

/// Serves pods/exec over WebSocket. Both must outlive the server. `tell` hears of played sessions.
http::exec_handler exec_endpoint(node& kubelet, fault_plan& faults, session_teller tell = {});

/// Serves pods/log.
http::log_handler log_endpoint(node& kubelet);

} // namespace kubesim
