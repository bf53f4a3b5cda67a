#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/body.hpp"
#include "tests/kubesim/http/list_request.hpp"
#include "tests/kubesim/http/resource_verbs.hpp"

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

} // namespace

outgoing resource_verbs::get_scale(const resource_type& type, const route& where) const {
  auto found = objects_.find(type, {where.name_space, where.name});
  if (!found)
    return refused(status_error::not_found(type, where.name));
  return json_answer(scale_of(*found, *objects_.rules(type).scale));
}

outgoing resource_verbs::write_scale(const resource_type& type, const route& where,
                                     const json& scale) {
  const json& wanted = field(scale, {"spec", "replicas"});
  if (!wanted.is_null() && !wanted.is_number_integer())
    return refused(status_error::undecodable(
        scale_type(), "json: cannot unmarshal " + std::string{wanted.type_name()}
                          + " into Go struct field ScaleSpec.spec.replicas of type int32"));
  const auto& paths = *objects_.rules(type).scale;
  json patch = json::object();
  patch[pointer_to(paths.spec_replicas)] = wanted.is_null() ? json(0) : wanted;
  if (auto version = text_at(scale, {"metadata", "resourceVersion"}); !version.empty())
    patch["metadata"]["resourceVersion"] = version;
  auto written = objects_.merge(type, {where.name_space, where.name}, patch);
  if (!written)
    return refused(written.refusal());
  return json_answer(scale_of(*written, paths));
}

outgoing resource_verbs::update_scale(const resource_type& type, const route& where,
                                      const incoming& request) {
  auto parsed = media_type(request.content_type) == "application/yaml" ? parse_yaml(request.body)
                                                                       : parse_json(request.body);
  if (auto* why = std::get_if<std::string>(&parsed))
    return refused(status_error::undecodable(scale_type(), *why));
  return write_scale(type, where, std::get<parsed_body>(parsed).value);
}

outgoing resource_verbs::patch_scale(const resource_type& type, const route& where,
                                     const incoming& request) {
  auto found = objects_.find(type, {where.name_space, where.name});
  if (!found)
    return refused(status_error::not_found(type, where.name));
  auto parsed = parse_json(request.body);
  if (auto* why = std::get_if<std::string>(&parsed))
    return refused(status_error::bad_request("error decoding patch: " + *why));
  auto scale = scale_of(*found, *objects_.rules(type).scale);
  const auto& patch = std::get<parsed_body>(parsed).value;
  // The version counts only if the patch names it.
  scale["metadata"].erase("resourceVersion");
  if (media_type(request.content_type) == "application/json-patch+json") {
    try {
      scale = scale.patch(patch);
    } catch (const json::exception&) {
      return refused(status_error::unprocessable());
    }
  } else {
    scale.merge_patch(patch);
  }
  return write_scale(type, where, scale);
}

} // namespace kubesim::http
