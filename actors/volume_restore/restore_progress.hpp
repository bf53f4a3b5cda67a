#pragma once

#include "actors/volume_restore/next_restore_step.hpp"
#include "crds/volume_restore.hpp"

/// Pure: what the status of a restore says at each of its writes.
namespace actors {

crds::volume_restore_status status_of(const restore_run& run, const restore_target& target,
                                      const moment& now);

} // namespace actors
