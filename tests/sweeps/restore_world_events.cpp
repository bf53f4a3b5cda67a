#include "tests/sweeps/restore_world_events.hpp"

namespace sweeps {

using namespace scenarios;
using namespace std::chrono_literals;

namespace {

constexpr k8s::resource_kind quota{"", "v1", "resourcequotas", "ResourceQuota"};
constexpr k8s::resource_kind node{"", "v1", "nodes", "Node", false};
constexpr k8s::resource_kind storage_class{"storage.k8s.io", "v1", "storageclasses", "StorageClass",
                                           false};
constexpr const char* class_name = "csi-hostpath";

json with_image(const char* image) {
  return {{"spec",
           {{"template", {{"spec", {{"containers", {{{"name", "main"}, {"image", image}}}}}}}}}}};
}

json with_template_annotation(const json& value) {
  return {{"spec",
           {{"template", {{"metadata", {{"annotations", {{"example.com/touched", value}}}}}}}}}};
}

} // namespace

std::vector<restore_world_events::event> restore_world_events::events() {
  std::vector<event> all;
  for (auto part :
       {events_of_storage(), events_of_claims(), events_of_the_workload(), events_of_the_restore()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<restore_world_events::event> restore_world_events::events_of_storage() {
  using enum event::end;
  return {
      {"the snapshots are deleted",
       [this] {
         const auto all = cluster().must(k8s::list_request(kinds::snapshot, name_space_, {}));
         for (const auto& one : all.at("items"))
           (void)cluster().ask(k8s::delete_request(
               kinds::snapshot, {name_space_, one.at("metadata").at("name")}, {}));
       },
       whole, true},
      {"the quota is used up", [this] { allow_no_more_claims(); }},
      {"the storage class is gone",
       [this] {
         cluster().must(k8s::delete_request(storage_class, {{}, class_name}, {}));
       }},
      {"the driver provisions nothing",
       [this] {
         replace_storage_class(
             {{"parameters", {{"kubesim/provision-error", "the backend is full"}}}});
       }},
      {"no node takes pods", [this] { set_unschedulable(true); }},
      {"the node does not have the new volumes", [this] { move_new_volumes_away(); }, whole, true},
  };
}

std::vector<restore_world_events::event> restore_world_events::events_of_claims() {
  using enum event::end;
  return {
      {"a claim grows",
       [this] {
         (void)cluster().ask(k8s::patch_request( // it may be gone just now
             kinds::claim, {name_space_, before().claims.begin()->first}, k8s::patch_kind::merge,
             {{"spec", {{"resources", {{"requests", {{"storage", "2Mi"}}}}}}}}));
       },
       whole, true},
      {"a claim is deleted",
       [this] {
         (void)cluster().ask(
             k8s::delete_request(kinds::claim, {name_space_, before().claims.begin()->first}, {}));
       },
       no_claim, true},
      {"a claim of the restore is deleted",
       [this] {
         for (const auto& [name, claim] : see().claims)
           if (!before().claims.contains(name)
               && name.find("-before-restore") == std::string::npos) // that one is the user's
             return (void)cluster().ask(k8s::delete_request(kinds::claim, {name_space_, name}, {}));
       },
       whole, true}, // a completed restore's claim is in use, and goes with the next rollout
  };
}

std::vector<restore_world_events::event> restore_world_events::events_of_the_workload() {
  using enum event::end;
  return {
      {"the image is changed to one that does not exist",
       [this] { patch_workload(with_image("no.such/image:1")); }},
      {"the template is changed", [this] { patch_workload(with_template_annotation("yes")); }},
      {"the workload is scaled up",
       [this] {
         patch_workload({{"spec", {{"replicas", application().pods + 1}}}});
       }},
      {"the pods are deleted", [this] { delete_all_pods(); }},
      {"the workload is deleted",
       [this] {
         cluster().must(k8s::delete_request(application().kind, {name_space_, "app"}, {}));
       },
       no_workload, true},
  };
}

std::vector<restore_world_events::event> restore_world_events::events_of_the_restore() {
  using enum event::end;
  return {
      {"the restore is cancelled", [this] { cancel("again"); }},
      {"the restore is deleted", [this] { delete_restore(); }},
      {"the finalizer is torn off",
       [this] {
         delete_restore();
         (void)cluster().ask(k8s::patch_request(crds::volume_restore::kind, {name_space_, "again"},
                                                k8s::patch_kind::merge,
                                                {{"metadata", {{"finalizers", nullptr}}}}));
       }},
      {"the namespace is deleted",
       [this] {
         cluster().must(k8s::delete_request(kinds::name_space, {{}, name_space_}, {}));
       },
       nothing, true},
  };
}

void restore_world_events::delete_restore() {
  cluster().must(k8s::delete_request(crds::volume_restore::kind, {name_space_, "again"}, {}));
}

void restore_world_events::delete_all_pods() {
  const auto all = cluster().must(k8s::list_request(kinds::pod, name_space_, {}));
  for (const auto& one : all.at("items")) {
    auto call = k8s::delete_request(kinds::pod, {name_space_, one.at("metadata").at("name")}, {});
    call.body = json{{"gracePeriodSeconds", 0}}.dump();
    (void)cluster().ask(std::move(call));
  }
}

/// Nothing to do where it is gone.
void restore_world_events::patch_workload(const json& patch) {
  (void)cluster().ask(k8s::patch_request(application().kind, {name_space_, "app"},
                                         k8s::patch_kind::strategic, patch));
}

void restore_world_events::keep_storage_class() {
  storage_class_ = cluster().must(k8s::get_request(storage_class, {{}, class_name}));
  for (const auto* name : {"uid", "resourceVersion", "creationTimestamp", "managedFields"})
    storage_class_["metadata"].erase(name);
}

/// Those that are there, and those to come.
void restore_world_events::move_new_volumes_away() {
  constexpr const char* place = "topology.hostpath.csi/node";
  replace_storage_class(
      {{"allowedTopologies",
        {{{"matchLabelExpressions", {{{"key", place}, {"values", {"other"}}}}}}}}});
  const json elsewhere{{"key", place}, {"operator", "In"}, {"values", {"other"}}};
  for (const auto& [name, volume] : see().volumes)
    if (!before().volumes.contains(name))
      (void)cluster().ask(k8s::patch_request( // it may go just now
          kinds::volume, {{}, name}, k8s::patch_kind::merge,
          {{"spec",
            {{"nodeAffinity",
              {{"required", {{"nodeSelectorTerms", {{{"matchExpressions", {elsewhere}}}}}}}}}}}}));
}

void restore_world_events::replace_storage_class(const json& fields) {
  (void)cluster().ask(k8s::delete_request(storage_class, {{}, class_name}, {}));
  auto object = storage_class_;
  object.update(fields);
  cluster().must(k8s::create_request(storage_class, {}, object));
}

void restore_world_events::allow_no_more_claims() {
  auto object = object_of(quota, "tight");
  object["spec"]["hard"] = {{"persistentvolumeclaims", std::to_string(before().claims.size())}};
  cluster().must(k8s::create_request(quota, name_space_, object));
}

void restore_world_events::set_unschedulable(const json& value) {
  const auto all = cluster().must(k8s::list_request(node, {}, {}));
  for (const auto& one : all.at("items"))
    cluster().must(k8s::patch_request(node, {{}, one.at("metadata").at("name")},
                                      k8s::patch_kind::merge,
                                      {{"spec", {{"unschedulable", value}}}}));
}

void restore_world_events::mend_world() {
  set_unschedulable(nullptr);
  replace_storage_class(json::object());
  (void)cluster().ask(k8s::delete_request(quota, {name_space_, "tight"}, {}));
  const auto found = cluster().ask(k8s::get_request(application().kind, {name_space_, "app"}));
  if (!found)
    return;
  const auto& pod = found->at("spec").at("template");
  const bool is_sick = pod.at("spec").at("containers")[0].at("image") != "busybox";
  if (is_sick)
    patch_workload(with_image("busybox"));
  if (pod.at("metadata").value("annotations", json::object()).contains("example.com/touched"))
    patch_workload(with_template_annotation(nullptr));
  if (found->at("spec").at("replicas") == application().pods + 1)
    patch_workload({{"spec", {{"replicas", application().pods}}}});
  // A set leaves the claim of the pod that was one too many.
  (void)cluster().ask(k8s::delete_request(
      kinds::claim, {name_space_, "data-app-" + std::to_string(application().pods)}, {}));
  if (is_sick)
    delete_all_pods(); // a StatefulSet waits for them for ever
}

bool restore_world_events::is_namespace_gone(const std::string& name) {
  const auto found = cluster().ask(k8s::get_request(kinds::name_space, {{}, name}));
  return !found && found.error().is_not_found();
}

} // namespace sweeps
