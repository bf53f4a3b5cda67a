#include "tests/kubesim/api/field_managers.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/metadata.hpp"
#include "tests/kubesim/api/patch.hpp"
#include "tests/kubesim/api/served_registry.hpp"
#include "tests/kubesim/api/status_error.hpp"

// Patches of every kind, up to the checked write that they end in.
namespace kubesim {

namespace {

/// What a server-side apply must look like before anything is merged.
std::optional<refusal> check_configuration(const resource_type& type, const resource_type& known_as,
                                           const json& wanted, const object_ref& ref,
                                           const json* before) {
  auto version = text_at(wanted, {"apiVersion"});
  auto kind = text_at(wanted, {"kind"});
  if (version != type.api_version() || kind != type.kind) {
    auto slash = version.find('/');
    auto group = slash == std::string::npos ? std::string{} : version.substr(0, slash);
    return status_error::bad_request("invalid object type: " + group + "/"
                                     + version.substr(slash == std::string::npos ? 0 : slash + 1)
                                     + ", Kind=" + kind);
  }
  if (auto problem = metadata::decoding_problem(wanted); !problem.empty())
    return status_error::undecodable(type, problem);
  if (!items_at(wanted, {"metadata", "managedFields"}).empty())
    return status_error::bad_request("metadata.managedFields must be nil");
  auto name = text_at(wanted, {"metadata", "name"});
  if (name != ref.name)
    return status_error::bad_request("the name of the object (" + name
                                     + ") does not match the name on the URL (" + ref.name + ")");
  if (auto uid = text_at(wanted, {"metadata", "uid"}); !before && !uid.empty()) {
    auto why = status_error::conflict(known_as, ref.name);
    why.status["message"] = "Operation cannot be fulfilled on " + known_as.qualified_name() + " \""
                            + ref.name + "\": uid mismatch: the provided object specified uid "
                            + uid + ", and no existing object was found";
    return why;
  }
  return std::nullopt;
}

} // namespace

answer<json> served_registry::merge(const resource_type& type, const object_ref& ref,
                                    const json& patch, std::string_view subresource) {
  return this->patch(type, ref, patch, patch_format::merge, subresource, {});
}

answer<json> served_registry::patch(const resource_type& type, const object_ref& ref,
                                    const json& patch, patch_format format,
                                    std::string_view subresource, const write_options& options) {
  const auto* kind = kind_of(type);
  if (!kind)
    return status_error::no_such_resource();
  auto before = find(type, ref);
  if (format == patch_format::apply)
    return apply(*kind, ref, before.get(), patch, subresource, options);
  if (!before)
    return status_error::not_found(kind->known_as, ref.name);
  auto patched = [&] {
    switch (format) {
    case patch_format::json_patch:
      return apply_json_patch(*before, patch);
    case patch_format::strategic:
      return apply_strategic_merge(*before, patch, kind->rules.merge_keys);
    default:
      return apply_merge_patch(*before, patch);
    }
  }();
  if (!patched)
    return patched;
  return write(*kind, ref, *before, std::move(*patched),
               {subresource, options, body_source::patch});
}

answer<json> served_registry::apply(const served_kind& kind, const object_ref& ref,
                                    const json* before, const json& configuration,
                                    std::string_view subresource, const write_options& options) {
  if (auto why = check_configuration(kind.rules.type, kind.known_as, configuration, ref, before))
    return *why;
  if (!before && !subresource.empty())
    return status_error::not_found(kind.known_as, ref.name);
  auto applied = server_side_apply(
      kind.rules, before, configuration,
      {options.field_manager, std::string{subresource}, metadata::timestamp(options_.now())},
      options.force ? on_conflict::take_over : on_conflict::refuse);
  if (!applied)
    return applied.refusal();
  pending_write how{subresource, options, body_source::request, &applied->managed};
  return before ? write(kind, ref, *before, std::move(applied->object), how)
                : make(kind, ref.name_space, std::move(applied->object), how);
}

} // namespace kubesim
