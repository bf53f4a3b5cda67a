#pragma once

#include "actors/freeze_session/hook_declaration.hpp"
#include "actors/freeze_session/one_shot_lock.hpp"
#include "crds/volume_backup.hpp"
#include "crds/volume_backup_provider.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace actors {

/// A pod that declares hooks, pinned by UID and restart count.
struct planned_pod {
  std::string name, uid, container;
  std::int32_t restart_count = 0;
  freeze_session::hook_declaration hooks;
  freeze_session::one_shot_finding
      one_shot; ///< a lock that cannot outlive its client lowers the verdict
  std::chrono::milliseconds freeze_timeout{};
};

/// A claim to snapshot.
struct planned_claim {
  std::string name, uid, driver, class_name;
  std::string snapshot_name; ///< empty in a group: its controller names the members
};

/// The VolumeGroupSnapshot that cuts all claims at one moment.
struct planned_group {
  std::string name, class_name;
};

/// What preflight decided; nothing in it changes during the run.
struct backup_plan {
  crds::application_status application;
  std::int64_t attempt = 1; ///< of this backup: every one has its own sessions and snapshots
  std::vector<planned_pod> pods;
  std::vector<planned_claim> claims;
  std::optional<planned_group> group; ///< none: one VolumeSnapshot for each claim
  std::string not_grouped;            ///< why not, if it was looked into
  std::vector<std::string>
      unhooked_pods;                 ///< mount a claim but declare no hooks: the verdict names them
  std::vector<std::string> warnings; ///< become events
  crds::backup_timeouts timeouts;    ///< effective, capped
  crds::thaw_on thaw_on = crds::thaw_on::cut;
};

/// Why a backup does not start: reason is one CamelCase word, message names object, field, value
/// and remedy.
struct refusal {
  std::string reason, message;
};

} // namespace actors
