#pragma once

#include "actors/volume_backup/plan.hpp"
#include "actors/volume_restore/restore_changes.hpp"
#include "actors/volume_restore/restore_facts.hpp"
#include "actors/volume_restore/unmade_volumes.hpp"
#include "crds/volume_restore.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// Pure: what is left to do, by what is persisted and what is seen. Every function looks at the
/// world as if for the first time, so that it is all the same whether this process, an earlier one
/// or somebody else brought it there.
namespace actors {

struct restore_work {
  std::vector<restore_change> changes; ///< can be made now, in any order
  std::string waits_for;               ///< in words; empty: nothing
  std::optional<refusal> blocked;      ///< cannot be done at all

  bool is_done() const { return changes.empty() && waits_for.empty() && !blocked; }
  /// The first thing that is waited for is the one to tell.
  void wait_for(std::string what) {
    if (waits_for.empty())
      waits_for = std::move(what);
  }
  void block(std::string reason, std::string message) {
    if (!blocked)
      blocked = {std::move(reason), std::move(message)};
  }
};

/// Phase Provisioning: the new claims are there, and bound where they can be before a pod uses
/// them.
restore_work provision(const crds::volume_restore& restore, const restore_world& world);

/// What became known of the new claims, once they are provisioned or rolled out.
std::vector<crds::restore_claim_status> claims_as_seen(const crds::volume_restore& restore,
                                                       const restore_world& world);

/// Phase Switching: the workload has the new volumes.
restore_work switch_over(const crds::volume_restore& restore, const restore_world& world);

/// Phase RollingOut: its pods run on them.
restore_work roll_out(const crds::volume_restore& restore, const restore_world& world);

/// After success: policies as they were, the old claims deleted if that is wanted.
restore_work settle(const crds::volume_restore& restore, const restore_world& world);

/// By UID: the resourceVersion.
using object_versions = std::map<std::string, std::string>;

/// Phase RollingBack: the workload has its old volumes under the old names, and its replicas; what
/// the restore made is gone or going. `at_beginning`: as `versions_of` had them then.
restore_work roll_back(const crds::volume_restore& restore, const restore_world& world,
                       const object_versions& at_beginning, unmade_volumes unmade);

/// After that: it runs on them.
restore_work recover(const crds::volume_restore& restore, const restore_world& world);

/// Does the workload's template use the new claims?
bool is_switched(const crds::volume_restore& restore, const restore_world& world);

/// Where each claim's old and new volume are, for whoever has to finish by hand.
std::string where_things_are(const crds::volume_restore& restore, const restore_world& world);

} // namespace actors
