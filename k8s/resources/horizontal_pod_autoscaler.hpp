#pragma once

#include "k8s/resource.hpp"

#include <string>

namespace k8s {

struct horizontal_pod_autoscaler {
  static constexpr resource_kind kind{"autoscaling", "v2", "horizontalpodautoscalers",
                                      "HorizontalPodAutoscaler"};

  object_meta metadata;
  std::string target_kind, target_name; ///< spec.scaleTargetRef

  static result<horizontal_pod_autoscaler> decode(const nlohmann::json& object);
};

} // namespace k8s
