#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <vector>

namespace kubesim {

/// The ClusterRoles and ClusterRoleBindings that every cluster has without anybody creating them
/// here: cluster-admin, discovery, public paths, reviews about oneself.
struct bootstrap_policy {
  std::vector<json> roles, bindings;
};

const bootstrap_policy& default_policy();

} // namespace kubesim
