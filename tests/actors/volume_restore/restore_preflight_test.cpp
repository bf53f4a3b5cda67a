#include "actors/volume_restore/restore_preflight.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace {

using namespace actors;
using crds::restore_strategy;
using support::restore_case;
using ::testing::HasSubstr;

/// What is wrong with a world that would do, and what the user reads of it.
struct refused_case {
  std::string what;
  restore_case given;
  std::function<void(restore_case&)> wrong;
  std::string reason;
  std::vector<std::string> says;
};

void expect_refusals(const std::vector<refused_case>& cases) {
  for (const auto& each : cases) {
    SCOPED_TRACE(each.what);
    EXPECT_TRUE(std::holds_alternative<restore_plan>(each.given.judge())) << "without the fault";
    auto given = each.given;
    each.wrong(given);
    const auto verdict = given.judge();
    const auto* why = std::get_if<refusal>(&verdict);
    ASSERT_TRUE(why) << "is not refused";
    EXPECT_EQ(why->reason, each.reason) << why->message;
    for (const auto& part : each.says)
      EXPECT_THAT(why->message, HasSubstr(part));
  }
}

k8s::error forbidden() {
  return {k8s::errc::forbidden, "GET /api/v1/namespaces/shop/pods", "no"};
}

TEST(restore_preflight, refuses_a_spec_that_makes_no_sense) {
  expect_refusals({
      {"a field that the schema would have refused",
       {},
       [](auto& given) { given.restore.spec_problems = {"spec.strategy: \"x\" is no strategy"}; },
       "InvalidSpec",
       {"spec.strategy"}},
      {"a pod instead of a workload",
       {},
       [](auto& given) { given.restore.spec.application_ref = "pod/web-1"; },
       "InvalidSpec",
       {"spec.applicationRef", "\"pod/web-1\"", "deployment/NAME"}},
      {"a claim instead of a workload",
       {},
       [](auto& given) { given.restore.spec.application_ref = "persistentvolumeclaim/data"; },
       "InvalidSpec",
       {"spec.applicationRef", "\"persistentvolumeclaim/data\""}},
      {"no source",
       {},
       [](auto& given) { given.restore.spec.backup_name.clear(); },
       "InvalidSpec",
       {"spec.source", "exactly one", "backupName", "volumeSnapshotName"}},
      {"two sources",
       {},
       [](auto& given) { given.restore.spec.volume_snapshot_name = "snap-data"; },
       "InvalidSpec",
       {"spec.source", "exactly one"}},
      {"a snapshot without the claim that it is for",
       {},
       [](auto& given) {
         given.restore.spec.backup_name.clear();
         given.restore.spec.volume_snapshot_name = "snap-data";
       },
       "InvalidSpec",
       {"spec.claims", "source.volumeSnapshotName"}},
  });
}

TEST(restore_preflight, refuses_what_it_cannot_read_or_do) {
  expect_refusals({
      {"a read that is forbidden",
       {},
       [](auto& given) { given.facts.read_errors = {forbidden()}; },
       "PermissionMissing",
       {"/api/v1/namespaces/shop/pods", "apply the roles of deploy/"}},
      {"a read that fails",
       {},
       [](auto& given) {
         given.facts.read_errors = {{k8s::errc::protocol, "GET /pods", "no JSON"}};
       },
       "ReadFailed",
       {"GET /pods", "no JSON"}},
      {"a write that is denied",
       {},
       [](auto& given) {
         given.facts.denied = {{"create", "", "persistentvolumeclaims", "", "shop"}};
       },
       "PermissionMissing",
       {"create persistentvolumeclaims", "namespace shop", "deploy/"}},
      {"volumes that may not be read",
       restore_case::that_replaces(),
       [](auto& given) { given.facts.unreadable = {"persistentvolumes"}; },
       "PersistentVolumesForbidden",
       {"ReplaceClaim", "ClusterRole", "SwitchClaim"}},
      {"volumes that may not be patched",
       restore_case::that_replaces(),
       [](auto& given) {
         given.facts.denied = {{"patch", "", "persistentvolumes", "", ""}};
       },
       "PermissionMissing",
       {"patch persistentvolumes"}},
      {"a cluster without snapshots",
       {},
       [](auto& given) { given.facts.snapshot_api_served = false; },
       "SnapshotApiMissing",
       {"snapshot.storage.k8s.io/v1"}},
  });
}

TEST(restore_preflight, a_switch_needs_no_right_on_volumes) {
  restore_case given;
  given.facts.unreadable = {"persistentvolumes"};
  given.facts.denied = {{"patch", "", "persistentvolumes", "", ""}};
  EXPECT_TRUE(std::holds_alternative<restore_plan>(given.judge()));
}

TEST(restore_preflight, refuses_a_workload_that_cannot_be_changed) {
  expect_refusals({
      {"none",
       {},
       [](auto& given) { given.facts.workloads.clear(); },
       "ApplicationNotFound",
       {"spec.applicationRef", "\"web\"", "namespace shop"}},
      {"two of the name",
       {},
       [](auto& given) { given.facts.workloads.push_back(restore_case::workload("DaemonSet")); },
       "ApplicationAmbiguous",
       {"\"web\"", "statefulset/NAME"}},
      {"one that is being deleted",
       {},
       [](auto& given) { given.object().metadata.deletion_timestamp = k8s::timestamp{}; },
       "WorkloadDeleted",
       {"Deployment web"}},
      {"one that an operator controls",
       {},
       [](auto& given) {
         given.object().metadata.owner_references
             = {{"db.example/v1", "Database", "orders", "u", true, false}};
       },
       "OwnedByController",
       {"Deployment web", "Database orders", "stop it first"}},
      {"one that is paused",
       {},
       [](auto& given) { given.object().is_paused = true; },
       "WorkloadPaused",
       {"Deployment web", "spec.paused", "kubectl rollout resume"}},
      {"one that nobody rolls out",
       restore_case::of_daemon_set(),
       [](auto& given) { given.object().rolls_out = false; },
       "UpdateOnDelete",
       {"DaemonSet web", "spec.updateStrategy", "RollingUpdate"}},
      {"a DaemonSet that is to be scaled to 0",
       restore_case::of_daemon_set(),
       [](auto& given) { given.restore.spec.strategy = restore_strategy::replace_claim; },
       "StrategyImpossible",
       {"spec.strategy", "ReplaceClaim", "SwitchClaim"}},
      {"a claim template that is to be switched",
       restore_case::of_stateful_set(),
       [](auto& given) { given.restore.spec.strategy = restore_strategy::switch_claim; },
       "StrategyImpossible",
       {"spec.strategy", "data-web-0", "use ReplaceClaim"}},
      {"a StatefulSet whose claims go when it is scaled",
       restore_case::of_stateful_set(),
       [](auto& given) { given.object().deletes_claims_when_scaled = true; },
       "ClaimsDeletedWhenScaled",
       {"StatefulSet web", "whenScaled", "set Retain"}},
      {"no pod that would have a late volume provisioned",
       {},
       [](auto& given) {
         given.facts.classes["fast"]->waits_for_consumer = true;
         given.object().replicas = 0;
       },
       "WorkloadScaledToZero",
       {"Deployment web", "StorageClass fast", "scale it up"}},
  });
}

crds::volume_restore other_restore(crds::restore_phase phase) {
  crds::volume_restore other;
  other.metadata.name = "earlier";
  other.metadata.uid = "uid-earlier";
  other.status.phase = phase;
  other.status.workload = crds::restored_workload{"Deployment", "web", "uid-web", 1, ""};
  return other;
}

TEST(restore_preflight, refuses_to_work_against_others) {
  expect_refusals({
      {"another restore under way",
       {},
       [](auto& given) {
         given.facts.restores = {other_restore(crds::restore_phase::rolling_out)};
       },
       "RestoreRunning",
       {"VolumeRestore earlier", "Deployment web"}},
      {"a frozen workload",
       {},
       [](auto& given) {
         given.facts.backups = {restore_case::backup("hourly")};
         given.facts.backups[0].status.phase = crds::backup_phase::snapshotting;
         given.facts.backups[0].status.application.emplace();
         given.facts.backups[0].status.application->uid = "uid-web";
       },
       "BackupRunning",
       {"VolumeBackup hourly", "Deployment web"}},
      {"an autoscaler",
       restore_case::that_replaces(),
       [](auto& given) {
         auto& scaler = given.facts.autoscalers.emplace_back();
         scaler.metadata.name = "web-scaler";
         scaler.target_kind = "Deployment";
         scaler.target_name = "web";
       },
       "AutoscalerPresent",
       {"HorizontalPodAutoscaler web-scaler", "Deployment web", "delete it"}},
      {"a pod of somebody else on a claim that must be free",
       restore_case::that_replaces(),
       [](auto& given) {
         given.facts.pods.push_back(restore_case::pod("cron", "data"));
         given.facts.pods.back().metadata.labels.clear();
       },
       "ClaimShared",
       {"pod cron", "claim data", "stop it"}},
      {"a tool that would point it back to a claim that is gone",
       {},
       [](auto& given) {
         given.restore.spec.strategy = restore_strategy::switch_claim;
         given.restore.spec.old_claim_policy = crds::old_claim_policy::remove;
         given.object().metadata.annotations = {{"meta.helm.sh/release-name", "web"}};
       },
       "OldClaimNeeded",
       {"spec.oldClaimPolicy", "Helm", "Deployment web", "Retain"}},
  });
}

TEST(restore_preflight, other_restores_that_have_ended_or_not_begun_do_not_count) {
  for (const auto phase : {crds::restore_phase::completed, crds::restore_phase::rolled_back,
                           crds::restore_phase::pending, crds::restore_phase::none}) {
    restore_case given;
    given.facts.restores = {other_restore(phase)};
    EXPECT_TRUE(std::holds_alternative<restore_plan>(given.judge())) << to_string(phase);
  }
}

TEST(restore_preflight, refuses_a_backup_that_has_not_got_it) {
  expect_refusals({
      {"none",
       {},
       [](auto& given) { given.facts.backup.reset(); },
       "BackupNotFound",
       {"spec.source.backupName", "VolumeBackup nightly", "namespace shop"}},
      {"one that is being deleted",
       {},
       [](auto& given) { given.facts.backup->metadata.deletion_timestamp = k8s::timestamp{}; },
       "BackupDeleted",
       {"VolumeBackup nightly"}},
      {"one that failed",
       {},
       [](auto& given) { given.facts.backup->status.phase = crds::backup_phase::failed; },
       "BackupNotCompleted",
       {"VolumeBackup nightly", "\"Failed\"", "source.volumeSnapshotName"}},
      {"one without snapshots",
       {},
       [](auto& given) { given.facts.backup->status.snapshots.clear(); },
       "NoClaims",
       {"VolumeBackup nightly"}},
      {"one without that claim",
       {},
       [](auto& given) { given.restore.spec.claims = {"logs"}; },
       "ClaimNotInBackup",
       {"spec.claims", "VolumeBackup nightly", "claim logs"}},
      {"one of a claim that the workload does not use",
       {},
       [](auto& given) {
         given.object().template_claims = {{"storage", "other"}};
       },
       "ClaimNotMounted",
       {"Deployment web", "claim data", "it uses none that exists"}},
      {"a claim that is being deleted",
       {},
       [](auto& given) { given.facts.claims[0].metadata.deletion_timestamp = k8s::timestamp{}; },
       "ClaimDeleted",
       {"PersistentVolumeClaim data"}},
      {"a snapshot that is gone",
       {},
       [](auto& given) { given.facts.snapshots.clear(); },
       "SnapshotNotFound",
       {"VolumeSnapshot snap-data"}},
      {"a snapshot that is being deleted",
       {},
       [](auto& given) { given.facts.snapshots[0].metadata.deletion_timestamp = k8s::timestamp{}; },
       "SnapshotDeleted",
       {"VolumeSnapshot snap-data"}},
      {"a snapshot that is not ready",
       {},
       [](auto& given) {
         given.facts.snapshots[0].ready_to_use = false;
         given.facts.snapshots[0].error = "still uploading";
       },
       "SnapshotNotReady",
       {"VolumeSnapshot snap-data", "still uploading"}},
  });
}

TEST(restore_preflight, refuses_storage_that_cannot_serve) {
  expect_refusals({
      {"no class",
       {},
       [](auto& given) { given.facts.claims[0].storage_class_name.clear(); },
       "StorageClassMissing",
       {"PersistentVolumeClaim data", "spec.storageClassName"}},
      {"a class that does not exist",
       {},
       [](auto& given) {
         given.restore.spec.storage_class_name = "promoter";
         given.facts.classes["promoter"] = std::nullopt;
       },
       "StorageClassNotFound",
       {"StorageClass promoter"}},
      {"a class of another driver",
       {},
       [](auto& given) { given.facts.classes["fast"]->provisioner = "other.csi"; },
       "DriverMismatch",
       {"StorageClass fast", "other.csi", "VolumeSnapshot snap-data", "disks.csi",
        "spec.storageClassName"}},
      {"a snapshot of a raw device",
       {},
       [](auto& given) { given.facts.contents["content-snap-data"].source_volume_mode = "Block"; },
       "VolumeModeMismatch",
       {"VolumeSnapshot snap-data", "mode Block", "claim data", "Filesystem"}},
      {"a claim without a volume that could be kept",
       restore_case::that_replaces(),
       [](auto& given) { given.facts.volumes.clear(); },
       "ClaimNotBound",
       {"PersistentVolumeClaim data", "use SwitchClaim"}},
  });
}

} // namespace
