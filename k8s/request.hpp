#pragma once

#include "k8s/resource.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Pure: from verb, kind, key and options to one HTTP request. Nothing here does I/O.
namespace k8s {

enum class patch_kind { merge, json, strategic };

struct list_options {
  std::string label_selector{}, field_selector{};
  std::string resource_version{}; ///< empty: most recent; "0": whatever the server has cached
  std::int64_t limit = 0;         ///< 0: all in one answer
  std::string continue_token{};
};

struct watch_options {
  std::string label_selector{}, field_selector{};
  std::string resource_version{};
  std::chrono::seconds timeout{300};
};

struct delete_options {
  std::string uid{};              ///< precondition, if not empty
  std::string resource_version{}; ///< precondition, if not empty
  std::string propagation{};      ///< Background, Foreground, Orphan; empty: the server's default
};

/// How a request may be repeated when no answer or a refusal came.
enum class repeatable {
  always,     ///< reads, and writes that are idempotent by precondition or nature
  if_refused, ///< only where the server surely did not act: 429, connection never made
  never,      ///< the caller repeats by a rule of its own
};

struct request {
  std::string method{};
  std::string path{};
  std::vector<std::pair<std::string, std::string>> query{};
  std::string content_type{}; ///< empty without a body
  std::string body{};
  repeatable repeat = repeatable::if_refused;
  std::string_view verb{}, resource{}; ///< for metrics: `list`, `pods`

  /// Path and encoded query (`;` becomes `%3B`: a raw one makes the server drop the parameter).
  std::string target() const;
  /// `GET /api/v1/pods`, for error texts; without the query.
  std::string summary() const;
};

request get_request(const resource_kind& kind, const object_key& key);
/// `name_space` empty: in all namespaces.
request list_request(const resource_kind& kind, std::string_view name_space,
                     const list_options& options);
request watch_request(const resource_kind& kind, std::string_view name_space,
                      const watch_options& options);
request create_request(const resource_kind& kind, std::string_view name_space,
                       const nlohmann::json& object);
request replace_request(const resource_kind& kind, const object_key& key,
                        const nlohmann::json& object);
/// `subresource`: empty, `status` or `scale`. A patch whose body carries metadata.resourceVersion
/// is repeatable: the second try meets 409.
request patch_request(const resource_kind& kind, const object_key& key, patch_kind how,
                      const nlohmann::json& patch, std::string_view subresource = {});
request delete_request(const resource_kind& kind, const object_key& key,
                       const delete_options& options);

} // namespace k8s
