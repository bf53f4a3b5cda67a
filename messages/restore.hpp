#pragma once

#include "crds/volume_restore.hpp"
#include "k8s/request.hpp"

#include <nlohmann/json.hpp>

#include <compare>
#include <map>
#include <memory>
#include <string>

namespace actors {
struct restore_facts;
struct restore_world;
} // namespace actors

namespace messages {

using restore_ptr = std::shared_ptr<const crds::volume_restore>;

/// A VolumeRestore was added or modified, or is there at the start of the watch.
struct restore_changed {
  restore_ptr restore;
};

/// A VolumeRestore is gone from the API server.
struct restore_removed {
  k8s::object_key key;
  std::string uid;
};

/// Something that a restore changes or waits for has changed: look again.
struct world_moved {};

struct workload_id {
  std::string name_space, kind, name;
  auto operator<=>(const workload_id&) const = default;
};

/// The workload of a completed restore, as it is now.
struct workload_seen {
  workload_id id;
  std::map<std::string, std::string> template_claims; ///< volume name -> claim name
  std::string last_writer;                            ///< may be empty
};

/// Commands to `restore_cluster`, answered as those to `cluster` are.

/// Read all that a restore's preflight judges.
struct gather_restore {
  restore_ptr restore;
};

struct restore_gathered {
  std::shared_ptr<const actors::restore_facts> facts;
};

/// Read what a restore under way changes.
struct look_at_world {
  restore_ptr restore;        ///< its status names the objects
  bool with_troubles = false; ///< also the warnings about claims and pods that are waited for
};

struct world_seen {
  std::shared_ptr<const actors::restore_world> world;
};

/// Read the restore again.
struct read_restore {
  k8s::object_key key;
};

/// Set or drop our finalizer; fails with a conflict if the object is not at `resource_version`.
struct write_restore_finalizers {
  k8s::object_key key;
  std::string resource_version;
  std::vector<std::string> finalizers;
};

/// Replace the whole status; fails with a conflict if the object is not at `resource_version`.
struct write_restore_status {
  k8s::object_key key;
  std::string uid, resource_version;
  std::shared_ptr<const crds::volume_restore_status> status;
};

/// The restore as it is now on the server.
struct restore_read {
  restore_ptr restore;
};

/// A write that carries its own preconditions.
struct send_change {
  std::shared_ptr<const k8s::request> call;
};

struct change_sent {};

} // namespace messages
