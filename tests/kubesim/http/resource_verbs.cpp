#include "tests/kubesim/http/resource_verbs.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/body.hpp"
#include "tests/kubesim/http/list_request.hpp"
#include "tests/kubesim/http/render.hpp"
#include "tests/kubesim/http/write_request.hpp"

namespace kubesim::http {

namespace {

/// How long a real server waits for a state that it has not seen yet.
constexpr std::chrono::seconds patience_with_the_future{3};

included included_objects(const query& parameters) {
  auto text = value_of(parameters, "includeObject");
  if (text == "None")
    return included::none;
  return text == "Object" ? included::object : included::metadata;
}

outgoing in_shape(const json& body, int code, const representation& wanted) {
  if (!wanted.is_yaml)
    return json_answer(body, code);
  outgoing answer;
  answer.code = code;
  answer.content_type = "application/yaml";
  answer.body = to_yaml(body);
  return answer;
}

outgoing refused_in_time(const refusal& why) {
  auto answer = refused(why);
  if (why.code == 504)
    answer.wait = patience_with_the_future;
  return answer;
}

object_ref ref_of(const route& where) {
  return {where.name_space, where.name};
}

} // namespace

outgoing resource_verbs::one(const resource_type& type, const json& object, int code,
                             const incoming& request,
                             const std::vector<std::string>& warnings) const {
  auto wanted = negotiate(request.accept).value_or(representation{});
  const auto& rules = objects_.rules(type);
  bool is_status = text_at(object, {"kind"}) == "Status" && type.kind != "Status";
  auto answer
      = is_status
            ? json_answer(object, code)
            : in_shape(shaped_object(rules, object, wanted, included_objects(request.parameters)),
                       code, wanted);
  for (const auto& text : warnings)
    answer.headers.emplace_back("Warning", warning_header(text));
  if (!rules.deprecation_warning.empty())
    answer.headers.emplace_back("Warning", warning_header(rules.deprecation_warning));
  return answer;
}

outgoing resource_verbs::get(const resource_type& type, const route& where,
                             const incoming& request) const {
  auto text = value_of(request.parameters, "resourceVersion");
  auto version = parse_version(text);
  if (auto* why = std::get_if<std::string>(&version))
    return refused(
        status_error::of(500, "", "resourceVersion: Invalid value: \"" + text + "\": " + *why));
  if (auto wanted = std::get<std::uint64_t>(version); wanted > objects_.resource_version())
    return refused_in_time(status_error::version_too_large(wanted, objects_.resource_version()));
  auto found = objects_.find(type, ref_of(where));
  if (!found)
    return refused(status_error::not_found(type, where.name));
  return one(type, *found, 200, request, {});
}

outgoing resource_verbs::list(const resource_type& type, const route& where,
                              const incoming& request) const {
  const auto& rules = objects_.rules(type);
  auto options = parse_list_options(request.parameters, rules, listing::once);
  if (!options)
    return refused(options.refusal());
  auto found = list_objects(objects_, type, where.name_space, *options);
  if (!found)
    return refused_in_time(found.refusal());
  auto wanted = negotiate(request.accept).value_or(representation{});
  auto answer = in_shape(shaped_list(rules, found->items, std::move(found->metadata), wanted,
                                     included_objects(request.parameters)),
                         200, wanted);
  if (!rules.deprecation_warning.empty())
    answer.headers.emplace_back("Warning", warning_header(rules.deprecation_warning));
  return answer;
}

outgoing resource_verbs::create(const resource_type& type, const route& where,
                                const incoming& request) {
  auto options = parse_write_options(request, "CreateOptions");
  if (!options)
    return refused(options.refusal());
  auto body = read_object(request.body, request.content_type, type, objects_);
  if (!body)
    return refused(body.refusal());
  std::vector<std::string> warnings;
  options->warnings = &warnings;
  options->duplicate_fields = std::move(body->duplicate_fields);
  auto made = objects_.create(type, where.name_space, std::move(body->value), *options);
  if (!made)
    return refused(made.refusal());
  return one(type, *made, 201, request, warnings);
}

outgoing resource_verbs::update(const resource_type& type, const route& where,
                                const incoming& request) {
  auto options = parse_write_options(request, "UpdateOptions");
  if (!options)
    return refused(options.refusal());
  auto body = read_object(request.body, request.content_type, type, objects_);
  if (!body)
    return refused(body.refusal());
  std::vector<std::string> warnings;
  options->warnings = &warnings;
  options->duplicate_fields = std::move(body->duplicate_fields);
  auto written
      = objects_.update(type, ref_of(where), std::move(body->value), where.subresource, *options);
  if (!written)
    return refused(written.refusal());
  return one(type, *written, 200, request, warnings);
}

answer<json> resource_verbs::read_patch(const resource_type& type, const incoming& request,
                                        patch_format& format) const {
  auto media = media_type(request.content_type);
  if (media == "application/merge-patch+json")
    format = patch_format::merge;
  else if (media == "application/json-patch+json")
    format = patch_format::json_patch;
  else if (media == "application/strategic-merge-patch+json" && !type.is_custom)
    format = patch_format::strategic;
  else if (media == "application/apply-patch+yaml")
    format = patch_format::apply;
  else if (type.is_custom)
    return status_error::of(415, "UnsupportedMediaType",
                            "the body of the request was in an unknown format - accepted media "
                            "types include: application/json-patch+json, "
                            "application/merge-patch+json, application/apply-patch+yaml");
  else
    return status_error::of(415, "UnsupportedMediaType", "415: Unsupported Media Type",
                            json::object());
  auto parsed = format == patch_format::apply ? parse_yaml(request.body) : parse_json(request.body);
  if (auto* why = std::get_if<std::string>(&parsed))
    return status_error::bad_request("error decoding patch: " + *why);
  return std::move(std::get<parsed_body>(parsed).value);
}

outgoing resource_verbs::patch(const resource_type& type, const route& where,
                               const incoming& request) {
  auto format = patch_format::merge;
  auto body = read_patch(type, request, format);
  if (!body)
    return refused(body.refusal());
  auto options = parse_write_options(request, "PatchOptions");
  if (!options)
    return refused(options.refusal());
  if (format == patch_format::apply && value_of(request.parameters, "fieldManager").empty())
    return refused(status_error::invalid_options(
        "PatchOptions",
        {{"FieldValueRequired", "fieldManager", "Required value: is required for apply patch"}}));
  std::vector<std::string> warnings;
  options->warnings = &warnings;
  bool is_new = format == patch_format::apply && !objects_.find(type, ref_of(where));
  auto written = objects_.patch(type, ref_of(where), *body, format, where.subresource, *options);
  if (!written)
    return refused(written.refusal());
  return one(type, *written, is_new ? 201 : 200, request, warnings);
}

outgoing resource_verbs::remove(const resource_type& type, const route& where,
                                const incoming& request) {
  auto options = parse_removal_options(request.parameters, request.body, request.content_type);
  if (!options)
    return refused(options.refusal());
  std::vector<std::string> warnings;
  if (type.kind == "Job" && type.group == "batch" && options->propagation.empty())
    warnings.emplace_back("child pods are preserved by default when jobs are deleted; set "
                          "propagationPolicy=Background to remove them or set "
                          "propagationPolicy=Orphan to suppress this warning");
  auto removed = objects_.remove(type, ref_of(where), *options);
  if (!removed)
    return refused(removed.refusal());
  return one(type, *removed, 200, request, warnings);
}

outgoing resource_verbs::remove_all(const resource_type& type, const route& where,
                                    const incoming& request) {
  const auto& rules = objects_.rules(type);
  auto selection = parse_list_options(request.parameters, rules, listing::once);
  if (!selection)
    return refused(selection.refusal());
  auto options = parse_removal_options(request.parameters, request.body, request.content_type);
  if (!options)
    return refused(options.refusal());
  auto found = list_objects(objects_, type, where.name_space, *selection);
  if (!found)
    return refused_in_time(found.refusal());
  for (const auto& object : found->items)
    if (auto removed = objects_.remove(type, kubesim::ref_of(*object), *options);
        !removed && removed.refusal().code != 404)
      return refused(removed.refusal());
  auto wanted = negotiate(request.accept).value_or(representation{});
  return in_shape(
      shaped_list(rules, found->items, std::move(found->metadata), wanted, included::metadata), 200,
      wanted);
}

} // namespace kubesim::http
