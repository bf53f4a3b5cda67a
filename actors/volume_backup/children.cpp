#include "actors/volume_backup/children.hpp"

#include "k8s/object_name.hpp"

namespace actors {

std::string snapshot_name(std::string_view backup_name, std::string_view backup_uid,
                          std::string_view claim, std::int64_t attempt) {
  auto unique = std::string{backup_uid} + "/" + std::string{claim};
  if (attempt > 1)
    unique += "/" + std::to_string(attempt);
  return k8s::unique_name(std::string{backup_name} + "-" + std::string{claim}, unique);
}

driver_demand snapshots_by_driver(const backup_plan& plan) {
  driver_demand demand;
  for (const auto& claim : plan.claims)
    ++demand[claim.driver];
  return demand;
}

std::vector<std::string> turn_keys_of(const backup_plan& plan, std::string_view name_space) {
  std::vector<std::string> keys;
  for (const auto& pod : plan.pods)
    keys.push_back("pod/" + pod.uid);
  for (const auto& claim : plan.claims)
    keys.push_back("claim/" + std::string{name_space} + "/" + claim.name);
  return keys;
}

nlohmann::json created_metadata(const crds::volume_backup& backup, std::string_view name) {
  const auto& owner = backup.metadata;
  nlohmann::json labels{{label_backup_uid, owner.uid}};
  nlohmann::json metadata{{"name", name},
                          {"namespace", owner.name_space},
                          {"annotations", {{annotation_backup, owner.name}}}};
  if (backup.spec.deletion_policy == crds::deletion_policy::retain)
    labels[std::string{label_retained}] = "true";
  else
    metadata["ownerReferences"]
        = nlohmann::json::array({{{"apiVersion", crds::volume_backup::kind.api_version()},
                                  {"kind", crds::volume_backup::kind.kind},
                                  {"name", owner.name},
                                  {"uid", owner.uid},
                                  {"controller", true}}});
  metadata["labels"] = std::move(labels);
  return metadata;
}

nlohmann::json volume_snapshot_of(const crds::volume_backup& backup, const planned_claim& claim) {
  auto metadata = created_metadata(backup, claim.snapshot_name);
  metadata["annotations"][std::string{annotation_claim}] = claim.name;
  return {{"apiVersion", k8s::volume_snapshot::kind.api_version()},
          {"kind", k8s::volume_snapshot::kind.kind},
          {"metadata", std::move(metadata)},
          {"spec",
           {{"volumeSnapshotClassName", claim.class_name},
            {"source", {{"persistentVolumeClaimName", claim.name}}}}}};
}

bool belongs_to(const k8s::object_meta& snapshot, std::string_view backup_uid) {
  if (snapshot.is_owned_by(backup_uid))
    return true;
  const auto label = snapshot.labels.find(std::string{label_backup_uid});
  return label != snapshot.labels.end() && label->second == backup_uid;
}

} // namespace actors
