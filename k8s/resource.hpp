#pragma once

#include "k8s/object_meta.hpp"

#include <nlohmann/json_fwd.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace k8s {

/// Where a kind lives in the API.
struct resource_kind {
  std::string_view group; ///< empty for the core group
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  bool is_namespaced = true;

  /// `apps/v1`, `v1`
  std::string api_version() const;
  bool operator==(const resource_kind&) const = default;
};

/// A typed resource: a struct with `metadata`, its place in the API, and a decoder that takes the
/// fields in use and ignores all others. A field of the wrong type is `errc::protocol`; a missing
/// optional one is empty.
template <class T>
concept resource = requires(const T& object, const nlohmann::json& json) {
  { T::kind } -> std::convertible_to<const resource_kind&>;
  { object.metadata } -> std::convertible_to<const object_meta&>;
  { T::decode(json) } -> std::same_as<result<T>>;
};

} // namespace k8s
