#include "tests/kubesim/api/discovery/discovery.hpp"
#include "tests/kubesim/api/discovery/openapi.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/api_service.hpp"
#include "tests/kubesim/http/body.hpp"

#include <array>

// What is no object: health, version, discovery, OpenAPI and the tests' own control of the server.
namespace kubesim::http {

namespace {

bool is_health_path(std::string_view path) {
  static constexpr std::array<std::string_view, 3> roots{"/healthz", "/livez", "/readyz"};
  static constexpr std::array<std::string_view, 4> checks{"", "/ping", "/log", "/etcd"};
  for (auto root : roots)
    for (auto check : checks)
      if (path.starts_with(root) && path.substr(root.size()) == check)
        return true;
  return false;
}

bool is_admin(const user& who) {
  return std::find(who.groups.begin(), who.groups.end(), "system:masters") != who.groups.end();
}

bool is_below(std::string_view path, std::string_view root) {
  return path == root || (path.starts_with(root) && path[root.size()] == '/');
}

} // namespace

outgoing api_service::serve_other(const arrival& what) {
  const auto& path = what.where.path;
  if (what.is_control())
    return control(what);
  bool is_known = is_health_path(path) || path == "/version" || is_below(path, "/api")
                  || is_below(path, "/apis") || is_below(path, "/openapi/v3");
  if (!is_known)
    return page_not_found();
  if (what.request.method != "GET" && what.request.method != "HEAD")
    return refused(status_error::method_not_allowed());
  if (is_health_path(path))
    return text_answer("ok");
  if (path == "/version")
    return json_answer(discovery::version());
  if (is_below(path, "/openapi/v3"))
    return openapi(what);
  return discovery(what);
}

outgoing api_service::discovery(const arrival& what) const {
  namespace documents = kubesim::discovery;
  std::string_view path = what.where.path;
  while (path.size() > 1 && path.ends_with('/'))
    path.remove_suffix(1);
  auto types = all_types();
  auto wanted = negotiate(what.request.accept);
  if (!wanted)
    return refused(not_acceptable(what.request.accept));
  bool is_aggregated = wanted->shape == representation::form::discovery;
  if (is_aggregated && (path == "/api" || path == "/apis")) {
    auto where = path == "/api" ? documents::scope::core : documents::scope::groups;
    auto answer = json_answer(documents::aggregated(types, where, wanted->version));
    answer.content_type = "application/json;g=apidiscovery.k8s.io;v=" + std::string{wanted->version}
                          + ";as=APIGroupDiscoveryList";
    return answer;
  }
  if (path == "/api")
    return json_answer(documents::core_versions(address_));
  if (path == "/apis")
    return json_answer(documents::groups(types));
  std::optional<json> found;
  if (path.starts_with("/api/")) {
    found = path == "/api/v1" ? documents::resources(types, "", "v1") : std::nullopt;
  } else {
    auto rest = path.substr(std::string_view{"/apis/"}.size());
    auto slash = rest.find('/');
    found = slash == std::string_view::npos
                ? documents::group(types, rest)
                : documents::resources(types, rest.substr(0, slash), rest.substr(slash + 1));
  }
  return found ? json_answer(*found) : page_not_found();
}

outgoing api_service::openapi(const arrival& what) const {
  kubesim::discovery::served_rules kinds;
  for (const auto* type : cluster_.objects.types())
    kinds.push_back(&cluster_.objects.rules(*type));
  std::string_view path = what.where.path;
  path.remove_prefix(std::string_view{"/openapi/v3"}.size());
  if (path.empty() || path == "/")
    return json_answer(kubesim::discovery::openapi_index(kinds));
  auto document = kubesim::discovery::openapi_document(kinds, path.substr(1));
  return document ? json_answer(*document) : page_not_found();
}

outgoing api_service::control(const arrival& what) {
  if (!is_admin(*what.who))
    return refused(status_error::of(403, "Forbidden", "only for administrators", json::object()));
  const auto& path = what.where.path;
  const auto& method = what.request.method;
  if (path == "/kubesim/faults")
    return control_faults(what);
  if (path == "/kubesim/requests" && method == "GET")
    return json_answer({{"counts", cluster_.faults.counts()}, {"requests", log_.entries()}});
  if (path == "/kubesim/requests" && method == "DELETE") {
    cluster_.faults.reset_counts();
    log_.clear();
    return json_answer(json::object());
  }
  if (path == "/kubesim/history" && method == "DELETE") {
    cluster_.objects.forget_history();
    return json_answer({{"resourceVersion", cluster_.objects.resource_version()}});
  }
  return page_not_found();
}

outgoing api_service::control_faults(const arrival& what) {
  const auto& method = what.request.method;
  if (method == "DELETE") {
    cluster_.faults.clear();
    return json_answer(json::object());
  }
  if (method == "GET") {
    json rules = json::array();
    for (const auto& rule : cluster_.faults.rules())
      rules.push_back({{"id", rule.id}, {"seen", rule.seen}});
    return json_answer({{"rules", std::move(rules)}});
  }
  if (method != "POST")
    return refused(status_error::method_not_allowed());
  auto parsed = parse_json(what.request.body);
  if (auto* why = std::get_if<std::string>(&parsed))
    return refused(status_error::bad_request(*why));
  auto& value = std::get<parsed_body>(parsed).value;
  auto list = value.is_array() ? std::move(value) : json::array({std::move(value)});
  std::vector<fault_rule> rules;
  for (const auto& one : list) {
    auto rule = parse_fault_rule(one);
    if (auto* why = std::get_if<std::string>(&rule))
      return refused(status_error::bad_request(*why));
    rules.push_back(std::get<fault_rule>(std::move(rule)));
  }
  for (auto& rule : rules)
    cluster_.faults.add(std::move(rule));
  return json_answer({{"added", rules.size()}}, 201);
}

} // namespace kubesim::http
