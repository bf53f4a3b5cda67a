#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace kubesim::http {

/// Where a list goes on: the state it is taken from (-1: the newest) and the last object shown.
/// Written as the real server does: base64 of
/// `{"v":"meta.k8s.io/v1","rv":7,"start":"/name\u0000"}`.
struct continue_token {
  std::int64_t resource_version = 0;
  object_ref after; ///< `name_space` is empty within one namespace
};

std::string write_token(const continue_token& token);
/// The second is what is wrong, in Go's words.
std::variant<continue_token, std::string> read_token(std::string_view text);

} // namespace kubesim::http
