#include "tests/actors/volume_restore/storage_world.hpp"

#include <algorithm>

namespace restore_simulation {

using namespace std::chrono_literals;

namespace {

json volume_object(const std::string& name, const std::string& storage_class,
                   const std::string& policy, const json& claim) {
  return {
      {"kind", "PersistentVolume"},
      {"metadata", {{"name", name}, {"annotations", json::object()}}},
      {"spec",
       {{"storageClassName", storage_class},
        {"persistentVolumeReclaimPolicy", policy},
        {"csi", {{"driver", "disks.csi"}}},
        {"claimRef", {{"namespace", "shop"}, {"name", name_of(claim)}, {"uid", uid_of(claim)}}}}},
      {"status", {{"phase", "Bound"}}}};
}

} // namespace

json claim_object(const std::string& name, const std::string& storage_class) {
  return {{"kind", "PersistentVolumeClaim"},
          {"metadata", {{"name", name}, {"namespace", "shop"}, {"labels", {{"app", "app"}}}}},
          {"spec",
           {{"accessModes", {"ReadWriteOnce"}},
            {"resources", {{"requests", {{"storage", "1Gi"}}}}},
            {"storageClassName", storage_class}}}};
}

void storage_world::add_bound(const std::string& claim, const std::string& volume,
                              const std::string& text, const std::string& storage_class,
                              const std::string& policy) {
  objects_.create(claims(), claim_object(claim, storage_class));
  const auto made = *objects_.find(claims() + claim);
  objects_.create(volumes(), volume_object(volume, storage_class, policy, made));
  disks[volume] = text;
  bind(made, *objects_.find(volumes() + volume));
}

void storage_world::act(instant now) {
  finish_volumes(now);
  for (const auto& claim : objects_.in(claims()))
    if (random_.chance(60))
      act_on_claim(claim, now);
  for (const auto& volume : objects_.in(volumes()))
    if (random_.chance(60))
      act_on_volume(volume);
}

bool storage_world::is_used(const std::string& claim) const {
  for (const auto& pod : objects_.in(pods()))
    for (const auto& volume : pod.at("spec").at("volumes"))
      if (text_at(volume, "/persistentVolumeClaim/claimName") == claim
          && pod.at("spec").contains("nodeName"))
        return true;
  return false;
}

void storage_world::act_on_claim(const json& claim, instant now) {
  const auto path = claims() + name_of(claim);
  if (is_going(claim)) {
    if (!is_used(name_of(claim)))
      objects_.edit(path, [](json& one) { one["metadata"].erase("finalizers"); });
    return;
  }
  const auto phase = text_at(claim, "/status/phase");
  if (phase != "Bound")
    return bind_or_provision(claim, now);
  if (!objects_.contains(volumes() + text_at(claim, "/spec/volumeName")))
    objects_.edit(path, [](json& one) { one["status"]["phase"] = "Lost"; });
}

void storage_world::bind(const json& claim, const json& volume) {
  objects_.edit(volumes() + name_of(volume), [&claim](json& one) {
    one["spec"]["claimRef"]
        = {{"namespace", "shop"}, {"name", name_of(claim)}, {"uid", uid_of(claim)}};
    one["status"]["phase"] = "Bound";
  });
  objects_.edit(claims() + name_of(claim), [&volume](json& one) {
    one["spec"]["volumeName"] = name_of(volume);
    one["status"] = {{"phase", "Bound"}, {"capacity", {{"storage", "1Gi"}}}};
  });
}

/// A volume kept for the claim's name comes before anything else, as in the real binder.
void storage_world::bind_or_provision(const json& claim, instant now) {
  const auto wanted = text_at(claim, "/spec/volumeName");
  for (const auto& volume : objects_.in(volumes())) {
    const auto holder = text_at(volume, "/spec/claimRef/uid");
    const bool is_kept = text_at(volume, "/spec/claimRef/name") == name_of(claim)
                         && (holder.empty() || holder == uid_of(claim));
    const bool is_free = text_at(volume, "/spec/claimRef/name").empty() && !wanted.empty();
    const bool fits = wanted.empty() || wanted == name_of(volume);
    if (fits && (is_kept || is_free) && !is_going(volume))
      return bind(claim, volume);
  }
  if (wanted.empty())
    provision(claim, now);
}

void storage_world::provision(const json& claim, instant now) {
  const auto* storage_class = objects_.find(classes() + text_at(claim, "/spec/storageClassName"));
  const bool is_late
      = storage_class && text_at(*storage_class, "/volumeBindingMode") == "WaitForFirstConsumer";
  const bool is_selected = claim.at("metadata")
                               .value("annotations", json::object())
                               .contains("volume.kubernetes.io/selected-node");
  if (!storage_class || (is_late && !is_selected))
    return;
  const auto snapshot = text_at(claim, "/spec/dataSource/name");
  if (!snapshot.empty() && (is_stuck || !snapshots.contains(snapshot)))
    return;
  if (!being_made_.contains(uid_of(claim)))
    being_made_[uid_of(claim)] = {now + random_.span(50ms, random_.chance(10) ? 8s : 1s), claim,
                                  snapshot.empty() ? std::string{} : snapshots.at(snapshot)};
}

/// Like the real provisioner it goes on when the claim is gone.
void storage_world::finish_volumes(instant now) {
  for (auto at = being_made_.begin(); at != being_made_.end();) {
    const bool is_done = at->second.done <= now;
    if (is_done)
      make_volume(at->second.claim, at->second.text);
    at = is_done ? being_made_.erase(at) : std::next(at);
  }
}

void storage_world::make_volume(const json& claim, const std::string& text) {
  const auto name = "pvc-" + uid_of(claim);
  const auto class_name = text_at(claim, "/spec/storageClassName");
  objects_.create(volumes(),
                  volume_object(name, class_name,
                                text_at(*objects_.find(classes() + class_name), "/reclaimPolicy"),
                                claim));
  disks[name] = text;
}

void storage_world::act_on_volume(const json& volume) {
  const auto holder = text_at(volume, "/spec/claimRef/uid");
  const auto* claim = objects_.find(claims() + text_at(volume, "/spec/claimRef/name"));
  const auto path = volumes() + name_of(volume);
  if (holder.empty()) {
    objects_.edit(path, [](json& one) { one["status"]["phase"] = "Available"; });
    return;
  }
  if (claim && uid_of(*claim) == holder)
    return;
  if (text_at(volume, "/spec/persistentVolumeReclaimPolicy") == "Delete")
    return erase(volume);
  objects_.edit(path, [](json& one) { one["status"]["phase"] = "Released"; });
}

void storage_world::erase(const json& volume) {
  disks.erase(name_of(volume));
  objects_.remove(volumes() + name_of(volume));
  if (on_lost_disk)
    on_lost_disk(name_of(volume));
}

} // namespace restore_simulation
