#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <string>
#include <vector>

namespace kubesim::discovery {

/// `pods/exec` beside `pods`: what it answers, if that is of another group, and its verbs.
struct subresource {
  std::string name, kind, group, version;
  std::vector<std::string> verbs;
};

/// By name.
std::vector<subresource> subresources_of(const resource_type& type);

/// In the order that the server sends, which differs for custom kinds.
std::vector<std::string> verbs_of(const resource_type& type);

} // namespace kubesim::discovery
