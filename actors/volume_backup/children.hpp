#pragma once

#include "actors/scheduling/driver_limits.hpp"
#include "actors/volume_backup/plan.hpp"
#include "k8s/resources/volume_snapshot.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Pure: the objects that a backup creates.
namespace actors {

inline constexpr std::string_view label_backup_uid = "backups.example.com/backup-uid";
inline constexpr std::string_view label_retained = "backups.example.com/retained";
inline constexpr std::string_view annotation_backup = "backups.example.com/backup";
inline constexpr std::string_view annotation_claim = "backups.example.com/claim";

/// The name of a claim's snapshot: readable, at most 253 characters, and different for every
/// (backup UID, claim, attempt), so that a repeated create meets its own object, and neither a
/// recreated backup nor a later attempt meets one that is on its way out.
std::string snapshot_name(std::string_view backup_name, std::string_view backup_uid,
                          std::string_view claim, std::int64_t attempt);

driver_demand snapshots_by_driver(const backup_plan& plan);
/// What no two backups may freeze at once: pods, and claims, for a pod may be replaced.
std::vector<std::string> turn_keys_of(const backup_plan& plan, std::string_view name_space);

/// Of a VolumeSnapshot or VolumeGroupSnapshot that a backup creates. With `deletionPolicy: Delete`
/// the backup owns the snapshot and garbage collection takes it; with `Retain` it carries the label
/// `retained` and no owner, or garbage collection would take it all the same.
nlohmann::json created_metadata(const crds::volume_backup& backup, std::string_view name);

nlohmann::json volume_snapshot_of(const crds::volume_backup& backup, const planned_claim& claim);

/// Does a VolumeSnapshot that was there already belong to this backup?
bool belongs_to(const k8s::object_meta& snapshot, std::string_view backup_uid);

} // namespace actors
