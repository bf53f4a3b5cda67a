#include "k8s/resources/horizontal_pod_autoscaler.hpp"
#include "k8s/resources/persistent_volume.hpp"
#include "k8s/resources/persistent_volume_claim.hpp"
#include "k8s/resources/storage_class.hpp"
#include "k8s/resources/workload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

// What a restore reads beyond what a backup does.
namespace k8s {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::Pair;

static_assert(resource<persistent_volume> && resource<storage_class>);
static_assert(resource<horizontal_pod_autoscaler>);

template <class Object>
Object read(const char* text) {
  const auto decoded = Object::decode(json::parse(text));
  EXPECT_TRUE(decoded) << to_string(decoded.error());
  return decoded ? *decoded : Object{};
}

TEST(persistent_volume, is_read_with_its_policy_and_the_claim_that_holds_it) {
  const auto volume = read<persistent_volume>(R"({
    "metadata": {"name": "pv-1", "uid": "u"},
    "spec": {"persistentVolumeReclaimPolicy": "Retain", "csi": {"driver": "disks.csi", "volumeHandle": "h"},
      "claimRef": {"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "data", "uid": "claim-u"}},
    "status": {"phase": "Bound"}})");
  EXPECT_EQ(volume.phase, "Bound");
  EXPECT_EQ(volume.reclaim_policy, "Retain");
  EXPECT_EQ(volume.driver, "disks.csi");
  EXPECT_EQ(volume.claim, (object_key{"shop", "data"}));
  EXPECT_EQ(volume.claim_uid, "claim-u");
}

TEST(persistent_volume, that_is_kept_for_a_name_has_no_uid_of_a_claim) {
  const auto kept = read<persistent_volume>(R"({"metadata": {"name": "pv-1"},
    "spec": {"claimRef": {"namespace": "shop", "name": "data"}}})");
  EXPECT_EQ(kept.claim.name, "data");
  EXPECT_EQ(kept.claim_uid, "");
}

TEST(persistent_volume, without_csi_and_claim_is_read_too) {
  const auto bare = read<persistent_volume>(
      R"({"metadata": {"name": "pv-1"}, "spec": {"hostPath": {"path": "/x"}, "claimRef": null}})");
  EXPECT_EQ(bare.driver, "");
  EXPECT_EQ(bare.claim, object_key{});
  EXPECT_FALSE(persistent_volume::decode(json::parse(
      R"({"metadata": {"name": "pv-1"}, "spec": {"persistentVolumeReclaimPolicy": 1}})")));
}

TEST(storage_class, waits_for_a_consumer_only_if_it_says_so) {
  EXPECT_TRUE(read<storage_class>(R"({"metadata": {"name": "late"}, "provisioner": "disks.csi",
    "volumeBindingMode": "WaitForFirstConsumer"})")
                  .waits_for_consumer);
  for (const auto* text : {R"({"metadata": {"name": "fast"}, "provisioner": "disks.csi"})",
                           R"({"metadata": {"name": "fast"}, "provisioner": "disks.csi",
                               "volumeBindingMode": "Immediate"})"}) {
    const auto fast = read<storage_class>(text);
    EXPECT_FALSE(fast.waits_for_consumer);
    EXPECT_EQ(fast.provisioner, "disks.csi");
  }
}

TEST(storage_class, says_what_becomes_of_its_volumes) {
  EXPECT_EQ(read<storage_class>(R"({"metadata": {"name": "keeping"}, "provisioner": "disks.csi",
    "reclaimPolicy": "Retain"})")
                .reclaim_policy,
            "Retain");
}

TEST(horizontal_pod_autoscaler, names_what_it_scales) {
  const auto scaler = read<horizontal_pod_autoscaler>(R"({"metadata": {"name": "web"},
    "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "maxReplicas": 3}})");
  EXPECT_EQ(scaler.target_kind, "Deployment");
  EXPECT_EQ(scaler.target_name, "web");
}

TEST(persistent_volume_claim, is_read_with_what_another_one_is_made_like) {
  const auto claim = read<persistent_volume_claim>(R"({
    "metadata": {"name": "data", "managedFields": [
      {"manager": "kubectl-client-side-apply", "operation": "Update", "time": "2026-01-02T03:04:05Z"},
      {"manager": "kube-controller-manager", "operation": "Update", "time": "2026-01-02T03:04:09Z"},
      {"manager": "backup-restore-operator", "operation": "Update", "time": "2026-01-02T03:04:08Z"},
      {"manager": "argocd", "operation": "Apply", "time": "2026-01-02T03:04:07Z"},
      {"manager": "somebody", "operation": "Update", "subresource": "status", "time": "2026-01-02T03:04:09Z"}]},
    "spec": {"volumeName": "pv-1", "volumeMode": "Block", "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
      "resources": {"requests": {"storage": "1Gi"}},
      "dataSource": {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "snap"}},
    "status": {"phase": "Bound", "capacity": {"storage": "2Gi"}}})");
  EXPECT_EQ(claim.volume_mode, "Block");
  EXPECT_THAT(claim.access_modes, ElementsAre("ReadWriteOnce", "ReadOnlyMany"));
  EXPECT_EQ(claim.requested, "1Gi");
  EXPECT_EQ(claim.capacity, "2Gi");
  EXPECT_EQ(claim.source_snapshot, "snap");
  EXPECT_EQ(claim.last_writer, "argocd");
}

TEST(persistent_volume_claim, that_is_a_clone_of_another_comes_from_no_snapshot) {
  const auto clone = read<persistent_volume_claim>(R"({"metadata": {"name": "data"},
    "spec": {"dataSource": {"kind": "PersistentVolumeClaim", "name": "other"}}})");
  EXPECT_EQ(clone.source_snapshot, "");
  EXPECT_EQ(clone.last_writer, "");
}

TEST(workload, is_read_with_what_a_restore_changes) {
  const auto set = read<stateful_set>(R"({
    "metadata": {"name": "db", "generation": 4},
    "spec": {"replicas": 3, "selector": {}, "updateStrategy": {"type": "OnDelete"},
      "persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete", "whenDeleted": "Retain"},
      "volumeClaimTemplates": [{"metadata": {"name": "data"}}, {"metadata": {"name": "wal"}}],
      "template": {"spec": {"volumes": [{"name": "extra", "persistentVolumeClaim": {"claimName": "shared"}},
                                        {"name": "config", "configMap": {"name": "c"}}]}}},
    "status": {"observedGeneration": 3, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 1}})");
  EXPECT_EQ(set.replicas, 3);
  EXPECT_THAT(set.claim_templates, ElementsAre("data", "wal"));
  EXPECT_THAT(set.template_claims, ElementsAre(Pair("extra", "shared")));
  EXPECT_FALSE(set.rolls_out);
  EXPECT_TRUE(set.deletes_claims_when_scaled);
  EXPECT_EQ(set.rollout.observed_generation, 3);
  EXPECT_EQ(set.rollout.pods, 3);
  EXPECT_EQ(set.rollout.updated, 2);
  EXPECT_EQ(set.rollout.available, 1);
  EXPECT_EQ(set.rollout.failure, "");
}

TEST(workload, a_daemon_set_counts_under_names_of_its_own) {
  const auto set = read<daemon_set>(
      R"({"metadata": {"name": "agent"}, "spec": {"selector": {}, "template": {}},
    "status": {"desiredNumberScheduled": 5, "updatedNumberScheduled": 4, "numberAvailable": 3}})");
  EXPECT_EQ(set.replicas, std::nullopt);
  EXPECT_TRUE(set.rolls_out);
  EXPECT_EQ(set.rollout.pods, 5);
  EXPECT_EQ(set.rollout.updated, 4);
  EXPECT_EQ(set.rollout.available, 3);
}

TEST(workload, a_rollout_fails_when_its_progress_is_given_up) {
  const auto failed
      = read<deployment>(R"({"metadata": {"name": "web"}, "spec": {"selector": {}, "paused": true},
    "status": {"conditions": [{"type": "Available", "status": "False", "reason": "x", "message": "y"},
      {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too long"}]}})");
  EXPECT_EQ(failed.rollout.failure, "ProgressDeadlineExceeded: too long");
  EXPECT_TRUE(failed.is_paused);
}

TEST(workload, the_digest_of_the_template_changes_with_the_template_only) {
  const auto digest = [](const char* replicas, const char* image) {
    const auto text = std::string{R"({"metadata": {"name": "web"}, "spec": {"replicas": )"}
                      + replicas + R"(, "template": {"spec": {"containers": [{"image": ")" + image
                      + R"("}]}}}})";
    return read<deployment>(text.c_str()).template_digest;
  };
  EXPECT_EQ(digest("1", "a"), digest("2", "a"));
  EXPECT_NE(digest("1", "a"), digest("1", "b"));
}

} // namespace
} // namespace k8s
