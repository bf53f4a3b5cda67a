#include "actors/loop_reply.hpp"
#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/recovery.hpp"
#include "actors/volume_backup/supervisor.hpp"

// What the supervisor does after a run that another process left in the middle.
namespace actors {

void supervisor_state::perform(const step::thaw_earlier_pods&) {
  world.earlier->pods_asked = true;
  if (world.pods.empty())
    return thaw_earlier({});
  context.log.warn(about("recover"), "the operator that ran this backup ended in phase "
                                         + std::string{to_string(world.backup.status.phase)}
                                         + "; thaws its " + std::to_string(world.pods.size())
                                         + " pod(s)");
  read_pods command{key().name_space, {}};
  for (const auto& pod : world.plan->pods)
    command.names.push_back(pod.name);
  self->request(context.cluster, caf::infinite, std::move(command))
      .then(
          [this](const pods_read& answer) {
            thaw_earlier(answer.pods);
            advance();
          },
          [this](const caf::error& failure) {
            context.log.warn(about("recover"), "the read is repeated: " + text_of(failure));
            world.earlier->pods_asked = false;
            pause_writes();
            advance();
          });
}

void supervisor_state::perform(const step::thaw_late_pods&) {
  expect_late_freezes(world, time());
}

/// One rescue for each pod that is there; it is the thaw that nobody saw.
void supervisor_state::thaw_earlier(const std::vector<k8s::pod>& found) {
  note_earlier_pods(world, found, time());
  executors.resize(world.pods.size());
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    if (world.pods[i].released)
      continue;
    executors[i] = spawn_executor(i);
    self->send<caf::message_priority::high>(executors[i], rescue_pod{});
  }
}

void supervisor_state::perform(const step::find_earlier_snapshots&) {
  world.earlier->snapshots_asked = true;
  self->request(context.cluster, caf::infinite, snapshots_of_plan())
      .then(
          [this](const snapshots_read& answer) {
            if (world.group)
              note_earlier_group(world, answer, time());
            else
              note_earlier_snapshots(world, answer.snapshots, time());
            advance();
          },
          [this](const caf::error& failure) {
            context.log.warn(about("recover"), "the read is repeated: " + text_of(failure));
            world.earlier->snapshots_asked = false;
            pause_writes();
            advance();
          });
}

void supervisor_state::perform(const step::go_on_to_ready&) {
  go_on_to_ready(world);
}

void supervisor_state::perform(const step::begin_again&) {
  announce(true, "Interrupted",
           "the operator ended before the snapshots were cut; the application was thawed and the "
           "backup begins again");
  end_watchers();
  executors.clear();
  // Two backups of one workload may both have been left frozen; only now does one of them go first.
  give_up_turn();
  world = begin_again(world);
}

} // namespace actors
