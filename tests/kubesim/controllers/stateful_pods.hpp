#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <optional>
#include <string>
#include <vector>

/// The objects that belong to one ordinal of a StatefulSet. Pure.
namespace kubesim::control {

std::string stateful_pod_name(const json& set, int ordinal);
/// The ordinal in the name of one of the set's pods.
std::optional<int> ordinal_of(const json& set, const std::string& pod_name);

/// The pod of an ordinal, from a template that may be an older one.
json stateful_pod(const json& set, const resource_type& set_type, int ordinal,
                  const json& pod_template, const std::string& revision);

/// The claims of an ordinal, one per claim template.
std::vector<json> stateful_claims(const json& set, int ordinal);

/// Who owns the claims of an ordinal, by the retention policy: the set if its deletion takes them
/// along, the pod if it is being scaled away and takes them along, else nobody.
enum class claim_owner { nobody, set, pod };
claim_owner owner_of_claims(const json& set, bool is_condemned);

} // namespace kubesim::control
