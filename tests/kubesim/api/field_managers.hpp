#pragma once

#include "tests/kubesim/api/field_set.hpp"
#include "tests/kubesim/api/kind_rules.hpp"

#include <string>
#include <variant>
#include <vector>

namespace kubesim {

/// Who writes, as an entry of `metadata.managedFields` says it.
struct field_writer {
  std::string manager, subresource, now;
};

/// The entries of an object after a create or an update: the writer owns what changed, nobody what
/// went. `before` is null for a create.
json managed_after_update(const kind_rules& rules, const json* before, const json& after,
                          const field_writer& writer);

enum class on_conflict { refuse, take_over };

/// What a server-side apply leads to.
struct applied {
  json object;  ///< without its managedFields
  json managed; ///< the new managedFields
};

/// Applies a configuration: what it names is set and owned by the writer, what it no longer names
/// and nobody else owns is removed. 409 names the fields that others own and that would change.
/// `before` is null if the object does not exist.
answer<applied> server_side_apply(const kind_rules& rules, const json* before,
                                  const json& configuration, const field_writer& writer,
                                  on_conflict policy);

/// Equal but for their times.
bool are_same_managers(const json& one, const json& other);

} // namespace kubesim
