#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/test_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

struct cluster_life : testing::Test, test_cluster {
  json make_map(const std::string& name) {
    return make({{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}}}});
  }
};

TEST_F(cluster_life, dependants_go_with_their_owner) {
  const auto owner = make_map("owner");
  make(owned_map_of("child", owner));
  settle();
  EXPECT_FALSE(get("ConfigMap", "child").is_null());
  remove("ConfigMap", "owner", "Background");
  settle();
  EXPECT_TRUE(get("ConfigMap", "child").is_null());
}

TEST_F(cluster_life, a_dependant_of_an_owner_that_never_was_is_collected) {
  auto ghost = make_map("owner");
  ghost["metadata"]["uid"] = "00000000-1111-2222-3333-444444444444";
  make(owned_map_of("child", ghost));
  settle();
  EXPECT_TRUE(get("ConfigMap", "child").is_null());
  EXPECT_FALSE(get("ConfigMap", "owner").is_null());
}

TEST_F(cluster_life, a_dependant_of_an_unknown_kind_is_left_alone) {
  auto foreign = make_map("owner");
  foreign["apiVersion"] = "elsewhere.example.com/v1";
  foreign["kind"] = "Thing";
  make(owned_map_of("child", foreign));
  settle();
  EXPECT_FALSE(get("ConfigMap", "child").is_null());
}

TEST_F(cluster_life, one_owner_left_is_enough_and_the_lost_one_is_struck_off) {
  const auto first = make_map("first");
  const auto second = make_map("second");
  auto child = owned_map_of("child", first);
  child["metadata"]["ownerReferences"].push_back(
      owned_map_of("", second)["metadata"]["ownerReferences"][0]);
  make(child);
  settle();
  remove("ConfigMap", "first");
  settle();
  const auto left = get("ConfigMap", "child");
  ASSERT_EQ(items_at(left, {"metadata", "ownerReferences"}).size(), 1u);
  EXPECT_EQ(left["metadata"]["ownerReferences"][0]["name"], "second");
}

TEST_F(cluster_life, foreground_deletion_waits_for_dependants_that_block_it) {
  const auto owner = make_map("owner");
  auto child = owned_map_of("child", owner);
  child["metadata"]["ownerReferences"][0]["blockOwnerDeletion"] = true;
  child["metadata"]["finalizers"] = {"example.com/hold"};
  make(child);
  settle();
  remove("ConfigMap", "owner", "Foreground");
  settle();
  EXPECT_TRUE(is_being_deleted(get("ConfigMap", "child")));
  EXPECT_FALSE(get("ConfigMap", "owner").is_null());
  patch("ConfigMap", "child", {{"metadata", {{"finalizers", nullptr}}}});
  settle();
  EXPECT_TRUE(get("ConfigMap", "owner").is_null());
}

TEST_F(cluster_life, foreground_deletion_takes_a_whole_deployment_from_the_leaves_up) {
  make(deployment_of("d", 2));
  settle();
  may_end = false;
  remove("Deployment", "d", "Foreground");
  settle();
  EXPECT_FALSE(get("Deployment", "d").is_null());
  EXPECT_THAT(names("Pod"), testing::SizeIs(2));
  may_end = true;
  settle();
  EXPECT_THAT(names("Pod"), IsEmpty());
  EXPECT_THAT(names("ReplicaSet"), IsEmpty());
  EXPECT_TRUE(get("Deployment", "d").is_null());
}

TEST_F(cluster_life, background_deletion_of_a_deployment_leaves_nothing) {
  make(deployment_of("d", 2));
  settle();
  remove("Deployment", "d");
  settle();
  EXPECT_THAT(names("Pod"), IsEmpty());
  EXPECT_THAT(names("ReplicaSet"), IsEmpty());
}

TEST_F(cluster_life, orphaning_leaves_dependants_without_owners) {
  const auto owner = make_map("owner");
  make(owned_map_of("child", owner));
  settle();
  remove("ConfigMap", "owner", "Orphan");
  settle();
  EXPECT_TRUE(get("ConfigMap", "owner").is_null());
  const auto child = get("ConfigMap", "child");
  ASSERT_FALSE(child.is_null());
  EXPECT_TRUE(field(child, {"metadata", "ownerReferences"}).is_null());
}

TEST_F(cluster_life, a_claim_in_use_goes_after_its_pod) {
  make(claim_of("data"));
  make(pod_of("p", {"data"}));
  settle();
  EXPECT_EQ(text_at(get("Pod", "p"), {"status", "phase"}), "Running");
  remove("PersistentVolumeClaim", "data");
  settle();
  const auto held = get("PersistentVolumeClaim", "data");
  EXPECT_TRUE(is_being_deleted(held));
  EXPECT_EQ(text_at(held, {"status", "phase"}), "Bound");
  remove("Pod", "p");
  settle();
  EXPECT_TRUE(get("PersistentVolumeClaim", "data").is_null());
}

TEST_F(cluster_life, an_unused_claim_goes_at_once) {
  make(claim_of("data"));
  settle();
  remove("PersistentVolumeClaim", "data");
  settle();
  EXPECT_TRUE(get("PersistentVolumeClaim", "data").is_null());
}

TEST_F(cluster_life, a_pod_waits_for_its_missing_claim_and_starts_by_itself_later) {
  make(pod_of("p", {"missing"}));
  settle();
  const auto waiting = condition_of(field(get("Pod", "p"), {"status"}), "PodScheduled");
  EXPECT_EQ(text_at(waiting, {"reason"}), "Unschedulable");
  EXPECT_EQ(text_at(waiting, {"message"}),
            "0/1 nodes are available: persistentvolumeclaim \"missing\" not found. not found");
  EXPECT_EQ(text_at(get("Pod", "p"), {"status", "phase"}), "Pending");
  make(claim_of("missing"));
  settle();
  EXPECT_EQ(text_at(get("Pod", "p"), {"status", "phase"}), "Running");
  EXPECT_TRUE(is_true(field(get("Pod", "p"), {"status"}), "PodScheduled"));
}

TEST_F(cluster_life, a_claim_that_waits_for_its_consumer_hears_the_node) {
  make({{"apiVersion", "storage.k8s.io/v1"},
        {"kind", "StorageClass"},
        {"metadata", {{"name", "late"}}},
        {"provisioner", "x"},
        {"volumeBindingMode", "WaitForFirstConsumer"}});
  auto claim = claim_of("data");
  claim["spec"]["storageClassName"] = "late";
  make(claim);
  settle();
  EXPECT_EQ(text_at(get("PersistentVolumeClaim", "data"), {"status", "phase"}), "Pending");
  make(pod_of("p", {"data"}));
  settle();
  EXPECT_EQ(text_at(get("PersistentVolumeClaim", "data"),
                    {"metadata", "annotations", "volume.kubernetes.io/selected-node"}),
            "node1");
  EXPECT_EQ(text_at(get("Pod", "p"), {"status", "phase"}), "Running");
}

TEST_F(cluster_life, a_pod_for_another_kind_of_node_is_unschedulable_until_the_node_is_labelled) {
  auto pod = pod_of("p");
  pod["spec"]["nodeSelector"] = {{"disk", "ssd"}};
  make(pod);
  settle();
  EXPECT_EQ(text_at(condition_of(field(get("Pod", "p"), {"status"}), "PodScheduled"), {"reason"}),
            "Unschedulable");
  patch("Node", "node1", {{"metadata", {{"labels", {{"disk", "ssd"}}}}}});
  settle();
  EXPECT_EQ(text_at(get("Pod", "p"), {"spec", "nodeName"}), "node1");
}

TEST_F(cluster_life, a_pod_waits_until_the_node_is_one_of_those_that_have_its_volume) {
  make(claim_of("data"));
  settle();
  make({{"apiVersion", "v1"},
        {"kind", "PersistentVolume"},
        {"metadata",
         {{"name", field(get("PersistentVolumeClaim", "data"), {"spec", "volumeName"})}}},
        {"spec",
         {{"accessModes", {"ReadWriteOnce"}},
          {"capacity", {{"storage", "1Gi"}}},
          {"csi", {{"driver", "x"}, {"volumeHandle", "h"}}},
          {"nodeAffinity",
           {{"required",
             {{"nodeSelectorTerms",
               {{{"matchExpressions",
                  {{{"key", "zone"}, {"operator", "In"}, {"values", {"b"}}}}}}}}}}}}}}});
  make(pod_of("p", {"data"}));
  settle();
  const auto waiting = condition_of(field(get("Pod", "p"), {"status"}), "PodScheduled");
  EXPECT_EQ(text_at(waiting, {"status"}), "False");
  EXPECT_EQ(text_at(waiting, {"reason"}), "Unschedulable");
  EXPECT_EQ(text_at(get("Pod", "p"), {"status", "phase"}), "Pending");
  patch("Node", "node1", {{"metadata", {{"labels", {{"zone", "b"}}}}}});
  settle();
  EXPECT_EQ(text_at(get("Pod", "p"), {"status", "phase"}), "Running");
}

TEST_F(cluster_life, a_namespace_has_its_default_account_and_root_certificates) {
  EXPECT_FALSE(get("ServiceAccount", "default").is_null());
  EXPECT_FALSE(get("ConfigMap", "kube-root-ca.crt").is_null());
  remove("ServiceAccount", "default");
  settle();
  EXPECT_FALSE(get("ServiceAccount", "default").is_null());
}

TEST_F(cluster_life, a_namespace_tells_what_holds_it_and_goes_after_that) {
  auto held = make_map("hold");
  patch("ConfigMap", "hold", {{"metadata", {{"finalizers", {"example.com/x"}}}}});
  make(deployment_of("d"));
  settle();
  remove("Namespace", "default");
  advance(1s);
  const auto space = get("Namespace", "default");
  ASSERT_FALSE(space.is_null());
  EXPECT_EQ(text_at(condition_of(space["status"], "NamespaceContentRemaining"), {"message"}),
            "Some resources are remaining: configmaps. has 1 resource instances");
  EXPECT_EQ(text_at(condition_of(space["status"], "NamespaceFinalizersRemaining"), {"message"}),
            "Some content in the namespace has finalizers remaining: example.com/x in 1 resource "
            "instances");
  EXPECT_THAT(names("Pod"), IsEmpty());
  patch("ConfigMap", "hold", {{"metadata", {{"finalizers", nullptr}}}});
  advance(1s);
  EXPECT_TRUE(get("Namespace", "default").is_null());
  EXPECT_THAT(names("ConfigMap"), IsEmpty());
}

json widget_definition() {
  return json::parse(
      R"({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"}, "spec": {"group": "example.com",
    "scope": "Namespaced", "names": {"plural": "widgets", "singular": "widget", "kind": "Widget",
    "listKind": "WidgetList"}, "versions": [{"name": "v1", "served": true, "storage": true,
    "schema": {"openAPIV3Schema": {"type": "object",
      "x-kubernetes-preserve-unknown-fields": true}}}]}})");
}

TEST_F(cluster_life, a_definition_is_accepted_then_established_and_served) {
  make(widget_definition());
  settle();
  auto definition = get("CustomResourceDefinition", "widgets.example.com");
  EXPECT_TRUE(is_true(definition["status"], "NamesAccepted"));
  EXPECT_FALSE(is_true(definition["status"], "Established"));
  EXPECT_EQ(objects().find_type("example.com", "v1", "widgets"), nullptr);
  advance(100ms);
  definition = get("CustomResourceDefinition", "widgets.example.com");
  EXPECT_TRUE(is_true(definition["status"], "Established"));
  EXPECT_NE(objects().find_type("example.com", "v1", "widgets"), nullptr);
}

TEST_F(cluster_life, custom_objects_take_part_in_garbage_collection) {
  make(widget_definition());
  advance(100ms);
  const auto owner
      = make({{"apiVersion", "example.com/v1"}, {"kind", "Widget"}, {"metadata", {{"name", "w"}}}});
  make(owned_map_of("child", owner));
  settle();
  EXPECT_FALSE(get("ConfigMap", "child").is_null());
  remove("Widget", "w");
  settle();
  EXPECT_TRUE(get("ConfigMap", "child").is_null());
}

TEST_F(cluster_life, a_definition_goes_after_its_objects) {
  make(widget_definition());
  advance(100ms);
  make({{"apiVersion", "example.com/v1"},
        {"kind", "Widget"},
        {"metadata", {{"name", "w"}, {"finalizers", {"example.com/x"}}}}});
  remove("CustomResourceDefinition", "widgets.example.com");
  advance(200ms);
  EXPECT_FALSE(get("CustomResourceDefinition", "widgets.example.com").is_null());
  EXPECT_TRUE(is_being_deleted(get("Widget", "w")));
  patch("Widget", "w", {{"metadata", {{"finalizers", nullptr}}}});
  advance(200ms);
  EXPECT_TRUE(get("CustomResourceDefinition", "widgets.example.com").is_null());
  EXPECT_EQ(objects().find_type("example.com", "v1", "widgets"), nullptr);
}

TEST_F(cluster_life, a_pod_that_was_never_scheduled_goes_when_it_is_told_to_end) {
  make(pod_of("p", {"missing"}));
  settle();
  remove("Pod", "p");
  settle();
  EXPECT_TRUE(get("Pod", "p").is_null());
}

TEST_F(cluster_life, pods_of_a_lost_node_are_removed_after_a_quarantine) {
  make(pod_of("p"));
  settle();
  remove("Node", "node1");
  advance(30s);
  EXPECT_FALSE(get("Pod", "p").is_null());
  advance(15s);
  EXPECT_TRUE(get("Pod", "p").is_null());
}

} // namespace
} // namespace kubesim::control
