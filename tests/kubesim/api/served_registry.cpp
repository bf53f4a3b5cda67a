#include "tests/kubesim/api/served_registry.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/metadata.hpp"
#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>

// Kinds, reading and the change feed; the writing verbs are in registry_write.cpp and
// registry_remove.cpp.
namespace kubesim {

namespace {

std::string key_of(std::string_view group, std::string_view version, std::string_view plural) {
  std::string key{group};
  key.append("/").append(version).append("/").append(plural);
  return key;
}

} // namespace

std::unique_ptr<api_registry> make_registry(const std::vector<kind_rules>& kinds,
                                            registry_options options) {
  auto made = std::make_unique<served_registry>(std::move(options));
  for (const auto& rules : kinds)
    made->serve(rules);
  return made;
}

served_registry::served_registry(registry_options options)
    : options_{std::move(options)}, feed_{std::make_shared<change_feed>(options_.post)} {}

const resource_type* served_registry::find_type(std::string_view group, std::string_view version,
                                                std::string_view plural) const {
  auto found = kinds_.find(key_of(group, version, plural));
  return found == kinds_.end() ? nullptr : &found->second->rules.type;
}

const resource_type* served_registry::find_type_by_kind(std::string_view api_version,
                                                        std::string_view kind) const {
  for (const auto& [key, served] : kinds_)
    if (served->rules.type.kind == kind && served->rules.type.api_version() == api_version)
      return &served->rules.type;
  return nullptr;
}

std::vector<const resource_type*> served_registry::types() const {
  std::vector<const resource_type*> all;
  for (const auto& [key, served] : kinds_)
    all.push_back(&served->rules.type);
  return all;
}

const served_registry::served_kind* served_registry::kind_of(const resource_type& type) const {
  auto found = kinds_.find(key_of(type.group, type.version, type.plural));
  return found == kinds_.end() ? nullptr : found->second.get();
}

const kind_rules& served_registry::rules(const resource_type& type) const {
  static const kind_rules none;
  const auto* kind = kind_of(type);
  return kind ? kind->rules : none;
}

const resource_type& served_registry::serve(kind_rules rules) {
  const auto& type = rules.type;
  auto key = key_of(type.group, type.version, type.plural);
  auto stored_as = rules.shape_of_group.value_or(type.group) + "/" + type.plural;
  auto& objects = collections_[stored_as];
  if (!objects)
    objects = std::make_unique<collection>(version_, options_.history_length);
  auto known_as = type;
  known_as.group = rules.shape_of_group.value_or(type.group);
  auto& served = kinds_[key];
  // In place, as callers hold pointers to the type.
  if (!served)
    served = std::make_unique<served_kind>();
  *served = {std::move(rules), std::move(stored_as), std::move(known_as)};
  return served->rules.type;
}

void served_registry::stop_serving(const resource_type& type) {
  auto found = kinds_.find(key_of(type.group, type.version, type.plural));
  if (found == kinds_.end())
    return;
  auto stored_as = found->second->stored_as;
  kinds_.erase(found);
  bool is_shared = std::any_of(kinds_.begin(), kinds_.end(), [&](const auto& other) {
    return other.second->stored_as == stored_as;
  });
  if (!is_shared)
    collections_.erase(stored_as);
}

const collection& served_registry::objects_of(const served_kind& kind) const {
  return *collections_.at(kind.stored_as);
}

std::shared_ptr<const json> served_registry::presented(const served_kind& kind,
                                                       std::shared_ptr<const json> stored) const {
  const auto& type = kind.rules.type;
  if (!stored || text_at(*stored, {"apiVersion"}) == type.api_version())
    return stored;
  auto shaped = *stored;
  if (kind.rules.from_stored)
    kind.rules.from_stored(shaped);
  shaped["apiVersion"] = type.api_version();
  shaped["kind"] = type.kind;
  return std::make_shared<const json>(std::move(shaped));
}

change served_registry::presented(const served_kind& kind, change what) const {
  what.object = presented(kind, std::move(what.object));
  what.before = presented(kind, std::move(what.before));
  return what;
}

json served_registry::stored(const served_kind& kind, json object) const {
  if (!kind.rules.shape_of_group)
    return object;
  if (kind.rules.to_stored)
    kind.rules.to_stored(object);
  // The other shape's version is v1 as well; only the group tells them apart.
  const auto& group = *kind.rules.shape_of_group;
  const auto& version = kind.rules.type.version;
  object["apiVersion"] = group.empty() ? version : group + "/" + version;
  return object;
}

std::shared_ptr<const json> served_registry::find(const resource_type& type,
                                                  const object_ref& ref) const {
  const auto* kind = kind_of(type);
  return kind ? presented(*kind, objects_of(*kind).find(ref)) : nullptr;
}

std::vector<std::shared_ptr<const json>> served_registry::all(const resource_type& type,
                                                              const std::string& name_space) const {
  const auto* kind = kind_of(type);
  if (!kind)
    return {};
  auto found = objects_of(*kind).all(name_space);
  for (auto& object : found)
    object = presented(*kind, std::move(object));
  return found;
}

std::optional<std::vector<std::shared_ptr<const json>>>
served_registry::all_at(const resource_type& type, const std::string& name_space,
                        std::uint64_t resource_version) const {
  const auto* kind = kind_of(type);
  if (!kind)
    return std::nullopt;
  auto found = objects_of(*kind).all_at(name_space, resource_version);
  if (found)
    for (auto& object : *found)
      object = presented(*kind, std::move(object));
  return found;
}

std::optional<std::vector<change>>
served_registry::changes_after(const resource_type& type, std::uint64_t resource_version) const {
  const auto* kind = kind_of(type);
  if (!kind)
    return std::nullopt;
  auto found = objects_of(*kind).changes_after(resource_version);
  if (found)
    for (auto& one : *found)
      one = presented(*kind, std::move(one));
  return found;
}

std::uint64_t served_registry::oldest_known(const resource_type& type) const {
  const auto* kind = kind_of(type);
  return kind ? objects_of(*kind).oldest_known() : version_;
}

void served_registry::forget_history() {
  for (auto& [key, objects] : collections_)
    objects->forget_until(version_);
}

registry::subscription served_registry::subscribe(const resource_type& type,
                                                  std::function<void(const change&)> on_change) {
  const auto* kind = kind_of(type);
  if (!kind)
    return nullptr;
  auto key = key_of(type.group, type.version, type.plural);
  return feed_->subscribe(kind->stored_as, version_,
                          [this, key, on_change = std::move(on_change)](const change& what) {
                            // The kind may have gone while the change waited.
                            if (auto found = kinds_.find(key); found != kinds_.end())
                              on_change(presented(*found->second, what));
                          });
}

void served_registry::commit(const served_kind& kind, change_kind what, const object_ref& ref,
                             json& object, const json* before) {
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  auto old = before ? std::make_shared<const json>(stored(kind, *before)) : nullptr;
  change made{what, version_, std::make_shared<const json>(stored(kind, object)), std::move(old)};
  collections_.at(kind.stored_as)->commit(ref, made);
  feed_->publish(kind.stored_as, made);
}

} // namespace kubesim
