#include "tests/kubesim/controllers/claiming.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/label_selector.hpp"
#include "tests/kubesim/controllers/ownership.hpp"

namespace kubesim::control {
namespace {

bool is_chosen(const json& owner, const json& child) {
  return chooses(field(owner, {"spec", "selector"}), field(child, {"metadata", "labels"}));
}

/// False if somebody else was faster; whoever it was, a change will tell.
bool adopt(world& everything, const resource_type& child_type, const json& child,
           const json& reference) {
  json owners = items_at(child, {"metadata", "ownerReferences"});
  owners.push_back(reference);
  const json patch{{"metadata", {{"uid", uid_of(child)}, {"ownerReferences", owners}}}};
  return bool{everything.merge(child_type, ref_of(child), patch)};
}

bool release(world& everything, const resource_type& child_type, const json& child,
             const std::string& owner_uid) {
  json owners = items_at(child, {"metadata", "ownerReferences"});
  for (auto one = owners.begin(); one != owners.end();)
    one = text_at(*one, {"uid"}) == owner_uid ? owners.erase(one) : one + 1;
  const json patch{{"metadata", {{"uid", uid_of(child)}, {"ownerReferences", owners}}}};
  return bool{everything.merge(child_type, ref_of(child), patch)};
}

void add_owner(const json& child, const resource_type& owner_type, work_queue& queue) {
  const json& owner = controller_of(child);
  if (text_at(owner, {"kind"}) == owner_type.kind
      && text_at(owner, {"apiVersion"}) == owner_type.api_version())
    queue.add({text_at(child, {"metadata", "namespace"}), text_at(owner, {"name"})});
}

bool is_new_orphan(const change& what) {
  if (what.kind == change_kind::deleted || !controller_of(*what.object).is_null())
    return false;
  return !what.before || !controller_of(*what.before).is_null()
         || field(*what.before, {"metadata", "labels"})
                != field(*what.object, {"metadata", "labels"});
}

} // namespace

std::vector<stored> claim_children(world& everything, const resource_type& child_type,
                                   const resource_type& owner_type, const json& owner) {
  if (!is_being_deleted(owner))
    for (const auto& orphan : everything.orphans(child_type, ref_of(owner).name_space))
      if (!is_being_deleted(*orphan) && is_chosen(owner, *orphan))
        adopt(everything, child_type, *orphan, controller_reference_to(owner_type, owner));
  auto children = everything.children(child_type, owner);
  std::erase_if(children, [&](const stored& child) {
    return !is_chosen(owner, *child) && release(everything, child_type, *child, uid_of(owner));
  });
  return children;
}

void watch_children(world& everything, const resource_type& child_type,
                    const resource_type& owner_type, work_queue& queue) {
  everything.watch(child_type, [&](const change& what) {
    add_owner(*what.object, owner_type, queue);
    if (what.before)
      add_owner(*what.before, owner_type, queue);
    if (!is_new_orphan(what) || field(*what.object, {"metadata", "labels"}).is_null())
      return;
    for (const auto& owner :
         everything.objects.all(owner_type, text_at(*what.object, {"metadata", "namespace"})))
      if (is_chosen(*owner, *what.object))
        queue.add(ref_of(*owner));
  });
}

void watch_owners(world& everything, const resource_type& owner_type, work_queue& queue) {
  everything.watch(owner_type, [&queue](const change& what) { queue.add(ref_of(*what.object)); });
}

} // namespace kubesim::control
