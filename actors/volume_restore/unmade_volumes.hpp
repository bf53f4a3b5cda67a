#pragma once

#include "actors/volume_restore/restore_changes.hpp"
#include "crds/volume_restore.hpp"
#include "k8s/resources/persistent_volume_claim.hpp"

/// Pure: claims that are given up while their volume is still being made. The driver goes on, and
/// the volume comes when its claim is gone: with reclaim policy Delete it goes again, with Retain
/// it stays, and nobody knows of it.
namespace actors {

/// Does the restore wait until such a volume is there, to delete it?
enum class unmade_volumes { are_awaited, are_given_up };

/// Deleting the claim now would leave a volume behind.
bool leaves_volume(const crds::restore_claim_status& row,
                   const k8s::persistent_volume_claim& claim);

/// Says so, if it does.
restore_change delete_claim_of(const crds::restore_claim_status& row,
                               const k8s::persistent_volume_claim& claim);

} // namespace actors
