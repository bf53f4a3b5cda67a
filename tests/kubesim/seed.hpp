#pragma once

#include "tests/kubesim/api/api_registry.hpp"

#include <string>

namespace kubesim {

/// What a fresh cluster holds before anybody comes: namespaces, the node, the default classes of
/// the CSI driver, the roles that every cluster starts with. What exists already is left alone.
void seed(api_registry& objects, const std::string& node_name);

} // namespace kubesim
