#pragma once

#include "tests/kubesim/api/kinds/schema.hpp"

namespace kubesim::discovery {

/// The structure as an OpenAPI v3 schema; other structures are `$ref`s into components/schemas.
json openapi_schema(const kinds::struct_type& type);

/// Adds the schemas of the structure and of all it refers to, by name.
void add_components(const kinds::struct_type& type, json& components);

} // namespace kubesim::discovery
