#include "tests/kubesim/seed.hpp"

#include "tests/kubesim/api/fields.hpp"

namespace kubesim {

namespace {

/// Kinds that are not served (a cluster without snapshots) are passed over.
void add(api_registry& objects, json object) {
  const auto* type
      = objects.find_type_by_kind(text_at(object, {"apiVersion"}), text_at(object, {"kind"}));
  if (!type)
    return;
  auto name_space = text_at(object, {"metadata", "namespace"});
  // A refusal means that it is there already, from the state of an earlier run.
  (void)objects.create(*type, name_space, std::move(object));
}

json named(const char* version, const char* kind, const std::string& name) {
  return {{"apiVersion", version}, {"kind", kind}, {"metadata", {{"name", name}}}};
}

void add_namespaces(api_registry& objects) {
  for (const char* name : {"default", "kube-system", "kube-public", "kube-node-lease"}) {
    add(objects, named("v1", "Namespace", name));
    auto account = named("v1", "ServiceAccount", "default");
    account["metadata"]["namespace"] = name;
    add(objects, account);
  }
}

json resources() {
  return {{"cpu", "8"}, {"memory", "16Gi"}, {"pods", "110"}, {"ephemeral-storage", "100Gi"}};
}

json ready_condition(const char* type, const char* status, const char* reason) {
  return {{"type", type}, {"status", status}, {"reason", reason}, {"message", ""}};
}

void add_node(api_registry& objects, const std::string& name) {
  auto node = named("v1", "Node", name);
  node["metadata"]["labels"] = {{"kubernetes.io/hostname", name},
                                {"kubernetes.io/os", "linux"},
                                {"kubernetes.io/arch", "amd64"},
                                {"topology.hostpath.csi/node", name}};
  add(objects, node);
  const auto* nodes = objects.find_type("", "v1", "nodes");
  if (!nodes)
    return;
  json status{
      {"capacity", resources()},
      {"allocatable", resources()},
      {"conditions",
       json::array({ready_condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                    ready_condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                    ready_condition("Ready", "True", "KubeletReady")})},
      {"addresses", json::array({{{"type", "InternalIP"}, {"address", "127.0.0.1"}},
                                 {{"type", "Hostname"}, {"address", name}}})},
      {"nodeInfo",
       {{"kubeletVersion", "v1.36.2"},
        {"operatingSystem", "linux"},
        {"architecture", "amd64"},
        {"containerRuntimeVersion", "processes://1"},
        {"osImage", ""},
        {"kernelVersion", ""}}}};
  (void)objects.merge(*nodes, {{}, name}, {{"status", std::move(status)}}, "status");
}

void add_classes(api_registry& objects) {
  constexpr const char* driver = "hostpath.csi.k8s.io";
  auto storage = named("storage.k8s.io/v1", "StorageClass", "csi-hostpath");
  storage["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] = "true";
  storage["provisioner"] = driver;
  storage["reclaimPolicy"] = "Delete";
  storage["volumeBindingMode"] = "Immediate";
  storage["allowVolumeExpansion"] = true;
  add(objects, storage);
  auto snapshots = named("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "csi-hostpath-snap");
  snapshots["metadata"]["annotations"]["snapshot.storage.kubernetes.io/is-default-class"] = "true";
  snapshots["driver"] = driver;
  snapshots["deletionPolicy"] = "Delete";
  add(objects, snapshots);
  auto csi = named("storage.k8s.io/v1", "CSIDriver", driver);
  csi["spec"] = {{"attachRequired", false}, {"podInfoOnMount", true}};
  add(objects, csi);
}

} // namespace

void seed(api_registry& objects, const std::string& node_name) {
  add_namespaces(objects);
  add_node(objects, node_name);
  add_classes(objects);
}

} // namespace kubesim
