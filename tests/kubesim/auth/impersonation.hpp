#pragma once

#include "tests/kubesim/auth/authorizer.hpp"

#include <string>
#include <vector>

namespace kubesim {

/// Who the request shall count as instead of who sent it: the headers Impersonate-User, -Group and
/// -Uid (`kubectl --as`).
struct impersonation {
  std::string user = {}, uid = {};
  std::vector<std::string> groups = {};
};

/// The user that is meant, with the groups that come by themselves; 403 if `asking` may not
/// impersonate it.
answer<user> impersonate(const user& asking, const impersonation& wish, const authorizer& rights);

} // namespace kubesim
