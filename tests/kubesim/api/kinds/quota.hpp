#pragma once

#include "tests/kubesim/api/kind_rules.hpp"
#include "tests/kubesim/api/kinds/quantity.hpp"

#include <map>
#include <string>

namespace kubesim::kinds {

/// By the names that a ResourceQuota's `spec.hard` has.
using amounts = std::map<std::string, quantity>;

/// What one object counts for: `count/RESOURCE.GROUP`, the short names of core kinds, and of claims
/// also their storage, altogether and by class.
amounts usage_of(const resource_type& type, const json& object);

/// The kind that a name is about; null: none whose use is counted here (cpu, memory).
const resource_type* counted_type(const std::string& name, const registry& objects);

/// What of the names in `spec.hard` is in use in the quota's namespace.
amounts used_of(const json& quota, const registry& objects);

json texts_of(const amounts& all);

/// Lets the quotas of the namespace refuse what goes beyond them.
void heed_quotas(kind_rules& rules);

} // namespace kubesim::kinds
