#include "tests/kubesim/controllers/world.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"

#include <stdexcept>

namespace kubesim::control {
namespace {

const resource_type& built_in(const registry& objects, std::string_view group,
                              std::string_view plural) {
  const auto* type = objects.find_type(group, "v1", plural);
  if (!type)
    throw std::logic_error{"the registry does not serve " + std::string{plural}};
  return *type;
}

} // namespace

outcome try_again(const refusal& why) {
  return try_again(text_at(why.status, {"message"}));
}

known_types::known_types(const registry& objects)
    : pods{built_in(objects, "", "pods")},
      claims{built_in(objects, "", "persistentvolumeclaims")},
      volumes{built_in(objects, "", "persistentvolumes")},
      namespaces{built_in(objects, "", "namespaces")},
      nodes{built_in(objects, "", "nodes")},
      config_maps{built_in(objects, "", "configmaps")},
      service_accounts{built_in(objects, "", "serviceaccounts")},
      deployments{built_in(objects, "apps", "deployments")},
      replica_sets{built_in(objects, "apps", "replicasets")},
      stateful_sets{built_in(objects, "apps", "statefulsets")},
      daemon_sets{built_in(objects, "apps", "daemonsets")},
      controller_revisions{built_in(objects, "apps", "controllerrevisions")},
      jobs{built_in(objects, "batch", "jobs")},
      storage_classes{built_in(objects, "storage.k8s.io", "storageclasses")},
      quotas{built_in(objects, "", "resourcequotas")},
      definitions{built_in(objects, "apiextensions.k8s.io", "customresourcedefinitions")} {}

world::feed& world::feed_of(const resource_type& type) {
  auto& slot = feeds_[&type];
  if (slot)
    return *slot;
  slot = std::make_unique<feed>();
  for (const auto& existing : objects.all(type))
    slot->index.note(*existing);
  slot->token = objects.subscribe(type, [this, &type, &to = *slot](const change& what) {
    // Its name may be taken again by the time the change comes around.
    const auto ref = ref_of(*what.object);
    if (const auto present = objects.find(type, ref))
      to.index.note(*present);
    else
      to.index.forget(ref);
    for (auto& listener : to.listeners)
      listener(what);
  });
  return *slot;
}

void world::watch(const resource_type& type, std::function<void(const change&)> on_change) {
  auto& to = feed_of(type);
  for (const auto& existing : objects.all(type))
    on_change({change_kind::added, version_of(*existing), existing, nullptr});
  to.listeners.push_back(std::move(on_change));
}

void world::watch_types(std::function<void(const resource_type&)> comes,
                        std::function<void(const resource_type&)> leaves) {
  for (const auto* type : objects.types())
    comes(*type);
  comes_.push_back(std::move(comes));
  leaves_.push_back(std::move(leaves));
}

void world::type_comes(const resource_type& type) {
  for (auto& tell : comes_)
    tell(type);
}

void world::type_leaves(const resource_type& type) {
  for (auto& tell : leaves_)
    tell(type);
}

std::vector<stored> world::found(const resource_type& type,
                                 const std::vector<object_ref>& refs) const {
  std::vector<stored> here;
  for (const auto& ref : refs)
    if (auto one = objects.find(type, ref))
      here.push_back(std::move(one));
  return here;
}

std::vector<stored> world::children(const resource_type& type, const json& owner) const {
  auto candidates = found(type, feeds_.at(&type)->index.children_of(uid_of(owner)));
  std::erase_if(candidates, [&](const stored& one) { return !is_controlled_by(*one, owner); });
  return candidates;
}

std::vector<stored> world::orphans(const resource_type& type, const std::string& name_space) const {
  auto candidates = found(type, feeds_.at(&type)->index.orphans_in(name_space));
  std::erase_if(candidates, [](const stored& one) { return !controller_of(*one).is_null(); });
  return candidates;
}

void world::note(const resource_type& type, const json& object) {
  auto known = feeds_.find(&type);
  if (known != feeds_.end())
    known->second->index.note(object);
}

answer<json> world::create(const resource_type& type, const std::string& name_space, json object) {
  auto made = objects.create(type, name_space, std::move(object));
  if (made)
    note(type, *made);
  return made;
}

answer<json> world::merge(const resource_type& type, const object_ref& ref, const json& patch) {
  auto patched = objects.merge(type, ref, patch);
  if (patched)
    note(type, *patched);
  return patched;
}

std::optional<refusal> world::remove(const resource_type& type, const json& object,
                                     const std::string& propagation) {
  removal_options options;
  options.uid = uid_of(object);
  options.propagation = propagation;
  const auto removed = objects.remove(type, ref_of(object), options);
  // 409: the name has another object by now.
  if (removed || removed.refusal().code == 404 || removed.refusal().code == 409)
    return std::nullopt;
  return removed.refusal();
}

answer<json> world::write_status(const resource_type& type, const json& object) {
  return objects.update(type, ref_of(object), object, "status");
}

} // namespace kubesim::control
