#include "actors/volume_restore/restore_plan.hpp"
#include "tests/actors/volume_restore/simulated_restore.hpp"

#include <algorithm>

namespace restore_simulation {

using crds::restore_claim_status;
using crds::restore_phase;

namespace {

class end_checks {
public:
  end_checks(const situation& before, const object_store& objects, const storage_world& storage,
             const workload_world& workload, const crds::volume_restore& restore,
             std::vector<std::string>& wrongs)
      : before_{before},
        objects_{objects},
        storage_{storage},
        workload_{workload},
        restore_{restore},
        wrongs_{wrongs} {}

  /// Whatever else has become of the world.
  void check_new_claims(const std::set<std::string>& deleted) {
    for (const auto& row : restore_.status.claims)
      if (const auto old = before_.claims.find(row.claim);
          row.is_restored() && old != before_.claims.end() && !deleted.contains(row.new_claim)
          && !is_without_pod(row.new_claim))
        check_claim(row.new_claim, row.new_volume, old->second.snapshot_text);
  }

  void check_completed() {
    const bool is_tidy = restore_.status.message.find("could be tidied up") == std::string::npos;
    for (const auto& row : restore_.status.claims) {
      const auto old = before_.claims.find(row.claim);
      if (old == before_.claims.end()) // somebody had scaled up before the restore began
        continue;
      if (row.is_restored())
        check_restored(row, old->second);
      else
        check_claim(row.claim, old->second.volume, old->second.text);
      if (is_tidy)
        check_tidy(row, old->second);
    }
    check_replicas();
    if (!replaces())
      check_no_template_names_old_claims();
  }

  void check_undone() {
    const auto& now = objects_.find(workload_.path())->at("spec");
    expect(now.at("template") == before_.workload_spec.at("template"), "the template has changed");
    check_replicas();
    check_no_marks_are_left(*objects_.find(workload_.path()));
    for (const auto& [name, old] : before_.claims) {
      check_claim(name, old.volume, old.text);
      check_policy(old.volume, old.policy);
      const auto* volume = objects_.find(volumes() + old.volume);
      expect(volume && uid_of(*volume) == old.volume_uid, "another volume is " + old.volume);
      if (!replaces())
        expect(uid_of_claim(name) == old.uid, "claim " + name + " is another one");
    }
    check_nothing_of_ours_is_left();
    expect(before_.never_gets_well || before_.has_immortal_pod || workload_.is_running(),
           "the workload does not run");
  }

private:
  void expect(bool is_so, const std::string& wrong) {
    if (!is_so)
      wrongs_.push_back(std::string{to_string(restore_.status.phase)} + ", and " + wrong);
  }

  bool replaces() const {
    return restore_.status.strategy == crds::restore_strategy::replace_claim;
  }

  void check_no_marks_are_left(const json& object) {
    const auto notes = object.at("metadata").value("annotations", json::object());
    expect(!notes.contains(std::string{actors::restore_mark::rolling_back}),
           name_of(object) + " is still marked");
  }

  std::string uid_of_claim(const std::string& name) const {
    const auto* claim = objects_.find(claims() + name);
    return claim ? uid_of(*claim) : std::string{};
  }

  /// Is bound to that volume, none of any name if that is empty, and has what it is to have.
  void check_claim(const std::string& name, const std::string& volume, const std::string& text) {
    const auto* claim = objects_.find(claims() + name);
    if (!claim)
      return expect(false, "claim " + name + " is gone");
    check_no_marks_are_left(*claim);
    expect(!is_going(*claim), "claim " + name + " is being deleted");
    expect(text_at(*claim, "/status/phase") == "Bound", "claim " + name + " is not bound");
    const auto bound_to = text_at(*claim, "/spec/volumeName");
    expect(volume.empty() || bound_to == volume, "claim " + name + " is bound to " + bound_to);
    const auto disk = storage_.disks.find(bound_to);
    expect(disk != storage_.disks.end() && disk->second == text,
           "claim " + name + " has \"" + (disk == storage_.disks.end() ? "" : disk->second) + '"');
  }

  void check_policy(const std::string& name, const std::string& policy) {
    const auto* volume = objects_.find(volumes() + name);
    if (!volume)
      return;
    const auto found = text_at(*volume, "/spec/persistentVolumeReclaimPolicy");
    expect(found == policy, "volume " + name + " has policy " + found + " instead of " + policy);
    check_no_marks_are_left(*volume);
    const auto notes = volume->at("metadata").value("annotations", json::object());
    expect(!notes.contains(std::string{actors::restore_mark::replaced_claim}),
           "volume " + name + " still remembers its claim");
  }

  void check_restored(const restore_claim_status& row, const situation::old_claim& old) {
    if (is_without_pod(row.new_claim))
      return;
    check_claim(row.new_claim, row.new_volume, old.snapshot_text);
    const auto kept = replaces() ? row.kept_claim : row.claim;
    if (restore_.spec.old_claim_policy == crds::old_claim_policy::retain)
      check_claim(kept, old.volume, old.text);
  }

  /// Somebody scaled the workload down before a claim that binds late was bound.
  bool is_without_pod(const std::string& name) const {
    const auto* claim = objects_.find(claims() + name);
    return before_.is_fought && claim && text_at(*claim, "/status/phase").empty();
  }

  void check_tidy(const restore_claim_status& row, const situation::old_claim& old) {
    check_policy(old.volume, old.policy);
    if (!row.is_restored())
      return;
    check_policy(row.new_volume, before_.class_policy);
    if (restore_.spec.old_claim_policy == crds::old_claim_policy::remove && !before_.is_fought
        && !before_.has_immortal_pod) {
      const auto kept = replaces() ? row.kept_claim : row.claim;
      expect(!objects_.contains(claims() + kept), "claim " + kept + " is left");
      expect(old.policy == "Retain" || !storage_.disks.contains(old.volume),
             "volume " + old.volume + " is left");
    }
    if (!row.temporary_claim.empty())
      expect(!objects_.contains(claims() + row.temporary_claim),
             "claim " + row.temporary_claim + " is left");
  }

  /// A workload that somebody scaled has claims of its own.
  void check_nothing_of_ours_is_left() {
    for (const auto& claim : objects_.in(claims())) {
      const auto labels = claim.at("metadata").value("labels", json::object());
      expect(before_.claims.contains(name_of(claim))
                 || (before_.has_immortal_pod && is_going(claim))
                 || !labels.contains(std::string{actors::restore_mark::restore_uid}),
             "claim " + name_of(claim) + " is left");
    }
    for (const auto& volume : objects_.in(volumes())) {
      const auto disk = storage_.disks.find(name_of(volume));
      const bool is_filled = disk != storage_.disks.end() && disk->second.starts_with("snapshot");
      expect(!is_filled || is_told(volume) || was_forgotten(volume) || before_.has_immortal_pod,
             "volume " + name_of(volume) + " is left");
    }
  }

  /// Its claim had to go before it was bound, so it stays, if its class says so.
  bool is_told(const json& volume) const {
    const auto& rows = restore_.status.claims;
    const bool needs_name_at_once
        = replaces()
          && std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.binds_late; });
    return (before_.may_provision_late || needs_name_at_once)
           && restore_.status.message.find(text_at(volume, "/spec/claimRef/uid"))
                  != std::string::npos;
  }

  /// The process that could have told of it ended.
  bool was_forgotten(const json& volume) const {
    const auto* claim = objects_.last_of(claims() + text_at(volume, "/spec/claimRef/name"));
    return before_.class_policy == "Retain" && before_.has_crashed && claim
           && (text_at(*claim, "/spec/volumeName").empty()
               || uid_of(*claim) != text_at(volume, "/spec/claimRef/uid"));
  }

  void check_replicas() {
    const auto& now = objects_.find(workload_.path())->at("spec");
    expect(before_.is_fought
               || now.value("replicas", 0) == before_.workload_spec.value("replicas", 0),
           "replicas are " + std::to_string(now.value("replicas", 0)));
  }

  void check_no_template_names_old_claims() {
    const auto& spec = objects_.find(workload_.path())->at("spec").at("template").at("spec");
    for (const auto& volume : spec.at("volumes"))
      for (const auto& row : restore_.status.claims)
        expect(before_.is_fought
                   || text_at(volume, "/persistentVolumeClaim/claimName") != row.claim,
               "the template still names " + row.claim);
  }

  const situation& before_;
  const object_store& objects_;
  const storage_world& storage_;
  const workload_world& workload_;
  const crds::volume_restore& restore_;
  std::vector<std::string>& wrongs_;
};

} // namespace

std::vector<std::string> faults_of_new_claims(const situation& before, const object_store& objects,
                                              const storage_world& storage,
                                              const workload_world& workload,
                                              const crds::volume_restore& restore) {
  std::vector<std::string> wrongs;
  end_checks{before, objects, storage, workload, restore, wrongs}.check_new_claims({});
  return wrongs;
}

void check_end(const situation& before, const object_store& objects, const storage_world& storage,
               const workload_world& workload, const crds::volume_restore& restore,
               std::vector<std::string>& wrongs) {
  end_checks checks{before, objects, storage, workload, restore, wrongs};
  const bool is_completed = restore.status.phase == restore_phase::completed;
  if (before.has_lost_workload || !before.deleted_claims.empty()) {
    if (is_completed)
      checks.check_new_claims(before.deleted_claims);
    return;
  }
  const bool was_kept
      = restore.spec.rollback == crds::rollback_policy::never
        || (before.has_immortal_pod && restore.status.reason == "RollbackIncomplete");
  if (is_completed)
    checks.check_completed();
  else if (!was_kept)
    checks.check_undone();
}

} // namespace restore_simulation
