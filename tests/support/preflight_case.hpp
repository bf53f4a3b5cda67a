#pragma once

#include "actors/volume_backup/preflight.hpp"

#include <string>

namespace support {

/// A world in which the backup of Deployment `mysql` with one pod and one claim would run.
struct preflight_case {
  crds::volume_backup backup;
  actors::preflight_facts facts;
  actors::backup_limits limits;

  preflight_case() {
    backup.metadata.name = "nightly";
    backup.metadata.name_space = "shop";
    backup.metadata.uid = "uid-1";
    backup.spec.application_ref = "mysql";
    actors::found_workload workload;
    workload.kind = "Deployment";
    workload.metadata.name = "mysql";
    workload.selector.match_labels = {{"app", "mysql"}};
    facts.workloads = {workload};
    facts.pods = {pod("mysql-0", "data")};
    facts.pods[0].metadata.annotations = {{"backups.example.com.pre-hook", "freeze it"},
                                          {"backups.example.com.post-hook", "thaw it"}};
    facts.claims["data"] = claim("data");
    facts.classes = {snapshot_class("fast", "hostpath")};
  }

  static k8s::pod pod(const std::string& name, const std::string& claim) {
    k8s::pod made;
    made.metadata.name = name;
    made.metadata.uid = "uid-" + name;
    made.metadata.labels = {{"app", "mysql"}};
    made.phase = "Running";
    made.ready = true;
    made.containers = {{"main", {{"volume", "/data", ""}}}};
    made.statuses = {{"main", "containerd://1", 2, true, true}};
    made.claims = {{"volume", claim}};
    return made;
  }

  static k8s::persistent_volume_claim claim(const std::string& name) {
    k8s::persistent_volume_claim made;
    made.metadata.name = name;
    made.metadata.uid = "uid-" + name;
    made.metadata.annotations = {{"volume.kubernetes.io/storage-provisioner", "hostpath"}};
    made.phase = "Bound";
    return made;
  }

  static k8s::volume_snapshot_class snapshot_class(const std::string& name,
                                                   const std::string& driver) {
    k8s::volume_snapshot_class made;
    made.metadata.name = name;
    made.driver = driver;
    return made;
  }

  actors::preflight_verdict judge() const { return actors::judge_preflight(backup, facts, limits); }
};

} // namespace support
