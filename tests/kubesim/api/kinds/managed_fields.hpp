#pragma once

#include "tests/kubesim/api/kind_rules.hpp"

#include <string>
#include <vector>

/// Who wrote which field: metadata.managedFields, as server-side apply and `kubectl apply` read it.
namespace kubesim::managed_fields {

struct writer {
  std::string manager;
  std::string subresource; ///< empty or `status`
  std::string time;
};

/// The list after a write: what changed belongs to the writer now, what is gone to nobody. `before`
/// is null for a create. Unchanged if the writer has no name.
json after_write(const kind_rules& rules, const json& object, const json* before,
                 const writer& who);

} // namespace kubesim::managed_fields
