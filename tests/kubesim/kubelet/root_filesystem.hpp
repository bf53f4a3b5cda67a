#pragma once

#include "tests/kubesim/kubelet/launch_requests.hpp"

#include <string>

namespace kubesim {

/// Builds the container's root in the calling process's own mount namespace and makes it `/`. The
/// process must be the first of its PID namespace (its /proc is mounted). Answers what failed;
/// empty: all is well. Only for the launcher's children.
std::string enter_root(const root_spec& root);

} // namespace kubesim
