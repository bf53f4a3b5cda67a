#include "tests/kubesim/http/service_fixture.hpp"

namespace kubesim::http {

namespace {

registry_options quiet_options() {
  registry_options wanted;
  wanted.post = [](const std::function<void()>&) {};
  wanted.random = [last = std::uint64_t{0}]() mutable { return last += 0x9E3779B97F4A7C15ULL; };
  return wanted;
}

} // namespace

service::service()
    : objects{make_registry(builtin_kinds(), quiet_options())},
      who_is_who_{*objects, [] { return std::chrono::system_clock::now(); }},
      rights_{*objects},
      desk_{*objects, who_is_who_, rights_},
      log_{nullptr},
      service_{{*objects, who_is_who_, rights_, desk_, faults_}, "127.0.0.1:1", log_} {
  make({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "ns"}}}});
}

service::reply service::ask(const std::string& method, const std::string& path, const json& body,
                            const std::string& content_type, const std::string& user_name) {
  incoming request;
  request.method = method;
  request.path = path.substr(0, path.find('?'));
  if (request.path != path)
    request.parameters = parse_query(path.substr(path.find('?') + 1));
  request.accept = "application/json";
  request.content_type = content_type;
  request.user_agent = "tester/1";
  if (!body.is_null())
    request.body = body.dump();
  credentials shown{.common_name = user_name};
  if (user_name == "admin")
    shown.organizations = {"system:masters"};
  auto answered = service_.serve(service_.receive(std::move(request), shown));
  const auto* complete = std::get_if<outgoing>(&answered);
  if (!complete)
    return {0, nullptr};
  return {complete->code, json::parse(complete->body, nullptr, false)};
}

void service::make(const json& object) {
  const auto* type = objects->find_type_by_kind(object.at("apiVersion").get<std::string>(),
                                                object.at("kind").get<std::string>());
  ASSERT_NE(type, nullptr) << object;
  const auto made = objects->create(*type, type->is_namespaced ? "ns" : "", object);
  ASSERT_TRUE(made) << made.refusal().status;
}

json service::find(const char* group, const char* plural, const std::string& name) const {
  const auto* type = objects->find_type(group, "v1", plural);
  const auto found = objects->find(*type, {type->is_namespaced ? "ns" : "", name});
  return found ? *found : json{};
}

void service::allow(const std::string& user_name, const json& rule) {
  make({{"apiVersion", "rbac.authorization.k8s.io/v1"},
        {"kind", "Role"},
        {"metadata", {{"name", user_name}}},
        {"rules", json::array({rule})}});
  make({{"apiVersion", "rbac.authorization.k8s.io/v1"},
        {"kind", "RoleBinding"},
        {"metadata", {{"name", user_name}}},
        {"roleRef",
         {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", user_name}}},
        {"subjects", json::array({{{"kind", "User"},
                                   {"apiGroup", "rbac.authorization.k8s.io"},
                                   {"name", user_name}}})}});
}

} // namespace kubesim::http
