#pragma once

#include "crds/condition.hpp"
#include "crds/volume_backup.hpp"
#include "k8s/resource.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crds {

enum class restore_strategy { automatic, switch_claim, replace_claim };
std::string_view to_string(restore_strategy strategy);

enum class old_claim_policy { retain, remove };
enum class rollback_policy { automatic, never };

enum class restore_phase {
  none,
  pending,
  provisioning,
  switching,
  rolling_out,
  completed,
  rolling_back,
  rolled_back,
  failed,
  cancelled
};
bool is_final(restore_phase phase);
std::string_view to_string(restore_phase phase);

struct restore_timeouts {
  std::chrono::milliseconds provision{std::chrono::minutes{10}};
  std::chrono::milliseconds rollout{std::chrono::minutes{10}};
  std::chrono::milliseconds total{std::chrono::hours{1}};

  bool operator==(const restore_timeouts&) const = default;
};

struct volume_restore_spec {
  std::string application_ref;
  std::string backup_name, volume_snapshot_name; ///< `source`: exactly one is set
  std::vector<std::string> claims;               ///< to replace; empty: all of the backup's
  restore_strategy strategy = restore_strategy::automatic;
  std::string storage_class_name; ///< empty: the old claim's
  crds::old_claim_policy old_claim_policy = crds::old_claim_policy::retain;
  rollback_policy rollback = rollback_policy::automatic;
  restore_timeouts timeouts;
  bool cancel = false;
};

/// status.workload: what a rollback puts back.
struct restored_workload {
  std::string kind, name, uid;
  std::optional<std::int32_t> replicas; ///< none for a DaemonSet
  std::string template_digest;          ///< of the pod template before the restore

  bool operator==(const restored_workload&) const = default;
};

/// status.claims[]: all that going on or rolling back after a restart needs. Claims of the workload
/// that are not restored stand here too if their volumes were protected; they have no snapshot.
struct restore_claim_status {
  std::string claim;       ///< the name that the workload uses before the restore
  std::string volume_name; ///< of the pod template's volume, or of the claim template
  std::string old_uid, old_volume, old_reclaim_policy;
  std::string kept_claim;      ///< ReplaceClaim: the name that the old volume gets
  std::string temporary_claim; ///< ReplaceClaim: the name that the new volume is provisioned under
  std::string new_claim;       ///< the name that the workload uses afterwards
  std::string new_uid, new_volume, new_reclaim_policy;
  std::string snapshot;           ///< the VolumeSnapshot that the new volume is made from
  std::string storage_class_name; ///< of the new claim
  std::string size;               ///< of the new claim, a quantity
  bool binds_late = false;        ///< WaitForFirstConsumer: provisioned when a pod uses it
  std::string state;              ///< in one word, for people

  bool is_restored() const { return !snapshot.empty(); }
  bool operator==(const restore_claim_status&) const = default;
};

struct volume_restore_status {
  restore_phase phase = restore_phase::none;
  std::string reason, message;
  std::int64_t observed_generation = 0;
  std::optional<k8s::timestamp> start_time, completion_time;
  restore_strategy strategy = restore_strategy::automatic; ///< the effective one, once chosen
  std::optional<restored_workload> workload;
  std::vector<restore_claim_status> claims;
  std::optional<restore_timeouts> timeouts; ///< the effective ones
  std::vector<condition> conditions;
};

/// The conditions of a VolumeRestore.
namespace restore_condition {
inline constexpr std::string_view preflight_passed = "PreflightPassed";
inline constexpr std::string_view claims_provisioned = "ClaimsProvisioned";
inline constexpr std::string_view workload_switched = "WorkloadSwitched";
inline constexpr std::string_view rolled_out = "RolledOut";
inline constexpr std::string_view succeeded = "Succeeded";
/// Only ever on a completed one: the workload points back to the old claim.
inline constexpr std::string_view superseded = "Superseded";
} // namespace restore_condition

struct volume_restore {
  static constexpr k8s::resource_kind kind{"backups.example.com", "v1alpha1", "volumerestores",
                                           "VolumeRestore"};
  /// Held from the first change until the restore has succeeded or is undone.
  static constexpr std::string_view finalizer = "backups.example.com/restore";

  k8s::object_meta metadata;
  volume_restore_spec spec;
  volume_restore_status status;
  /// As in volume_backup.
  std::vector<std::string> spec_problems;

  /// Fails only on what no API server would send; a senseless spec lands in `spec_problems`.
  static k8s::result<volume_restore> decode(const nlohmann::json& object);
};

/// The status as JSON; absent fields are explicit nulls, as in that of volume_backup. Messages
/// shrink to keep it below 256 KiB; what a rollback needs never does, so 200 claims whose names
/// have 63 characters fit, and more than 80 whose names are as long as names can be.
nlohmann::json encode(const volume_restore_status& status);

} // namespace crds
