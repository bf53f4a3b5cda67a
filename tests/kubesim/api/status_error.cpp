#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>

namespace kubesim::status_error {

namespace {

json named(const resource_type& type, std::string_view name, std::string_view kind) {
  json details{{"name", name}, {"kind", kind}};
  for (const char* member : {"name", "kind"})
    if (details.at(member) == "")
      details.erase(member);
  if (!type.group.empty())
    details["group"] = type.group;
  return details;
}

std::string in_quotes(std::string_view text) {
  return "\"" + std::string{text} + "\"";
}

std::string subject(const resource_type& type, std::string_view name) {
  return type.qualified_name() + " " + in_quotes(name);
}

std::string text_of(const field_problem& problem) {
  return problem.field + ": " + problem.message;
}

/// One problem stands alone, several in brackets, equal ones once.
std::string joined(const std::vector<field_problem>& problems) {
  std::vector<std::string> texts;
  for (const auto& problem : problems) {
    auto text = text_of(problem);
    if (std::find(texts.begin(), texts.end(), text) == texts.end())
      texts.push_back(std::move(text));
  }
  if (texts.size() == 1)
    return texts.front();
  std::string all;
  for (const auto& text : texts)
    all += (all.empty() ? "[" : ", ") + text;
  return all + "]";
}

json causes(const std::vector<field_problem>& problems) {
  json list = json::array();
  for (const auto& problem : problems)
    list.push_back(
        {{"reason", problem.reason}, {"message", problem.message}, {"field", problem.field}});
  return list;
}

/// An object as the server holds it: the metadata of built-in kinds in the order of its own
/// structure, all else by name.
std::string shown(const json& object, bool is_custom) {
  if (is_custom)
    return object.dump();
  nlohmann::ordered_json text = nlohmann::ordered_json::parse(object.dump());
  auto& meta = text["metadata"];
  nlohmann::ordered_json in_order;
  for (const char* name : {"name", "generateName", "namespace", "uid", "resourceVersion",
                           "generation", "creationTimestamp", "deletionTimestamp"})
    if (meta.contains(name))
      in_order[name] = meta.at(name);
  for (const auto& [name, value] : meta.items())
    in_order[name] = value;
  meta = in_order;
  return text.dump();
}

refusal conflict_with(json details, const std::string& what, const std::string& why) {
  return of(409, "Conflict", "Operation cannot be fulfilled on " + what + ": " + why,
            std::move(details));
}

} // namespace

refusal of(int code, std::string_view reason, std::string message, json details) {
  json status{{"kind", "Status"},
              {"apiVersion", "v1"},
              {"metadata", json::object()},
              {"status", "Failure"},
              {"reason", reason},
              {"code", code},
              {"message", std::move(message)}};
  if (reason.empty())
    status.erase("reason");
  if (!details.is_null())
    status["details"] = std::move(details);
  return {code, std::move(status), {}};
}

refusal bad_request(std::string message) {
  return of(400, "BadRequest", std::move(message));
}

refusal not_found(const resource_type& type, std::string_view name) {
  return of(404, "NotFound", subject(type, name) + " not found", named(type, name, type.plural));
}

refusal no_such_resource() {
  return of(404, "NotFound", "the server could not find the requested resource", json::object());
}

refusal already_exists(const resource_type& type, std::string_view name) {
  return of(409, "AlreadyExists", subject(type, name) + " already exists",
            named(type, name, type.plural));
}

refusal being_deleted(const resource_type& type, std::string_view name) {
  return of(409, "AlreadyExists",
            "object is being deleted: " + subject(type, name) + " already exists",
            named(type, name, type.plural));
}

refusal conflict(const resource_type& type, std::string_view name) {
  return conflict_with(named(type, name, type.plural), subject(type, name),
                       "the object has been modified; please apply your changes to the latest "
                       "version and try again");
}

refusal precondition_failed(const resource_type& type, std::string_view name, std::string why) {
  auto kind = type.group.empty() ? type.kind : type.kind + "." + type.group;
  return conflict_with(named(type, name, type.kind), kind + " " + in_quotes(name), std::move(why));
}

refusal invalid(const resource_type& type, std::string_view name,
                const std::vector<field_problem>& problems) {
  auto details = named(type, name, type.kind);
  details["causes"] = causes(problems);
  auto kind = type.group.empty() ? type.kind : type.kind + "." + type.group;
  return of(422, "Invalid", kind + " " + in_quotes(name) + " is invalid: " + joined(problems),
            std::move(details));
}

refusal invalid_options(std::string_view kind, const std::vector<field_problem>& problems) {
  json details{{"group", "meta.k8s.io"}, {"kind", kind}, {"causes", causes(problems)}};
  return of(422, "Invalid", std::string{kind} + ".meta.k8s.io \"\" is invalid: " + joined(problems),
            std::move(details));
}

refusal version_required(const resource_type& type, std::string_view name) {
  const std::vector<field_problem> problems{{"FieldValueInvalid", "metadata.resourceVersion",
                                             "Invalid value: 0: must be specified for an update"}};
  auto details = named(type, name, type.plural);
  details["causes"] = causes(problems);
  return of(422, "Invalid", subject(type, name) + " is invalid: " + joined(problems),
            std::move(details));
}

refusal undecodable(const resource_type& type, std::string_view why) {
  return bad_request(type.kind + " in version " + in_quotes(type.version)
                     + " cannot be handled as a " + type.kind + ": " + std::string{why});
}

refusal strict_patch(const resource_type& type, const json& patched, std::string_view why) {
  const std::vector<field_problem> problems{
      {"FieldValueInvalid", "patch",
       "Invalid value: " + json(shown(patched, type.is_custom)).dump() + ": " + std::string{why}}};
  return of(422, "Invalid", " \"\" is invalid: " + joined(problems),
            {{"causes", causes(problems)}});
}

refusal unprocessable() {
  return of(422, "Invalid", "the server rejected our request due to an error in our request",
            json::object());
}

refusal namespace_terminating(const resource_type& type, std::string_view name,
                              std::string_view name_space) {
  auto details = named(type, name, type.plural);
  auto why = "namespace " + std::string{name_space} + " is being terminated";
  details["causes"] = json::array(
      {{{"reason", "NamespaceTerminating"}, {"message", why}, {"field", "metadata.namespace"}}});
  return of(403, "Forbidden",
            subject(type, name) + " is forbidden: unable to create new content in namespace "
                + std::string{name_space} + " because it is being terminated",
            std::move(details));
}

refusal not_admitted(const resource_type& type, std::string_view name, const std::string& why) {
  return of(403, "Forbidden", subject(type, name) + " is forbidden: " + why,
            named(type, name, type.plural));
}

refusal method_not_allowed() {
  return of(405, "MethodNotAllowed",
            "the server does not allow this method on the requested resource", json::object());
}

refusal expired(std::string message) {
  return of(410, "Expired", std::move(message));
}

refusal version_too_large(std::uint64_t wanted, std::uint64_t current) {
  json details{{"causes", json::array({{{"reason", "ResourceVersionTooLarge"},
                                        {"message", "Too large resource version"}}})},
               {"retryAfterSeconds", 1}};
  auto why = of(504, "Timeout",
                "Timeout: Too large resource version: " + std::to_string(wanted)
                    + ", current: " + std::to_string(current),
                std::move(details));
  why.headers.emplace_back("Retry-After", "1");
  return why;
}

refusal internal(std::string message) {
  return of(500, "InternalError", std::move(message));
}

json gone(const resource_type& type, std::string_view name, std::string_view uid) {
  auto details = named(type, name, type.plural);
  details["uid"] = uid;
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", json::object()},
          {"status", "Success"},
          {"details", std::move(details)}};
}

} // namespace kubesim::status_error
