#pragma once

#include "actors/context.hpp"
#include "actors/decision_loop.hpp"
#include "actors/volume_backup/next_step.hpp"

#include <vector>

/// The supervisor of one VolumeBackup: gathers facts into `observed`, asks `decide`, performs the
/// step, until nothing is left to do.
///
/// Guarantees: after the first `freeze_pod` was sent it does not end before every pod's executor
/// has spoken its last word; the thaw leaves in the handler that saw the last cut, before any
/// write. State changes only in its own handlers; answers of `cluster` find the state as it is
/// then, never as it was when they were asked.
namespace actors {

struct supervisor_state {
  static constexpr const char* name = "supervisor";

  explicit supervisor_state(supervisor_actor::pointer actor) : self{actor} {}
  ~supervisor_state();

  supervisor_actor::behavior_type make_behavior(operator_context context, const backup_ptr& backup);

  // Facts.
  void note_backup(const backup_changed& fact);
  void note_removed(const backup_removed& fact);
  void note_turn_granted();
  void note_turn_delayed(const turn_delayed& fact);
  void note_probed(const pod_probed& fact);
  void note_frozen(const pod_frozen& fact);
  void note_session_lost(const session_lost& fact);
  void note_released(const pod_released& fact);
  void note_cut(const snapshot_cut& fact);
  void note_trouble(const snapshot_troubled& fact);
  void note_lost(const snapshot_lost& fact);
  void note_ready(const snapshot_became_ready& fact);
  void note_executor_down(const caf::down_msg& fact);

  /// Decides and performs until there is nothing to do but wait.
  void advance();

  // Steps.
  void perform(const step::await_fact&) {}
  void perform(const step::thaw_earlier_pods&);
  void perform(const step::thaw_late_pods&);
  void perform(const step::find_earlier_snapshots&);
  void perform(const step::go_on_to_ready&);
  void perform(const step::begin_again&);
  void perform(const step::ask_preflight&);
  void perform(const step::probe_pods&);
  void perform(const step::take_turn&);
  void perform(const step::write_queued&);
  void perform(const step::end_turn&);
  void perform(const step::hold_finalizer&);
  void perform(const step::write_freezing&);
  void perform(const step::label_claims&);
  void perform(const step::freeze_pods&);
  void perform(const step::follow_snapshots&);
  void perform(const step::look_at_snapshots&);
  void perform(const step::cut_snapshots&);
  void perform(const step::thaw_pods&);
  void perform(const step::unlabel_claims&);
  void perform(const step::label_members&);
  void perform(const step::give_up& step);
  void perform(const step::compare_pods&);
  void perform(const step::write_uploading&);
  void perform(const step::discard_snapshots&);
  void perform(const step::write_final&);
  void perform(const step::drop_finalizer&);
  void perform(const step::read_outcome&);
  void perform(const step::finish&);

  void take_preflight(const preflight_gathered& answer);
  void take_probes();
  void follow_snapshots();
  void end_watchers();
  void ask_for_turn(bool has_frozen_already);
  void give_up_turn();
  void let_go_of_children();
  hook_executor_actor spawn_executor(std::size_t pod);
  void thaw_earlier(const std::vector<k8s::pod>& found);
  read_snapshots snapshots_of_plan() const;
  void tell_watchers(const std::vector<k8s::volume_snapshot>& found);
  void tell_feed(const snapshots_read& found);
  void create(std::size_t index);
  void note_created(std::size_t index, const snapshot_created& answer);
  void retry_create(std::size_t index, const caf::error& failure);
  void discard(std::size_t index);
  /// Of what this backup creates: the index of the first.
  std::size_t first_created() const { return world.group ? world.snapshots.size() : 0; }
  std::string name_of_created(std::size_t index) const;
  void compare(const std::vector<k8s::pod>& pods);
  void write_status(persisted observed::*milestone);
  void write_finalizers(std::vector<std::string> finalizers, persisted observed::*milestone);
  /// What every write does with its answer: take over the new version; read the object if it was a
  /// conflict or none; or try again later.
  void written(persisted observed::*milestone, const backup_read& answer);
  void write_failed(persisted observed::*milestone, const caf::error& failure);
  void note_outcome(const crds::volume_backup& read);
  void take_up_again(const crds::volume_backup& read);
  void pause_writes();
  void take_over(const crds::volume_backup& read);
  void arm_timer();
  void announce(bool is_warning, const std::string& reason, const std::string& message);
  void announce_outcome();
  /// What log lines of this backup are about.
  journal::subject about(std::string step = {}) const {
    return {key(), world.backup.metadata.uid, std::move(step)};
  }
  moment time() const { return now(self, context.wall); }
  k8s::object_key key() const { return world.backup.metadata.key(); }

  supervisor_actor::pointer self;
  operator_context context;
  observed world;
  persisted observed::*last_write = nullptr;                     ///< sent last
  std::shared_ptr<const crds::volume_backup_status> last_status; ///< sent, not accepted
  std::vector<hook_executor_actor> executors;                    ///< as plan.pods, once frozen
  std::vector<snapshot_watcher_actor> cut_watchers;
  upload_watcher_actor ready_watcher;
  std::shared_ptr<void> asking = std::make_shared<char>(); ///< its end is that of our questions
  std::shared_ptr<void> place; ///< among those of the namespace that wait for their turn
  decision_loop loop;
};

supervisor_actor::behavior_type supervisor(self_of<supervisor_actor, supervisor_state> self,
                                           operator_context context, const backup_ptr& backup);

} // namespace actors
