#include "tests/actors/volume_restore/simulated_restore.hpp"

#include <algorithm>

// The part of simulated_restore that draws: what there is, and what goes wrong with it.
namespace restore_simulation {

using namespace std::chrono_literals;

void simulated_restore::draw_world() {
  before_.class_policy = random_.chance(80) ? "Delete" : "Retain";
  objects_.create(classes(), {{"kind", "StorageClass"},
                              {"metadata", {{"name", "fast"}}},
                              {"provisioner", "disks.csi"},
                              {"reclaimPolicy", before_.class_policy},
                              {"volumeBindingMode",
                               random_.chance(60) ? "Immediate" : "WaitForFirstConsumer"}});
  const auto drawn = random_.below(100);
  draw_claims(drawn < 45 ? "Deployment" : drawn < 85 ? "StatefulSet" : "DaemonSet");
}

void simulated_restore::draw_claims(const std::string& kind) {
  backup_.metadata.name = "nightly";
  backup_.metadata.name_space = "shop";
  backup_.status.phase = crds::backup_phase::completed;
  const int replicas = random_.chance(5) ? 0 : 1 + random_.below(3);
  if (kind == "StatefulSet") {
    for (int i = 0; i < std::max(1, replicas); ++i)
      add_claim("data-app-" + std::to_string(i));
  } else {
    add_claim("data");
    if (random_.chance(40))
      add_claim("logs");
  }
  add_workload(kind, replicas);
  add_restore(kind);
}

void simulated_restore::add_claim(const std::string& name) {
  auto& claim = before_.claims[name];
  claim.volume = "old-" + name;
  claim.policy = random_.chance(80) ? "Delete" : "Retain";
  claim.text = "old " + name;
  claim.snapshot_text = "snapshot " + name;
  storage_.add_bound(name, claim.volume, claim.text, "fast", claim.policy);
  claim.volume_uid = uid_of(*objects_.find(volumes() + claim.volume));
  const auto snapshot = "snap-" + name;
  storage_.snapshots[snapshot] = claim.snapshot_text;
  objects_.create(snapshots(), {{"kind", "VolumeSnapshot"},
                                {"metadata", {{"name", snapshot}, {"namespace", "shop"}}},
                                {"status", {{"readyToUse", true}, {"restoreSize", "1Gi"}}}});
  auto& row = backup_.status.snapshots.emplace_back();
  row.claim = name;
  row.volume_snapshot_name = snapshot;
}

void simulated_restore::add_workload(const std::string& kind, int replicas) {
  json spec = json::object(), in_template = json::array();
  if (kind == "StatefulSet")
    spec["volumeClaimTemplates"]
        = {{{"metadata", {{"name", "data"}}}, {"spec", {{"storageClassName", "fast"}}}}};
  else
    for (const auto& [name, claim] : before_.claims)
      in_template.push_back(
          {{"name", name + "-volume"}, {"persistentVolumeClaim", {{"claimName", name}}}});
  if (kind != "DaemonSet")
    spec["replicas"] = replicas;
  if (kind == "Deployment" && random_.chance(50))
    spec["strategy"] = {{"type", "Recreate"}};
  workload_.create(kind, spec, in_template);
}

void simulated_restore::add_restore(const std::string& kind) {
  json spec{{"applicationRef", "app"},
            {"source", {{"backupName", "nightly"}}},
            {"timeouts", {{"provision", "30s"}, {"rollout", "60s"}, {"total", "300s"}}}};
  if (kind == "Deployment" && random_.chance(50))
    spec["strategy"] = "ReplaceClaim";
  if (random_.chance(30))
    spec["oldClaimPolicy"] = "Delete";
  if (random_.chance(5))
    spec["rollback"] = "Never";
  if (before_.claims.size() > 1 && random_.chance(30))
    spec["claims"] = {before_.claims.begin()->first};
  json object{{"kind", "VolumeRestore"},
              {"metadata", {{"name", "again"}, {"namespace", "shop"}}},
              {"spec", spec}};
  const auto collection
      = k8s::create_request(crds::volume_restore::kind, "shop", object).path + "/";
  objects_.create(collection, object);
  restore_path_ = collection + "again";
  last_seen_ = *objects_.find(restore_path_);
}

void simulated_restore::draw_mishaps() {
  api_.failing = random_.chance(50) ? 0 : random_.below(30);
  before_.may_provision_late = api_.failing > 0; // of a create that was lost for a while
  workload_.is_restored_broken = random_.chance(15);
  workload_.reports_failure = random_.chance(50);
  api_.refuses_bound_claims = random_.chance(4);
  for (int count = random_.below(4); count > 0; --count)
    draw_mishap();
}

void simulated_restore::draw_mishap() {
  static const std::vector<std::string> names{
      "crash",           "crash",         "crash",
      "crash",           "cancel",        "cancel",
      "delete restore",  "lose snapshot", "nothing is provisioned",
      "unready",         "refuse claims", "delete claim",
      "delete workload", "revert",        "revert for ever",
      "scale",           "immortal pod",  "delete pods"};
  const auto& what = names[static_cast<std::size_t>(random_.below(static_cast<int>(names.size())))];
  const auto when = random_.chance(80) ? random_.span(1ms, 12s) : random_.span(1ms, 90s);
  agenda_.at(api_.now + when, [this, what] { happen(what); });
}

void simulated_restore::happen(const std::string& what) {
  tell("it happens: " + what);
  if (what == "crash")
    crash();
  else if (what == "cancel" || what == "delete restore")
    happen_to_restore(what);
  else
    happen_to_world(what);
}

void simulated_restore::happen_to_restore(const std::string& what) {
  if (what == "cancel")
    objects_.edit(restore_path_, [](json& one) { one["spec"]["cancel"] = true; });
  else
    objects_.remove(restore_path_);
  tell_of_restore();
}

void simulated_restore::happen_to_world(const std::string& what) {
  const auto lasts = random_.span(1s, 30s);
  if (what == "lose snapshot") {
    const auto name = storage_.snapshots.empty() ? "" : storage_.snapshots.begin()->first;
    objects_.remove(snapshots() + name);
    storage_.snapshots.erase(name);
  } else if (what == "nothing is provisioned") {
    storage_.is_stuck = before_.may_provision_late = true;
    if (random_.chance(50))
      agenda_.at(api_.now + lasts, [this] { storage_.is_stuck = false; });
  } else if (what == "unready") {
    workload_.is_never_ready = before_.never_gets_well = true;
  } else if (what == "immortal pod") {
    workload_.is_any_pod_immortal = true;
    if (random_.chance(70))
      agenda_.at(api_.now + lasts, [this] { workload_.is_any_pod_immortal = false; });
    else
      before_.has_immortal_pod = true;
  } else if (what == "refuse claims") {
    api_.refuses_claims = true;
    agenda_.at(api_.now + lasts, [this] { api_.refuses_claims = false; });
  } else if (what == "delete pods") {
    for (const auto& pod : workload_.living_pods())
      objects_.remove(pods() + name_of(pod));
  } else if (what == "delete workload") {
    before_.has_lost_workload = true;
    objects_.remove(workload_.path());
  } else if (what == "delete claim") {
    delete_a_claim();
  } else if (what == "scale") {
    before_.is_fought = true;
    const int replicas = random_.below(4);
    objects_.edit(workload_.path(), [replicas](json& one) {
      if (one["spec"].contains("replicas"))
        one["spec"]["replicas"] = replicas;
    });
  } else {
    revert(what == "revert for ever");
  }
}

/// A tool that applies its manifest.
void simulated_restore::revert(bool for_ever) {
  before_.is_fought = true;
  objects_.edit(workload_.path(), [this](json& one) { one["spec"] = before_.workload_spec; });
  if (for_ever)
    agenda_.at(api_.now + random_.span(500ms, 4s), [this] { revert(true); });
}

void simulated_restore::delete_a_claim() {
  const auto all = objects_.in(claims());
  if (all.empty())
    return;
  const auto& drawn = all[static_cast<std::size_t>(random_.below(static_cast<int>(all.size())))];
  before_.deleted_claims.insert(name_of(drawn));
  before_.abandoned_volumes.insert(text_at(drawn, "/spec/volumeName"));
  objects_.remove(claims() + name_of(drawn));
}

} // namespace restore_simulation
