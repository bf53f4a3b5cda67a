#pragma once

#include "actors/volume_backup/observed.hpp"

#include <chrono>
#include <optional>

/// Pure: until when each step of a backup may take. Each bound is that of exactly one step; none
/// means that the step is not under way.
namespace actors {

using steady_time = std::chrono::steady_clock::time_point;

/// The limit in force: the plan's once there is one.
std::chrono::milliseconds total_of(const observed& world);

/// Of the whole backup, from its first start.
std::optional<steady_time> total_deadline(const observed& world);

/// From a pod's freeze to its frozen, if it is still awaited.
std::optional<steady_time> freeze_deadline(const observed& world, std::size_t pod);

/// The first of all pods.
std::optional<steady_time> freeze_deadline(const observed& world);

/// `maxFreeze` counts from the first freeze and bounds everything that happens while frozen, the
/// cut too.
std::optional<steady_time> max_freeze_deadline(const observed& world);

/// When a backup that waits for its turn says so: a short wait for a slot is not worth a write.
std::optional<steady_time> queued_deadline(const observed& world);

/// Is what preflight saw too old to freeze by it? Whoever was first may have changed the
/// application; for a slot it is only the time.
bool is_view_outdated(const observed& world, const moment& now);

/// When to read the snapshots beside the watch, which may have died without a word: now and then
/// while something is frozen for them, and before they count as never ready.
std::optional<steady_time> look_deadline(const observed& world);

/// From the last cut to the last snapshot's readiness. Without a freeze the cut has that time too.
/// What became ready while nobody watched counts, however long that was: none until they were read.
std::optional<steady_time> ready_deadline(const observed& world);

/// A snapshot whose create was never answered is deleted by name twice: at once, and when it can no
/// longer appear. Precondition: the backup gives up.
bool discard_is_due(const observed_snapshot& snapshot, const moment& now);

/// The same for the labels of a group's claims. Precondition: nobody needs them any more.
bool removal_is_due(const observed_labels& labels, const moment& now);

bool has_passed(const std::optional<steady_time>& deadline, const moment& now);

/// When, after `now`, `decide` must be asked again even if nothing happens; none if only facts can
/// move this backup.
std::optional<steady_time> next_deadline(const observed& world, const moment& now);

/// The instant up to which this backup's freeze may begin and last; a session program freezes
/// nothing after it. Precondition: planned.
k8s::timestamp not_after(const observed& world, const moment& now);

} // namespace actors
