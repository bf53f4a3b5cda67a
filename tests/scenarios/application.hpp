#pragma once

#include "k8s/request.hpp"
#include "k8s/resource.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace scenarios {

using nlohmann::json;

namespace kinds {
inline constexpr k8s::resource_kind name_space{"", "v1", "namespaces", "Namespace", false};
inline constexpr k8s::resource_kind claim{"", "v1", "persistentvolumeclaims",
                                          "PersistentVolumeClaim"};
inline constexpr k8s::resource_kind volume{"", "v1", "persistentvolumes", "PersistentVolume",
                                           false};
inline constexpr k8s::resource_kind pod{"", "v1", "pods", "Pod"};
inline constexpr k8s::resource_kind event{"", "v1", "events", "Event"};
inline constexpr k8s::resource_kind deployment{"apps", "v1", "deployments", "Deployment"};
inline constexpr k8s::resource_kind stateful_set{"apps", "v1", "statefulsets", "StatefulSet"};
inline constexpr k8s::resource_kind daemon_set{"apps", "v1", "daemonsets", "DaemonSet"};
inline constexpr k8s::resource_kind snapshot{"snapshot.storage.k8s.io", "v1", "volumesnapshots",
                                             "VolumeSnapshot"};
inline constexpr k8s::resource_kind snapshot_class{
    "snapshot.storage.k8s.io", "v1", "volumesnapshotclasses", "VolumeSnapshotClass", false};
inline constexpr k8s::resource_kind snapshot_content{
    "snapshot.storage.k8s.io", "v1", "volumesnapshotcontents", "VolumeSnapshotContent", false};
inline constexpr k8s::resource_kind group{"groupsnapshot.storage.k8s.io", "v1",
                                          "volumegroupsnapshots", "VolumeGroupSnapshot"};
inline constexpr k8s::resource_kind group_class{"groupsnapshot.storage.k8s.io", "v1",
                                                "volumegroupsnapshotclasses",
                                                "VolumeGroupSnapshotClass", false};
inline constexpr k8s::resource_kind cluster_role{"rbac.authorization.k8s.io", "v1", "clusterroles",
                                                 "ClusterRole", false};
inline constexpr k8s::resource_kind cluster_role_binding{
    "rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false};
inline constexpr k8s::resource_kind role_binding{"rbac.authorization.k8s.io", "v1", "rolebindings",
                                                 "RoleBinding"};
inline constexpr k8s::resource_kind service_account{"", "v1", "serviceaccounts", "ServiceAccount"};
} // namespace kinds

/// An application whose pods mount each of its claims under the claim's name: `/data`.
struct application {
  std::string name = "app";
  k8s::resource_kind kind = kinds::deployment;
  int pods = 1;
  std::vector<std::string> claims{"data"};
  json annotations = json::object();       ///< of the pods: the hooks
  json claim_annotations = json::object(); ///< what kubesim's driver shall do
  std::string storage_class{};             ///< empty: the default one
  std::string program = "trap exit TERM; while :; do sleep 1; done";
  bool becomes_ready = true;
};

/// Hooks that leave one line per run, `pre POD` and `post POD`, and a file while the pod is frozen,
/// all on the claim `data`.
json recorded_hooks();

/// What creates it in that namespace, in order.
std::vector<k8s::request> requests_for(const application& what, const std::string& name_space);
/// Without a spec.
json object_of(const k8s::resource_kind& kind, const std::string& name);

} // namespace scenarios
