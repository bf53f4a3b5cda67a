#pragma once

#include "actors/volume_restore/claim_trials.hpp"
#include "actors/volume_restore/next_restore_step.hpp"
#include "actors/volume_restore/restore_facts.hpp"
#include "tests/actors/volume_restore/simulated_api.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace restore_simulation {

/// One operator process with one restore: what restore_supervisor.cpp and restore_reads.cpp do
/// around the decisions, without actors and sockets.
class restore_process {
public:
  restore_process(simulated_api& api, const crds::volume_backup& backup,
                  crds::volume_restore restore);

  /// What is wrong with the restored claims; asked whenever claims are read.
  std::function<std::vector<std::string>(const crds::volume_restore&)> judge_claims;

  /// Decides and performs until there is nothing to do but wait.
  void advance();
  /// The watch tells of the restore.
  void note_restore(const crds::volume_restore& seen);
  void note_removed();
  /// Another watch tells of something.
  void note_movement();
  bool is_finished() const { return is_finished_; }
  /// What makes no sense at all.
  const std::string& fault() const { return fault_; }

private:
  void perform(const actors::restore_step::await_fact&) {}
  void perform(const actors::restore_step::ask_preflight&);
  void perform(const actors::restore_step::try_claims&);
  void perform(const actors::restore_step::take_turn&);
  void perform(const actors::restore_step::hold_finalizer&);
  void perform(const actors::restore_step::write_status& step);
  void perform(const actors::restore_step::look&);
  void perform(const actors::restore_step::make_changes& step);
  void perform(const actors::restore_step::wait_for_world&);
  void perform(const actors::restore_step::note_failure& step);
  void perform(const actors::restore_step::read_outcome&);
  void perform(const actors::restore_step::drop_finalizer&);
  void perform(const actors::restore_step::finish&) { is_finished_ = true; }

  actors::restore_facts gather() const;
  void note_trial(const actors::claim_trial& trial, outcome how);
  void send(const actors::restore_change& change);
  void change_failed(const actors::restore_change& change, outcome how);
  void write_finalizers(bool holds);
  void written(outcome how, const json& object);
  void read_world();
  void read_volumes();
  void world_read();
  void pause();
  void arm_timer();
  bool fails();

  simulated_api& api_;
  const crds::volume_backup& backup_;
  actors::restore_run run_;
  actors::restore_facts facts_;
  actors::restore_world reading_;         ///< as far as a look is
  std::vector<std::string> wrong_claims_; ///< when the last look read them
  int reads_out_ = 0;
  std::optional<instant> timer_due_;
  bool is_finished_ = false, is_advancing_ = false;
  std::string fault_;
};

std::string path_of(const crds::volume_restore& restore);

} // namespace restore_simulation
