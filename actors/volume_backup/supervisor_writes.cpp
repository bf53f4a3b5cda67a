#include "actors/loop_reply.hpp"
#include "actors/volume_backup/progress.hpp"
#include "actors/volume_backup/recovery.hpp"
#include "actors/volume_backup/supervisor.hpp"

#include <algorithm>

// What the supervisor writes, and what it does with the answers.
namespace actors {

namespace {

using namespace std::chrono_literals;

/// As the server keeps them: without what it does not keep of a time.
bool says_the_same(const crds::volume_backup_status& left,
                   const crds::volume_backup_status& right) {
  return crds::encode(left) == crds::encode(right);
}

} // namespace

void supervisor_state::perform(const step::hold_finalizer&) {
  auto finalizers = world.backup.metadata.finalizers;
  if (world.backup.metadata.has_finalizer(crds::volume_backup::finalizer)) {
    world.finalizer = persisted::accepted; // an earlier run of ours took it
    return;
  }
  finalizers.emplace_back(crds::volume_backup::finalizer);
  write_finalizers(std::move(finalizers), &observed::finalizer);
}

void supervisor_state::perform(const step::drop_finalizer&) {
  auto finalizers = world.backup.metadata.finalizers;
  std::erase(finalizers, std::string{crds::volume_backup::finalizer});
  write_finalizers(std::move(finalizers), &observed::finalizer_dropped);
}

void supervisor_state::perform(const step::write_queued&) {
  world.is_held_up = !world.plan;
  write_status(&observed::queued_status);
}

void supervisor_state::perform(const step::write_freezing&) {
  // Before the freeze, so that nothing between cut and thaw waits for a subscription.
  if (!world.backup.spec.dry_run && !world.is_followed)
    follow_snapshots();
  write_status(&observed::freezing_status);
}

void supervisor_state::perform(const step::write_uploading&) {
  write_status(&observed::uploading_status);
}

void supervisor_state::perform(const step::write_final&) {
  write_status(&observed::final_status);
}

void supervisor_state::perform(const step::finish&) {
  self->quit(caf::exit_reason::user_shutdown);
}

void supervisor_state::write_status(persisted observed::*milestone) {
  last_write = milestone;
  world.*milestone = persisted::sent;
  auto status = std::make_shared<const crds::volume_backup_status>(status_of(world, time()));
  last_status = status;
  const auto& metadata = world.backup.metadata;
  self->request(
          context.cluster, caf::infinite,
          write_backup_status{key(), metadata.uid, metadata.resource_version, std::move(status)})
      .then([this, milestone](const backup_read& answer) { written(milestone, answer); },
            [this, milestone](const caf::error& failure) { write_failed(milestone, failure); });
}

void supervisor_state::write_finalizers(std::vector<std::string> finalizers,
                                        persisted observed::*milestone) {
  last_write = milestone;
  world.*milestone = persisted::sent;
  self->request(context.cluster, caf::infinite,
                messages::write_finalizers{key(), world.backup.metadata.resource_version,
                                           std::move(finalizers)})
      .then([this, milestone](const backup_read& answer) { written(milestone, answer); },
            [this, milestone](const caf::error& failure) { write_failed(milestone, failure); });
}

void supervisor_state::written(persisted observed::*milestone, const backup_read& answer) {
  world.*milestone = persisted::accepted;
  world.failed_writes = 0;
  last_status.reset();
  take_over(*answer.backup);
  if (milestone == &observed::final_status)
    announce_outcome();
  advance();
}

void supervisor_state::write_failed(persisted observed::*milestone, const caf::error& failure) {
  const auto code = code_of(failure);
  if (code == cluster_errc::not_found) {
    world.is_gone = true;
    return advance();
  }
  if (code == cluster_errc::fenced)
    return self->quit(caf::exit_reason::user_shutdown); // another replica has this backup now; the
                                                        // sessions' end-of-file thaws
  if (code == cluster_errc::conflict || code == cluster_errc::uncertain) {
    world.must_read = true;
    world.was_refused = code == cluster_errc::conflict;
    if (!world.was_refused)
      pause_writes();
    return advance();
  }
  context.log.warn(about("write"), "a write failed and is repeated: " + text_of(failure));
  world.*milestone = persisted::no;
  pause_writes();
  advance();
}

void supervisor_state::perform(const step::read_outcome&) {
  world.must_read = false;
  self->request(context.cluster, caf::infinite, read_backup{key()})
      .then(
          [this](const backup_read& answer) {
            note_outcome(*answer.backup);
            advance();
          },
          [this](const caf::error& failure) {
            if (code_of(failure) == cluster_errc::not_found)
              world.is_gone = true;
            world.must_read = !world.is_gone;
            pause_writes();
            advance();
          });
}

/// What stands in the object is what happened: our own write, or that of a replica that led before
/// us and that our watch has not shown yet.
void supervisor_state::note_outcome(const crds::volume_backup& read) {
  if (read.metadata.uid != world.backup.metadata.uid) {
    world.is_gone = true;
    return;
  }
  const bool is_status
      = last_write != &observed::finalizer && last_write != &observed::finalizer_dropped;
  const bool is_ours = is_status && !world.was_refused && says_the_same(read.status, *last_status);
  const bool is_in_the_middle
      = world.any_pod_may_be_frozen() || (world.any_requested() && !is_final(read.status.phase));
  if (!is_ours && !is_in_the_middle && !says_the_same(read.status, world.backup.status))
    return take_up_again(read);
  take_over(read);
  const bool has_finalizer = read.metadata.has_finalizer(crds::volume_backup::finalizer);
  const bool was_accepted = is_ours || (last_write == &observed::finalizer && has_finalizer)
                            || (last_write == &observed::finalizer_dropped && !has_finalizer);
  world.*last_write = was_accepted ? persisted::accepted : persisted::no;
  if (was_accepted && last_write == &observed::final_status)
    announce_outcome();
}

void supervisor_state::take_up_again(const crds::volume_backup& read) {
  context.log.warn(about("recover"), "another replica has written its status meanwhile: phase "
                                         + std::string{to_string(read.status.phase)});
  end_watchers();
  give_up_turn();
  const bool is_stopping = world.is_stopping;
  world = take_up(read, time());
  world.is_stopping = is_stopping;
  if (world.turn == turn_state::held)
    ask_for_turn(true);
}

void supervisor_state::pause_writes() {
  world.failed_writes = std::min(world.failed_writes + 1, 7);
  world.writes_resume = time().steady + 100ms * (1 << world.failed_writes);
}

void supervisor_state::take_over(const crds::volume_backup& read) {
  world.backup = read;
  if (world.finalizer == persisted::no
      && read.metadata.has_finalizer(crds::volume_backup::finalizer))
    world.finalizer = persisted::accepted; // an earlier run of ours took it
}

// Events.

void supervisor_state::announce(bool is_warning, const std::string& reason,
                                const std::string& message) {
  self->send(context.cluster,
             record_event{crds::volume_backup::kind, key(), world.backup.metadata.uid, is_warning,
                          reason, message, "Backup"});
}

void supervisor_state::announce_outcome() {
  const auto status = status_of(world, time());
  if (!is_final(status.phase))
    return announce(true, status.reason, status.message);
  const bool is_good = status.phase == crds::backup_phase::completed;
  context.log.info(about("finish"), "ended " + std::string{to_string(status.phase)} + ", reason "
                                        + status.reason + ", frozen for "
                                        + std::to_string(status.freeze_milliseconds.value_or(0))
                                        + " ms");
  context.metrics->backup_ended(status, measures_of(world));
  announce(!is_good, status.reason, status.message);
}

} // namespace actors
