#pragma once

#include "tests/kubesim/api/kind_rules.hpp"
#include "tests/kubesim/http/media.hpp"

#include <memory>
#include <string>
#include <vector>

namespace kubesim::http {

using object_list = std::vector<std::shared_ptr<const json>>;

/// What of the object a table's rows carry (`includeObject`).
enum class included { none, metadata, object };

/// Only the metadata.
json partial_metadata(const json& object);

/// A Table of some objects; `list_metadata` is that of the list they come from.
json table_of(const kind_rules& rules, const object_list& rows, json list_metadata,
              included objects);

/// One object in the shape asked for.
json shaped_object(const kind_rules& rules, const json& object, const representation& wanted,
                   included objects);

/// A list in the shape asked for; items of built-in kinds go without kind and apiVersion.
json shaped_list(const kind_rules& rules, const object_list& items, json list_metadata,
                 const representation& wanted, included objects);

} // namespace kubesim::http
