#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kubesim::web_token {

/// A JSON Web Token (HS256) with these claims.
std::string sign(const json& claims, std::string_view key);

/// Its claims, if the key signed it. Whether they still hold (`exp`) is for the caller to say.
std::optional<json> verify(std::string_view token, std::string_view key);

} // namespace kubesim::web_token
