#include "actors/volume_restore/unmade_volumes.hpp"

namespace actors {

namespace {

/// Where a class waits for a pod, nothing is made before the scheduler has chosen its node.
bool is_being_made(const crds::restore_claim_status& row,
                   const k8s::persistent_volume_claim& claim) {
  return claim.volume_name.empty()
         && (!row.binds_late
             || claim.metadata.annotations.contains("volume.kubernetes.io/selected-node"));
}

} // namespace

bool leaves_volume(const crds::restore_claim_status& row,
                   const k8s::persistent_volume_claim& claim) {
  return row.new_reclaim_policy == "Retain" && is_being_made(row, claim);
}

restore_change delete_claim_of(const crds::restore_claim_status& row,
                               const k8s::persistent_volume_claim& claim) {
  auto change = delete_claim(claim);
  if (leaves_volume(row, claim))
    change.leaves
        = "the volume of claim " + claim.metadata.name + " (UID " + claim.metadata.uid + ")";
  return change;
}

} // namespace actors
