#pragma once

#include "actors/volume_backup/observed.hpp"
#include "actors/volume_restore/failed_changes.hpp"
#include "actors/volume_restore/restore_facts.hpp"
#include "actors/volume_restore/restore_fence.hpp"
#include "actors/volume_restore/restore_plan.hpp"
#include "crds/volume_restore.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace actors {

/// Everything known about one restore run. The status as the server last confirmed it is the memory
/// that outlives this process; the rest can be found again by looking.
struct restore_run {
  crds::volume_restore restore; ///< as last read or accepted
  moment started;
  moment phase_since; ///< of the phase in `restore.status`
  /// When this process found the restore under way; none: it began it itself.
  std::optional<std::chrono::steady_clock::time_point> taken_up;

  preflight_state preflight = preflight_state::not_asked;
  std::optional<refusal> refused;
  std::optional<restore_plan> plan;
  preflight_state trial = preflight_state::not_asked; ///< would the server take the new claims?
  turn_state turn = turn_state::none;                 ///< no backup freezes meanwhile
  std::string waits_for;                              ///< with `delayed`

  std::optional<restore_world> seen;                   ///< at the last look
  std::optional<object_versions> versions_at_rollback; ///< at this process's first look in it
  bool is_stale = true;                                ///< something may have changed since
  std::optional<std::chrono::steady_clock::time_point> look_again; ///< not before
  int requests_out = 0;
  bool must_read = false; ///< nobody knows whether `restore` is what the server has

  std::optional<refusal> failure; ///< the server will never take a change, or somebody fights it
  failed_changes not_taken;       ///< changes of this phase, to be tried again
  std::string told_complaint;     ///< about them, in the status as it was last written
  std::vector<std::string> may_be_left; ///< by the changes that were made
  int workload_changes = 0; ///< accepted in this phase; more than needed: somebody undoes them
  /// A create whose answer never came may still make its object until then.
  std::optional<std::chrono::steady_clock::time_point> may_appear_until;

  bool is_gone = false;     ///< the object was deleted although it held our finalizer
  bool is_stopping = false; ///< the operator shuts down; a successor goes on from the status
  int failed_requests = 0;  ///< in a row
  std::optional<std::chrono::steady_clock::time_point>
      resume; ///< no request before, after one failed
};

/// A change is under way: only a success or a rollback ends it.
bool has_begun(crds::restore_phase phase);

/// Its pods were seen ready on the new volumes: nothing leads back any more.
bool is_rolled_out(const crds::volume_restore& restore);

/// What a new supervisor knows of a restore that an earlier process may have begun.
restore_run take_up(crds::volume_restore restore, const moment& now);

/// The server has accepted the status that was written.
void note_written(restore_run& run, crds::volume_restore accepted, const moment& now);

/// Takes over what the server has; notes when that is another phase.
void adopt(restore_run& run, crds::volume_restore read, const moment& now);

/// The same for one that was read: somebody else may have begun it meanwhile.
void adopt_read(restore_run& run, crds::volume_restore read, const moment& now);

/// The server has taken a change.
void note_taken(restore_run& run, const restore_change& change);

/// Takes in what the last look found.
void note_seen(restore_run& run, restore_world world);

} // namespace actors
