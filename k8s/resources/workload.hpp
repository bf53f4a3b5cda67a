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

/// How far a workload is with what its spec says, in the terms of all three kinds.
struct rollout_status {
  std::int64_t observed_generation = 0;
  std::int32_t pods = 0;    ///< of any template
  std::int32_t updated = 0; ///< of the newest
  std::int32_t available = 0;
  std::string failure; ///< what condition Progressing=False says; empty while it may still succeed
};

/// What Deployment, StatefulSet and DaemonSet have in common.
struct workload {
  object_meta metadata;
  label_selector selector;
  std::optional<std::int32_t> replicas; ///< none for a DaemonSet
  std::map<std::string, std::string> template_annotations;
  std::map<std::string, std::string>
      template_claims; ///< of the pod template's volumes: volume name -> claim name
  std::vector<std::string> claim_templates; ///< of a StatefulSet: `data` makes `data-db-0`
  std::string template_digest;              ///< changes with any field of the pod template
  bool is_paused = false;
  bool rolls_out = true;                   ///< false: updateStrategy OnDelete
  bool deletes_claims_when_scaled = false; ///< of a StatefulSet: whenScaled Delete
  rollout_status rollout;
  std::string last_writer; ///< see `last_writer_of`

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
