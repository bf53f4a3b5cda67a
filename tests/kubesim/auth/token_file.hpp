#pragma once

#include "tests/kubesim/auth/authenticator.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kubesim {

/// The text of a `--token-auth-file`, as the real API server has one: lines of
/// `token,user,uid,"group1,group2"`, the groups being optional. Throws std::runtime_error that
/// names the line which is none.
std::vector<std::pair<std::string, user>> read_token_file(std::string_view text);

} // namespace kubesim
