#include "actors/volume_restore/restore_claims.hpp"

#include "actors/volume_restore/restore_preflight.hpp"
#include "k8s/quantity.hpp"

#include <algorithm>

namespace actors {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `data-db-0` of template `data` in StatefulSet `db`.
bool is_made_from(std::string_view claim, const std::string& claim_template,
                  const std::string& set) {
  const auto prefix = claim_template + "-" + set + "-";
  return claim.starts_with(prefix) && is_number(claim.substr(prefix.size()));
}

std::string larger_of(std::initializer_list<std::string> quantities) {
  std::string largest;
  std::int64_t most = -1;
  for (const auto& text : quantities)
    if (const auto bytes = k8s::bytes_of_quantity(text); bytes && *bytes > most) {
      most = *bytes;
      largest = text;
    }
  return largest;
}

std::optional<refusal> check_snapshot(const restore_facts& facts, const std::string& name) {
  const auto* snapshot = facts.find_snapshot(name);
  if (!snapshot)
    return refusal{"SnapshotNotFound", "VolumeSnapshot " + name + " does not exist"};
  if (snapshot->metadata.is_being_deleted())
    return refusal{"SnapshotDeleted", "VolumeSnapshot " + name + " is being deleted"};
  if (!snapshot->ready_to_use)
    return refusal{"SnapshotNotReady",
                   "VolumeSnapshot " + name + " is not ready to use"
                       + (snapshot->error ? ": " + *snapshot->error : std::string{})};
  return std::nullopt;
}

std::string mode_of(const std::string& volume_mode) {
  return volume_mode.empty() ? "Filesystem" : volume_mode;
}

/// As far as the contents may be read.
std::optional<refusal> check_content(const restore_facts& facts, const std::string& snapshot,
                                     const k8s::persistent_volume_claim& claim,
                                     const k8s::storage_class* storage_class) {
  const auto content = facts.contents.find(facts.find_snapshot(snapshot)->content_name);
  if (content == facts.contents.end())
    return std::nullopt;
  const auto& made_from = content->second;
  if (!made_from.source_volume_mode.empty()
      && mode_of(made_from.source_volume_mode) != mode_of(claim.volume_mode))
    return refusal{"VolumeModeMismatch", "VolumeSnapshot " + snapshot + " is of a volume of mode "
                                             + made_from.source_volume_mode + ", claim "
                                             + claim.metadata.name + " of mode "
                                             + mode_of(claim.volume_mode)};
  if (storage_class && storage_class->provisioner != made_from.driver)
    return refusal{"DriverMismatch",
                   "StorageClass " + storage_class->metadata.name + " is of "
                       + storage_class->provisioner + ", but VolumeSnapshot " + snapshot + " is of "
                       + made_from.driver
                       + "; name a class of that driver in spec.storageClassName"};
  return std::nullopt;
}

} // namespace

std::string known_name_of(const k8s::object_meta& claim) {
  const auto mark = claim.annotations.find(std::string{restore_mark::restored_claim});
  return mark == claim.annotations.end() ? claim.name : mark->second;
}

std::string name_of(const crds::restored_workload& workload) {
  return workload.kind + " " + workload.name;
}

claim_place volume_name_of(const kinded_workload& workload, std::string_view claim) {
  const auto& object = workload.object;
  for (const auto& [volume, used] : object.template_claims)
    if (used == claim)
      return {volume, false};
  for (const auto& each : object.claim_templates)
    if (is_made_from(claim, each, object.metadata.name))
      return {each, true};
  return {};
}

std::vector<const k8s::persistent_volume_claim*> claims_of(const kinded_workload& workload,
                                                           const restore_facts& facts) {
  std::vector<const k8s::persistent_volume_claim*> found;
  for (const auto& claim : facts.claims)
    if (!volume_name_of(workload, claim.metadata.name).volume.empty())
      found.push_back(&claim);
  return found;
}

const k8s::persistent_volume_claim* find_workload_claim(const kinded_workload& workload,
                                                        const restore_facts& facts,
                                                        std::string_view known_name) {
  const auto all = claims_of(workload, facts);
  for (const auto* claim : all)
    if (claim->metadata.name == known_name)
      return claim;
  for (const auto* claim : all)
    if (known_name_of(claim->metadata) == known_name)
      return claim;
  return nullptr;
}

std::string storage_class_of(const crds::volume_restore& restore,
                             const k8s::persistent_volume_claim& old_claim) {
  const auto& wanted = restore.spec.storage_class_name;
  return wanted.empty() ? old_claim.storage_class_name : wanted;
}

std::vector<std::pair<std::string, std::string>>
restored_claims(const crds::volume_restore& restore, const restore_facts& facts) {
  const auto& spec = restore.spec;
  std::vector<std::pair<std::string, std::string>> pairs;
  if (!spec.volume_snapshot_name.empty()) {
    for (const auto& claim : spec.claims)
      pairs.emplace_back(claim, spec.volume_snapshot_name);
    return pairs;
  }
  if (!facts.backup)
    return pairs;
  const auto& rows = facts.backup->status.snapshots;
  if (spec.claims.empty()) {
    for (const auto& row : rows)
      pairs.emplace_back(row.claim, row.volume_snapshot_name);
    return pairs;
  }
  for (const auto& claim : spec.claims) {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&claim](const auto& one) { return one.claim == claim; });
    pairs.emplace_back(claim, row == rows.end() ? std::string{} : row->volume_snapshot_name);
  }
  return pairs;
}

std::vector<std::string> wanted_snapshots(const crds::volume_restore& restore,
                                          const restore_facts& facts) {
  std::vector<std::string> names;
  for (const auto& [claim, snapshot] : restored_claims(restore, facts))
    if (!snapshot.empty())
      names.push_back(snapshot);
  return names;
}

std::variant<crds::restore_claim_status, refusal>
plan_claim(const crds::volume_restore& restore, const restore_facts& facts,
           const k8s::persistent_volume_claim& claim, const std::string& snapshot) {
  if (auto why = check_snapshot(facts, snapshot))
    return *why;
  const auto class_name = storage_class_of(restore, claim);
  if (class_name.empty())
    return refusal{"StorageClassMissing", "PersistentVolumeClaim " + claim.metadata.name
                                              + " has no storage class; name one in "
                                                "spec.storageClassName"};
  const auto found = facts.classes.find(class_name);
  if (found != facts.classes.end() && !found->second)
    return refusal{"StorageClassNotFound", "StorageClass " + class_name + " does not exist"};
  const auto* storage_class = found == facts.classes.end() ? nullptr : &*found->second;
  if (auto why = check_content(facts, snapshot, claim, storage_class))
    return *why;
  crds::restore_claim_status row;
  row.claim = claim.metadata.name;
  row.old_uid = claim.metadata.uid;
  row.old_volume = claim.volume_name;
  if (const auto volume = facts.volumes.find(claim.volume_name); volume != facts.volumes.end())
    row.old_reclaim_policy = volume->second.reclaim_policy;
  row.snapshot = snapshot;
  row.storage_class_name = class_name;
  row.size
      = larger_of({claim.requested, claim.capacity, facts.find_snapshot(snapshot)->restore_size});
  // Without the right to read classes nobody can tell: then nothing waits before a pod uses it.
  if (storage_class)
    row.new_reclaim_policy = storage_class->reclaim_policy;
  row.binds_late = !storage_class || storage_class->waits_for_consumer;
  return row;
}

} // namespace actors
