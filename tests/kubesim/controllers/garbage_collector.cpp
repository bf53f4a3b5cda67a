#include "tests/kubesim/controllers/garbage_collector.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/finalizers.hpp"
#include "tests/kubesim/controllers/ownership.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

constexpr const char* orphan = "orphan";
constexpr const char* foreground = "foregroundDeletion";

bool waits_for_dependents(const json& object) {
  return is_being_deleted(object) && has_finalizer(object, foreground);
}

bool blocks(const json& dependent, const std::string& owner_uid) {
  for (const auto& owner : items_at(dependent, {"metadata", "ownerReferences"}))
    if (text_at(owner, {"uid"}) == owner_uid)
      return field(owner, {"blockOwnerDeletion"}) == true;
  return false;
}

/// The policy that the object's own finalizers ask for, else the given one.
std::string policy_for(const json& object, const char* otherwise) {
  if (has_finalizer(object, orphan))
    return "Orphan";
  return has_finalizer(object, foreground) ? "Foreground" : otherwise;
}

bool is_gone(const answer<json>& outcome) {
  return outcome || outcome.refusal().code == 404 || outcome.refusal().code == 409;
}

} // namespace

garbage_collector::garbage_collector(world& everything, work_queue& queue)
    : world_{everything}, queue_{queue} {
  everything.watch_types([this](const resource_type& type) { watch_type(type); },
                         [this](const resource_type& type) {
                           subscriptions_.erase(&type);
                           graph_.forget_type(type);
                         });
}

void garbage_collector::watch_type(const resource_type& type) {
  // Events have no owners and are many.
  if (type.kind == "Event" || subscriptions_.contains(&type))
    return;
  subscriptions_[&type]
      = world_.objects.subscribe(type, [this, &type](const change& what) { note(type, what); });
  for (const auto& there : world_.objects.all(type))
    note(type, {change_kind::added, version_of(*there), there, nullptr});
}

void garbage_collector::note(const resource_type& type, const change& what) {
  const auto uid = uid_of(*what.object);
  if (what.kind != change_kind::deleted) {
    graph_.note(type, *what.object);
    const bool has_owners = !items_at(*what.object, {"metadata", "ownerReferences"}).empty();
    if (is_being_deleted(*what.object) || (has_owners && !what.before)
        || (what.before
            && field(*what.before, {"metadata", "ownerReferences"})
                   != field(*what.object, {"metadata", "ownerReferences"})))
      visit(uid);
  }
  const json& then = what.before ? *what.before : *what.object;
  for (const auto& owner : items_at(then, {"metadata", "ownerReferences"}))
    if (is_being_deleted(then) || what.kind == change_kind::deleted
        || field(then, {"metadata", "ownerReferences"})
               != field(*what.object, {"metadata", "ownerReferences"}))
      visit(text_at(owner, {"uid"}));
  if (what.kind != change_kind::deleted)
    return;
  graph_.forget(uid);
  for (const auto& dependent : graph_.dependents_of(uid))
    visit(dependent);
}

outcome garbage_collector::reconcile(const object_ref& key, time_point) {
  const auto* known = graph_.find(key.name);
  if (!known)
    return await_change();
  const auto node = *known;
  const auto object = world_.objects.find(*node.type, node.ref);
  if (!object || uid_of(*object) != key.name)
    return await_change();
  if (waits_for_dependents(*object))
    return finish_foreground(node, *object);
  if (!is_being_deleted(*object))
    return judge(node, *object);
  if (has_finalizer(*object, orphan))
    return finish_orphaning(node, *object);
  return await_change();
}

garbage_collector::owner_state garbage_collector::state_of(const json& reference,
                                                           const object_ref& dependent) const {
  const auto* type = world_.objects.find_type_by_kind(text_at(reference, {"apiVersion"}),
                                                      text_at(reference, {"kind"}));
  // Never collect because of a kind that is not served now, or of an owner that a cluster-wide
  // object cannot have.
  if (!type || (type->is_namespaced && dependent.name_space.empty()))
    return owner_state::unknown;
  const auto owner
      = world_.objects.find(*type, {type->is_namespaced ? dependent.name_space : std::string{},
                                    text_at(reference, {"name"})});
  if (!owner || uid_of(*owner) != text_at(reference, {"uid"}))
    return owner_state::absent;
  return waits_for_dependents(*owner) ? owner_state::waits_for_dependents : owner_state::solid;
}

outcome garbage_collector::judge(const owner_graph::node& node, const json& object) {
  std::vector<std::string> lost;
  bool has_solid = false, has_waiting = false;
  const json& references = items_at(object, {"metadata", "ownerReferences"});
  for (const auto& reference : references) {
    const auto state = state_of(reference, node.ref);
    if (state == owner_state::unknown)
      return await_change();
    has_solid |= state == owner_state::solid;
    has_waiting |= state == owner_state::waits_for_dependents;
    if (state != owner_state::solid)
      lost.push_back(text_at(reference, {"uid"}));
  }
  if (lost.empty())
    return await_change();
  if (!has_solid)
    return collect(node, object, has_waiting);
  if (auto why = drop_owners(node, object, lost))
    return try_again(*why);
  return await_change();
}

outcome garbage_collector::collect(const owner_graph::node& node, const json& object,
                                   bool is_for_foreground) {
  const bool must_wait = is_for_foreground && !graph_.dependents_of(uid_of(object)).empty();
  const auto policy = policy_for(object, must_wait ? "Foreground" : "Background");
  if (auto why = world_.remove(*node.type, object, policy))
    return try_again(*why);
  return await_change();
}

/// The owner goes once no dependent is left that holds it up.
outcome garbage_collector::finish_foreground(const owner_graph::node& node, const json& object) {
  const auto uid = uid_of(object);
  bool is_held = false;
  for (const auto& dependent : graph_.dependents_of(uid)) {
    const auto* there = graph_.find(dependent);
    const auto found = there ? world_.objects.find(*there->type, there->ref) : nullptr;
    if (!found || uid_of(*found) != dependent)
      continue;
    if (!is_being_deleted(*found))
      visit(dependent);
    is_held |= blocks(*found, uid);
  }
  if (is_held)
    return await_change();
  return drop_finalizer(world_, *node.type, object, foreground);
}

outcome garbage_collector::finish_orphaning(const owner_graph::node& node, const json& object) {
  const auto uid = uid_of(object);
  for (const auto& dependent : graph_.dependents_of(uid)) {
    const auto* there = graph_.find(dependent);
    const auto found = there ? world_.objects.find(*there->type, there->ref) : nullptr;
    if (!found || uid_of(*found) != dependent)
      continue;
    if (auto why = drop_owners(*there, *found, {uid}))
      return try_again(*why);
  }
  return drop_finalizer(world_, *node.type, object, orphan);
}

std::optional<refusal> garbage_collector::drop_owners(const owner_graph::node& node,
                                                      const json& object,
                                                      const std::vector<std::string>& uids) {
  json kept = json::array();
  for (const auto& reference : items_at(object, {"metadata", "ownerReferences"}))
    if (std::find(uids.begin(), uids.end(), text_at(reference, {"uid"})) == uids.end())
      kept.push_back(reference);
  json owners = kept.empty() ? json{} : std::move(kept);
  const auto patched = world_.objects.merge(
      *node.type, node.ref,
      {{"metadata", {{"uid", uid_of(object)}, {"ownerReferences", std::move(owners)}}}});
  if (is_gone(patched))
    return std::nullopt;
  return patched.refusal();
}

} // namespace kubesim::control
