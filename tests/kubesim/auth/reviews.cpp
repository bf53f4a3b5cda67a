#include "tests/kubesim/auth/reviews.hpp"

#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/schema.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/api/status_error.hpp"

namespace kubesim {

namespace {

using kinds::find_at;
using kinds::list_at;
using kinds::object_at;
using kinds::text_at;

constexpr const char* authentication = "authentication.k8s.io";
constexpr const char* authorization = "authorization.k8s.io";

resource_type review_type(const char* group, const char* plural, const char* kind,
                          bool is_namespaced = false) {
  resource_type type;
  type.group = group;
  type.version = "v1";
  type.plural = plural;
  type.kind = kind;
  type.singular = type.plural.substr(0, type.plural.size() - 1);
  type.list_kind = type.kind + "List";
  type.is_namespaced = is_namespaced;
  return type;
}

/// A 422 of a kind that is stored nowhere: the server then names neither kind nor object.
refusal refuse(const resource_type& type, const field_problem& problem) {
  auto nameless = type;
  nameless.kind.clear();
  auto why = status_error::invalid(nameless, "", {problem});
  why.status["details"].erase("kind");
  return why;
}

attributes wish_of(const json& spec) {
  if (const auto* path = find_at(spec, "nonResourceAttributes"))
    return {.verb = text_at(*path, "verb"), .path = text_at(*path, "path")};
  const auto& resource = object_at(spec, "resourceAttributes");
  return {.verb = text_at(resource, "verb"),
          .group = text_at(resource, "group"),
          .resource = text_at(resource, "resource"),
          .subresource = text_at(resource, "subresource"),
          .name_space = text_at(resource, "namespace"),
          .name = text_at(resource, "name")};
}

user subject_of(const json& spec) {
  user who{.name = text_at(spec, "user"), .uid = text_at(spec, "uid")};
  for (const auto& group : list_at(spec, "groups"))
    who.groups.push_back(group.get<std::string>());
  return who;
}

json shown(const user& who) {
  json info{{"username", who.name}, {"groups", who.groups}};
  if (!who.uid.empty())
    info["uid"] = who.uid;
  if (!who.credential_id.empty())
    info["extra"]
        = {{"authentication.kubernetes.io/credential-id", json::array({who.credential_id})}};
  return info;
}

answer<json> review_access(const resource_type& type, json body, const user& asking,
                           const authorizer& rights) {
  const auto& spec = object_at(body, "spec");
  const bool names_resource = find_at(spec, "resourceAttributes") != nullptr;
  const bool names_path = find_at(spec, "nonResourceAttributes") != nullptr;
  if (names_resource == names_path)
    return refuse(type, kinds::invalid("spec.resourceAttributes", nullptr,
                                       "exactly one of nonResourceAttributes or resourceAttributes "
                                       "must be specified"));
  const bool is_about_self = type.kind == "SelfSubjectAccessReview";
  const auto who = is_about_self ? asking : subject_of(spec);
  if (who.name.empty() && who.groups.empty())
    return refuse(
        type, kinds::invalid("spec.user", "", "at least one of user or group must be specified"));
  const auto decided = rights.allows(who, wish_of(spec));
  body["status"] = {{"allowed", decided.allowed}};
  if (!decided.reason.empty())
    body["status"]["reason"] = decided.reason;
  return body;
}

answer<json> review_rules(const resource_type& type, json body, const user& asking,
                          const authorizer& rights) {
  const auto name_space = text_at(body, "spec.namespace");
  if (name_space.empty())
    return status_error::bad_request("no namespace on request");
  json resources = json::array(), paths = json::array();
  for (auto& rule : rights.rules_for(asking, name_space))
    (rule.contains("nonResourceURLs") ? paths : resources).push_back(std::move(rule));
  body["kind"] = type.kind;
  body["status"] = {{"resourceRules", std::move(resources)},
                    {"nonResourceRules", std::move(paths)},
                    {"incomplete", false}};
  return body;
}

json review_token(json body, const authenticator& who_is_who) {
  const auto who = who_is_who.authenticate({.bearer_token = text_at(body, "spec.token")});
  if (who)
    body["status"] = {{"authenticated", true},
                      {"user", shown(*who)},
                      {"audiences", json::array({"https://kubernetes.default.svc"})}};
  else
    body["status"] = {{"user", json::object()}, {"error", "invalid bearer token"}};
  return body;
}

/// Brings a body into the shape of its kind; the refusal if it cannot be read.
std::optional<refusal> decode(const resource_type& type, json& body) {
  if (!body.is_object())
    return status_error::bad_request("the object provided is unrecognized (must be of type "
                                     + type.kind + ")");
  body["apiVersion"] = type.api_version();
  body["kind"] = type.kind;
  const auto& structure = kinds::builtin_schema().at(type.kind);
  if (const auto problem = kinds::decoding_problem(structure, body); !problem.empty())
    return status_error::undecodable(type, problem);
  kinds::normalize(structure, body);
  return std::nullopt;
}

} // namespace

const std::vector<resource_type>& review_types() {
  static const std::vector<resource_type> types{
      review_type(authorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
      review_type(authorization, "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
      review_type(authorization, "subjectaccessreviews", "SubjectAccessReview"),
      review_type(authorization, "localsubjectaccessreviews", "LocalSubjectAccessReview", true),
      review_type(authentication, "tokenreviews", "TokenReview"),
      review_type(authentication, "selfsubjectreviews", "SelfSubjectReview")};
  return types;
}

const resource_type& token_request_type() {
  static const auto type = review_type(authentication, "tokenrequests", "TokenRequest");
  return type;
}

answer<json> review_desk::create(const resource_type& type, const std::string& name_space,
                                 json body, const user& who) const {
  if (auto why = decode(type, body))
    return std::move(*why);
  if (!name_space.empty())
    body["metadata"]["namespace"] = name_space;
  if (type.kind == "SelfSubjectRulesReview")
    return review_rules(type, std::move(body), who, rights_);
  if (type.kind == "TokenReview")
    return review_token(std::move(body), who_is_who_);
  if (type.kind == "SelfSubjectReview") {
    body["metadata"]["creationTimestamp"] = kinds::format_time(std::chrono::system_clock::now());
    body["status"] = {{"userInfo", shown(who)}};
    return body;
  }
  return review_access(type, std::move(body), who, rights_);
}

answer<json> review_desk::request_token(const object_ref& service_account, json body) const {
  constexpr std::int64_t shortest = 600, standard = 3600;
  const auto& type = token_request_type();
  if (auto why = decode(type, body))
    return std::move(*why);
  const auto* accounts = objects_.find_type("", "v1", "serviceaccounts");
  const auto account = accounts ? objects_.find(*accounts, service_account) : nullptr;
  if (!account)
    return accounts ? status_error::not_found(*accounts, service_account.name)
                    : status_error::no_such_resource();
  auto& spec = body["spec"];
  const auto seconds = kinds::number_at(spec, "expirationSeconds", standard);
  if (seconds < shortest)
    return refuse(type, kinds::invalid("spec.expirationSeconds", seconds,
                                       "may not specify a duration less than 10 minutes"));
  const auto uid = text_at(*account, "metadata.uid");
  const auto issued = who_is_who_.issue(service_account, uid, std::chrono::seconds{seconds});
  body["metadata"]
      = {{"name", service_account.name},
         {"namespace", service_account.name_space},
         {"uid", uid},
         {"creationTimestamp", kinds::format_time(issued.expires - std::chrono::seconds{seconds})}};
  spec["expirationSeconds"] = seconds;
  if (list_at(spec, "audiences").empty())
    spec["audiences"] = json::array({"https://kubernetes.default.svc"});
  kinds::default_to(spec, "boundObjectRef", nullptr);
  body["status"]
      = {{"token", issued.text}, {"expirationTimestamp", kinds::format_time(issued.expires)}};
  return body;
}

} // namespace kubesim
