#pragma once

#include "actors/volume_restore/restore_preflight.hpp"

#include <string>

namespace support {

/// A world in which the restore of Deployment `web` with one pod and one claim would begin, as
/// SwitchClaim.
struct restore_case {
  crds::volume_restore restore;
  actors::restore_facts facts;

  restore_case() {
    restore.metadata.name = "again";
    restore.metadata.name_space = "shop";
    restore.metadata.uid = "uid-again";
    restore.spec.application_ref = "web";
    restore.spec.backup_name = "nightly";
    facts.workloads = {workload("Deployment")};
    facts.pods = {pod("web-1", "data")};
    facts.claims = {claim("data")};
    facts.volumes["pv-data"] = volume("pv-data", "Delete");
    facts.snapshots = {snapshot("snap-data")};
    facts.contents["content-snap-data"] = content();
    facts.classes["fast"] = storage_class("fast");
    facts.backup = backup("nightly");
  }

  static actors::kinded_workload workload(const std::string& kind) {
    actors::kinded_workload made{kind, {}};
    auto& object = made.object;
    object.metadata.name = "web";
    object.metadata.name_space = "shop";
    object.metadata.uid = "uid-web";
    object.metadata.resource_version = "7";
    object.selector.match_labels = {{"app", "web"}};
    object.template_claims = {{"storage", "data"}};
    if (kind != "DaemonSet")
      object.replicas = 1;
    return made;
  }

  /// Its claim comes from a template, so only ReplaceClaim can restore it.
  static restore_case of_stateful_set() {
    restore_case given;
    given.facts.workloads = {workload("StatefulSet")};
    auto& object = given.facts.workloads[0].object;
    object.template_claims.clear();
    object.claim_templates = {"data"};
    given.facts.pods = {pod("web-0", "data-web-0")};
    given.facts.claims = {claim("data-web-0")};
    given.facts.volumes["pv-data-web-0"] = volume("pv-data-web-0", "Delete");
    given.facts.backup->status.snapshots[0].claim = "data-web-0";
    return given;
  }

  static restore_case of_daemon_set() {
    restore_case given;
    given.facts.workloads = {workload("DaemonSet")};
    return given;
  }

  static restore_case that_replaces() {
    restore_case given;
    given.restore.spec.strategy = crds::restore_strategy::replace_claim;
    return given;
  }

  static k8s::pod pod(const std::string& name, const std::string& claim) {
    k8s::pod made;
    made.metadata.name = name;
    made.metadata.name_space = "shop";
    made.metadata.labels = {{"app", "web"}};
    made.phase = "Running";
    made.ready = true;
    made.containers = {{"main", {{"storage", "/data", ""}}}};
    made.claims = {{"storage", claim}};
    return made;
  }

  static k8s::persistent_volume_claim claim(const std::string& name) {
    k8s::persistent_volume_claim made;
    made.metadata.name = name;
    made.metadata.name_space = "shop";
    made.metadata.uid = "uid-" + name;
    made.metadata.resource_version = "5";
    made.phase = "Bound";
    made.volume_name = "pv-" + name;
    made.storage_class_name = "fast";
    made.requested = made.capacity = "1Gi";
    made.access_modes = {"ReadWriteOnce"};
    return made;
  }

  static k8s::persistent_volume volume(const std::string& name, const std::string& policy) {
    k8s::persistent_volume made;
    made.metadata.name = name;
    made.metadata.uid = "uid-" + name;
    made.metadata.resource_version = "6";
    made.phase = "Bound";
    made.reclaim_policy = policy;
    return made;
  }

  static k8s::volume_snapshot snapshot(const std::string& name) {
    k8s::volume_snapshot made;
    made.metadata.name = name;
    made.metadata.name_space = "shop";
    made.content_name = "content-" + name;
    made.ready_to_use = true;
    made.restore_size = "1Gi";
    return made;
  }

  static k8s::volume_snapshot_content content() {
    k8s::volume_snapshot_content made;
    made.driver = "disks.csi";
    made.source_volume_mode = "Filesystem";
    return made;
  }

  static k8s::storage_class storage_class(const std::string& name) {
    k8s::storage_class made;
    made.metadata.name = name;
    made.provisioner = "disks.csi";
    return made;
  }

  static crds::volume_backup backup(const std::string& name) {
    crds::volume_backup made;
    made.metadata.name = name;
    made.metadata.uid = "uid-" + name;
    made.status.phase = crds::backup_phase::completed;
    made.status.consistency = crds::consistency::application;
    auto& row = made.status.snapshots.emplace_back();
    row.claim = "data";
    row.volume_snapshot_name = "snap-data";
    return made;
  }

  k8s::workload& object() { return facts.workloads.at(0).object; }
  actors::restore_verdict judge() const { return actors::judge_restore(restore, facts); }
};

} // namespace support
