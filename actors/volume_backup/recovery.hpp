#pragma once

#include "actors/volume_backup/observed.hpp"
#include "k8s/resources/pod.hpp"
#include "k8s/resources/volume_snapshot.hpp"

#include <vector>

/// Pure: what is known of a backup when a supervisor takes it up. Another process may have left it
/// in the middle; all that it knew for sure is in the status that it wrote.
///
///     status says          what may be left             what follows
///     nothing, Pending     nothing                      the backup from its start
///     Freezing..Thawing    frozen pods, snapshots       thaw; all cut: go on to ready, else again
///     Uploading            snapshots that are not ready go on to ready, the verdict stands
///     a final phase        the finalizer                give it up
namespace actors {

observed take_up(const crds::volume_backup& backup, const moment& now);

/// `found`: those of the earlier run's pods that exist. One that is gone, or was replaced, took its
/// freeze with it; the others get the hooks that they declare now, for the rescue.
void note_earlier_pods(observed& world, const std::vector<k8s::pod>& found, const moment& now);

/// `found`: those of the earlier run's snapshots that exist, of whomever they are.
void note_earlier_snapshots(observed& world, const std::vector<k8s::volume_snapshot>& found,
                            const moment& now);

/// An exec of the earlier run may have come late, after the rescue, and may hold: once no other can
/// follow, the pods count as frozen again.
void expect_late_freezes(observed& world, const moment& now);

/// The earlier run's snapshots are all cut: nothing but their readiness is awaited.
void go_on_to_ready(observed& world);

/// Everything of the earlier run is cleared away: as before the first freeze, but for what `total`
/// and the attempts count.
observed begin_again(const observed& world);

} // namespace actors
