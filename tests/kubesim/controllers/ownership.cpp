#include "tests/kubesim/controllers/ownership.hpp"

#include "tests/kubesim/api/fields.hpp"

namespace kubesim::control {

std::string uid_of(const json& object) {
  return text_at(object, {"metadata", "uid"});
}

const json& controller_of(const json& object) {
  static const json none;
  for (const auto& owner : items_at(object, {"metadata", "ownerReferences"}))
    if (owner.value("controller", false))
      return owner;
  return none;
}

bool is_controlled_by(const json& object, const json& owner) {
  return text_at(controller_of(object), {"uid"}) == uid_of(owner);
}

json controller_reference_to(const resource_type& type, const json& owner) {
  return {{"apiVersion", type.api_version()},
          {"kind", type.kind},
          {"name", text_at(owner, {"metadata", "name"})},
          {"uid", uid_of(owner)},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

bool is_being_deleted(const json& object) {
  return !field(object, {"metadata", "deletionTimestamp"}).is_null();
}

} // namespace kubesim::control
