#pragma once

#include "actors/context.hpp"
#include "actors/decision_loop.hpp"
#include "actors/volume_restore/claim_trials.hpp"
#include "actors/volume_restore/next_restore_step.hpp"
#include "k8s/watcher.hpp"

#include <vector>

/// The supervisor of one VolumeRestore: looks at the world, asks `decide`, performs the step, until
/// nothing is left to do.
///
/// It may end at any moment: what a successor needs is in the status before anything is changed.
/// While a restore is under way the claims of its workload have a turn, so that no backup freezes
/// them.
namespace actors {

struct restore_supervisor_state {
  static constexpr const char* name = "restore_supervisor";

  explicit restore_supervisor_state(restore_supervisor_actor::pointer actor) : self{actor} {}

  restore_supervisor_actor::behavior_type make_behavior(operator_context shared,
                                                        const restore_ptr& restore);

  void note_restore(const restore_changed& fact);
  void note_turn_granted();
  void note_turn_delayed(const turn_delayed& fact);

  /// Decides and performs until there is nothing to do but wait.
  void advance();

  void perform(const restore_step::await_fact&) {}
  void perform(const restore_step::ask_preflight&);
  void perform(const restore_step::try_claims&);
  void perform(const restore_step::take_turn&);
  void perform(const restore_step::hold_finalizer&);
  void perform(const restore_step::write_status& step);
  void perform(const restore_step::look&);
  void perform(const restore_step::make_changes& step);
  void perform(const restore_step::wait_for_world& step);
  void perform(const restore_step::note_failure& step);
  void perform(const restore_step::read_outcome&);
  void perform(const restore_step::drop_finalizer&);
  void perform(const restore_step::finish&);

  void take_preflight(const restore_facts& facts);
  void ask_for_turn(bool has_begun_already);
  void try_one(claim_trial trial);
  void trial_passed();
  void trial_failed(const claim_trial& trial, const caf::error& failure);
  void send(const restore_change& change);
  void change_failed(const restore_change& change, const caf::error& failure);
  void write_finalizers(std::vector<std::string> finalizers);
  void written(const restore_read& answer, bool is_status);
  void write_failed(const caf::error& failure);
  void watch_world();
  void pause();
  void announce(bool is_warning, const std::string& reason, const std::string& message);
  void announce_outcome();
  journal::subject about(std::string step = {}) const {
    return {key(), run.restore.metadata.uid, std::move(step)};
  }
  moment time() const { return now(self, context.wall); }
  k8s::object_key key() const { return run.restore.metadata.key(); }

  restore_supervisor_actor::pointer self;
  operator_context context;
  restore_run run;
  std::shared_ptr<const restore_facts> facts; ///< until the new claims have been tried
  k8s::random_source random = k8s::system_random();
  std::vector<k8s::watcher> watches; ///< of what the restore waits for
  decision_loop loop;
};

restore_supervisor_actor::behavior_type
restore_supervisor(self_of<restore_supervisor_actor, restore_supervisor_state> self,
                   operator_context context, const restore_ptr& restore);

} // namespace actors
