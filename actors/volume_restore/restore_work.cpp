#include "actors/volume_restore/restore_work.hpp"

#include "actors/volume_restore/claim_exchange.hpp"
#include "actors/volume_restore/pod_troubles.hpp"
#include "actors/volume_restore/restore_fence.hpp"
#include "actors/volume_restore/restore_plan.hpp"

#include <algorithm>
#include <map>

namespace actors {

namespace {

using crds::restore_claim_status;

bool replaces(const crds::volume_restore& restore) {
  return restore.status.strategy == crds::restore_strategy::replace_claim;
}

bool is_made_by(const crds::volume_restore& restore, const k8s::persistent_volume_claim& claim) {
  const auto label = claim.metadata.labels.find(std::string{restore_mark::restore_uid});
  return label != claim.metadata.labels.end() && label->second == restore.metadata.uid;
}

/// The claim that is filled from the snapshot before the workload changes; empty: none is.
const std::string& provisioned_name(const crds::volume_restore& restore,
                                    const restore_claim_status& row) {
  return replaces(restore) ? row.temporary_claim : row.new_claim;
}

std::map<std::string, std::string> template_claims(const crds::volume_restore& restore,
                                                   std::string restore_claim_status::*name) {
  std::map<std::string, std::string> claims;
  for (const auto& row : restore.status.claims)
    if (row.is_restored())
      claims[row.volume_name] = row.*name;
  return claims;
}

bool points_to(const k8s::workload& workload, const std::map<std::string, std::string>& claims) {
  return std::all_of(claims.begin(), claims.end(), [&workload](const auto& wanted) {
    const auto used = workload.template_claims.find(wanted.first);
    return used != workload.template_claims.end() && used->second == wanted.second;
  });
}

void provision_claim(const crds::volume_restore& restore, const restore_claim_status& row,
                     const restore_world& world, restore_work& work) {
  const auto& name = provisioned_name(restore, row);
  if (name.empty())
    return;
  const auto* made = world.find_claim(name);
  const auto* like = world.find_claim(row.claim);
  if (world.snapshots && !world.snapshots->contains(row.snapshot))
    return work.block("SnapshotNotFound", "VolumeSnapshot " + row.snapshot + " is gone; claim "
                                              + row.claim + " cannot be made from it");
  if (!made && (!like || like->metadata.uid != row.old_uid))
    return work.block("ClaimNotFound", "PersistentVolumeClaim " + row.claim
                                           + " is gone, or is another one of that name");
  if (!made) {
    work.changes.push_back(
        create_claim(restore.metadata.name_space, filled_claim(restore, row, *like, name)));
    return;
  }
  if (!is_made_by(restore, *made))
    return work.block("NameTaken", "PersistentVolumeClaim " + name + " is not of this restore");
  if (made->phase == "Lost")
    return work.block("VolumeGone", "the volume of PersistentVolumeClaim " + name + " is gone");
  if (!row.binds_late && made->phase != "Bound") {
    const auto trouble = world.claim_troubles.find(name);
    work.wait_for("claim " + name + " to be bound"
                  + (trouble == world.claim_troubles.end() ? "" : " (" + trouble->second + ")"));
  }
}

/// The pods that the workload is to have run, each with the claims that its template now names.
void wait_for_pods(const crds::volume_restore& restore, const restore_world& world,
                   restore_work& work) {
  if (!world.workload)
    return;
  const auto& workload = *world.workload;
  const auto& rollout = workload.rollout;
  if (rollout.observed_generation < workload.metadata.generation)
    return work.wait_for("the controller of " + name_of(*restore.status.workload));
  const auto wanted = workload.replicas.value_or(rollout.pods);
  int ready = 0;
  for (const auto* pod : world.pods_of_workload())
    ready += pod->ready && !pod->metadata.is_being_deleted() ? 1 : 0;
  const auto trouble = trouble_of_pods(world);
  const auto count = [&](int have, const std::string& what) {
    if (have < wanted)
      work.wait_for(std::to_string(wanted - have) + " of " + std::to_string(wanted) + " pods to be "
                    + what + trouble);
  };
  if (!replaces(restore)) { // from 0 every pod is of the newest template
    count(rollout.updated, "replaced");
    if (rollout.pods > wanted)
      work.wait_for(std::to_string(rollout.pods - wanted) + " old pods to end" + trouble);
  }
  count(ready, "ready");
  count(rollout.available, "available");
}

void wait_for_no_users(const crds::volume_restore& restore, const restore_world& world,
                       std::string restore_claim_status::*name, restore_work& work) {
  for (const auto& row : restore.status.claims)
    for (const auto* pod : world.pods_of_workload())
      if (row.is_restored() && !pod->metadata.is_being_deleted())
        for (const auto& [volume, claim] : pod->claims)
          if (claim == row.*name)
            work.wait_for("pod " + pod->metadata.name + " to let go of claim " + claim);
}

/// Its pods run on it until they end, and never again.
void block_for_going_claims(const crds::volume_restore& restore, const restore_world& world,
                            restore_work& work) {
  for (const auto& row : restore.status.claims)
    if (const auto* claim = row.is_restored() ? world.find_claim(row.new_claim) : nullptr;
        claim && claim->metadata.is_being_deleted())
      work.block("ClaimDeleted", "PersistentVolumeClaim " + row.new_claim
                                     + ", which has the restored volume, was deleted by somebody");
}

void put_policy_back(const k8s::persistent_volume* volume, const std::string& policy,
                     restore_work& work) {
  const bool remembers
      = volume && volume->metadata.annotations.contains(std::string{restore_mark::replaced_claim});
  if (volume && !policy.empty() && (volume->reclaim_policy != policy || remembers))
    work.changes.push_back(release_volume(*volume, policy));
}

void put_old_policies_back(const crds::volume_restore& restore, const restore_world& world,
                           restore_work& work) {
  for (const auto& row : restore.status.claims) {
    const auto* volume = world.find_volume(row.old_volume);
    const auto* holder = volume ? world.find_claim(volume->claim.name) : nullptr;
    // One whose claim somebody deleted would go at once with policy Delete: its data stay.
    if (holder && holder->volume_name == row.old_volume && !holder->metadata.is_being_deleted())
      put_policy_back(volume, row.old_reclaim_policy, work);
  }
}

void discard_claim(const crds::volume_restore& restore, const restore_claim_status& row,
                   const k8s::persistent_volume_claim* made, restore_work& work) {
  if (made && is_made_by(restore, *made) && !made->metadata.is_being_deleted())
    work.changes.push_back(delete_claim_of(row, *made));
}

/// What the restore provisioned and no claim of the application holds.
void discard_new(const crds::volume_restore& restore, const restore_claim_status& row,
                 const restore_world& world, unmade_volumes unmade, restore_work& work) {
  const auto* made = world.find_claim(provisioned_name(restore, row));
  if (made && leaves_volume(row, *made) && unmade == unmade_volumes::are_awaited)
    return work.wait_for("the volume of claim " + made->metadata.name
                         + ", which would be left behind");
  const auto& volume_name = made ? made->volume_name : row.new_volume;
  const auto* volume = world.find_volume(volume_name);
  const auto* holder = volume ? world.find_claim(volume->claim.name) : nullptr;
  const bool is_held = holder && holder != made && holder->metadata.uid == volume->claim_uid;
  const bool is_going = volume
                        && (volume->metadata.is_being_deleted()
                            || (volume->reclaim_policy == "Delete"
                                && volume->claim_uid == (made ? made->metadata.uid : row.new_uid)));
  if (volume && !is_held && !is_going) // while its claim still tells its name
    return work.changes.push_back(
        discard_volume(*volume, {restore.metadata.name_space, provisioned_name(restore, row)},
                       made ? made->metadata.uid : row.new_uid));
  discard_claim(restore, row, made, work);
}

void discard_all_new(const crds::volume_restore& restore, const restore_world& world,
                     unmade_volumes unmade, restore_work& work) {
  for (const auto& row : restore.status.claims) {
    if (!row.is_restored())
      continue;
    if (!provisioned_name(restore, row).empty())
      discard_new(restore, row, world, unmade, work);
    if (replaces(restore)) // made by a create that came late
      discard_claim(restore, row, world.find_claim(row.kept_claim), work);
  }
}

restore_work switch_back(const crds::volume_restore& restore, const restore_world& world,
                         unmade_volumes unmade) {
  restore_work work;
  std::map<std::string, std::string> to_change;
  for (const auto& row : restore.status.claims)
    if (row.is_restored() && world.workload) {
      const auto used = world.workload->template_claims.find(row.volume_name);
      if (used == world.workload->template_claims.end() || used->second != row.new_claim)
        continue;
      if (!is_untouched(row, world)) // the restored data are the only ones left
        work.block("OldClaimGone", "PersistentVolumeClaim " + row.claim
                                       + " is gone or going, so the workload keeps claim "
                                       + row.new_claim + " with the snapshot's data");
      to_change[row.volume_name] = row.claim;
    }
  if (work.blocked)
    return work;
  if (!to_change.empty())
    work.changes.push_back(
        point_template(restore.status.workload->kind, *world.workload, to_change));
  discard_all_new(restore, world, unmade, work);
  return work;
}

restore_work replace_back(const crds::volume_restore& restore, const restore_world& world,
                          unmade_volumes unmade) {
  restore_work work;
  const auto& rows = restore.status.claims;
  const bool is_untouched_yet = std::all_of(rows.begin(), rows.end(), [&world](const auto& row) {
    return !row.is_restored() || is_untouched(row, world);
  });
  if (!is_untouched_yet) {
    restore_work exchange;
    exchange_back(restore, world, exchange);
    if (!exchange.is_done()) {
      protect_old_volumes(restore, world, work);
      if (work.changes.empty())
        stop_workload(restore, world, work);
      return work.is_done() ? exchange : work;
    }
  }
  start_workload(restore, world, work);
  put_old_policies_back(restore, world, work);
  discard_all_new(restore, world, unmade, work);
  return work;
}

/// After a switch somebody may have pointed the workload back to the old claim.
bool is_named(const k8s::persistent_volume_claim& claim, const restore_world& world) {
  if (!world.workload)
    return false;
  const auto& used = world.workload->template_claims;
  return std::any_of(used.begin(), used.end(),
                     [&claim](const auto& volume) { return volume.second == claim.metadata.name; });
}

std::string place_of(const std::string& volume, const restore_world& world) {
  const auto* found = world.find_volume(volume);
  if (!found)
    return " (not seen)";
  const auto* holder = world.find_claim(found->claim.name);
  const bool is_bound = holder && holder->volume_name == volume;
  return " (reclaim policy " + found->reclaim_policy + ", "
         + (is_bound ? "bound to claim " : "kept for claim ") + found->claim.name + ")";
}

/// Where nothing but the template was changed.
std::string claims_of_volume(const restore_claim_status& row, const restore_world& world) {
  std::string text
      = "volume " + row.volume_name + ": old claim " + row.claim + ", new claim " + row.new_claim;
  if (!world.workload)
    return text;
  const auto used = world.workload->template_claims.find(row.volume_name);
  return used == world.workload->template_claims.end()
             ? text
             : text + ", the template names " + used->second;
}

} // namespace

restore_work provision(const crds::volume_restore& restore, const restore_world& world) {
  restore_work work;
  for (const auto& row : restore.status.claims)
    if (row.is_restored())
      provision_claim(restore, row, world, work);
  return work;
}

std::vector<restore_claim_status> claims_as_seen(const crds::volume_restore& restore,
                                                 const restore_world& world) {
  auto rows = restore.status.claims;
  for (auto& row : rows) {
    const auto& early = provisioned_name(restore, row);
    const auto* claim = world.find_claim(early);
    if (!claim)
      claim = world.find_claim(row.new_claim);
    if (!row.is_restored() || !claim || claim->metadata.uid == row.old_uid)
      continue;
    row.new_uid = claim->metadata.uid;
    if (row.new_volume.empty())
      row.new_volume = claim->volume_name;
    const auto* volume = world.find_volume(row.new_volume);
    // Its own counts, not that of its class, unless the restore may have changed it by now.
    const bool is_its_own
        = row.binds_late || restore.status.phase == crds::restore_phase::provisioning;
    if (volume && (is_its_own || row.new_reclaim_policy.empty()))
      row.new_reclaim_policy = volume->reclaim_policy;
  }
  return rows;
}

bool is_switched(const crds::volume_restore& restore, const restore_world& world) {
  return world.workload
         && points_to(*world.workload, template_claims(restore, &restore_claim_status::new_claim));
}

restore_work switch_over(const crds::volume_restore& restore, const restore_world& world) {
  restore_work work;
  if (!replaces(restore)) {
    if (!is_switched(restore, world))
      work.changes.push_back(
          point_template(restore.status.workload->kind, *world.workload,
                         template_claims(restore, &restore_claim_status::new_claim)));
    return work;
  }
  protect_old_volumes(restore, world, work);
  protect_new_volumes(restore, world, work);
  if (work.changes.empty())
    stop_workload(restore, world, work);
  if (work.is_done())
    exchange_forth(restore, world, work);
  return work;
}

restore_work roll_out(const crds::volume_restore& restore, const restore_world& world) {
  restore_work work;
  block_for_going_claims(restore, world, work);
  if (work.blocked)
    return work;
  if (!replaces(restore)) {
    work = switch_over(restore, world);
  } else {
    // A StatefulSet makes a claim that somebody deletes again, empty, and runs on it.
    hold_exchange(restore, world, work);
    if (work.is_done())
      start_workload(restore, world, work);
  }
  if (!work.changes.empty() || work.blocked)
    return work;
  wait_for_pods(restore, world, work); // first, as it tells why an old pod does not end
  if (!replaces(restore))
    wait_for_no_users(restore, world, &restore_claim_status::claim, work);
  return work;
}

restore_work settle(const crds::volume_restore& restore, const restore_world& world) {
  restore_work work;
  const bool removes_old = restore.spec.old_claim_policy == crds::old_claim_policy::remove;
  put_old_policies_back(restore, world, work);
  for (const auto& row : restore.status.claims) {
    if (!row.is_restored())
      continue;
    put_policy_back(world.find_volume(row.new_volume), row.new_reclaim_policy, work);
    if (world.find_claim(row.temporary_claim)) // its create came late
      discard_new(restore, row, world, unmade_volumes::are_awaited, work);
    const auto* old_claim = world.find_claim(replaces(restore) ? row.kept_claim : row.claim);
    const bool is_old
        = old_claim && old_claim->volume_name == row.old_volume && !is_named(*old_claim, world);
    // Its volume goes by its own policy, so that must be in place.
    if (removes_old && is_old && work.changes.empty() && !old_claim->metadata.is_being_deleted())
      work.changes.push_back(delete_claim(*old_claim));
  }
  return work;
}

restore_work roll_back(const crds::volume_restore& restore, const restore_world& world,
                       const object_versions& at_beginning, unmade_volumes unmade) {
  restore_work work;
  fence(restore, world, at_beginning, work);
  if (!work.is_done())
    return work;
  work = replaces(restore) ? replace_back(restore, world, unmade)
                           : switch_back(restore, world, unmade);
  if (work.is_done())
    take_fence_down(restore, world, work);
  return work;
}

restore_work recover(const crds::volume_restore& restore, const restore_world& world) {
  restore_work work;
  if (!replaces(restore))
    wait_for_no_users(restore, world, &restore_claim_status::new_claim, work);
  wait_for_pods(restore, world, work);
  return work;
}

std::string where_things_are(const crds::volume_restore& restore, const restore_world& world) {
  std::string text;
  for (const auto& row : restore.status.claims) {
    if (!row.is_restored())
      continue;
    if (!replaces(restore)) {
      text += (text.empty() ? "" : "; ") + claims_of_volume(row, world);
      continue;
    }
    text += (text.empty() ? "" : "; ") + std::string{"claim "} + row.claim + ": old volume "
            + row.old_volume + place_of(row.old_volume, world);
    if (!row.new_volume.empty())
      text += ", new volume " + row.new_volume + place_of(row.new_volume, world);
  }
  return text;
}

} // namespace actors
