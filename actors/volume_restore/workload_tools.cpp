#include "actors/volume_restore/workload_tools.hpp"

#include <array>
#include <utility>

namespace actors {

std::string tool_that_applies(const k8s::object_meta& workload) {
  using mark = std::pair<std::string_view, std::string_view>; // key, tool
  static constexpr std::array<mark, 5> labels{{
      {"argocd.argoproj.io/instance", "Argo CD"},
      {"kustomize.toolkit.fluxcd.io/name", "Flux"},
      {"helm.toolkit.fluxcd.io/name", "Flux"},
      {"objectset.rio.cattle.io/hash", "Fleet"},
      {"configmanagement.gke.io/managed", "Config Sync"},
  }};
  static constexpr std::array<mark, 4> annotations{{
      {"argocd.argoproj.io/tracking-id", "Argo CD"},
      {"objectset.rio.cattle.io/id", "Fleet"},
      {"configmanagement.gke.io/managed", "Config Sync"},
      {"meta.helm.sh/release-name", "Helm"},
  }};
  for (const auto& [key, tool] : labels)
    if (workload.labels.contains(std::string{key}))
      return std::string{tool};
  for (const auto& [key, tool] : annotations)
    if (workload.annotations.contains(std::string{key}))
      return std::string{tool};
  const auto managed_by = workload.labels.find("app.kubernetes.io/managed-by");
  if (managed_by != workload.labels.end()
      && (managed_by->second == "Helm" || managed_by->second == "Tiller"))
    return "Helm";
  return {};
}

bool was_applied_by_kubectl(const k8s::object_meta& workload) {
  return workload.annotations.contains("kubectl.kubernetes.io/last-applied-configuration");
}

} // namespace actors
