#include "tests/kubesim/http/api_service.hpp"

#include "tests/kubesim/api/discovery/discovery.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/body.hpp"

#include <algorithm>

namespace kubesim::http {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The verb as RBAC knows it.
std::string verb_of(const incoming& request, const route& where) {
  if (where.what == route::target::other)
    return lower(request.method);
  const auto& method = request.method;
  if (method == "GET" || method == "HEAD") {
    if (where.is_watch_path || (!where.is_object() && flag(request.parameters, "watch")))
      return "watch";
    return where.is_object() ? "get" : "list";
  }
  if (method == "POST")
    return "create";
  if (method == "PUT")
    return "update";
  if (method == "PATCH")
    return "patch";
  if (method == "DELETE")
    return where.is_object() ? "delete" : "deletecollection";
  return lower(method);
}

attributes wish_of(const arrival& what) {
  const auto& where = what.where;
  attributes wish;
  wish.verb = what.verb;
  if (where.what == route::target::other) {
    wish.path = where.path;
    return wish;
  }
  wish.group = where.group;
  wish.resource = where.plural;
  wish.subresource = where.subresource;
  wish.name = where.name;
  // A namespace counts as being in itself, so that a Role there can grant reading it.
  wish.name_space
      = where.group.empty() && where.plural == "namespaces" ? where.name : where.name_space;
  return wish;
}

} // namespace

passage arrival::seen_as() const {
  passage seen;
  seen.user = who ? who->name : "";
  seen.verb = verb;
  seen.resource = where.what == route::target::resource ? where.plural : where.path;
  seen.subresource = where.subresource;
  seen.name_space = where.name_space;
  seen.name = where.name;
  return seen;
}

api_service::api_service(served_cluster cluster, std::string address, request_log& log)
    : cluster_{cluster}, verbs_{cluster.objects}, address_{std::move(address)}, log_{log} {}

arrival api_service::receive(incoming request, const credentials& shown) const {
  arrival what;
  what.where = parse_path(request.path);
  what.who = cluster_.who_is_who.authenticate(shown);
  if (what.who && request.acts_as) {
    auto meant = impersonate(*what.who, *request.acts_as, cluster_.rights);
    if (meant)
      what.who = *meant;
    else
      what.not_allowed_to_act = meant.refusal();
  }
  what.verb = verb_of(request, what.where);
  what.request = std::move(request);
  return what;
}

const resource_type* api_service::find_type(const route& where) const {
  if (const auto* type = cluster_.objects.find_type(where.group, where.version, where.plural))
    return type;
  for (const auto& review : review_types())
    if (review.group == where.group && review.version == where.version
        && review.plural == where.plural)
      return &review;
  return nullptr;
}

std::vector<const resource_type*> api_service::all_types() const {
  auto types = cluster_.objects.types();
  for (const auto& review : review_types())
    types.push_back(&review);
  return types;
}

std::optional<refusal> api_service::check_rights(const arrival& what) const {
  if (!what.who)
    return unauthorized();
  if (what.not_allowed_to_act)
    return what.not_allowed_to_act;
  auto wish = wish_of(what);
  if (!cluster_.rights.allows(*what.who, wish).allowed)
    return forbidden(*what.who, wish);
  return std::nullopt;
}

outcome api_service::serve(const arrival& what) {
  if (auto why = check_rights(what))
    return refused(*why);
  if (what.where.what == route::target::other)
    return serve_other(what);
  return serve_resource(what);
}

outcome api_service::serve_resource(const arrival& what) {
  const auto& where = what.where;
  if (!discovery::serves_group(all_types(), where.group))
    return page_not_found();
  const auto* type = find_type(where);
  if (!type)
    return refused(status_error::no_such_resource());
  if (!type->is_namespaced && !where.name_space.empty())
    return page_not_found();
  if (!where.subresource.empty())
    return serve_subresource(what, *type);
  if (!negotiate(what.request.accept))
    return refused(not_acceptable(what.request.accept));
  if (what.verb == "watch")
    return watch(what, *type);
  if (!cluster_.objects.find_type(type->group, type->version, type->plural))
    return review(what, *type);
  return where.is_object() ? serve_object(what, *type) : serve_collection(what, *type);
}

outcome api_service::serve_object(const arrival& what, const resource_type& type) {
  // Objects of a namespaced kind have no place at the cluster scope.
  if (type.is_namespaced && what.where.name_space.empty())
    return refused(status_error::no_such_resource());
  if (what.verb == "get")
    return verbs_.get(type, what.where, what.request);
  if (what.verb == "update")
    return verbs_.update(type, what.where, what.request);
  if (what.verb == "patch")
    return verbs_.patch(type, what.where, what.request);
  if (what.verb == "delete")
    return verbs_.remove(type, what.where, what.request);
  return refused(status_error::method_not_allowed());
}

outcome api_service::serve_collection(const arrival& what, const resource_type& type) {
  bool is_everywhere = type.is_namespaced && what.where.name_space.empty();
  if (what.verb == "list")
    return verbs_.list(type, what.where, what.request);
  if (is_everywhere)
    return refused(status_error::method_not_allowed());
  if (what.verb == "create")
    return verbs_.create(type, what.where, what.request);
  bool is_namespaces = type.group.empty() && type.plural == "namespaces";
  if (what.verb == "deletecollection" && !is_namespaces)
    return verbs_.remove_all(type, what.where, what.request);
  if (what.verb == "update" && type.is_custom)
    return refused(status_error::bad_request("name must be provided"));
  return refused(status_error::method_not_allowed());
}

outcome api_service::serve_subresource(const arrival& what, const resource_type& type) {
  const auto& where = what.where;
  const auto& part = where.subresource;
  bool is_pod = type.group.empty() && type.plural == "pods";
  if (is_pod && part == "exec")
    return serve_exec(what);
  if (is_pod && part == "log")
    return what.verb == "get" ? outcome{log_wish{{where.name_space, where.name}}}
                              : refused(status_error::method_not_allowed());
  if (is_pod && part == "eviction")
    return what.verb == "create" ? evict(what, type) : refused(status_error::method_not_allowed());
  if (type.group.empty() && type.plural == "serviceaccounts" && part == "token")
    return what.verb == "create" ? request_token(what)
                                 : refused(status_error::method_not_allowed());
  if (part == "scale" && cluster_.objects.rules(type).scale)
    return serve_scale(what, type);
  bool is_finalize = part == "finalize" && type.group.empty() && type.plural == "namespaces";
  if (is_finalize && what.verb == "update")
    return verbs_.update(type, where, what.request);
  if (part != "status" || !type.has_status)
    return type.is_custom ? refused(status_error::not_found(type, where.name))
                          : refused(status_error::no_such_resource());
  if (what.verb == "get")
    return verbs_.get(type, where, what.request);
  if (what.verb == "update")
    return verbs_.update(type, where, what.request);
  if (what.verb == "patch")
    return verbs_.patch(type, where, what.request);
  return refused(status_error::method_not_allowed());
}

outcome api_service::serve_scale(const arrival& what, const resource_type& type) {
  if (what.verb == "get")
    return verbs_.get_scale(type, what.where);
  if (what.verb == "update")
    return verbs_.update_scale(type, what.where, what.request);
  if (what.verb == "patch")
    return verbs_.patch_scale(type, what.where, what.request);
  return refused(status_error::method_not_allowed());
}

outcome api_service::serve_exec(const arrival& what) {
  const auto& method = what.request.method;
  if (method != "GET" && method != "POST")
    return refused(status_error::method_not_allowed());
  // A WebSocket is opened by GET, but runs something: it needs the right to create too.
  auto wish = wish_of(what);
  wish.verb = "create";
  if (!cluster_.rights.allows(*what.who, wish).allowed)
    return refused(status_error::of(403, "Forbidden",
                                    "pods \"" + what.where.name + "\" is forbidden: ",
                                    {{"name", what.where.name}, {"kind", "pods"}}));
  return exec_request{{what.where.name_space, what.where.name}};
}

outcome api_service::watch(const arrival& what, const resource_type& type) const {
  auto text = value_of(what.request.parameters, "resourceVersion");
  auto options
      = parse_list_options(what.request.parameters, cluster_.objects.rules(type), listing::watch);
  if (!options)
    return refused(options.refusal());
  if (auto version = parse_version(text); auto* why = std::get_if<std::string>(&version))
    return refused(
        status_error::of(500, "", "resourceVersion: Invalid value: \"" + text + "\": " + *why));
  watch_request request;
  request.type = &type;
  request.name_space = what.where.name_space;
  request.options = std::move(*options);
  if (what.where.is_object())
    request.options.fields.also(field_selector::by_name(what.where.name));
  request.shape = *negotiate(what.request.accept);
  auto wanted = value_of(what.request.parameters, "includeObject");
  request.objects = wanted == "None"     ? included::none
                    : wanted == "Object" ? included::object
                                         : included::metadata;
  request.user = what.who->name;
  return request;
}

outgoing api_service::review(const arrival& what, const resource_type& type) const {
  if (what.verb != "create" || what.where.is_object())
    return refused(status_error::method_not_allowed());
  auto read = read_object(what.request.body, what.request.content_type, type, cluster_.objects);
  if (!read)
    return refused(read.refusal());
  auto answer
      = cluster_.reviews.create(type, what.where.name_space, std::move(read->value), *what.who);
  return answer ? json_answer(*answer, 201) : refused(answer.refusal());
}

outgoing api_service::request_token(const arrival& what) const {
  auto read = read_object(what.request.body.empty() ? "{}" : what.request.body,
                          what.request.content_type, token_request_type(), cluster_.objects);
  if (!read)
    return refused(read.refusal());
  auto answer = cluster_.reviews.request_token({what.where.name_space, what.where.name},
                                               std::move(read->value));
  return answer ? json_answer(*answer, 201) : refused(answer.refusal());
}

} // namespace kubesim::http
