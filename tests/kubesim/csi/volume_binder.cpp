#include "tests/kubesim/csi/volume_binder.hpp"

#include "tests/kubesim/csi/volume_fit.hpp"

#include <utility>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

constexpr const char* bind_completed = "pv.kubernetes.io/bind-completed";
constexpr const char* bound_by_controller = "pv.kubernetes.io/bound-by-controller";
constexpr const char* provisioned_by = "pv.kubernetes.io/provisioned-by";
constexpr const char* selected_node = "volume.kubernetes.io/selected-node";

bool has_annotation(const json& object, const char* name) {
  return !text_at_path(object, {"metadata", "annotations", name}).empty();
}

std::string volume_name_of(const json& claim) {
  return text_at_path(claim, {"spec", "volumeName"});
}

} // namespace

volume_binder::volume_binder(csi_context& csi)
    : csi_{csi}, events_{csi.objects, "persistentvolume-controller"} {
  for (const auto& volume : csi_.objects.all(csi_.volumes))
    reconcile_volume(ref_of(*volume).name);
}

volume_binder::result volume_binder::reconcile_claim(const json& claim) {
  if (has_annotation(claim, bind_completed))
    return keep_bound(claim);
  return volume_name_of(claim).empty() ? bind_to_best(claim) : bind_to_named(claim);
}

volume_binder::result volume_binder::keep_bound(const json& claim) {
  const auto volume = csi_.objects.find(csi_.volumes, {"", volume_name_of(claim)});
  if (!volume) {
    lose(claim, "ClaimLost",
         "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
    return result::done;
  }
  const auto& reference = at_path(*volume, {"spec", "claimRef"});
  if (!reference.is_null() && text_at_path(reference, {"uid"}) != uid_of(claim))
    lose(claim, "ClaimMisbound",
         "Two claims are bound to the same volume, this one is bound incorrectly");
  else if (reference.is_null() || text_at_path(claim, {"status", "phase"}) != "Bound")
    bind(claim, *volume);
  return result::done;
}

void volume_binder::lose(const json& claim, const char* reason, const char* message) {
  if (text_at_path(claim, {"status", "phase"}) == "Lost")
    return;
  if (csi_.objects.merge(csi_.claims, ref_of(claim), {{"status", {{"phase", "Lost"}}}}, "status"))
    events_.record(claim, event_type::warning, reason, message);
}

/// A waiting claim is visited with every volume that changes.
void volume_binder::tell_once(const json& claim, event_type type, const char* reason,
                              const std::string& message) {
  if (std::exchange(told_[uid_of(claim)], message) != message)
    events_.record(claim, type, reason, message);
}

volume_binder::result volume_binder::bind_to_named(const json& claim) {
  const auto name = volume_name_of(claim);
  const auto volume = csi_.objects.find(csi_.volumes, {"", name});
  if (!volume)
    return result::waiting;
  if (is_reserved_for(*volume, claim)) {
    bind(claim, *volume);
    return result::done;
  }
  if (!at_path(*volume, {"spec", "claimRef"}).is_null()) {
    tell_once(claim, event_type::warning, "FailedBinding",
              "volume \"" + name + "\" already bound to a different claim.");
    return result::waiting;
  }
  if (const auto why = misfit(claim, *volume); !why.empty()) {
    tell_once(claim, event_type::warning, "VolumeMismatch",
              "Cannot bind to requested volume \"" + name + "\": " + why);
    return result::waiting;
  }
  bind(claim, *volume);
  return result::done;
}

volume_binder::result volume_binder::bind_to_best(const json& claim) {
  const bool waits = waits_for_consumer(claim);
  std::vector<std::shared_ptr<const json>> volumes;
  for (const auto& name : free_)
    if (auto volume = csi_.objects.find(csi_.volumes, {"", name}))
      volumes.push_back(std::move(volume));
  if (const auto volume = best_fit(claim, volumes, waits)) {
    bind(claim, *volume);
    return result::done;
  }
  if (waits) {
    tell_once(claim, event_type::normal, "WaitForFirstConsumer",
              "waiting for first consumer to be created before binding");
    return result::waiting;
  }
  if (has_class(claim))
    return result::unbound;
  tell_once(claim, event_type::normal, "FailedBinding",
            "no persistent volumes available for this claim and no storage class is set");
  return result::waiting;
}

bool volume_binder::has_class(const json& claim) const {
  return !text_at_path(claim, {"spec", "storageClassName"}).empty();
}

bool volume_binder::waits_for_consumer(const json& claim) const {
  const auto storage_class = csi_.objects.find(
      csi_.storage_classes, {"", text_at_path(claim, {"spec", "storageClassName"})});
  return storage_class
         && text_at_path(*storage_class, {"volumeBindingMode"}) == "WaitForFirstConsumer"
         && !has_annotation(claim, selected_node);
}

/// The volume's side of a binding.
bool volume_binder::claim_volume(const json& claim, const json& volume) {
  const auto& present = at_path(volume, {"spec", "claimRef"});
  if (text_at_path(present, {"uid"}) == uid_of(claim))
    return true;
  json patch{{"spec", {{"claimRef", reference_to_claim(claim)}}}};
  if (present.is_null())
    patch["metadata"]["annotations"][bound_by_controller] = "yes";
  return static_cast<bool>(csi_.objects.merge(csi_.volumes, {"", ref_of(volume).name}, patch));
}

void volume_binder::bind(const json& claim, const json& volume) {
  const auto ref = ref_of(claim);
  const auto volume_name = ref_of(volume).name;
  auto& objects = csi_.objects;
  if (!claim_volume(claim, volume))
    return;
  json annotations{{bind_completed, "yes"}};
  if (volume_name_of(claim).empty())
    annotations[bound_by_controller] = "yes";
  if (!objects.merge(
          csi_.claims, ref,
          {{"metadata", {{"annotations", annotations}}}, {"spec", {{"volumeName", volume_name}}}}))
    return;
  free_.erase(volume_name);
  if (const auto now = objects.find(csi_.volumes, {"", volume_name}))
    set_phase(*now, "Bound");
  // Refused only if the claim has gone in between, of which the watch tells.
  [[maybe_unused]] const auto written
      = objects.merge(csi_.claims, ref,
                      {{"status",
                        {{"phase", "Bound"},
                         {"accessModes", at_path(volume, {"spec", "accessModes"})},
                         {"capacity", at_path(volume, {"spec", "capacity"})}}}},
                      "status");
}

void volume_binder::reconcile_volume(const std::string& name) {
  free_.erase(name);
  const auto volume = csi_.objects.find(csi_.volumes, {"", name});
  if (!volume)
    return;
  const auto& reference = at_path(*volume, {"spec", "claimRef"});
  const auto uid = text_at_path(reference, {"uid"});
  if (uid.empty()) {
    if (is_being_deleted(*volume))
      return reclaim(*volume);
    free_.insert(name);
    return set_phase(*volume, "Available");
  }
  const auto claim = csi_.objects.find(
      csi_.claims, {text_at_path(reference, {"namespace"}), text_at_path(reference, {"name"})});
  if (!claim || uid_of(*claim) != uid)
    return release(*volume);
  const auto bound_to = volume_name_of(*claim);
  if (!bound_to.empty() && bound_to != name)
    return let_go_of(*volume);
  if (bound_to == name && has_annotation(*claim, bind_completed))
    set_phase(*volume, "Bound");
}

/// The claim has another volume: whoever made this one for it takes it back, else it is free again.
void volume_binder::let_go_of(const json& volume) {
  if (has_annotation(volume, provisioned_by)
      && text_at_path(volume, {"spec", "persistentVolumeReclaimPolicy"}) == "Delete")
    return release(volume);
  json reference; // null: whom nobody had reserved it for it forgets altogether
  if (!has_annotation(volume, bound_by_controller))
    reference = {{"uid", nullptr}, {"resourceVersion", nullptr}};
  // Refused only if the volume has gone; then there is nothing to free.
  [[maybe_unused]] const auto freed
      = csi_.objects.merge(csi_.volumes, {"", ref_of(volume).name},
                           {{"metadata", {{"annotations", {{bound_by_controller, nullptr}}}}},
                            {"spec", {{"claimRef", std::move(reference)}}}});
}

void volume_binder::release(const json& volume) {
  if (!is_being_deleted(volume))
    set_phase(volume, "Released");
  const auto policy = text_at_path(volume, {"spec", "persistentVolumeReclaimPolicy"});
  if (policy == "Delete" || is_being_deleted(volume))
    reclaim(volume);
}

/// The object goes; its files only if the policy says so.
void volume_binder::reclaim(const json& volume) {
  const object_ref ref{"", ref_of(volume).name};
  const auto handle = text_at_path(volume, {"spec", "csi", "volumeHandle"});
  const bool takes_files
      = text_at_path(volume, {"spec", "persistentVolumeReclaimPolicy"}) == "Delete"
        && text_at_path(volume, {"spec", "csi", "driver"}) == csi_driver_name && !handle.empty();
  if (!is_being_deleted(volume) && !csi_.objects.remove(csi_.volumes, ref))
    return;
  const auto finish = [this, ref](const std::string&) {
    drop_finalizers(csi_.objects, csi_.volumes, ref,
                    {volume_finalizer::provisioner, volume_finalizer::protection});
  };
  if (!takes_files)
    return finish({});
  csi_.pool.run(
      [directory = csi_.layout().volume(handle)] {
        std::error_code ignored; // what stays behind is only a directory of the state
        fs::remove_all(directory, ignored);
        return std::string{};
      },
      finish);
}

void volume_binder::set_phase(const json& volume, const std::string& phase) {
  if (text_at_path(volume, {"status", "phase"}) == phase)
    return;
  [[maybe_unused]] const auto written = csi_.objects.merge(
      csi_.volumes, {"", ref_of(volume).name},
      {{"status", {{"phase", phase}, {"lastPhaseTransitionTime", seconds_text(csi_.now())}}}},
      "status");
}

} // namespace kubesim
