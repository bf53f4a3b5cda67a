#pragma once

#include "actors/volume_backup/plan.hpp"
#include "crds/volume_restore.hpp"

#include <string>
#include <vector>

namespace actors {

/// What preflight decided. All of it but the warnings is persisted in the status before anything
/// changes, and nothing of it changes afterwards but what becomes known of new claims.
struct restore_plan {
  crds::restore_strategy strategy = crds::restore_strategy::switch_claim;
  crds::restored_workload workload;
  std::vector<crds::restore_claim_status> claims;
  crds::restore_timeouts timeouts;
  std::vector<std::string> warnings; ///< become events
};

/// Labels and annotations of what a restore makes and changes.
namespace restore_mark {
/// On claims that a restore made: its UID.
inline constexpr std::string_view restore_uid = "backups.example.com/restore-uid";
/// On claims that a restore made: the name that the application's claim once had, which is what
/// its backups know it by.
inline constexpr std::string_view restored_claim = "backups.example.com/restored-claim";
/// On a volume whose claim is exchanged: that claim, to be made again.
inline constexpr std::string_view replaced_claim = "backups.example.com/replaced-claim";
/// On what a rollback puts back, while it does: the restore's UID. See `fence`.
inline constexpr std::string_view rolling_back = "backups.example.com/rolling-back";
} // namespace restore_mark

/// The name by which backups know a claim: its own, or that of the claim which it replaced.
std::string known_name_of(const k8s::object_meta& claim);

/// `Deployment shop/web`
std::string name_of(const crds::restored_workload& workload);

} // namespace actors
