#pragma once

#include "crds/volume_backup.hpp"
#include "k8s/resources/pod.hpp"
#include "k8s/resources/volume_group_snapshot.hpp"
#include "k8s/resources/volume_snapshot.hpp"
#include "messages/backup.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace actors {
struct preflight_facts;
}

namespace messages {

/// Commands to `cluster`. Every one is answered, by its result or by a `k8s::errc` error with a
/// text, within its deadline.

/// Read all that preflight judges, when the backup's turn to be read has come: the deadline counts
/// from then. No answer comes once the asker is gone.
struct gather_preflight {
  backup_ptr backup;
  std::weak_ptr<void> asker; ///< once that is gone nothing more is read for it
  bool has_turn = false;     ///< holds slots meanwhile: is read at once
  std::string was_kind{};    ///< of the workload when it was read before: the likeliest again
};

struct preflight_gathered {
  std::shared_ptr<const actors::preflight_facts> facts;
  /// Kept until the backup has its turn or ends: so many of a namespace are read ahead of theirs.
  std::shared_ptr<void> place{};
};

/// Read the backup again, after a conflict.
struct read_backup {
  k8s::object_key key;
};

/// Set or drop our finalizer; fails with a conflict if the object is not at `resource_version`.
struct write_finalizers {
  k8s::object_key key;
  std::string resource_version;
  std::vector<std::string> finalizers;
};

/// Replace the whole status; fails with a conflict if the object is not at `resource_version`.
struct write_backup_status {
  k8s::object_key key;
  std::string uid, resource_version;
  std::shared_ptr<const crds::volume_backup_status> status;
};

/// Keep a provider's status true.
struct write_provider_status {
  k8s::object_key key;
  std::string uid, resource_version;
  std::shared_ptr<const crds::volume_backup_provider_status> status;
};

/// The backup as it is now on the server: the answer to reads and writes.
struct backup_read {
  backup_ptr backup;
};

enum class snapshot_kind { single, group };

/// Create a VolumeSnapshot or VolumeGroupSnapshot, or adopt one of that name that belongs to the
/// backup `backup_uid`.
struct create_snapshot {
  snapshot_kind kind = snapshot_kind::single;
  std::string name_space, name, backup_uid;
  std::shared_ptr<const nlohmann::json> object;
};

/// It is there and ours.
struct snapshot_created {
  std::string uid;
  bool was_there = false;
};

/// Delete a VolumeSnapshot or VolumeGroupSnapshot of ours; one that is gone counts as deleted.
struct delete_snapshot {
  snapshot_kind kind = snapshot_kind::single;
  k8s::object_key key;
  std::string uid; ///< precondition, if known
};

/// Merge metadata (labels, annotations) into objects of ours, all in parallel. Answered when each
/// is answered, by the gravest failure if there is one.
struct label_objects {
  enum class kind { claims, snapshots };
  struct object {
    std::string name;
    std::string uid; ///< precondition, if known
    std::shared_ptr<const nlohmann::json> metadata;
  };

  kind of = kind::claims;
  std::string name_space;
  std::vector<object> objects;
  bool may_be_gone = false; ///< one that is gone counts as done
};

struct objects_labelled {};

/// Read pods again, to compare their identity with the plan's.
struct read_pods {
  std::string name_space;
  std::vector<std::string> names;
};

struct pods_read {
  std::vector<k8s::pod> pods; ///< those that exist
};

/// Read the VolumeSnapshots that an earlier run may have created, or the group and its members.
struct read_snapshots {
  std::string name_space;
  std::vector<std::string> names;
  std::string group; ///< instead of `names`
};

struct snapshots_read {
  std::vector<k8s::volume_snapshot> snapshots; ///< those that exist
  std::optional<k8s::volume_group_snapshot> group;
};

/// Is the provider's world as its spec says? Answered with problems in words; none means ready.
struct inspect_provider {
  provider_ptr provider;
};

struct provider_inspected {
  std::string reason, message; ///< reason `Ready` if nothing is wrong
  bool is_ready = false;
};

/// An Event on a backup or a restore; sent and forgotten.
struct record_event {
  k8s::resource_kind of = crds::volume_backup::kind;
  k8s::object_key key;
  std::string uid;
  bool is_warning = false;
  std::string reason, message, action;
};

} // namespace messages
