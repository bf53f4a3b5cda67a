#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/metadata.hpp"
#include "tests/kubesim/api/served_registry.hpp"
#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>
#include <chrono>

// Deletion: at once, or marked and left to whoever holds the object.
namespace kubesim {

namespace {

constexpr const char* orphan = "orphan";
constexpr const char* foreground = "foregroundDeletion";

std::optional<refusal> check_preconditions(const resource_type& type, const std::string& name,
                                           const json& object, const removal_options& options) {
  auto uid = text_at(object, {"metadata", "uid"});
  if (!options.uid.empty() && options.uid != uid)
    return status_error::precondition_failed(
        type, name,
        "the UID in the precondition (" + options.uid + ") does not match the UID in record (" + uid
            + "). The object might have been deleted and then recreated");
  auto version = text_at(object, {"metadata", "resourceVersion"});
  if (!options.resource_version.empty() && options.resource_version != version)
    return status_error::precondition_failed(
        type, name,
        "the ResourceVersion in the precondition (" + options.resource_version
            + ") does not match the ResourceVersion in record (" + version
            + "). The object might have been modified");
  return std::nullopt;
}

void set_finalizer(json& object, const char* name, const char* instead_of) {
  auto& list = object["metadata"]["finalizers"];
  if (!list.is_array())
    list = json::array();
  if (auto other = std::find(list.begin(), list.end(), instead_of); other != list.end())
    list.erase(other);
  if (std::find(list.begin(), list.end(), name) == list.end())
    list.push_back(name);
}

std::int64_t present_grace(const json& object) {
  const json& grace = field(object, {"metadata", "deletionGracePeriodSeconds"});
  return grace.is_number_integer() ? grace.get<std::int64_t>() : 0;
}

} // namespace

bool served_registry::is_held(const kind_rules& rules, const json& object) const {
  return !items_at(object, {"metadata", "finalizers"}).empty()
         || (rules.is_held && rules.is_held(object)) || present_grace(object) > 0;
}

std::int64_t served_registry::grace_of(const kind_rules& rules, const json& object,
                                       const removal_options& options) const {
  if (!rules.grace_seconds)
    return 0;
  auto own = rules.grace_seconds(object);
  if (own <= 0)
    return 0;
  return std::max<std::int64_t>(options.grace_seconds.value_or(own), 0);
}

void served_registry::add_propagation(const kind_rules& rules, json& object,
                                      const std::string& propagation) const {
  const auto& policy = propagation.empty() ? rules.default_propagation : propagation;
  if (policy == "Orphan")
    set_finalizer(object, orphan, foreground);
  else if (policy == "Foreground")
    set_finalizer(object, foreground, orphan);
}

answer<json> served_registry::begin_removal(const served_kind& kind, const object_ref& ref,
                                            const json& before, std::int64_t grace,
                                            const removal_options& options) {
  const auto& rules = kind.rules;
  bool is_marked = !field(before, {"metadata", "deletionTimestamp"}).is_null();
  // Who marked it first has said how; a later deletion can only shorten the grace period.
  if (is_marked && grace >= present_grace(before) && present_grace(before) > 0)
    return before;
  auto object = before;
  auto& meta = object["metadata"];
  if (!is_marked)
    add_propagation(rules, object, options.propagation);
  if (!is_marked || grace < present_grace(before)) {
    meta["deletionTimestamp"] = metadata::timestamp(options_.now() + std::chrono::seconds{grace});
    // Kinds with a way of their own to go (Namespace, CRD) know no grace and keep their generation.
    if (!rules.begin_deletion)
      meta["deletionGracePeriodSeconds"] = grace;
  }
  if (!is_marked && rules.begin_deletion)
    rules.begin_deletion(object);
  else if (!is_marked && rules.type.has_generation)
    meta["generation"] = field(before, {"metadata", "generation"}).get<std::int64_t>() + 1;
  if (is_held(rules, object)) {
    if (object != before && !options.dry_run)
      commit(kind, change_kind::modified, ref, object, &before);
    return object;
  }
  auto last = before;
  if (!options.dry_run) {
    // A pod is marked before it goes, even without any time left.
    if (rules.grace_seconds && object != before) {
      commit(kind, change_kind::modified, ref, object, &before);
      last = object;
    }
    const auto present = last;
    commit(kind, change_kind::deleted, ref, last, &present);
  }
  // What goes at once is answered as it was, unmarked.
  if (rules.delete_answers_object)
    return last;
  return status_error::gone(kind.known_as, ref.name, text_at(before, {"metadata", "uid"}));
}

answer<json> served_registry::remove(const resource_type& type, const object_ref& ref,
                                     const removal_options& options) {
  const auto* kind = kind_of(type);
  if (!kind)
    return status_error::no_such_resource();
  auto before = find(type, ref);
  if (!before)
    return status_error::not_found(kind->known_as, ref.name);
  if (auto why = check_preconditions(kind->known_as, ref.name, *before, options))
    return *why;
  return begin_removal(*kind, ref, *before, grace_of(kind->rules, *before, options), options);
}

} // namespace kubesim
