#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/patch.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/body.hpp"
#include "tests/kubesim/http/list_request.hpp"
#include "tests/kubesim/http/resource_verbs.hpp"
#include "tests/kubesim/http/write_request.hpp"

#include <sstream>

// The /scale subresource: another view of a few numbers of the object.
namespace kubesim::http {

namespace {

json::json_pointer pointer_to(const std::string& path) {
  json::json_pointer pointer;
  std::istringstream parts{path};
  std::string part;
  while (std::getline(parts, part, '.'))
    if (!part.empty())
      pointer /= part;
  return pointer;
}

json value_at(const json& object, const std::string& path) {
  auto pointer = pointer_to(path);
  return !path.empty() && object.contains(pointer) ? object.at(pointer) : json{};
}

/// `app=d,tier in (a,b)`: the text form of a selector object.
std::string selector_text(const json& selector) {
  if (selector.is_string())
    return selector.get<std::string>();
  std::string text;
  for (const auto& [key, value] : items_at(selector, {"matchLabels"}).items())
    text += (text.empty() ? "" : ",") + key + "=" + value.get<std::string>();
  for (const auto& one : items_at(selector, {"matchExpressions"})) {
    auto how = text_at(one, {"operator"});
    std::string values;
    for (const auto& value : items_at(one, {"values"}))
      values += (values.empty() ? "" : ",") + value.get<std::string>();
    text += text.empty() ? "" : ",";
    if (how == "DoesNotExist")
      text += "!";
    text += text_at(one, {"key"});
    if (how == "In" || how == "NotIn")
      text += (how == "In" ? " in (" : " notin (") + values + ")";
  }
  return text;
}

json scale_of(const json& object, const kind_rules::scale_paths& paths) {
  json meta;
  for (const char* name : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"})
    if (const json& value = field(object, {"metadata", name}); !value.is_null())
      meta[name] = value;
  json scale{{"kind", "Scale"},
             {"apiVersion", "autoscaling/v1"},
             {"metadata", std::move(meta)},
             {"spec", json::object()}};
  if (auto wanted = value_at(object, paths.spec_replicas); !wanted.is_null() && wanted != 0)
    scale["spec"]["replicas"] = std::move(wanted);
  auto present = value_at(object, paths.status_replicas);
  scale["status"]["replicas"] = present.is_null() ? json(0) : std::move(present);
  if (auto selector = selector_text(value_at(object, paths.label_selector)); !selector.empty())
    scale["status"]["selector"] = std::move(selector);
  return scale;
}

resource_type scale_type() {
  resource_type type;
  type.group = "autoscaling";
  type.version = "v1";
  type.plural = "scales";
  type.kind = "Scale";
  return type;
}

std::optional<refusal> check_identity(const json& scale, const route& where) {
  if (auto name = text_at(scale, {"metadata", "name"}); !name.empty() && name != where.name)
    return status_error::bad_request("the name of the object (" + name
                                     + ") does not match the name on the URL (" + where.name + ")");
  if (auto own = text_at(scale, {"metadata", "namespace"}); !own.empty() && own != where.name_space)
    return status_error::bad_request("the namespace of the provided object does not match the "
                                     "namespace sent on the request");
  return std::nullopt;
}

std::optional<refusal> problem_of(const json& scale, const route& where) {
  if (auto why = check_identity(scale, where))
    return why;
  const json& wanted = field(scale, {"spec", "replicas"});
  if (!wanted.is_null() && !wanted.is_number_integer())
    return status_error::undecodable(
        scale_type(), "json: cannot unmarshal " + std::string{wanted.type_name()}
                          + " into Go struct field ScaleSpec.spec.replicas of type int32");
  if (wanted.is_number_integer() && wanted < 0)
    return status_error::invalid(
        scale_type(), where.name,
        {{"FieldValueInvalid", "spec.replicas",
          "Invalid value: " + wanted.dump() + ": must be greater than or equal to 0"}});
  return std::nullopt;
}

std::optional<refusal> check_uid(const json& scale, const json& object, const resource_type& type) {
  auto wanted = text_at(scale, {"metadata", "uid"}), own = text_at(object, {"metadata", "uid"});
  if (wanted.empty() || wanted == own)
    return std::nullopt;
  auto part = type;
  part.plural += "/scale";
  auto why = status_error::conflict(part, text_at(object, {"metadata", "name"}));
  why.status["message"] = "Operation cannot be fulfilled on " + part.qualified_name() + " \""
                          + text_at(object, {"metadata", "name"})
                          + "\": Precondition failed: UID in precondition: " + wanted
                          + ", UID in object meta: " + own;
  return why;
}

} // namespace

outgoing resource_verbs::get_scale(const resource_type& type, const route& where) const {
  auto found = objects_.find(type, {where.name_space, where.name});
  if (!found)
    return refused(status_error::not_found(type, where.name));
  return json_answer(scale_of(*found, *objects_.rules(type).scale));
}

outgoing resource_verbs::write_scale(const resource_type& type, const route& where,
                                     const json& scale, const write_options& options) {
  if (auto why = problem_of(scale, where))
    return refused(*why);
  if (auto found = objects_.find(type, {where.name_space, where.name}))
    if (auto why = check_uid(scale, *found, type))
      return refused(*why);
  const auto& paths = *objects_.rules(type).scale;
  json patch = json::object();
  const json& wanted = field(scale, {"spec", "replicas"});
  patch[pointer_to(paths.spec_replicas)] = wanted.is_null() ? json(0) : wanted;
  if (auto version = text_at(scale, {"metadata", "resourceVersion"}); !version.empty())
    patch["metadata"]["resourceVersion"] = version;
  auto written = objects_.patch(type, {where.name_space, where.name}, patch, patch_format::merge,
                                "scale", options);
  if (!written)
    return refused(written.refusal());
  return json_answer(scale_of(*written, paths));
}

outgoing resource_verbs::update_scale(const resource_type& type, const route& where,
                                      const incoming& request) {
  auto options = parse_write_options(request, "UpdateOptions");
  if (!options)
    return refused(options.refusal());
  auto parsed = media_type(request.content_type) == "application/yaml" ? parse_yaml(request.body)
                                                                       : parse_json(request.body);
  if (auto* why = std::get_if<std::string>(&parsed))
    return refused(status_error::undecodable(scale_type(), *why));
  return write_scale(type, where, std::get<parsed_body>(parsed).value, *options);
}

outgoing resource_verbs::patch_scale(const resource_type& type, const route& where,
                                     const incoming& request) {
  auto format = patch_format::merge;
  auto patch = read_patch(type, request, format);
  if (!patch)
    return refused(patch.refusal());
  auto options = parse_write_options(request, "PatchOptions");
  if (!options)
    return refused(options.refusal());
  auto found = objects_.find(type, {where.name_space, where.name});
  if (!found)
    return refused(status_error::not_found(type, where.name));
  auto scale = scale_of(*found, *objects_.rules(type).scale);
  // The version counts only if the patch names it.
  scale["metadata"].erase("resourceVersion");
  // A Scale has no lists: all other formats mean the same.
  auto patched = format == patch_format::json_patch ? apply_json_patch(scale, *patch)
                                                    : apply_merge_patch(scale, *patch);
  if (!patched)
    return refused(patched.refusal());
  return write_scale(type, where, *patched, *options);
}

} // namespace kubesim::http
