#pragma once

#include "k8s/resource.hpp"

#include <string>

namespace k8s {

/// What an Event is about.
struct object_reference {
  std::string api_version, kind, name_space, name, uid;
};

/// A core/v1 Event as `kubectl describe` shows it.
struct event {
  static constexpr resource_kind kind{"", "v1", "events", "Event"};

  object_meta metadata;
  object_reference regarding;
  std::string type; ///< Normal or Warning
  std::string reason, message, action;
  std::string reporting_component, reporting_instance;
  timestamp at{};

  nlohmann::json encode() const;
  static result<event> decode(const nlohmann::json& object);
};

} // namespace k8s
