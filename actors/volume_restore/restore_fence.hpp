#pragma once

#include "actors/volume_restore/restore_facts.hpp"
#include "actors/volume_restore/restore_work.hpp"
#include "crds/volume_restore.hpp"

/// A change on the way forward may still be on its way to the server when the way back begins: of a
/// leader whose network came back, or one that was not answered in time. Every change carries the
/// version of its object, so it has no effect once the object has another one.
namespace actors {

/// Of what a rollback puts back, and a late change could take away again.
object_versions versions_of(const crds::volume_restore& restore, const restore_world& world);

/// Gives a new version to what still has the one that it had when the way back began.
void fence(const crds::volume_restore& restore, const restore_world& world,
           const object_versions& at_beginning, restore_work& work);

/// Takes the fence's annotations off again.
void take_fence_down(const crds::volume_restore& restore, const restore_world& world,
                     restore_work& work);

} // namespace actors
