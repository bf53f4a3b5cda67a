#pragma once

#include "actors/volume_restore/restore_work.hpp"

/// Pure: ReplaceClaim's exchange of two volumes under one claim name, and back.
///
/// No claim is deleted before its volume is seen with reclaim policy Retain and no pod is left that
/// could use it. The new volume is kept for the claim's name before that name is free: a tool that
/// makes the claim again gets the new volume, not an empty one.
namespace actors {

/// The volumes of all the workload's claims stay when their claims go.
void protect_old_volumes(const crds::volume_restore& restore, const restore_world& world,
                         restore_work& work);
/// ... and so do those made from the snapshots.
void protect_new_volumes(const crds::volume_restore& restore, const restore_world& world,
                         restore_work& work);
/// No replicas and no pods.
void stop_workload(const crds::volume_restore& restore, const restore_world& world,
                   restore_work& work);
/// Replicas as before the restore.
void start_workload(const crds::volume_restore& restore, const restore_world& world,
                    restore_work& work);

void exchange_forth(const crds::volume_restore& restore, const restore_world& world,
                    restore_work& work);
/// While the pods start: a claim that was deleted is made again, another one of its name blocks.
void hold_exchange(const crds::volume_restore& restore, const restore_world& world,
                   restore_work& work);
void exchange_back(const crds::volume_restore& restore, const restore_world& world,
                   restore_work& work);

/// The claim is the one it was, on its old volume, and nobody has asked to delete it.
bool is_untouched(const crds::restore_claim_status& row, const restore_world& world);

} // namespace actors
