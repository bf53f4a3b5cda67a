#pragma once

#include "crds/volume_backup.hpp"
#include "crds/volume_backup_provider.hpp"

#include <memory>
#include <string>

namespace messages {

using backup_ptr = std::shared_ptr<const crds::volume_backup>;
using provider_ptr = std::shared_ptr<const crds::volume_backup_provider>;

/// A VolumeBackup was added or modified, or is there at the start of the watch.
struct backup_changed {
  backup_ptr backup;
};

/// A VolumeBackup is gone from the API server.
struct backup_removed {
  k8s::object_key key;
  std::string uid;
};

/// All VolumeBackups that existed when the watch began have been reported.
struct backups_synced {};

/// A VolumeBackupProvider was added or modified.
struct provider_changed {
  provider_ptr provider;
};

/// From now on this replica acts; until then it only watches.
struct lead {};

/// The operator takes no new work and ends what runs: thaw first.
struct stop_work {};

/// A deadline may have passed: look again. One too many is harmless.
struct deadline_passed {};

} // namespace messages
