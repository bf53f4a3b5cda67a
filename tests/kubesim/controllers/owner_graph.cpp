#include "tests/kubesim/controllers/owner_graph.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/ownership.hpp"

namespace kubesim::control {
namespace {

std::vector<std::string> owner_uids(const json& object) {
  std::vector<std::string> uids;
  for (const auto& owner : items_at(object, {"metadata", "ownerReferences"}))
    uids.push_back(text_at(owner, {"uid"}));
  return uids;
}

} // namespace

void owner_graph::note(const resource_type& type, const json& object) {
  const auto uid = uid_of(object);
  auto owners = owner_uids(object);
  if (const auto known = nodes_.find(uid); known != nodes_.end()) {
    if (known->second.owners == owners)
      return;
    forget(uid);
  }
  for (const auto& owner : owners)
    dependents_[owner].insert(uid);
  nodes_[uid] = {&type, ref_of(object), std::move(owners)};
}

void owner_graph::forget(const std::string& uid) {
  const auto known = nodes_.find(uid);
  if (known == nodes_.end())
    return;
  for (const auto& owner : known->second.owners) {
    const auto set = dependents_.find(owner);
    if (set == dependents_.end())
      continue;
    set->second.erase(uid);
    if (set->second.empty())
      dependents_.erase(set);
  }
  nodes_.erase(known);
}

void owner_graph::forget_type(const resource_type& type) {
  std::vector<std::string> gone;
  for (const auto& [uid, one] : nodes_)
    if (one.type == &type)
      gone.push_back(uid);
  for (const auto& uid : gone)
    forget(uid);
}

const owner_graph::node* owner_graph::find(const std::string& uid) const {
  const auto known = nodes_.find(uid);
  return known == nodes_.end() ? nullptr : &known->second;
}

std::vector<std::string> owner_graph::dependents_of(const std::string& uid) const {
  const auto set = dependents_.find(uid);
  if (set == dependents_.end())
    return {};
  return {set->second.begin(), set->second.end()};
}

} // namespace kubesim::control
