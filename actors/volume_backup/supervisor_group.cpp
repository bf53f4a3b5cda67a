#include "actors/loop_reply.hpp"
#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/supervisor.hpp"

// The labels of claims that are cut as a group, and of the group's members.
namespace actors {

namespace {

/// A conflict too: these writes name no version, so it says no more than that others write as well.
bool may_be_repeated(const caf::error& failure) {
  const auto code = code_of(failure);
  return code == cluster_errc::transient || code == cluster_errc::uncertain
         || code == cluster_errc::conflict
         || code == cluster_errc::fenced; // the next status write finds that out
}

} // namespace

void supervisor_state::perform(const step::label_claims&) {
  world.claim_labels.asked = world.claim_labels.write_is_out = true;
  self->request(context.cluster, caf::infinite, labels_of_claims(world, claim_label::on))
      .then(
          [this](const objects_labelled&) {
            world.claim_labels.write_is_out = false;
            world.claim_labels.is_accepted = true;
            world.failed_writes = 0;
            advance();
          },
          [this](const caf::error& failure) {
            auto& labels = world.claim_labels;
            labels.write_is_out = false;
            if (code_of(failure) == cluster_errc::uncertain)
              labels.may_appear_until = time().steady + longest_write;
            if (may_be_repeated(failure))
              pause_writes();
            else
              labels.refused = text_of(failure);
            advance();
          });
}

void supervisor_state::perform(const step::unlabel_claims&) {
  world.claim_labels.removal_sent = true;
  self->request(context.cluster, caf::infinite, labels_of_claims(world, claim_label::off))
      .then(
          [this](const objects_labelled&) {
            world.claim_labels.removal_sent = false;
            world.claim_labels.removed = time();
            advance();
          },
          [this](const caf::error& failure) {
            world.claim_labels.removal_sent = false;
            if (may_be_repeated(failure)) {
              pause_writes();
              return advance();
            }
            announce(true, "LabelLeft",
                     "the label " + group_label(world.backup.metadata.uid)
                         + " stays on the claims: " + text_of(failure)
                         + "; remove it with kubectl label pvc");
            world.claim_labels.may_appear_until.reset();
            world.claim_labels.removed = time();
            advance();
          });
}

void supervisor_state::perform(const step::label_members&) {
  world.members_labelled = persisted::sent;
  self->request(context.cluster, caf::infinite, labels_of_members(world))
      .then(
          [this](const objects_labelled&) {
            world.members_labelled = persisted::accepted;
            advance();
          },
          [this](const caf::error& failure) {
            if (may_be_repeated(failure)) {
              world.members_labelled = persisted::no;
              pause_writes();
              return advance();
            }
            announce(true, "MembersNotLabelled",
                     "the VolumeSnapshots of VolumeGroupSnapshot " + world.plan->group->name
                         + " could not be labelled: " + text_of(failure));
            world.members_labelled = persisted::accepted;
            advance();
          });
}

} // namespace actors
