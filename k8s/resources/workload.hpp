#pragma once

#include "k8s/resource.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace k8s {

/// metav1.LabelSelector.
struct label_selector {
  struct requirement {
    std::string key, op; ///< op: In, NotIn, Exists, DoesNotExist
    std::vector<std::string> values;
  };
  std::map<std::string, std::string> match_labels;
  std::vector<requirement> match_expressions;

  /// The `labelSelector` query parameter, e.g. `app=mysql,tier in (a,b)`.
  std::string to_query() const;
};

/// What Deployment, StatefulSet and DaemonSet have in common.
struct workload {
  object_meta metadata;
  label_selector selector;
  std::optional<std::int32_t> replicas; ///< none for a DaemonSet
  std::map<std::string, std::string> template_annotations;

  static result<workload> decode(const nlohmann::json& object);
};

struct deployment : workload {
  static constexpr resource_kind kind{"apps", "v1", "deployments", "Deployment"};
  static result<deployment> decode(const nlohmann::json& object);
};

struct stateful_set : workload {
  static constexpr resource_kind kind{"apps", "v1", "statefulsets", "StatefulSet"};
  static result<stateful_set> decode(const nlohmann::json& object);
};

struct daemon_set : workload {
  static constexpr resource_kind kind{"apps", "v1", "daemonsets", "DaemonSet"};
  static result<daemon_set> decode(const nlohmann::json& object);
};

} // namespace k8s
