#pragma once

#include "k8s/object_meta.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace messages {

/// Something was seen of one VolumeSnapshot, on it or on its content, or of a VolumeGroupSnapshot.
/// Absent fields say nothing.
struct snapshot_observed {
  k8s::object_key snapshot; ///< as it is followed
  std::string name;         ///< of the object
  k8s::object_key member;   ///< of a group: as it is followed too; else empty
  std::string uid;
  std::string content_name, handle, driver, restore_size;
  std::optional<k8s::timestamp> creation_time;
  bool has_creation_time_in_nanoseconds
      = false; ///< from the content; the snapshot has whole seconds
  bool ready_to_use = false;
  std::optional<std::string> error; ///< empty text: an earlier error has cleared
  bool is_deleted = false;          ///< the VolumeSnapshot is gone or going
};

/// A ready snapshot's handle has not been seen in time.
struct handle_overdue {
  k8s::object_key snapshot;
};

/// Try again to create a snapshot.
struct create_due {
  std::size_t snapshot = 0;
};

/// The driver has cut the snapshot: it has a creation time and, where the content can be read, a
/// handle.
struct snapshot_cut {
  std::size_t snapshot = 0; ///< index in the plan's claims; one more is their group
  snapshot_observed seen;
};

/// The storage reported an error that may still clear.
struct snapshot_troubled {
  std::size_t snapshot = 0;
  std::string error;
};

/// The snapshot cannot succeed any more: deleted by a third party, or an error that cannot clear.
struct snapshot_lost {
  std::size_t snapshot = 0;
  std::string error;
};

/// One snapshot became ready to use (uploaded).
struct snapshot_became_ready {
  std::size_t snapshot = 0;
  snapshot_observed seen;
};

} // namespace messages
