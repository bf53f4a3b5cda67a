#include "actors/volume_restore/restore_changes.hpp"
#include "actors/volume_restore/restore_plan.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using nlohmann::json;
using support::restore_case;

json body_of(const restore_change& change) {
  return json::parse(change.call.body);
}

crds::restore_claim_status row() {
  crds::restore_claim_status planned;
  planned.claim = "data";
  planned.kept_claim = "data-before-restore";
  planned.old_volume = "pv-data";
  planned.snapshot = "snap-data";
  planned.storage_class_name = "promoter";
  planned.size = "2Gi";
  return planned;
}

/// One that a GitOps tool applied, that a volume controller has marked, and that has an owner.
k8s::persistent_volume_claim applied_claim() {
  auto claim = restore_case::claim("data");
  claim.metadata.labels = {{"app", "web"}, {"app.kubernetes.io/instance", "shop"}};
  claim.metadata.annotations = {{"pv.kubernetes.io/bind-completed", "yes"},
                                {"argocd.argoproj.io/tracking-id", "shop:x"},
                                {"team", "web"}};
  claim.metadata.owner_references = {{"apps/v1", "StatefulSet", "web", "uid-web", true, false}};
  claim.volume_mode = "Filesystem";
  return claim;
}

TEST(restore_changes, a_claim_of_another_name_is_filled_and_unknown_to_tools) {
  const restore_case given;
  EXPECT_EQ(filled_claim(given.restore, row(), applied_claim(), "data-restored"), json::parse(R"({
    "apiVersion": "v1", "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data-restored", "namespace": "shop",
      "labels": {"app": "web", "backups.example.com/restore-uid": "uid-again"},
      "annotations": {"backups.example.com/restored-claim": "data"}},
    "spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem", "storageClassName": "promoter",
      "resources": {"requests": {"storage": "2Gi"}},
      "dataSource": {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "snap-data"}}})"));
}

TEST(restore_changes, a_claim_of_the_same_name_keeps_its_owner_and_what_tools_know_it_by) {
  const restore_case given;
  const auto claim = filled_claim(given.restore, row(), applied_claim(), "data");
  const auto& metadata = claim.at("metadata");
  EXPECT_EQ(metadata.at("labels").at("app.kubernetes.io/instance"), "shop");
  EXPECT_EQ(metadata.at("annotations"),
            (json{{"argocd.argoproj.io/tracking-id", "shop:x"}, {"team", "web"}}));
  EXPECT_EQ(metadata.at("ownerReferences").at(0).at("uid"), "uid-web");
}

TEST(restore_changes, a_restored_claim_that_is_restored_again_is_known_by_its_first_name) {
  const restore_case given;
  auto like = restore_case::claim("data-restored-1");
  like.metadata.annotations = {{std::string{restore_mark::restored_claim}, "data"}};
  const auto claim = filled_claim(given.restore, row(), like, "data-restored-2");
  EXPECT_EQ(claim.at("metadata").at("annotations").at("backups.example.com/restored-claim"),
            "data");
}

TEST(restore_changes, a_claim_is_made_or_only_tried) {
  const auto claim = filled_claim({}, row(), applied_claim(), "new");
  const auto make = create_claim("shop", claim);
  EXPECT_EQ(make.what, "create claim new");
  EXPECT_EQ(make.call.method, "POST");
  EXPECT_EQ(make.call.target(), "/api/v1/namespaces/shop/persistentvolumeclaims");
  EXPECT_EQ(body_of(make), claim);
  EXPECT_EQ(try_claim("shop", claim).call.target(),
            "/api/v1/namespaces/shop/persistentvolumeclaims?dryRun=All");
}

TEST(restore_changes, a_claim_is_deleted_only_as_it_was_seen) {
  const auto change = delete_claim(restore_case::claim("data"));
  EXPECT_EQ(change.call.method, "DELETE");
  EXPECT_EQ(change.call.path, "/api/v1/namespaces/shop/persistentvolumeclaims/data");
  EXPECT_EQ(body_of(change).at("preconditions"),
            (json{{"uid", "uid-data"}, {"resourceVersion", "5"}}));
}

TEST(restore_changes, a_protected_volume_remembers_its_claim) {
  auto volume = restore_case::volume("pv-data", "Delete");
  const auto claim = applied_claim();
  const auto body = body_of(protect_volume(volume, &claim));
  EXPECT_EQ(body.at("spec"), (json{{"persistentVolumeReclaimPolicy", "Retain"}}));
  const auto& metadata = body.at("metadata");
  EXPECT_EQ(metadata.at("uid"), "uid-pv-data");
  EXPECT_EQ(metadata.at("resourceVersion"), "6");
  for (const auto& [key, text] : metadata.at("annotations").items())
    volume.metadata.annotations[key] = text;
  const auto remembered = claim_remembered_by(volume);
  ASSERT_TRUE(remembered);
  EXPECT_EQ(remembered->metadata.name, "data");
  EXPECT_EQ(remembered->metadata.labels, claim.metadata.labels);
  EXPECT_EQ(remembered->metadata.owner_references, claim.metadata.owner_references);
  EXPECT_EQ(remembered->requested, "1Gi");
  EXPECT_EQ(remembered->storage_class_name, "fast");
  EXPECT_FALSE(remembered->metadata.annotations.contains("pv.kubernetes.io/bind-completed"));
}

TEST(restore_changes, a_volume_without_a_memory_remembers_nothing) {
  auto volume = restore_case::volume("pv-data", "Retain");
  EXPECT_FALSE(claim_remembered_by(volume));
  for (const auto* text : {"", "no json", "[]", R"({"metadata": 1})"}) {
    volume.metadata.annotations = {{std::string{restore_mark::replaced_claim}, text}};
    EXPECT_FALSE(claim_remembered_by(volume)) << text;
  }
}

TEST(restore_changes, claims_that_are_made_again_name_their_volume) {
  const restore_case given;
  const auto back
      = bound_claim(given.restore, applied_claim(), restore_case::volume("pv-data", "Retain"));
  EXPECT_EQ(back.at("metadata").at("name"), "data");
  EXPECT_EQ(back.at("spec").at("volumeName"), "pv-data");
  EXPECT_EQ(back.at("spec").at("resources").at("requests").at("storage"), "1Gi");
  EXPECT_EQ(back.at("spec").at("storageClassName"), "fast");
  const auto forth = bound_claim(given.restore, row(), applied_claim(),
                                 restore_case::volume("pv-new", "Retain"));
  EXPECT_EQ(forth.at("spec").at("volumeName"), "pv-new");
  EXPECT_EQ(forth.at("spec").at("resources").at("requests").at("storage"), "2Gi");
  EXPECT_EQ(forth.at("spec").at("storageClassName"), "promoter");
}

TEST(restore_changes, the_kept_claim_is_no_restored_one) {
  const restore_case given;
  const auto kept = kept_claim(given.restore, row(), applied_claim(),
                               restore_case::volume("pv-data", "Retain"));
  EXPECT_EQ(kept.at("metadata").at("name"), "data-before-restore");
  EXPECT_EQ(kept.at("spec").at("volumeName"), "pv-data");
  EXPECT_FALSE(
      kept.at("metadata").at("annotations").contains("backups.example.com/restored-claim"));
  EXPECT_FALSE(kept.at("metadata").at("labels").contains("app.kubernetes.io/instance"));
}

struct volume_change {
  std::string what;
  restore_change change;
  json spec, annotations;
};

TEST(restore_changes, each_change_of_a_volume_is_one_patch_of_what_was_seen) {
  const auto volume = restore_case::volume("pv-data", "Delete");
  const auto reference = [](const json& uid) {
    return json{{"apiVersion", "v1"},  {"kind", "PersistentVolumeClaim"},
                {"namespace", "shop"}, {"name", "data"},
                {"uid", uid},          {"resourceVersion", nullptr}};
  };
  const std::vector<volume_change> changes{
      {"protect",
       protect_volume(volume, nullptr),
       {{"persistentVolumeReclaimPolicy", "Retain"}},
       nullptr},
      {"reserve",
       reserve_volume(volume, {"shop", "data"}),
       {{"claimRef", reference(nullptr)}},
       nullptr},
      {"set",
       set_reclaim_policy(volume, "Delete"),
       {{"persistentVolumeReclaimPolicy", "Delete"}},
       nullptr},
      {"release",
       release_volume(volume, "Delete"),
       {{"persistentVolumeReclaimPolicy", "Delete"}},
       {{"backups.example.com/replaced-claim", nullptr}}},
      {"discard",
       discard_volume(volume, {"shop", "data"}, "uid-gone"),
       {{"persistentVolumeReclaimPolicy", "Delete"}, {"claimRef", reference("uid-gone")}},
       nullptr},
  };
  for (const auto& each : changes) {
    SCOPED_TRACE(each.what);
    const auto body = body_of(each.change);
    EXPECT_EQ(each.change.call.method, "PATCH");
    EXPECT_EQ(each.change.call.content_type, "application/merge-patch+json");
    EXPECT_EQ(each.change.call.path, "/api/v1/persistentvolumes/pv-data");
    EXPECT_EQ(body.at("spec"), each.spec);
    EXPECT_EQ(body.at("metadata").at("uid"), "uid-pv-data");
    EXPECT_EQ(body.at("metadata").at("resourceVersion"), "6");
    EXPECT_EQ(body.at("metadata").value("annotations", json{}), each.annotations);
  }
}

TEST(restore_changes, a_template_is_pointed_to_claims_volume_by_volume) {
  const auto web = restore_case::workload("Deployment").object;
  const auto change = point_template("Deployment", web, {{"a", "new-a"}, {"b", "new-b"}});
  EXPECT_EQ(change.what, "point Deployment web to new-a new-b");
  EXPECT_EQ(change.call.path, "/apis/apps/v1/namespaces/shop/deployments/web");
  EXPECT_EQ(change.call.content_type, "application/strategic-merge-patch+json");
  EXPECT_EQ(body_of(change), json::parse(R"({
    "metadata": {"uid": "uid-web", "resourceVersion": "7"},
    "spec": {"template": {"spec": {"volumes": [
      {"name": "a", "persistentVolumeClaim": {"claimName": "new-a"}},
      {"name": "b", "persistentVolumeClaim": {"claimName": "new-b"}}]}}}})"));
}

TEST(restore_changes, each_kind_of_workload_is_scaled_where_it_lives) {
  const auto web = restore_case::workload("Deployment").object;
  for (const auto& [kind, plural] : std::map<std::string, std::string>{
           {"Deployment", "deployments"}, {"StatefulSet", "statefulsets"}}) {
    const auto change = scale(kind, web, 0);
    EXPECT_EQ(change.call.path, "/apis/apps/v1/namespaces/shop/" + plural + "/web");
    EXPECT_EQ(body_of(change).at("spec"), (json{{"replicas", 0}}));
    EXPECT_EQ(body_of(change).at("metadata").at("resourceVersion"), "7");
  }
  EXPECT_EQ(point_template("DaemonSet", web, {}).call.path,
            "/apis/apps/v1/namespaces/shop/daemonsets/web");
}

} // namespace
