#include "actors/volume_restore/restore_preflight.hpp"

#include "actors/volume_restore/restore_claims.hpp"
#include "actors/volume_restore/workload_tools.hpp"
#include "k8s/object_name.hpp"

#include <algorithm>

namespace actors {

namespace {

using problem = std::optional<refusal>;
using crds::restore_strategy;

bool has_begun(const crds::volume_restore& restore) {
  using crds::restore_phase;
  const auto phase = restore.status.phase;
  return phase != restore_phase::none && phase != restore_phase::pending && !is_final(phase);
}

constexpr std::size_t most_claims = 200; // maxItems of status.claims
/// Of 256 KiB for the whole status: new names, volumes and conditions come in later.
constexpr std::size_t most_status_bytes = 160 * 1024;

/// Before the thaw: what a restore would change under its feet.
bool is_freezing(const crds::volume_backup& backup) {
  using crds::backup_phase;
  const auto phase = backup.status.phase;
  return phase == backup_phase::freezing || phase == backup_phase::snapshotting
         || phase == backup_phase::thawing;
}

class judgement {
public:
  judgement(const crds::volume_restore& restore, const restore_facts& facts)
      : restore_{restore}, facts_{facts}, spec_{restore.spec} {}

  restore_verdict run() {
    static constexpr problem (judgement::*checks[])()
        = {&judgement::check_spec,       &judgement::check_reads,      &judgement::find_workload,
           &judgement::check_workload,   &judgement::check_source,     &judgement::choose_claims,
           &judgement::choose_strategy,  &judgement::check_others,     &judgement::check_strategy,
           &judgement::plan_claims,      &judgement::check_old_claims, &judgement::check_size,
           &judgement::check_permissions};
    for (const auto check : checks)
      if (auto why = (this->*check)())
        return *why;
    plan_.timeouts = spec_.timeouts;
    note_warnings();
    return std::move(plan_);
  }

private:
  problem check_spec() {
    if (!restore_.spec_problems.empty())
      return refusal{"InvalidSpec", restore_.spec_problems.front()};
    const auto ref = parse_application_ref(spec_.application_ref);
    if (!ref || ref->kind == application_kind::pod || ref->kind == application_kind::claim)
      return refusal{"InvalidSpec",
                     "spec.applicationRef: \"" + spec_.application_ref
                         + "\" names no workload that could be restored into; write a name, or "
                           "deployment/NAME, statefulset/NAME or daemonset/NAME"};
    if (spec_.backup_name.empty() == spec_.volume_snapshot_name.empty())
      return refusal{"InvalidSpec", "spec.source: name exactly one of backupName and "
                                    "volumeSnapshotName"};
    if (!spec_.volume_snapshot_name.empty() && spec_.claims.size() != 1)
      return refusal{"InvalidSpec", "spec.claims: with source.volumeSnapshotName name the one "
                                    "claim that it replaces"};
    return std::nullopt;
  }

  problem check_reads() {
    if (facts_.read_errors.empty())
      return std::nullopt;
    const auto& failure = facts_.read_errors.front();
    if (failure.is_forbidden())
      return refusal{"PermissionMissing",
                     "the operator may not read what it needs: " + to_string(failure)
                         + "; apply the roles of deploy/ in this namespace"};
    return refusal{"ReadFailed", to_string(failure)};
  }

  problem find_workload() {
    if (facts_.workloads.empty())
      return refusal{"ApplicationNotFound", "spec.applicationRef: \"" + spec_.application_ref
                                                + "\" names no workload in namespace "
                                                + restore_.metadata.name_space};
    if (facts_.workloads.size() > 1)
      return refusal{"ApplicationAmbiguous",
                     "spec.applicationRef: \"" + spec_.application_ref
                         + "\" names more than one workload; write the kind too, e.g. "
                           "statefulset/NAME"};
    workload_ = &facts_.workloads.front();
    const auto& object = workload_->object;
    plan_.workload = {workload_->kind, object.metadata.name, object.metadata.uid, object.replicas,
                      object.template_digest};
    return std::nullopt;
  }

  problem check_workload() {
    const auto& object = workload_->object;
    const auto name = name_of(plan_.workload);
    if (object.metadata.is_being_deleted())
      return refusal{"WorkloadDeleted", name + " is being deleted"};
    for (const auto& owner : object.metadata.owner_references)
      if (owner.controller)
        return refusal{"OwnedByController", name + " is controlled by " + owner.kind + " "
                                                + owner.name
                                                + ", which would undo the restore; restore with "
                                                  "the means of that controller, or stop it first"};
    if (object.is_paused)
      return refusal{"WorkloadPaused", name
                                           + ": spec.paused is true, no change would be rolled "
                                             "out; resume it with kubectl rollout resume"};
    return std::nullopt;
  }

  problem check_source() {
    if (!facts_.snapshot_api_served)
      return refusal{"SnapshotApiMissing", "the cluster does not serve snapshot.storage.k8s.io/v1"};
    if (spec_.backup_name.empty())
      return std::nullopt;
    const auto name = "VolumeBackup " + spec_.backup_name;
    if (!facts_.backup)
      return refusal{"BackupNotFound", "spec.source.backupName: " + name
                                           + " does not exist in namespace "
                                           + restore_.metadata.name_space};
    if (facts_.backup->metadata.is_being_deleted())
      return refusal{"BackupDeleted", name + " is being deleted, and its snapshots with it"};
    if (facts_.backup->status.phase != crds::backup_phase::completed)
      return refusal{"BackupNotCompleted",
                     name + " is in phase \"" + std::string{to_string(facts_.backup->status.phase)}
                         + "\"; only a completed one has all its snapshots. A single snapshot can "
                           "be restored by source.volumeSnapshotName"};
    return std::nullopt;
  }

  problem choose_claims() {
    for (const auto& [known_name, snapshot] : restored_claims(restore_, facts_)) {
      if (snapshot.empty())
        return refusal{"ClaimNotInBackup", "spec.claims: VolumeBackup " + spec_.backup_name
                                               + " has no snapshot of claim " + known_name};
      const auto* claim = find_workload_claim(*workload_, facts_, known_name);
      if (!claim)
        return refusal{"ClaimNotMounted", name_of(plan_.workload) + " uses no claim " + known_name
                                              + ", nor one that replaced it; it uses "
                                              + names_of_claims()};
      if (claim->metadata.is_being_deleted())
        return refusal{"ClaimDeleted",
                       "PersistentVolumeClaim " + claim->metadata.name + " is being deleted"};
      chosen_.push_back({claim, snapshot});
    }
    if (chosen_.empty())
      return refusal{"NoClaims", "VolumeBackup " + spec_.backup_name + " has no snapshots"};
    return std::nullopt;
  }

  std::string names_of_claims() const {
    std::string names;
    for (const auto* claim : claims_of(*workload_, facts_))
      names += (names.empty() ? "" : ", ") + claim->metadata.name;
    return names.empty() ? "none that exists" : names;
  }

  problem choose_strategy() {
    tool_ = tool_that_applies(workload_->object.metadata);
    plan_.strategy = spec_.strategy;
    if (spec_.strategy != restore_strategy::automatic)
      return std::nullopt;
    const bool keeps_name = workload_->kind == k8s::stateful_set::kind.kind
                            || (workload_->kind == k8s::deployment::kind.kind && !tool_.empty());
    plan_.strategy = keeps_name ? restore_strategy::replace_claim : restore_strategy::switch_claim;
    return std::nullopt;
  }

  bool replaces() const { return plan_.strategy == restore_strategy::replace_claim; }

  problem check_others() {
    for (const auto& other : facts_.restores)
      if (other.metadata.uid != restore_.metadata.uid && has_begun(other) && other.status.workload
          && other.status.workload->uid == plan_.workload.uid)
        return refusal{"RestoreRunning", "VolumeRestore " + other.metadata.name + " is restoring "
                                             + name_of(plan_.workload)
                                             + "; create this one again when it has ended"};
    for (const auto& backup : facts_.backups)
      if (is_freezing(backup) && backup.status.application
          && backup.status.application->uid == plan_.workload.uid)
        return refusal{"BackupRunning", "VolumeBackup " + backup.metadata.name + " has frozen "
                                            + name_of(plan_.workload)
                                            + "; create this restore again when it is thawed"};
    for (const auto& scaler : facts_.autoscalers)
      if (replaces() && scaler.target_kind == workload_->kind
          && scaler.target_name == workload_->object.metadata.name)
        return refusal{"AutoscalerPresent",
                       "HorizontalPodAutoscaler " + scaler.metadata.name + " scales "
                           + name_of(plan_.workload)
                           + ", which ReplaceClaim must scale to 0; delete it until the restore "
                             "has ended"};
    return std::nullopt;
  }

  problem check_strategy() { return replaces() ? check_replace() : check_switch(); }

  problem check_switch() {
    const auto& object = workload_->object;
    if (!object.rolls_out)
      return refusal{"UpdateOnDelete", name_of(plan_.workload)
                                           + ": spec.updateStrategy is OnDelete, a switched claim "
                                             "would not be rolled out; set RollingUpdate"};
    for (const auto& [claim, snapshot] : chosen_)
      if (volume_name_of(*workload_, claim->metadata.name).is_template)
        return refusal{"StrategyImpossible",
                       "spec.strategy: SwitchClaim cannot change claim " + claim->metadata.name
                           + ", which comes from a volumeClaimTemplate; use ReplaceClaim"};
    if (spec_.old_claim_policy == crds::old_claim_policy::remove && !tool_.empty())
      return refusal{"OldClaimNeeded",
                     "spec.oldClaimPolicy: Delete is refused because " + tool_ + " applies "
                         + name_of(plan_.workload)
                         + " and would point it back to the old claim; use Retain, or strategy "
                           "ReplaceClaim"};
    return std::nullopt;
  }

  problem check_replace() {
    const auto& object = workload_->object;
    if (!object.replicas)
      return refusal{"StrategyImpossible",
                     "spec.strategy: ReplaceClaim scales the workload to 0, which a DaemonSet "
                     "cannot be; use SwitchClaim"};
    if (object.deletes_claims_when_scaled)
      return refusal{"ClaimsDeletedWhenScaled",
                     name_of(plan_.workload)
                         + ": spec.persistentVolumeClaimRetentionPolicy.whenScaled is Delete, "
                           "scaling to 0 would delete all its claims; set Retain until the restore "
                           "has ended"};
    if (facts_.unreadable.contains("persistentvolumes"))
      return refusal{"PersistentVolumesForbidden",
                     "spec.strategy: ReplaceClaim exchanges PersistentVolumes, which this operator "
                     "may not read or change; install its ClusterRole, or use SwitchClaim"};
    for (const auto& [claim, snapshot] : chosen_)
      for (const auto& pod : facts_.pods)
        if (pod.mounts_claim(claim->metadata.name) && !has_ended(pod)
            && !selects(object.selector, pod.metadata.labels))
          return refusal{"ClaimShared", "pod " + pod.metadata.name + ", which is not of "
                                            + name_of(plan_.workload) + ", uses claim "
                                            + claim->metadata.name
                                            + "; stop it, the claim must be free to be replaced"};
    return std::nullopt;
  }

  problem plan_claims() {
    for (const auto& [claim, snapshot] : chosen_) {
      auto planned = plan_claim(restore_, facts_, *claim, snapshot);
      if (auto* why = std::get_if<refusal>(&planned))
        return std::move(*why);
      auto& row = std::get<crds::restore_claim_status>(planned);
      row.volume_name = volume_name_of(*workload_, row.claim).volume;
      name_new_claims(row, *claim);
      plan_.claims.push_back(std::move(row));
    }
    if (replaces())
      protect_other_claims();
    return std::nullopt;
  }

  void name_new_claims(crds::restore_claim_status& row,
                       const k8s::persistent_volume_claim& claim) const {
    const auto known = known_name_of(claim.metadata);
    const auto name = [&](const std::string& suffix) {
      return k8s::unique_name(known + suffix,
                              restore_.metadata.uid + suffix + "/" + claim.metadata.name);
    };
    row.new_claim = replaces() ? row.claim : name("-restored");
    if (!replaces())
      return;
    row.kept_claim = name("-before-restore");
    if (!row.binds_late)
      row.temporary_claim = name("-restoring");
  }

  /// Whatever happens while the workload has no pods, none of its volumes may go with its claim.
  void protect_other_claims() {
    for (const auto* claim : claims_of(*workload_, facts_)) {
      const bool is_planned
          = std::any_of(plan_.claims.begin(), plan_.claims.end(),
                        [claim](const auto& row) { return row.claim == claim->metadata.name; });
      const auto volume = facts_.volumes.find(claim->volume_name);
      if (is_planned || volume == facts_.volumes.end())
        continue;
      crds::restore_claim_status row;
      row.claim = claim->metadata.name;
      row.volume_name = volume_name_of(*workload_, row.claim).volume;
      row.old_uid = claim->metadata.uid;
      row.old_volume = claim->volume_name;
      row.old_reclaim_policy = volume->second.reclaim_policy;
      plan_.claims.push_back(std::move(row));
    }
  }

  problem check_old_claims() {
    for (const auto& row : plan_.claims) {
      if (!row.is_restored())
        continue;
      if (row.binds_late && workload_->object.replicas == 0)
        return refusal{"WorkloadScaledToZero",
                       name_of(plan_.workload) + " has no replicas, and StorageClass "
                           + row.storage_class_name
                           + " provisions only when a pod uses the claim; scale it up"};
      if (replaces() && row.old_reclaim_policy.empty())
        return refusal{"ClaimNotBound",
                       "PersistentVolumeClaim " + row.claim
                           + " is not bound to a volume that could be kept; use SwitchClaim"};
    }
    return std::nullopt;
  }

  /// All that a rollback needs must fit into the status.
  problem check_size() {
    crds::volume_restore_status status;
    status.workload = plan_.workload;
    status.claims = plan_.claims;
    const auto bytes = encode(status).dump().size();
    if (plan_.claims.size() <= most_claims && bytes <= most_status_bytes)
      return std::nullopt;
    return refusal{"TooManyClaims",
                   name_of(plan_.workload) + " has " + std::to_string(plan_.claims.size())
                       + " claims that would be restored or protected; a VolumeRestore's status "
                         "holds "
                       + std::to_string(most_claims) + ", fewer if their names are long"};
  }

  problem check_permissions() {
    for (const auto& question : facts_.denied)
      if (replaces() || question.resource != "persistentvolumes")
        return refusal{"PermissionMissing", "the operator may not " + question.verb + " "
                                                + question.resource + " in namespace "
                                                + restore_.metadata.name_space
                                                + "; apply the roles of deploy/"};
    return std::nullopt;
  }

  void note_warnings() {
    const auto name = name_of(plan_.workload);
    const auto& metadata = workload_->object.metadata;
    if (!replaces() && (!tool_.empty() || was_applied_by_kubectl(metadata)))
      plan_.warnings.push_back(
          name + " was applied by " + (tool_.empty() ? "kubectl" : tool_)
          + "; applying the same manifest again points it back to the old claim. Change claimName "
            "there to the new one, or use strategy ReplaceClaim");
    const auto verdict = facts_.backup ? facts_.backup->status.consistency : std::nullopt;
    if (verdict && *verdict != crds::consistency::application)
      plan_.warnings.push_back("VolumeBackup " + spec_.backup_name + " is of consistency "
                               + std::string{to_string(*verdict)}
                               + ": the application was not known to be frozen when it was cut");
    for (const auto& [claim, snapshot] : chosen_)
      for (const auto& pod : facts_.pods)
        if (!replaces() && pod.mounts_claim(claim->metadata.name) && !has_ended(pod)
            && !selects(workload_->object.selector, pod.metadata.labels))
          plan_.warnings.push_back("pod " + pod.metadata.name + " goes on using the old claim "
                                   + claim->metadata.name);
  }

  struct chosen_claim {
    const k8s::persistent_volume_claim* claim;
    std::string snapshot;
  };

  const crds::volume_restore& restore_;
  const restore_facts& facts_;
  const crds::volume_restore_spec& spec_;
  const kinded_workload* workload_ = nullptr;
  std::string tool_;
  std::vector<chosen_claim> chosen_;
  restore_plan plan_;
};

} // namespace

restore_verdict judge_restore(const crds::volume_restore& restore, const restore_facts& facts) {
  return judgement{restore, facts}.run();
}

} // namespace actors
