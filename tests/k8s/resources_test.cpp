#include "k8s/resources/access_review.hpp"
#include "k8s/resources/event.hpp"
#include "k8s/resources/persistent_volume_claim.hpp"
#include "k8s/resources/pod.hpp"
#include "k8s/resources/volume_group_snapshot.hpp"
#include "k8s/resources/volume_snapshot.hpp"
#include "k8s/resources/workload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k8s {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

static_assert(resource<pod> && resource<persistent_volume_claim> && resource<volume_snapshot>);
static_assert(
    resource<volume_snapshot_content> && resource<volume_snapshot_class> && resource<event>);
static_assert(resource<deployment> && resource<stateful_set> && resource<daemon_set>);
static_assert(resource<self_subject_access_review>);

TEST(pod, is_read_with_containers_statuses_and_claims) {
  const auto decoded = pod::decode(json::parse(R"({
    "metadata": {"name": "mysql-0", "namespace": "shop", "uid": "u"},
    "spec": {"nodeName": "n1",
      "initContainers": [{"name": "init"}],
      "containers": [{"name": "mysql", "volumeMounts": [{"name": "data", "mountPath": "/var/lib/mysql", "subPath": "db"}]},
                     {"name": "sidecar"}],
      "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data-mysql-0"}},
                  {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
                  {"name": "config", "configMap": {"name": "c"}}]},
    "status": {"phase": "Running",
      "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}],
      "containerStatuses": [{"name": "mysql", "containerID": "containerd://1", "restartCount": 2, "ready": true,
                             "state": {"running": {"startedAt": "2026-01-02T03:04:05Z"}}},
                            {"name": "sidecar", "restartCount": 0, "ready": false, "state": {"waiting": {}}}]}})"));
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(decoded->node_name, "n1");
  EXPECT_EQ(decoded->phase, "Running");
  EXPECT_TRUE(decoded->ready);
  ASSERT_EQ(decoded->containers.size(), 2u);
  EXPECT_EQ(decoded->find_container("mysql")->mounts.at(0).sub_path, "db");
  EXPECT_EQ(decoded->find_container("init"), nullptr);
  EXPECT_EQ(decoded->find_status("mysql")->restart_count, 2);
  EXPECT_TRUE(decoded->find_status("mysql")->running);
  EXPECT_FALSE(decoded->find_status("sidecar")->running);
  EXPECT_EQ(decoded->find_status("init"), nullptr);
  EXPECT_THAT(decoded->claims, UnorderedElementsAre(Pair("data", "data-mysql-0"),
                                                    Pair("scratch", "mysql-0-scratch")));
  EXPECT_TRUE(decoded->mounts_claim("data-mysql-0"));
  EXPECT_FALSE(decoded->mounts_claim("mysql-0-scratch"))
      << "a volume of the pod that no container mounts";
}

TEST(pod, just_created_has_no_status) {
  const auto decoded = pod::decode(
      json::parse(R"({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c"}]}})"));
  ASSERT_TRUE(decoded);
  EXPECT_FALSE(decoded->ready);
  EXPECT_TRUE(decoded->phase.empty());
}

TEST(pod, of_the_wrong_shape_is_an_error_that_names_object_and_field) {
  const auto decoded = pod::decode(json::parse(
      R"({"metadata": {"name": "a", "namespace": "shop"}, "spec": {"containers": [{"name": 1}]}})"));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(to_string(decoded.error()),
            "spec.containers[0].name is number where a string belongs (reading Pod shop/a)");
}

TEST(persistent_volume_claim, tells_its_driver) {
  const auto decoded = persistent_volume_claim::decode(json::parse(R"({
    "metadata": {"name": "data", "annotations": {"volume.beta.kubernetes.io/storage-provisioner": "old",
                                                 "volume.kubernetes.io/storage-provisioner": "csi"}},
    "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "volumeMode": "Filesystem", "volumeName": "pv"},
    "status": {"phase": "Bound"}})"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->provisioner(), "csi");
  EXPECT_EQ(decoded->phase, "Bound");
  EXPECT_EQ(decoded->volume_name, "pv");
  EXPECT_EQ(decoded->storage_class_name, "fast");
  EXPECT_EQ(decoded->volume_mode, "Filesystem");
  EXPECT_THAT(decoded->access_modes, ElementsAre("ReadWriteOnce"));
  EXPECT_EQ(persistent_volume_claim{}.provisioner(), "");
}

TEST(volume_snapshot, is_read_before_and_after_its_cut) {
  const auto fresh = volume_snapshot::decode(json::parse(R"({"metadata": {"name": "s"},
    "spec": {"source": {"persistentVolumeClaimName": "data"}, "volumeSnapshotClassName": "fast"}})"));
  ASSERT_TRUE(fresh);
  EXPECT_EQ(fresh->source_claim, "data");
  EXPECT_EQ(fresh->class_name, "fast");
  EXPECT_FALSE(fresh->creation_time || fresh->ready_to_use || fresh->error);

  const auto cut
      = volume_snapshot::decode(json::parse(R"({"metadata": {"name": "s"}, "spec": {"source": {}},
    "status": {"boundVolumeSnapshotContentName": "snapcontent-u", "creationTime": "2026-01-02T03:04:05Z",
               "readyToUse": true, "restoreSize": "16Mi"}})"));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->content_name, "snapcontent-u");
  EXPECT_EQ(to_rfc3339(cut->creation_time.value()), "2026-01-02T03:04:05Z");
  EXPECT_TRUE(cut->ready_to_use);
  EXPECT_EQ(cut->restore_size, "16Mi");

  const auto failed = volume_snapshot::decode(
      json::parse(R"({"metadata": {"name": "s"}, "status": {"error": {"message": "no class"}}})"));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->error, "no class");
}

TEST(volume_snapshot_content, has_nanoseconds_and_bytes_as_numbers) {
  const auto decoded
      = volume_snapshot_content::decode(json::parse(R"({"metadata": {"name": "snapcontent-u"},
    "spec": {"driver": "hostpath.csi.k8s.io", "deletionPolicy": "Delete",
             "volumeSnapshotRef": {"name": "s", "namespace": "shop", "uid": "u"}},
    "status": {"snapshotHandle": "h", "creationTime": 1767323045123456789, "restoreSize": 16777216, "readyToUse": true}})"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(to_string(decoded->snapshot), "shop/s");
  EXPECT_EQ(decoded->snapshot_uid, "u");
  EXPECT_EQ(decoded->snapshot_handle, "h");
  EXPECT_EQ(to_rfc3339_micro(decoded->creation_time.value()), "2026-01-02T03:04:05.123456Z");
  EXPECT_EQ(decoded->restore_size, 16777216);
  EXPECT_EQ(decoded->driver, "hostpath.csi.k8s.io");
  EXPECT_EQ(decoded->deletion_policy, "Delete");
  EXPECT_TRUE(decoded->ready_to_use);
}

TEST(volume_snapshot_class, tells_whether_it_is_the_default) {
  const auto decoded = volume_snapshot_class::decode(json::parse(R"({"metadata": {"name": "fast",
    "annotations": {"snapshot.storage.kubernetes.io/is-default-class": "true"}}, "driver": "csi", "deletionPolicy": "Retain"})"));
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(decoded->is_default);
  EXPECT_EQ(decoded->driver, "csi");
  EXPECT_EQ(decoded->deletion_policy, "Retain");
}

TEST(volume_snapshot, is_a_member_of_the_group_that_owns_it_whatever_the_version) {
  const auto owned = volume_snapshot::decode(json::parse(R"({"metadata": {"name": "s",
    "ownerReferences": [{"apiVersion": "groupsnapshot.storage.k8s.io/v1beta2", "kind": "VolumeGroupSnapshot", "name": "g", "uid": "u"}]},
    "spec": {"source": {"persistentVolumeClaimName": "c"}}})"));
  ASSERT_TRUE(owned);
  EXPECT_EQ(owned->group, "g");
  EXPECT_EQ(owned->source_claim, "c");
  const auto told = volume_snapshot::decode(json::parse(
      R"({"metadata": {"name": "s"}, "spec": {}, "status": {"volumeGroupSnapshotName": "g"}})"));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->group, "g");
  const auto other = volume_snapshot::decode(json::parse(R"({"metadata": {"name": "s",
    "ownerReferences": [{"apiVersion": "backups.example.com/v1alpha1", "kind": "VolumeBackup", "name": "b", "uid": "u"}]}})"));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->group, "");
}

TEST(volume_group_snapshot, is_read_with_its_cut_and_its_trouble) {
  const auto decoded = volume_group_snapshot::decode(json::parse(R"({"metadata": {"name": "g"},
    "spec": {"volumeGroupSnapshotClassName": "groups", "source": {"selector": {}}},
    "status": {"boundVolumeGroupSnapshotContentName": "groupsnapcontent-u", "creationTime": "2026-01-02T03:04:05Z",
               "readyToUse": true, "error": {"message": "no space"}}})"));
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(decoded->class_name, "groups");
  EXPECT_EQ(decoded->content_name, "groupsnapcontent-u");
  EXPECT_EQ(to_rfc3339(decoded->creation_time.value()), "2026-01-02T03:04:05Z");
  EXPECT_TRUE(decoded->ready_to_use);
  EXPECT_EQ(decoded->error, "no space");
}

TEST(volume_group_snapshot_class, tells_whether_it_is_the_default) {
  const auto decoded
      = volume_group_snapshot_class::decode(json::parse(R"({"metadata": {"name": "groups",
    "annotations": {"groupsnapshot.storage.kubernetes.io/is-default-class": "true"}}, "driver": "csi"})"));
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(decoded->is_default);
  EXPECT_EQ(decoded->driver, "csi");
}

TEST(workload, is_read_with_selector_and_template_annotations) {
  const auto decoded = stateful_set::decode(json::parse(R"({"metadata": {"name": "mysql"},
    "spec": {"replicas": 3, "selector": {"matchLabels": {"app": "mysql", "tier": "db"},
               "matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]},
                                    {"key": "old", "operator": "DoesNotExist"},
                                    {"key": "env", "operator": "NotIn", "values": ["test"]},
                                    {"key": "team", "operator": "Exists"}]},
             "template": {"metadata": {"annotations": {"hook": "x"}}}}})"));
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(decoded->replicas, 3);
  EXPECT_EQ(decoded->template_annotations.at("hook"), "x");
  EXPECT_EQ(decoded->selector.to_query(),
            "app=mysql,tier=db,zone in (a,b),!old,env notin (test),team");
}

TEST(workload, of_nodes_has_no_replicas) {
  const auto decoded = daemon_set::decode(
      json::parse(R"({"metadata": {"name": "agent"}, "spec": {"selector": {}}})"));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->replicas, std::nullopt);
  EXPECT_EQ(decoded->selector.to_query(), "");
}

TEST(access_review, asks_and_reads_the_answer) {
  const auto asked = self_subject_access_review::encode({.verb = "create",
                                                         .group = "",
                                                         .resource = "pods",
                                                         .subresource = "exec",
                                                         .name_space = "shop"});
  EXPECT_EQ(
      asked,
      json::parse(R"({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
    "spec": {"resourceAttributes": {"verb": "create", "group": "", "resource": "pods", "subresource": "exec", "namespace": "shop"}}})"));
  const auto answer = self_subject_access_review::decode(
      json::parse(R"({"metadata": {}, "status": {"allowed": true, "reason": "RBAC: allowed"}})"));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->allowed);
  EXPECT_EQ(answer->reason, "RBAC: allowed");
}

TEST(event, is_read_back_as_it_was_written) {
  event told;
  told.metadata.name = "b.1";
  told.metadata.name_space = "shop";
  told.regarding
      = {.api_version = "v1", .kind = "Pod", .name_space = "shop", .name = "mysql-0", .uid = "u"};
  told.type = "Warning";
  told.reason = "FreezeFailed";
  told.message = "it did not freeze";
  told.action = "Freeze";
  told.reporting_component = "operator";
  told.reporting_instance = "operator-0";
  told.at = *parse_timestamp("2026-01-02T03:04:05.678901Z");

  const auto written = told.encode();
  EXPECT_EQ(written["eventTime"], "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(written["lastTimestamp"], "2026-01-02T03:04:05Z");
  const auto read = event::decode(written);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->encode(), written);
  EXPECT_EQ(read->at, told.at);
}

TEST(event, of_the_old_form_has_its_last_timestamp) {
  const auto read = event::decode(json::parse(
      R"({"metadata": {"name": "e"}, "eventTime": null, "lastTimestamp": "2026-01-02T03:04:05Z"})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_rfc3339(read->at), "2026-01-02T03:04:05Z");
}

} // namespace
} // namespace k8s
