#pragma once

#include "messages/type_ids.hpp"

#include <caf/typed_actor.hpp>

/// Every typed actor interface: the map of the program. One line per message; see `messages/` for
/// what each says.
namespace actors {

using namespace messages; // NOLINT(google-build-using-namespace): this header is the table of who
                          // says what

/// All API calls of the operator but exec and watches; the one gate at which writes are fenced.
using cluster_actor = caf::typed_actor<
    caf::replies_to<gather_preflight>::with<preflight_gathered>,      // everything preflight judges
    caf::replies_to<read_backup>::with<backup_read>,                  // the object now
    caf::replies_to<write_finalizers>::with<backup_read>,             // the object after the write
    caf::replies_to<write_backup_status>::with<backup_read>,          // the object after the write
    caf::replies_to<create_snapshot>::with<snapshot_created>,         // created, or adopted if ours
    caf::replies_to<delete_snapshot>::with<snapshot_created>,         // gone or going
    caf::replies_to<label_objects>::with<objects_labelled>,           // claims, members of a group
    caf::replies_to<read_pods>::with<pods_read>,                      // those that still exist
    caf::replies_to<read_snapshots>::with<snapshots_read>,            // those that exist
    caf::replies_to<inspect_provider>::with<provider_inspected>,      // what is wrong with it
    caf::replies_to<write_provider_status>::with<provider_inspected>, // echoed when accepted
    caf::reacts_to<record_event>>;                                    // best effort

/// Talks to the API server for restores.
using restore_cluster_actor = caf::typed_actor<
    caf::replies_to<gather_restore>::with<restore_gathered>,       // what its preflight judges
    caf::replies_to<look_at_world>::with<world_seen>,              // what a restore changes
    caf::replies_to<read_restore>::with<restore_read>,             // the object now
    caf::replies_to<write_restore_finalizers>::with<restore_read>, // the object after the write
    caf::replies_to<write_restore_status>::with<restore_read>,     // the object after the write
    caf::replies_to<send_change>::with<change_sent>>;              // accepted

/// One VolumeBackup, from preflight to its final phase.
using supervisor_actor
    = caf::typed_actor<caf::reacts_to<backup_changed>, // spec.cancel, deletion
                       caf::reacts_to<backup_removed>, // the object is gone
                       caf::reacts_to<turn_granted>,   // from the turn keeper
                       caf::reacts_to<turn_delayed>,   // from the turn keeper
                       caf::reacts_to<pod_probed>,     // from a hook prober
                       caf::reacts_to<pod_frozen>,     // from a hook executor
                       caf::reacts_to<session_lost>,   // from a hook executor: its rescue has begun
                       caf::reacts_to<pod_released>,   // from a hook executor: its last word
                       caf::reacts_to<snapshot_cut>,   // from a snapshot watcher
                       caf::reacts_to<snapshot_troubled>,     // from a snapshot watcher
                       caf::reacts_to<snapshot_lost>,         // from a snapshot watcher
                       caf::reacts_to<snapshot_became_ready>, // from the upload watcher
                       caf::reacts_to<deadline_passed>,       // its own timer
                       caf::reacts_to<create_due>,            // its own timer: repeat a create
                       caf::reacts_to<stop_work>>;            // thaw, then end

/// The freeze session of one pod.
using hook_executor_actor = caf::typed_actor<caf::reacts_to<freeze_pod>,       // open the session
                                             caf::reacts_to<thaw_pod>,         // end the freeze
                                             caf::reacts_to<rescue_pod>,       // end another's
                                             caf::reacts_to<exec_spoke>,       // from the loop
                                             caf::reacts_to<exec_ended>,       // from the loop
                                             caf::reacts_to<deadline_passed>>; // its own timer

/// Asks one pod whether it is to be frozen.
using hook_prober_actor = caf::typed_actor<caf::reacts_to<exec_ended>>; // from the loop

/// Follows one VolumeSnapshot until it is cut.
using snapshot_watcher_actor = snapshot_follower;

/// Follows all VolumeSnapshots of a backup until they are ready.
using upload_watcher_actor
    = snapshot_follower::extend<caf::reacts_to<handle_overdue>>; // its own timer

/// The watches on VolumeSnapshots and their contents, by name.
using snapshot_feed_actor
    = caf::typed_actor<caf::reacts_to<follow_snapshot>, caf::reacts_to<unfollow_snapshot>,
                       caf::reacts_to<snapshot_observed>>; // from the watches

/// Lets one backup at a time freeze a workload.
using turn_keeper_actor
    = caf::typed_actor<caf::reacts_to<take_turn>, caf::reacts_to<end_turn>,
                       caf::reacts_to<deadline_passed>>; // its own timer: a driver's perSecond

/// Finds or spawns the supervisor of each VolumeBackup.
using dispatcher_actor
    = caf::typed_actor<caf::reacts_to<backup_changed>, caf::reacts_to<backup_removed>,
                       caf::reacts_to<backups_synced>, caf::reacts_to<lead>,
                       caf::reacts_to<stop_work>>;

/// One VolumeRestore, from preflight to its final phase.
using restore_supervisor_actor
    = caf::typed_actor<caf::reacts_to<restore_changed>, // spec.cancel, deletion
                       caf::reacts_to<restore_removed>, // the object is gone
                       caf::reacts_to<turn_granted>,    // from the turn keeper
                       caf::reacts_to<turn_delayed>,    // from the turn keeper
                       caf::reacts_to<world_moved>,     // from its watches
                       caf::reacts_to<deadline_passed>, // its own timer
                       caf::reacts_to<stop_work>>;      // ends; a successor goes on

/// Finds or spawns the supervisor of each VolumeRestore.
using restore_dispatcher_actor
    = caf::typed_actor<caf::reacts_to<restore_changed>, caf::reacts_to<restore_removed>,
                       caf::reacts_to<lead>, caf::reacts_to<stop_work>>;

/// Keeps the condition `Superseded` of completed VolumeRestores.
using restore_keeper_actor
    = caf::typed_actor<caf::reacts_to<restore_changed>, caf::reacts_to<restore_removed>,
                       caf::reacts_to<workload_seen>,   // from its watches
                       caf::reacts_to<deadline_passed>, // writes again what failed
                       caf::reacts_to<lead>>;

/// Keeps the conditions of VolumeBackupProviders true.
using provider_keeper_actor
    = caf::typed_actor<caf::reacts_to<provider_changed>,
                       caf::reacts_to<deadline_passed>>; // looks again: secrets and classes come
                                                         // and go

} // namespace actors
