#include "actors/loop_reply.hpp"
#include "actors/volume_restore/restore_progress.hpp"
#include "actors/volume_restore/restore_supervisor.hpp"

#include <utility>

/// The part of the supervisor that writes the VolumeRestore itself, and tells of it.
namespace actors {

void restore_supervisor_state::perform(const restore_step::hold_finalizer&) {
  auto finalizers = run.restore.metadata.finalizers;
  finalizers.emplace_back(crds::volume_restore::finalizer);
  write_finalizers(std::move(finalizers));
}

void restore_supervisor_state::perform(const restore_step::drop_finalizer&) {
  auto finalizers = run.restore.metadata.finalizers;
  std::erase(finalizers, std::string{crds::volume_restore::finalizer});
  write_finalizers(std::move(finalizers));
}

void restore_supervisor_state::write_finalizers(std::vector<std::string> finalizers) {
  ++run.requests_out;
  self->request(context.restore_cluster, caf::infinite,
                write_restore_finalizers{key(), run.restore.metadata.resource_version,
                                         std::move(finalizers)})
      .then([this](const restore_read& answer) { written(answer, false); },
            [this](const caf::error& failure) { write_failed(failure); });
}

void restore_supervisor_state::perform(const restore_step::write_status& step) {
  const auto at = time();
  auto status = status_of(run, step.target, at);
  context.log.info(about("write status"), std::string{to_string(status.phase)} + ", reason "
                                              + status.reason + ": " + status.message);
  if (run.is_gone) { // nobody keeps it any more, but what it says is still done
    auto told = run.restore;
    told.status = std::move(status);
    return note_written(run, std::move(told), at);
  }
  ++run.requests_out;
  self->request(context.restore_cluster, caf::infinite,
                write_restore_status{
                    key(), run.restore.metadata.uid, run.restore.metadata.resource_version,
                    std::make_shared<const crds::volume_restore_status>(std::move(status))})
      .then([this](const restore_read& answer) { written(answer, true); },
            [this](const caf::error& failure) { write_failed(failure); });
}

void restore_supervisor_state::written(const restore_read& answer, bool is_status) {
  --run.requests_out;
  run.failed_requests = 0;
  const auto before = run.restore.status.phase;
  if (is_status)
    note_written(run, *answer.restore, time());
  else
    adopt(run, *answer.restore, time());
  const auto phase = run.restore.status.phase;
  if (is_status && phase != before && phase == crds::restore_phase::provisioning && run.plan)
    for (const auto& warning : run.plan->warnings)
      announce(true, "RestoreWarning", warning);
  if (is_status && phase != before
      && (is_final(phase) || phase == crds::restore_phase::rolling_back))
    announce_outcome();
  advance();
}

void restore_supervisor_state::write_failed(const caf::error& failure) {
  --run.requests_out;
  const auto code = code_of(failure);
  if (code == cluster_errc::fenced)
    return self->quit(caf::exit_reason::user_shutdown);
  context.log.warn(about("write"), text_of(failure));
  if (code == cluster_errc::not_found)
    run.is_gone = true;
  else
    run.must_read = true;
  if (code != cluster_errc::conflict)
    pause();
  advance();
}

/// What stands in the object is what happened.
void restore_supervisor_state::perform(const restore_step::read_outcome&) {
  ++run.requests_out;
  self->request(context.restore_cluster, caf::infinite, read_restore{key()})
      .then(
          [this](const restore_read& answer) {
            --run.requests_out;
            run.must_read = false;
            if (answer.restore->metadata.uid != run.restore.metadata.uid)
              run.is_gone = true;
            else
              adopt_read(run, *answer.restore, time());
            if (has_begun(run.restore.status.phase) && run.turn == turn_state::none) {
              run.turn = turn_state::held; // somebody else has begun it
              ask_for_turn(true);
            }
            run.is_stale = true;
            advance();
          },
          [this](const caf::error& failure) {
            --run.requests_out;
            if (code_of(failure) == cluster_errc::not_found) {
              run.is_gone = true;
              run.must_read = false;
            }
            pause();
            advance();
          });
}

void restore_supervisor_state::announce(bool is_warning, const std::string& reason,
                                        const std::string& message) {
  self->send(context.cluster,
             record_event{crds::volume_restore::kind, key(), run.restore.metadata.uid, is_warning,
                          reason, message, "Restore"});
}

void restore_supervisor_state::announce_outcome() {
  const auto& status = run.restore.status;
  const bool is_good = status.phase == crds::restore_phase::completed;
  if (is_final(status.phase))
    context.metrics->restore_ended(status);
  announce(!is_good, is_final(status.phase) ? std::string{to_string(status.phase)} : status.reason,
           status.message);
}

} // namespace actors
