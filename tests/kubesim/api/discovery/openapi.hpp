#pragma once

#include "tests/kubesim/api/kind_rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim::discovery {

using served_rules = std::vector<const kind_rules*>;

/// GET /openapi/v3: the paths of the documents, each with a hash in its query.
json openapi_index(const served_rules& kinds);

/// GET /openapi/v3/api/v1 and /openapi/v3/apis/GROUP/VERSION; `path` is what follows /openapi/v3/.
/// Nothing: 404.
std::optional<json> openapi_document(const served_rules& kinds, std::string_view path);

} // namespace kubesim::discovery
