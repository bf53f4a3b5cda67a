#include "k8s/request.hpp"

#include <nlohmann/json.hpp>

namespace k8s {

namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
         || c == '.' || c == '_' || c == '~';
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', hex[byte >> 4], hex[byte & 15]};
  }
  return encoded;
}

std::string collection_path(const resource_kind& kind, std::string_view name_space) {
  std::string path = kind.group.empty() ? "/api/" : "/apis/";
  path += kind.api_version();
  if (kind.is_namespaced && !name_space.empty())
    path += "/namespaces/" + percent_encoded(name_space);
  return path.append("/").append(kind.plural);
}

std::string object_path(const resource_kind& kind, const object_key& key,
                        std::string_view subresource = {}) {
  std::string path = collection_path(kind, key.name_space) + '/' + percent_encoded(key.name);
  if (!subresource.empty())
    path.append("/").append(subresource);
  return path;
}

request read_request(const resource_kind& kind, std::string path, std::string_view verb) {
  return {.method = "GET",
          .path = std::move(path),
          .repeat = repeatable::always,
          .verb = verb,
          .resource = kind.plural};
}

request write_request(const resource_kind& kind, std::string method, std::string path,
                      std::string_view verb) {
  return {.method = std::move(method),
          .path = std::move(path),
          .content_type = "application/json",
          .repeat = repeatable::if_refused,
          .verb = verb,
          .resource = kind.plural};
}

/// Texts of hooks may end up in an object, and need not be UTF-8.
std::string serialized(const nlohmann::json& body) {
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_if_set(request& call, const char* name, const std::string& value) {
  if (!value.empty())
    call.query.emplace_back(name, value);
}

std::string_view content_type_of(patch_kind how) {
  switch (how) {
  case patch_kind::merge:
    return "application/merge-patch+json";
  case patch_kind::json:
    return "application/json-patch+json";
  case patch_kind::strategic:
    return "application/strategic-merge-patch+json";
  }
  return {};
}

bool has_resource_version(const nlohmann::json& object) {
  if (!object.is_object())
    return false;
  const auto metadata = object.find("metadata");
  return metadata != object.end() && metadata->is_object() && metadata->contains("resourceVersion");
}

/// With the resourceVersion in it the second try of a write that took effect meets a conflict.
repeatable repeat_of(const nlohmann::json& body) {
  return has_resource_version(body) ? repeatable::always : repeatable::if_refused;
}

} // namespace

std::string request::target() const {
  std::string text = path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    text.append(1, separator)
        .append(percent_encoded(name))
        .append("=")
        .append(percent_encoded(value));
    separator = '&';
  }
  return text;
}

std::string request::summary() const {
  return method + ' ' + path;
}

request get_request(const resource_kind& kind, const object_key& key) {
  return read_request(kind, object_path(kind, key), "get");
}

request list_request(const resource_kind& kind, std::string_view name_space,
                     const list_options& options) {
  auto call = read_request(kind, collection_path(kind, name_space), "list");
  add_if_set(call, "labelSelector", options.label_selector);
  add_if_set(call, "fieldSelector", options.field_selector);
  if (options.limit > 0)
    call.query.emplace_back("limit", std::to_string(options.limit));
  // The server refuses a resourceVersion beside a continue token: the token has its own.
  if (options.continue_token.empty())
    add_if_set(call, "resourceVersion", options.resource_version);
  else
    call.query.emplace_back("continue", options.continue_token);
  return call;
}

request watch_request(const resource_kind& kind, std::string_view name_space,
                      const watch_options& options) {
  auto call = read_request(kind, collection_path(kind, name_space), "watch");
  call.query = {{"watch", "true"}, {"allowWatchBookmarks", "true"}};
  add_if_set(call, "labelSelector", options.label_selector);
  add_if_set(call, "fieldSelector", options.field_selector);
  add_if_set(call, "resourceVersion", options.resource_version);
  call.query.emplace_back("timeoutSeconds", std::to_string(options.timeout.count()));
  return call;
}

request create_request(const resource_kind& kind, std::string_view name_space,
                       const nlohmann::json& object) {
  auto call = write_request(kind, "POST", collection_path(kind, name_space), "create");
  call.body = serialized(object);
  return call;
}

request replace_request(const resource_kind& kind, const object_key& key,
                        const nlohmann::json& object) {
  auto call = write_request(kind, "PUT", object_path(kind, key), "update");
  call.body = serialized(object);
  call.repeat = repeat_of(object);
  return call;
}

request patch_request(const resource_kind& kind, const object_key& key, patch_kind how,
                      const nlohmann::json& patch, std::string_view subresource) {
  auto call = write_request(kind, "PATCH", object_path(kind, key, subresource), "patch");
  call.content_type = content_type_of(how);
  call.body = serialized(patch);
  call.repeat = repeat_of(patch);
  return call;
}

request delete_request(const resource_kind& kind, const object_key& key,
                       const delete_options& options) {
  auto call = write_request(kind, "DELETE", object_path(kind, key), "delete");
  nlohmann::json body{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!options.uid.empty())
    body["preconditions"]["uid"] = options.uid;
  if (!options.resource_version.empty())
    body["preconditions"]["resourceVersion"] = options.resource_version;
  if (!options.propagation.empty())
    body["propagationPolicy"] = options.propagation;
  call.body = serialized(body);
  // Of the same object twice is as good as once; by name alone the second try may hit its
  // successor.
  call.repeat = options.uid.empty() && options.resource_version.empty() ? repeatable::if_refused
                                                                        : repeatable::always;
  return call;
}

} // namespace k8s
