#pragma once

#include "k8s/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace k8s {

/// A wall-clock instant as the API carries it.
using timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Reads RFC 3339 with any number of fraction digits and any offset.
result<timestamp> parse_timestamp(std::string_view text);
/// `2026-01-02T03:04:05.678901Z`: always six digits, which metav1.MicroTime requires.
std::string to_rfc3339_micro(timestamp at);
/// `2026-01-02T03:04:05Z`, for metav1.Time.
std::string to_rfc3339(timestamp at);

/// Names one object of a known kind; `name_space` is empty for cluster-scoped kinds.
struct object_key {
  std::string name_space;
  std::string name;

  // clang-tidy 14 takes the 0 that a rewritten `<` compares with for a pointer.
  auto operator<=>(const object_key&) const = default; // NOLINT(modernize-use-nullptr)
};

/// `shop/mysql-0`, or the bare name.
std::string to_string(const object_key& key);

struct owner_reference {
  std::string api_version, kind, name, uid;
  bool controller = false;
  bool block_owner_deletion = false;

  bool operator==(const owner_reference&) const = default;
};

/// The fields of metav1.ObjectMeta in use.
struct object_meta {
  std::string name, name_space, uid, resource_version;
  std::int64_t generation = 0;
  std::map<std::string, std::string> labels, annotations;
  std::vector<std::string> finalizers;
  std::vector<owner_reference> owner_references;
  std::optional<timestamp> creation_timestamp, deletion_timestamp;

  object_key key() const { return {name_space, name}; }
  bool is_being_deleted() const { return deletion_timestamp.has_value(); }
  bool has_finalizer(std::string_view finalizer) const;
  bool is_owned_by(std::string_view owner_uid) const;
};

result<object_meta> decode_object_meta(const nlohmann::json& object);
/// The field manager that wrote the object last, leaving out its status, this program and the
/// controllers of Kubernetes itself; empty if nobody else did.
std::string last_writer_of(const nlohmann::json& object);
/// Only what a client may set: name, namespace, labels, annotations, finalizers, owner references,
/// uid and resourceVersion if known.
nlohmann::json encode(const object_meta& meta);

} // namespace k8s

template <>
struct std::hash<k8s::object_key> {
  std::size_t operator()(const k8s::object_key& key) const noexcept {
    return std::hash<std::string>{}(key.name_space) * 31 + std::hash<std::string>{}(key.name);
  }
};
