#pragma once

#include "actors/volume_backup/observed.hpp"
#include "crds/volume_backup.hpp"

/// Pure: what the status of a backup says at each of its writes.
namespace actors {

/// The whole status, from what is observed. Conditions keep their transition times from the status
/// that the backup has.
crds::volume_backup_status status_of(const observed& world, const moment& now);

/// From the begin of the first pre-hook to the last pod's release: what the application felt. None
/// if nothing was frozen.
std::optional<std::chrono::milliseconds> freeze_window(const observed& world);

} // namespace actors
