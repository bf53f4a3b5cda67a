#pragma once

#include "tests/kubesim/api/answer.hpp"
#include "tests/kubesim/auth/impersonation.hpp"
#include "tests/kubesim/http/query.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kubesim::http {

/// A request as the routes see it.
struct incoming {
  std::string method, path;
  query parameters;
  std::string accept, content_type, user_agent;
  std::string body;
  std::optional<impersonation> acts_as;
};

/// An answer that is complete.
struct outgoing {
  int code = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds wait{0}; ///< answered only after that
};

outgoing json_answer(const json& body, int code = 200);
outgoing text_answer(std::string text, int code = 200);
outgoing refused(const refusal& why);
/// The text answer for what is no path at all.
outgoing page_not_found();

} // namespace kubesim::http
