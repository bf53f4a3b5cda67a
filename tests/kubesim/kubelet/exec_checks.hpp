#pragma once

#include "tests/kubesim/http/query.hpp"
#include "tests/kubesim/kubelet/exec_session.hpp"
#include "tests/kubesim/kubelet/pod_store.hpp"

#include <string>
#include <variant>

namespace kubesim {

/// What of an HTTP request matters to an exec.
struct exec_call {
  std::string method, upgrade, connection, websocket_version, protocols;
  http::query parameters;
  object_ref pod;
};

/// The answer instead of an upgrade.
struct plain_answer {
  int code = 500;
  std::string content_type, body;
};

struct accepted_exec {
  exec_protocol protocol;
  exec_wishes wishes;
};

/// Every check of a real server, in its order.
std::variant<accepted_exec, plain_answer> check_exec(pod_store& pods, const exec_call& call);

/// The container that a request means, or the refusal of its name.
std::variant<std::string, refusal> choose_container(const json& pod, const std::string& wanted);

} // namespace kubesim
