#include "tests/kubesim/api/field_managers.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/metadata.hpp"
#include "tests/kubesim/api/served_registry.hpp"
#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>

// Creating and replacing: decode, combine with what is there, admit, validate, commit.
namespace kubesim {

namespace {

std::string strict_text(const kind_rules& rules, const json& object, const write_options& options,
                        std::vector<std::string>* warnings) {
  std::string all;
  auto add = [&](const std::string& text) {
    all += (all.empty() ? "strict decoding error: " : ", ") + text;
    if (warnings)
      warnings->push_back(text);
  };
  for (const auto& name : options.duplicate_fields)
    add("duplicate field \"" + name + "\"");
  if (rules.unknown_fields)
    for (const auto& name : rules.unknown_fields(object))
      add("unknown field \"" + name + "\"");
  return all;
}

void take_member(json& object, const json& from, const char* name) {
  if (auto member = from.find(name); member != from.end())
    object[name] = *member;
  else
    object.erase(name);
}

/// A copy without what the generation does not count.
json counted(const json& object, const kind_rules& rules) {
  json rest = object;
  rest.erase("metadata");
  if (rules.type.has_status || !rules.type.is_custom)
    rest.erase("status");
  if (rules.annotations_move_generation)
    rest["annotations"] = items_at(object, {"metadata", "annotations"});
  return rest;
}

void set_managed_fields(json& object, json entries) {
  auto& meta = object["metadata"];
  meta.erase("managedFields");
  if (!entries.empty())
    meta["managedFields"] = std::move(entries);
}

/// /scale is another way to write a part of the spec.
bool is_write_of_spec(std::string_view subresource) {
  return subresource.empty() || subresource == "scale";
}

bool is_same(const json& a, const json& b) {
  auto one = a, other = b;
  one["metadata"].erase("resourceVersion");
  other["metadata"].erase("resourceVersion");
  return one == other;
}

} // namespace

std::optional<refusal> served_registry::decode(const kind_rules& rules, json& object,
                                               body_source source,
                                               const write_options& options) const {
  const auto& type = rules.type;
  if (!object.is_object())
    return status_error::undecodable(type, "json: cannot unmarshal "
                                               + std::string{object.type_name()}
                                               + " into Go value of type map[string]interface {}");
  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
  auto problem = metadata::decoding_problem(object);
  if (problem.empty() && rules.decoding_problem)
    problem = rules.decoding_problem(object);
  if (!problem.empty() && source == body_source::patch && !type.is_custom)
    return status_error::of(422, "Invalid",
                            " \"\" is invalid: patch: Invalid value: " + json(object.dump()).dump()
                                + ": " + problem,
                            json::object());
  if (!problem.empty())
    return status_error::undecodable(type, problem);
  using validation = write_options::validation;
  if (options.field_validation != validation::ignore) {
    bool is_strict = options.field_validation == validation::strict;
    auto text = strict_text(rules, object, options, is_strict ? nullptr : options.warnings);
    if (is_strict && !text.empty())
      return source == body_source::patch ? status_error::strict_patch(type, object, text)
                                          : status_error::undecodable(type, text);
  }
  if (rules.prune)
    rules.prune(object);
  metadata::tidy(object);
  return std::nullopt;
}

std::optional<refusal> served_registry::check_namespace(const resource_type& type,
                                                        const json& object,
                                                        const std::string& name_space) const {
  const auto* namespaces = find_type("", "v1", "namespaces");
  if (!type.is_namespaced || !namespaces)
    return std::nullopt;
  auto found = find(*namespaces, {{}, name_space});
  if (!found)
    return status_error::not_found(*namespaces, name_space);
  if (!field(*found, {"metadata", "deletionTimestamp"}).is_null())
    return status_error::namespace_terminating(type, text_at(object, {"metadata", "name"}),
                                               name_space);
  return std::nullopt;
}

void served_registry::give_identity(const kind_rules& rules, const std::string& name_space,
                                    json& object) const {
  auto& meta = object["metadata"];
  for (const char* name :
       {"resourceVersion", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"})
    meta.erase(name);
  if (!name_space.empty())
    meta["namespace"] = name_space;
  if (auto prefix = text_at(meta, {"generateName"});
      !prefix.empty() && text_at(meta, {"name"}).empty())
    meta["name"] = metadata::generated_name(prefix, options_.random);
  meta["uid"] = metadata::new_uid(options_.random);
  meta["creationTimestamp"] = metadata::timestamp(options_.now());
  if (rules.type.has_generation)
    meta["generation"] = 1;
}

answer<json> served_registry::create(const resource_type& type, const std::string& name_space,
                                     json object, const write_options& options) {
  const auto* kind = kind_of(type);
  if (!kind)
    return status_error::no_such_resource();
  return make(*kind, name_space, std::move(object), {{}, options});
}

json served_registry::managed_fields(const kind_rules& rules, const json* before,
                                     const json& object, const pending_write& how) const {
  if (how.managed)
    return *how.managed;
  return managed_after_update(rules, before, object,
                              {how.options.field_manager, std::string{how.subresource},
                               metadata::timestamp(options_.now())});
}

answer<json> served_registry::make(const served_kind& kind, const std::string& name_space,
                                   json object, const pending_write& how) {
  const auto& rules = kind.rules;
  if (auto why = decode(rules, object, how.source, how.options))
    return *why;
  if (auto own = text_at(object, {"metadata", "namespace"}); !own.empty() && own != name_space)
    return status_error::bad_request("the namespace of the provided object does not match the "
                                     "namespace sent on the request");
  if (!text_at(object, {"metadata", "resourceVersion"}).empty())
    return status_error::of(500, "", "resourceVersion should not be set on objects to be created");
  give_identity(rules, name_space, object);
  if (auto why = check_namespace(rules.type, object, name_space))
    return *why;
  if (rules.type.has_status)
    object.erase("status");
  if (rules.set_defaults)
    rules.set_defaults(object);
  if (rules.admit)
    rules.admit(object, *this);
  if (rules.prepare)
    rules.prepare(object, nullptr);
  auto problems = metadata::problems(object, rules);
  if (rules.validate)
    std::ranges::move(rules.validate(object, nullptr), std::back_inserter(problems));
  auto ref = ref_of(object);
  if (!problems.empty())
    return status_error::invalid(kind.known_as, ref.name, problems);
  if (auto why = check_room(kind, object, nullptr))
    return *why;
  if (auto old = objects_of(kind).find(ref))
    return field(*old, {"metadata", "deletionTimestamp"}).is_null()
               ? status_error::already_exists(kind.known_as, ref.name)
               : status_error::being_deleted(kind.known_as, ref.name);
  if (!how.options.field_manager.empty())
    set_managed_fields(object, managed_fields(rules, nullptr, object, how));
  if (!how.options.dry_run)
    commit(kind, change_kind::added, ref, object, nullptr);
  return object;
}

std::optional<refusal> served_registry::check_room(const served_kind& kind, const json& object,
                                                   const json* before) const {
  const auto& ask = kind.rules.lack_of_room;
  const auto why = ask ? ask(object, before, *this) : std::string{};
  if (why.empty())
    return std::nullopt;
  return status_error::not_admitted(kind.known_as, ref_of(object).name, why);
}

std::optional<refusal> served_registry::check_version(const served_kind& kind, const json& object,
                                                      const json& before) const {
  const auto& known_as = kind.known_as;
  auto name = text_at(before, {"metadata", "name"});
  auto version = text_at(object, {"metadata", "resourceVersion"});
  if (version.empty() || version == "0")
    return kind.rules.allows_unconditional_update
               ? std::nullopt
               : std::optional{status_error::version_required(known_as, name)};
  if (version != text_at(before, {"metadata", "resourceVersion"}))
    return status_error::conflict(known_as, name);
  return std::nullopt;
}

/// What of the new object may replace the old one through this endpoint.
json served_registry::combine(const kind_rules& rules, json object, const json& before,
                              std::string_view subresource) const {
  auto& meta = object["metadata"];
  const auto& old_meta = before.at("metadata");
  for (const char* name : {"uid", "creationTimestamp", "deletionTimestamp",
                           "deletionGracePeriodSeconds", "name", "namespace"})
    if (!meta.contains(name) && old_meta.contains(name))
      meta[name] = old_meta.at(name);
  take_member(meta, old_meta, "generation");
  take_member(meta, old_meta, "managedFields");
  if (is_write_of_spec(subresource)) {
    if (rules.type.has_status)
      take_member(object, before, "status");
    return object;
  }
  json combined = before;
  if (subresource == "finalize") {
    combined["spec"]["finalizers"] = items_at(object, {"spec", "finalizers"});
    return combined;
  }
  take_member(combined, object, "status");
  if (subresource == "binding") { // a pod's node and its condition in one write
    combined["spec"]["nodeName"] = field(object, {"spec", "nodeName"});
    return combined;
  }
  if (rules.type.is_custom)
    return combined;
  combined["metadata"] = meta;
  for (const auto& name : rules.kept_by_status_write)
    take_member(combined["metadata"], old_meta, name.c_str());
  return combined;
}

void served_registry::move_generation(const kind_rules& rules, json& object,
                                      const json& before) const {
  if (rules.type.has_generation && counted(object, rules) != counted(before, rules))
    object["metadata"]["generation"]
        = field(before, {"metadata", "generation"}).get<std::int64_t>() + 1;
}

answer<json> served_registry::write(const served_kind& kind, const object_ref& ref,
                                    const json& before, json object, const pending_write& how) {
  const auto& rules = kind.rules;
  if (auto why = decode(rules, object, how.source, how.options))
    return *why;
  if (auto name = text_at(object, {"metadata", "name"}); !name.empty() && name != ref.name)
    return status_error::bad_request("the name of the object (" + name
                                     + ") does not match the name on the URL (" + ref.name + ")");
  if (auto own = text_at(object, {"metadata", "namespace"}); !own.empty() && own != ref.name_space)
    return status_error::bad_request("the namespace of the provided object does not match the "
                                     "namespace sent on the request");
  if (auto why = check_version(kind, object, before))
    return *why;
  object = combine(rules, std::move(object), before, how.subresource);
  if (rules.set_defaults)
    rules.set_defaults(object);
  if (rules.prepare)
    rules.prepare(object, &before);
  object["metadata"]["resourceVersion"] = before.at("metadata").at("resourceVersion");
  // A status write may touch annotations (Deployment) and a binding the spec: no new generation.
  if (is_write_of_spec(how.subresource))
    move_generation(rules, object, before);
  auto problems = metadata::change_problems(object, before);
  if (rules.validate)
    std::ranges::move(rules.validate(object, &before), std::back_inserter(problems));
  if (!problems.empty())
    return status_error::invalid(kind.known_as, ref.name, problems);
  if (auto why = how.subresource.empty() ? check_room(kind, object, &before) : std::nullopt)
    return *why;
  bool is_unchanged = is_same(object, before);
  if (how.managed || (!is_unchanged && !how.options.field_manager.empty()))
    set_managed_fields(object, managed_fields(rules, &before, object, how));
  // An apply that only shares what is already there changes the managers alone.
  if (is_unchanged && how.managed)
    is_unchanged = are_same_managers(*how.managed, items_at(before, {"metadata", "managedFields"}));
  if (how.options.dry_run)
    return object;
  if (is_unchanged)
    return before;
  bool was_deleted = !field(before, {"metadata", "deletionTimestamp"}).is_null();
  if (was_deleted && !is_held(rules, object)) {
    // The event shows the object as it was before its last finalizer went.
    auto last = before;
    commit(kind, change_kind::deleted, ref, last, &before);
    return object;
  }
  commit(kind, change_kind::modified, ref, object, &before);
  return object;
}

answer<json> served_registry::update(const resource_type& type, const object_ref& ref, json object,
                                     std::string_view subresource, const write_options& options) {
  const auto* kind = kind_of(type);
  if (!kind)
    return status_error::no_such_resource();
  auto before = find(type, ref);
  if (!before)
    return status_error::not_found(kind->known_as, ref.name);
  auto uid = text_at(object, {"metadata", "uid"});
  auto own = text_at(*before, {"metadata", "uid"});
  if (!uid.empty() && uid != own)
    return status_error::of(409, "Conflict",
                            "Operation cannot be fulfilled on " + kind->rules.type.qualified_name()
                                + " \"" + ref.name
                                + "\": Precondition failed: UID in precondition: " + uid
                                + ", UID in object meta: " + own,
                            {{"name", ref.name}, {"kind", kind->rules.type.plural}});
  return write(*kind, ref, *before, std::move(object), {subresource, options});
}

} // namespace kubesim
