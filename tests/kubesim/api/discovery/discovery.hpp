#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim::discovery {

/// What is served: the registry's types and `review_types()`, in any order.
using served_types = std::vector<const resource_type*>;

json version();

/// GET /api; `address` is host:port of the server.
json core_versions(const std::string& address);
/// GET /apis
json groups(const served_types& types);
/// GET /apis/GROUP; nothing: text 404.
std::optional<json> group(const served_types& types, std::string_view name);
/// GET /api/v1 (empty group) and /apis/GROUP/VERSION; nothing: the group or version is not served.
std::optional<json> resources(const served_types& types, std::string_view group,
                              std::string_view version);
bool serves_group(const served_types& types, std::string_view name);

enum class scope { core, groups }; ///< /api or /apis
/// The aggregated document (Accept ...;as=APIGroupDiscoveryList); `version` is `v2` or `v2beta1`.
json aggregated(const served_types& types, scope where, std::string_view version);

} // namespace kubesim::discovery
