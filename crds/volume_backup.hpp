#pragma once

#include "crds/condition.hpp"
#include "k8s/resource.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crds {

enum class snapshot_mode { automatic, individual, group };
enum class hooks_policy { required, if_present, skip };
enum class on_hook_failure { fail, crash_consistent };
enum class deletion_policy { remove, retain };

enum class backup_phase {
  none,
  pending,
  queued,
  freezing,
  snapshotting,
  thawing,
  uploading,
  completed,
  failed,
  cancelled
};
bool is_final(backup_phase phase);
std::string_view to_string(backup_phase phase);

enum class consistency { application, crash, unknown };
std::string_view to_string(consistency verdict);

struct backup_timeouts {
  std::chrono::milliseconds freeze{std::chrono::seconds{30}};
  std::chrono::milliseconds max_freeze{std::chrono::seconds{60}};
  std::chrono::milliseconds thaw{std::chrono::seconds{30}};
  std::chrono::milliseconds ready{std::chrono::hours{1}};
  std::chrono::milliseconds total{std::chrono::hours{24}};

  bool operator==(const backup_timeouts&) const = default;
};

struct volume_backup_spec {
  std::string application_ref;
  std::vector<std::string> claims; ///< empty: all
  std::string provider_ref;        ///< empty: none
  std::string snapshot_class_name; ///< empty: chosen
  crds::snapshot_mode snapshot_mode = crds::snapshot_mode::automatic;
  struct {
    hooks_policy policy = hooks_policy::if_present;
    on_hook_failure on_failure = on_hook_failure::fail;
    bool record_output = true;
  } hooks;
  backup_timeouts timeouts;
  crds::deletion_policy deletion_policy = crds::deletion_policy::remove;
  std::optional<std::chrono::milliseconds> expires_after;
  bool pinned = false, cancel = false, dry_run = false;
};

/// status.pods[].hook
struct hook_status {
  std::string mode;   ///< `session`, `client` (hook-session), `exec` (no shell), `none`
  std::string preset; ///< that the hooks come from, if any
  std::string state;  ///< `Pending`, `Freezing`, `Frozen`, `Thawed`, `Failed`, `Lost`, `None`
  std::optional<int> exit_code;
  std::string output; ///< of a failed hook, its last 1 KiB
  std::optional<k8s::timestamp> frozen_at, thawed_at;
};

struct pod_status {
  std::string name, uid, container;
  std::int32_t restart_count = 0;
  hook_status hook;
};

/// status.snapshots[]
struct snapshot_status {
  std::string claim, claim_uid, volume_snapshot_name, content_name, snapshot_handle, driver,
      class_name;
  std::optional<k8s::timestamp> creation_time;
  bool ready_to_use = false;
  std::string restore_size, error;
};

struct application_status {
  std::string kind, name, uid;
};

struct volume_backup_status {
  backup_phase phase = backup_phase::none;
  std::optional<crds::consistency> consistency;
  std::string reason, message;
  std::int64_t observed_generation = 0;
  std::optional<k8s::timestamp> start_time, frozen_at, cut_at, thawed_at, ready_at, completion_time;
  std::optional<std::int64_t> freeze_milliseconds;
  std::int64_t attempts = 0; ///< how often a freeze was begun; more than one after a restart
  std::optional<application_status> application;
  std::vector<pod_status> pods;
  std::string volume_group_snapshot_name; ///< that cut the snapshots; empty: each by itself
  std::vector<snapshot_status> snapshots;
  std::optional<backup_timeouts> timeouts; ///< the effective ones
  std::vector<condition> conditions;
  std::string snapshots_ready; ///< `1/2`, for the printer column
};

/// The conditions of a VolumeBackup.
namespace backup_condition {
inline constexpr std::string_view preflight_passed = "PreflightPassed";
inline constexpr std::string_view pods_frozen = "PodsFrozen";
inline constexpr std::string_view snapshots_cut = "SnapshotsCut";
inline constexpr std::string_view pods_thawed = "PodsThawed";
inline constexpr std::string_view snapshots_ready = "SnapshotsReady";
inline constexpr std::string_view succeeded = "Succeeded";
} // namespace backup_condition

struct volume_backup {
  static constexpr k8s::resource_kind kind{"backups.example.com", "v1alpha1", "volumebackups",
                                           "VolumeBackup"};
  /// Held only while something is frozen or half made.
  static constexpr std::string_view finalizer = "backups.example.com/thaw";

  k8s::object_meta metadata;
  volume_backup_spec spec;
  volume_backup_status status;
  /// What in the spec makes no sense although the server took it: `spec.timeouts.freeze: "abc" is
  /// no duration; write e.g. 30s`. A backup with such a spec is refused in preflight.
  std::vector<std::string> spec_problems;

  /// Fails only on what no API server would send; a senseless spec lands in `spec_problems`.
  static k8s::result<volume_backup> decode(const nlohmann::json& object);
};

/// The status as JSON. Absent fields are explicit nulls, so that a JSON merge patch removes what an
/// earlier write left there. Never more than 256 KiB: hook output shrinks first.
nlohmann::json encode(const volume_backup_status& status);

} // namespace crds
