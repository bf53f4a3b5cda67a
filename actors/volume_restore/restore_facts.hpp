#pragma once

#include "actors/volume_backup/application.hpp"
#include "crds/volume_backup.hpp"
#include "crds/volume_restore.hpp"
#include "k8s/resources/access_review.hpp"
#include "k8s/resources/horizontal_pod_autoscaler.hpp"
#include "k8s/resources/persistent_volume.hpp"
#include "k8s/resources/persistent_volume_claim.hpp"
#include "k8s/resources/pod.hpp"
#include "k8s/resources/storage_class.hpp"
#include "k8s/resources/volume_snapshot.hpp"
#include "k8s/resources/workload.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What is read of the world for a restore.
namespace actors {

/// A Deployment, StatefulSet or DaemonSet, by the kind that it was found as.
struct kinded_workload {
  std::string kind;
  k8s::workload object;
};

/// What preflight judges. Reads that need rights on the cluster are optional: without them their
/// field is empty, and preflight says what cannot be done then.
struct restore_facts {
  std::vector<kinded_workload> workloads;    ///< all that the applicationRef may mean
  std::optional<crds::volume_backup> backup; ///< source.backupName; none: does not exist
  bool snapshot_api_served = true;
  std::vector<k8s::persistent_volume_claim> claims;                 ///< of the namespace
  std::vector<k8s::volume_snapshot> snapshots;                      ///< of the namespace
  std::vector<k8s::pod> pods;                                       ///< of the namespace
  std::map<std::string, k8s::volume_snapshot_content> contents;     ///< by their own name
  std::map<std::string, k8s::persistent_volume> volumes;            ///< by their own name
  std::map<std::string, std::optional<k8s::storage_class>> classes; ///< asked for; none: missing
  std::set<std::string> unreadable;                        ///< plurals that we may not read
  std::vector<k8s::horizontal_pod_autoscaler> autoscalers; ///< of the namespace
  std::vector<crds::volume_restore> restores;              ///< of the namespace
  std::vector<crds::volume_backup> backups;                ///< of the namespace
  std::vector<k8s::access_question> denied;                ///< what we need and may not do
  std::vector<k8s::error> read_errors; ///< what could not be read for another reason

  const k8s::persistent_volume_claim* find_claim(std::string_view name) const;
  const k8s::volume_snapshot* find_snapshot(std::string_view name) const;
};

/// What a restore under way sees of the world it changes; all of one moment, as far as an API has
/// that.
struct restore_world {
  std::optional<k8s::workload> workload; ///< none: gone, or another one of that name
  std::map<std::string, k8s::persistent_volume_claim> claims; ///< of the namespace, by name
  std::map<std::string, k8s::persistent_volume> volumes;      ///< of the plan, by name
  std::optional<std::set<std::string>> snapshots;    ///< those that exist, if they were asked for
  std::vector<k8s::pod> pods;                        ///< of the namespace, that have not ended
  std::map<std::string, std::string> claim_troubles; ///< by claim: its last warning, if asked for
  std::map<std::string, std::string> pod_troubles;   ///< by pod: what its probe said, if asked for

  const k8s::persistent_volume_claim* find_claim(std::string_view name) const;
  const k8s::persistent_volume* find_volume(std::string_view name) const;
  /// Pods of the workload; those that are being deleted too.
  std::vector<const k8s::pod*> pods_of_workload() const;
  /// Pods with a volume of the claim, of whatever workload: its protection waits for all of them.
  std::vector<const k8s::pod*> users_of(std::string_view claim) const;
};

} // namespace actors
