#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <string>

/// Who owns whom: metadata.ownerReferences.
namespace kubesim::control {

std::string uid_of(const json& object);

/// The owner reference with `controller: true`; null if the object has none.
const json& controller_of(const json& object);

bool is_controlled_by(const json& object, const json& owner);

/// A controller's reference that also holds up the owner's foreground deletion.
json controller_reference_to(const resource_type& type, const json& owner);

bool is_being_deleted(const json& object);

} // namespace kubesim::control
