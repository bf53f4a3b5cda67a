#include "actors/volume_restore/claim_exchange.hpp"

#include "actors/volume_restore/restore_plan.hpp"

#include <algorithm>

namespace actors {

namespace {

using crds::restore_claim_status;
using k8s::persistent_volume;
using k8s::persistent_volume_claim;

/// One claim's way, forth or back, each step only when the one before is seen to be done.
class exchange {
public:
  exchange(const crds::volume_restore& restore, const restore_claim_status& row,
           const restore_world& world, restore_work& work)
      : restore_{restore},
        row_{row},
        work_{work},
        current_{world.find_claim(row.claim)},
        kept_{world.find_claim(row.kept_claim)},
        temporary_{world.find_claim(row.temporary_claim)},
        old_{world.find_volume(row.old_volume)},
        new_{world.find_volume(row.new_volume)},
        world_{world} {}

  void forth() {
    if (!old_)
      return work_.block("VolumeGone", "PersistentVolume " + row_.old_volume + " of claim "
                                           + row_.claim + " is gone");
    if (!row_.binds_late && !free_new_volume())
      return;
    if (is_old(current_))
      return remove(current_);
    if (!is_kept_for(*old_, row_.kept_claim))
      return reserve(*old_, row_.kept_claim);
    keep_old_volume();
    if (!current_)
      return make_current();
    check_current();
  }

  /// Forth, and while the pods start on it. Without the old volume there is no way back.
  void hold() {
    if (old_)
      forth();
    else if (current_)
      check_current();
    else
      work_.block("ClaimDeleted", "PersistentVolumeClaim " + row_.claim
                                      + ", which had the restored volume, was deleted by somebody");
  }

  void back() {
    if (!old_)
      return work_.block("VolumeGone", "PersistentVolume " + row_.old_volume + " of claim "
                                           + row_.claim + " is gone");
    if (kept_)
      return remove(kept_);
    if (current_ && current_->volume_name != row_.old_volume)
      return remove_stranger();
    if (current_ && current_->metadata.is_being_deleted())
      return work_.wait_for("claim " + row_.claim + " to be gone");
    if (!is_kept_for(*old_, row_.claim)) // or the claim, if it is there, is never bound
      return reserve(*old_, row_.claim);
    if (current_)
      return wait_until_bound(*current_);
    const auto like = claim_remembered_by(*old_);
    if (!like)
      return block_for_memory();
    make(bound_claim(restore_, *like, *old_));
  }

private:
  bool is_old(const persistent_volume_claim* claim) const {
    return claim && claim->metadata.uid == row_.old_uid;
  }

  /// Reserved for that name, or bound to the claim that has it now.
  bool is_kept_for(const persistent_volume& volume, const std::string& claim) const {
    const auto* holder = world_.find_claim(claim);
    return volume.claim == k8s::object_key{restore_.metadata.name_space, claim}
           && (volume.claim_uid.empty() || (holder && holder->metadata.uid == volume.claim_uid));
  }

  /// From its temporary claim to the application's name.
  bool free_new_volume() {
    if (!new_) {
      work_.block("VolumeGone",
                  "PersistentVolume " + row_.new_volume + ", made from the snapshot, is gone");
      return false;
    }
    if (temporary_)
      remove(temporary_);
    else if (!is_kept_for(*new_, row_.claim))
      reserve(*new_, row_.claim);
    else
      return true;
    return false;
  }

  void keep_old_volume() {
    const auto like = claim_remembered_by(*old_);
    if (kept_)
      wait_until_bound(*kept_);
    else if (like)
      make(kept_claim(restore_, row_, *like, *old_));
    else
      block_for_memory();
  }

  void make_current() {
    const auto like = claim_remembered_by(*old_);
    if (!like)
      return block_for_memory();
    make(row_.binds_late ? filled_claim(restore_, row_, *like, row_.claim)
                         : bound_claim(restore_, row_, *like, *new_));
  }

  void check_current() {
    const bool is_ours = row_.binds_late ? current_->source_snapshot == row_.snapshot
                                         : current_->volume_name == row_.new_volume;
    const bool may_become_ours = !row_.binds_late && current_->volume_name.empty();
    if (!is_ours && !may_become_ours)
      return work_.block("ClaimRecreated",
                         "PersistentVolumeClaim " + row_.claim
                             + " was made again by somebody else while the restore exchanged it"
                             + writers_of(*current_));
    if (!row_.binds_late)
      wait_until_bound(*current_);
  }

  static std::string writers_of(const persistent_volume_claim& claim) {
    return claim.last_writer.empty() ? "" : ", by " + claim.last_writer;
  }

  /// On the way back: the claim has another volume than the old one. If that is ours, it goes too.
  void remove_stranger() {
    const auto* volume = world_.find_volume(current_->volume_name);
    const bool is_ours = current_->metadata.labels.contains(std::string{restore_mark::restore_uid});
    if (volume && is_ours
        && volume->reclaim_policy != "Delete") // nobody finds it without its claim
      work_.changes.push_back(set_reclaim_policy(*volume, "Delete"));
    else
      remove(current_);
  }

  void remove(const persistent_volume_claim* claim) {
    if (claim->metadata.is_being_deleted())
      work_.wait_for("claim " + claim->metadata.name + " to be gone");
    else
      work_.changes.push_back(delete_claim_of(row_, *claim));
  }

  void reserve(const persistent_volume& volume, const std::string& claim) {
    work_.changes.push_back(reserve_volume(volume, {restore_.metadata.name_space, claim}));
  }

  void make(const nlohmann::json& claim) {
    work_.changes.push_back(create_claim(restore_.metadata.name_space, claim));
  }

  void wait_until_bound(const persistent_volume_claim& claim) {
    if (claim.phase != "Bound")
      work_.wait_for("claim " + claim.metadata.name + " to be bound");
  }

  void block_for_memory() {
    work_.block("ClaimForgotten",
                "PersistentVolume " + row_.old_volume + " has lost its annotation "
                    + std::string{restore_mark::replaced_claim} + ", from which claim " + row_.claim
                    + " would be made again");
  }

  const crds::volume_restore& restore_;
  const restore_claim_status& row_;
  restore_work& work_;
  const persistent_volume_claim *current_, *kept_, *temporary_;
  const persistent_volume *old_, *new_;
  const restore_world& world_;
};

} // namespace

void protect_old_volumes(const crds::volume_restore& restore, const restore_world& world,
                         restore_work& work) {
  for (const auto& row : restore.status.claims) {
    const auto* old_volume = world.find_volume(row.old_volume);
    const auto* claim = world.find_claim(row.claim);
    const bool is_old = row.is_restored() && claim && claim->metadata.uid == row.old_uid;
    const auto remembered = old_volume ? claim_remembered_by(*old_volume) : std::nullopt;
    // What an earlier restore has left there may be of another claim.
    const bool must_remember
        = is_old && (!remembered || remembered->metadata.uid != claim->metadata.uid);
    if (old_volume && (old_volume->reclaim_policy != "Retain" || must_remember))
      work.changes.push_back(protect_volume(*old_volume, must_remember ? claim : nullptr));
  }
}

void protect_new_volumes(const crds::volume_restore& restore, const restore_world& world,
                         restore_work& work) {
  for (const auto& row : restore.status.claims) {
    const auto* volume = world.find_volume(row.new_volume);
    if (volume && volume->reclaim_policy != "Retain")
      work.changes.push_back(protect_volume(*volume, nullptr));
  }
}

void stop_workload(const crds::volume_restore& restore, const restore_world& world,
                   restore_work& work) {
  if (world.workload && world.workload->replicas != 0)
    work.changes.push_back(scale(restore.status.workload->kind, *world.workload, 0));
  for (const auto& row : restore.status.claims)
    if (row.is_restored())
      for (const auto* pod : world.users_of(row.claim))
        work.wait_for("pod " + pod->metadata.name + " to end");
  for (const auto* pod : world.pods_of_workload())
    work.wait_for("pod " + pod->metadata.name + " to end");
}

void start_workload(const crds::volume_restore& restore, const restore_world& world,
                    restore_work& work) {
  const auto& before = restore.status.workload;
  if (world.workload && before->replicas && world.workload->replicas == 0 && before->replicas != 0)
    work.changes.push_back(scale(before->kind, *world.workload, *before->replicas));
}

void exchange_forth(const crds::volume_restore& restore, const restore_world& world,
                    restore_work& work) {
  for (const auto& row : restore.status.claims)
    if (row.is_restored())
      exchange{restore, row, world, work}.forth();
}

void hold_exchange(const crds::volume_restore& restore, const restore_world& world,
                   restore_work& work) {
  for (const auto& row : restore.status.claims)
    if (row.is_restored())
      exchange{restore, row, world, work}.hold();
}

void exchange_back(const crds::volume_restore& restore, const restore_world& world,
                   restore_work& work) {
  for (const auto& row : restore.status.claims)
    if (row.is_restored() && !is_untouched(row, world))
      exchange{restore, row, world, work}.back();
}

bool is_untouched(const restore_claim_status& row, const restore_world& world) {
  const auto* claim = world.find_claim(row.claim);
  return claim && claim->metadata.uid == row.old_uid && claim->volume_name == row.old_volume
         && !claim->metadata.is_being_deleted();
}

} // namespace actors
