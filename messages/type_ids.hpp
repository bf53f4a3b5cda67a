#pragma once

#include "k8s/error.hpp"
#include "messages/backup.hpp"
#include "messages/cluster.hpp"
#include "messages/hook.hpp"
#include "messages/restore.hpp"
#include "messages/snapshot.hpp"
#include "messages/snapshot_feed.hpp"
#include "messages/turn.hpp"

#include <caf/all.hpp>

/// All message types, once. CAF 0.17 needs the second list; the first is what 0.18 and later will
/// need.
#define MESSAGE_TYPES(X)                                                                           \
  X(messages::backup_changed)                                                                      \
  X(messages::backup_removed)                                                                      \
  X(messages::backups_synced)                                                                      \
  X(messages::provider_changed)                                                                    \
  X(messages::lead)                                                                                \
  X(messages::stop_work)                                                                           \
  X(messages::deadline_passed)                                                                     \
  X(messages::take_turn)                                                                           \
  X(messages::turn_granted)                                                                        \
  X(messages::turn_delayed)                                                                        \
  X(messages::end_turn)                                                                            \
  X(messages::freeze_pod)                                                                          \
  X(messages::thaw_pod)                                                                            \
  X(messages::rescue_pod)                                                                          \
  X(messages::exec_spoke)                                                                          \
  X(messages::exec_ended)                                                                          \
  X(messages::pod_frozen)                                                                          \
  X(messages::session_lost)                                                                        \
  X(messages::pod_probed)                                                                          \
  X(messages::pod_released)                                                                        \
  X(messages::snapshot_observed)                                                                   \
  X(messages::follow_snapshot)                                                                     \
  X(messages::unfollow_snapshot)                                                                   \
  X(messages::handle_overdue)                                                                      \
  X(messages::create_due)                                                                          \
  X(messages::snapshot_cut)                                                                        \
  X(messages::snapshot_troubled)                                                                   \
  X(messages::snapshot_lost)                                                                       \
  X(messages::snapshot_became_ready)                                                               \
  X(messages::gather_preflight)                                                                    \
  X(messages::preflight_gathered)                                                                  \
  X(messages::read_backup)                                                                         \
  X(messages::write_finalizers)                                                                    \
  X(messages::write_backup_status)                                                                 \
  X(messages::write_provider_status)                                                               \
  X(messages::backup_read)                                                                         \
  X(messages::create_snapshot)                                                                     \
  X(messages::snapshot_created)                                                                    \
  X(messages::delete_snapshot)                                                                     \
  X(messages::label_objects)                                                                       \
  X(messages::objects_labelled)                                                                    \
  X(messages::read_pods)                                                                           \
  X(messages::pods_read)                                                                           \
  X(messages::read_snapshots)                                                                      \
  X(messages::snapshots_read)                                                                      \
  X(messages::inspect_provider)                                                                    \
  X(messages::provider_inspected)                                                                  \
  X(messages::restore_changed)                                                                     \
  X(messages::restore_removed)                                                                     \
  X(messages::world_moved)                                                                         \
  X(messages::workload_seen)                                                                       \
  X(messages::gather_restore)                                                                      \
  X(messages::restore_gathered)                                                                    \
  X(messages::look_at_world)                                                                       \
  X(messages::world_seen)                                                                          \
  X(messages::read_restore)                                                                        \
  X(messages::write_restore_finalizers)                                                            \
  X(messages::write_restore_status)                                                                \
  X(messages::restore_read)                                                                        \
  X(messages::send_change)                                                                         \
  X(messages::change_sent)                                                                         \
  X(messages::record_event)

#define MESSAGE_ALLOW(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
MESSAGE_TYPES(MESSAGE_ALLOW)
#undef MESSAGE_ALLOW

namespace messages {

/// `k8s::error` travels between actors as this code with its text as context; 0 is never sent.
enum class cluster_errc : std::uint8_t {
  none = 0,
  not_found,
  already_exists,
  conflict,
  invalid,
  forbidden,
  transient, ///< may succeed later: throttled, or it never reached the server
  uncertain, ///< as transient, but the server may have acted, or still be about to
  fenced,    ///< this process may not act any more
  other,
};

} // namespace messages

CAF_ERROR_CODE_ENUM(messages::cluster_errc, "cluster")
