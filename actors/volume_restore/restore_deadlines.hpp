#pragma once

#include "actors/volume_backup/deadlines.hpp"
#include "actors/volume_restore/restore_run.hpp"

#include <optional>
#include <string>

/// Pure: how long a restore may take, on the steady clock.
namespace actors {

/// From the restore's first start. A process that finds one under way has the time for a rollback,
/// however late it comes: nobody else would bring the workload back.
std::optional<steady_time> total_deadline(const restore_run& run);

/// The last moment at which the restore may still go forward: what is left of `total` after it is
/// for the rollback.
std::optional<steady_time> forward_deadline(const restore_run& run);

/// Of the phase that it is in. Each bounds its own: `provision` the making of the claims, `rollout`
/// the switch, the rollout and the way back, each anew. Where claims are only provisioned when a
/// pod uses them, the rollout has the time for both.
std::optional<steady_time> phase_deadline(const restore_run& run);

/// Until when a rollback waits for volumes that nobody needs any more and that are still being
/// made. It leaves time to delete their claims all the same.
steady_time unmade_deadline(const restore_run& run);

std::string timeout_reason(crds::restore_phase phase);

/// What the phase waits for, in words, for whoever reads that it took too long.
/// Precondition: the world was seen.
std::string waits_for(const restore_run& run);

/// `. The server does not create claim data: exceeded quota`; empty: it takes what it is asked for.
std::string what_is_not_taken(const restore_run& run);

/// For a rollback that cannot finish: what is where, and what is left to do by hand.
std::string how_to_finish(const crds::volume_restore& restore, const restore_world& world);

} // namespace actors
