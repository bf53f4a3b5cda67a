#include "tests/kubesim/csi/provisioner.hpp"

#include "tests/kubesim/csi/tree_copy.hpp"

namespace kubesim {
namespace {

namespace fs = std::filesystem;

constexpr const char* provisioner_finalizer = "external-provisioner.volume.kubernetes.io/finalizer";
constexpr const char* protection_finalizer = "kubernetes.io/pv-protection";

bool is_bound(const json& object) {
  return text_at_path(object, {"status", "phase"}) == "Bound";
}

const json& wanted_storage(const json& claim) {
  return at_path(claim, {"spec", "resources", "requests", "storage"});
}

/// Is the volume kept for this claim, by name, and not for an earlier one of that name?
bool is_reserved_for(const json& volume, const json& claim) {
  const auto& reference = at_path(volume, {"spec", "claimRef"});
  const auto uid = text_at_path(reference, {"uid"});
  return text_at_path(reference, {"name"}) == text_at_path(claim, {"metadata", "name"})
         && text_at_path(reference, {"namespace"}) == text_at_path(claim, {"metadata", "namespace"})
         && (uid.empty() || uid == uid_of(claim));
}

json reference_to_claim(const json& claim) {
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"namespace", text_at_path(claim, {"metadata", "namespace"})},
          {"name", text_at_path(claim, {"metadata", "name"})},
          {"uid", uid_of(claim)},
          {"resourceVersion", text_at_path(claim, {"metadata", "resourceVersion"})}};
}

} // namespace

provisioner::provisioner(csi_context& csi)
    : csi_{csi}, events_{csi.objects, std::string{csi_driver_name} + "_node1"} {
  auto& objects = csi_.objects;
  subscriptions_.push_back(
      objects.subscribe(csi_.claims, [this](const change& what) { hear_of_claim(what); }));
  subscriptions_.push_back(objects.subscribe(csi_.volumes, [this](const change& what) {
    if (what.kind != change_kind::deleted)
      reconcile_volume(ref_of(*what.object).name);
    reconcile_waiting();
  }));
  for (const auto* type : {&csi_.storage_classes, csi_.snapshots})
    if (type)
      subscriptions_.push_back(
          objects.subscribe(*type, [this](const change&) { reconcile_waiting(); }));
  for (const auto& claim : objects.all(csi_.claims))
    reconcile_claim(ref_of(*claim));
}

void provisioner::hear_of_claim(const change& what) {
  const auto ref = ref_of(*what.object);
  if (what.kind != change_kind::deleted)
    return reconcile_claim(ref);
  waiting_.erase(ref);
  if (const auto volume = text_at_path(*what.object, {"spec", "volumeName"}); !volume.empty())
    reconcile_volume(volume);
}

void provisioner::reconcile_waiting() {
  const auto waiting = waiting_;
  for (const auto& ref : waiting)
    reconcile_claim(ref);
}

void provisioner::reconcile_claim(const object_ref& ref) {
  waiting_.erase(ref);
  const auto claim = csi_.objects.find(csi_.claims, ref);
  if (!claim || in_work_.contains(uid_of(*claim)))
    return;
  if (is_bound(*claim))
    return grow(*claim);
  if (is_being_deleted(*claim))
    return;
  if (!text_at_path(*claim, {"spec", "volumeName"}).empty())
    return bind_to_named(*claim);
  if (bind_to_reserved(*claim))
    return;
  waiting_.insert(ref);
  const auto class_name = text_at_path(*claim, {"spec", "storageClassName"});
  const auto storage_class = csi_.objects.find(csi_.storage_classes, {"", class_name});
  if (class_name.empty() || !storage_class
      || text_at_path(*storage_class, {"provisioner"}) != csi_driver_name)
    return;
  const bool waits_for_consumer
      = text_at_path(*storage_class, {"volumeBindingMode"}) == "WaitForFirstConsumer";
  if (waits_for_consumer
      && text_at_path(*claim, {"metadata", "annotations", "volume.kubernetes.io/selected-node"})
             .empty())
    return;
  provision(*claim, *storage_class);
}

void provisioner::bind_to_named(const json& claim) {
  const auto volume
      = csi_.objects.find(csi_.volumes, {"", text_at_path(claim, {"spec", "volumeName"})});
  const bool is_free = volume && at_path(*volume, {"spec", "claimRef"}).is_null();
  if (volume && (is_free || is_reserved_for(*volume, claim)))
    bind(claim, *volume);
  else
    waiting_.insert(ref_of(claim));
}

bool provisioner::bind_to_reserved(const json& claim) {
  for (const auto& name : reserved_) {
    const auto volume = csi_.objects.find(csi_.volumes, {"", name});
    if (!volume || is_being_deleted(*volume) || !is_reserved_for(*volume, claim))
      continue;
    bind(claim, *volume);
    return true;
  }
  return false;
}

/// Both sides point at each other before either says that it is bound.
void provisioner::bind(const json& claim, const json& volume) {
  const auto ref = ref_of(claim);
  const auto volume_name = ref_of(volume).name;
  auto& objects = csi_.objects;
  if (text_at_path(volume, {"spec", "claimRef", "uid"}) != uid_of(claim)
      && !objects.merge(csi_.volumes, {"", volume_name},
                        {{"spec", {{"claimRef", reference_to_claim(claim)}}}}))
    return;
  json annotations{{"pv.kubernetes.io/bind-completed", "yes"}};
  if (text_at_path(claim, {"spec", "volumeName"}).empty())
    annotations["pv.kubernetes.io/bound-by-controller"] = "yes";
  if (!objects.merge(
          csi_.claims, ref,
          {{"metadata", {{"annotations", annotations}}}, {"spec", {{"volumeName", volume_name}}}}))
    return;
  const auto now = objects.find(csi_.volumes, {"", volume_name});
  if (now)
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

void provisioner::provision(const json& claim, const json& storage_class) {
  const auto ref = ref_of(claim);
  const auto uid = uid_of(claim);
  const json annotations{{"volume.beta.kubernetes.io/storage-provisioner", csi_driver_name},
                         {"volume.kubernetes.io/storage-provisioner", csi_driver_name}};
  if (text_at_path(claim, {"metadata", "annotations", "volume.kubernetes.io/storage-provisioner"})
          .empty()
      && !csi_.objects.merge(csi_.claims, ref, {{"metadata", {{"annotations", annotations}}}}))
    return;
  if (const auto wish = text_at_path(storage_class, {"parameters", "kubesim/provision-error"});
      !wish.empty())
    return fail(claim, "rpc error: code = Internal desc = " + wish);
  std::string problem;
  const auto source = source_directory(claim, problem);
  if (!problem.empty())
    return fail(claim, problem);
  waiting_.erase(ref);
  in_work_.insert(uid);
  const auto handle = csi_.new_handle();
  const auto directory = csi_.layout().volume(handle);
  const auto latency
      = parse_latency(text_at_path(storage_class, {"parameters", "kubesim/provision-latency"}))
            .value_or(csi_.options.provision_latency);
  auto make = [this, ref, uid, handle, directory, source] {
    delays_.erase(uid);
    csi_.pool.run(
        [directory, source] {
          std::error_code failed;
          if (source)
            return copy_tree(*source, directory);
          fs::create_directories(directory, failed);
          fs::permissions(directory, fs::perms::all, failed);
          return failed ? failed.message() : std::string{};
        },
        [this, ref, uid, handle](const std::string& failed) {
          in_work_.erase(uid);
          const auto present = csi_.objects.find(csi_.claims, ref);
          if (!failed.empty() && present)
            return fail(*present, failed);
          make_volume(ref, uid, handle);
        });
  };
  if (latency.count() > 0)
    delays_[uid] = csi_.clock.after(latency, make);
  else
    make();
}

/// Where the new volume's first files come from; a problem means: not yet.
std::optional<fs::path> provisioner::source_directory(const json& claim, std::string& problem) {
  const auto& source = at_path(claim, {"spec", "dataSource"});
  if (!source.is_object())
    return std::nullopt;
  const auto name_space = text_at_path(claim, {"metadata", "namespace"});
  const auto name = text_at_path(source, {"name"});
  if (text_at_path(source, {"kind"}) == "PersistentVolumeClaim") {
    const auto other = csi_.objects.find(csi_.claims, {name_space, name});
    const auto volume
        = other
              ? csi_.objects.find(csi_.volumes, {"", text_at_path(*other, {"spec", "volumeName"})})
              : nullptr;
    if (!volume)
      problem = "source claim " + name + " is not bound";
    else
      return csi_.layout().volume(text_at_path(*volume, {"spec", "csi", "volumeHandle"}));
    return std::nullopt;
  }
  const auto snapshot
      = csi_.snapshots ? csi_.objects.find(*csi_.snapshots, {name_space, name}) : nullptr;
  if (!snapshot) {
    problem = "error getting snapshot " + name
              + " from api server: volumesnapshots.snapshot.storage.k8s.io \"" + name
              + "\" not found";
    return std::nullopt;
  }
  if (!flag_at_path(*snapshot, {"status", "readyToUse"}, false)) {
    problem = "snapshot " + name + " is not Ready";
    return std::nullopt;
  }
  if (bytes_of(wanted_storage(claim)) < bytes_of(at_path(*snapshot, {"status", "restoreSize"}))) {
    problem = "requested volume size is less than the size for the source snapshot " + name;
    return std::nullopt;
  }
  const auto content = csi_.objects.find(
      *csi_.contents, {"", text_at_path(*snapshot, {"status", "boundVolumeSnapshotContentName"})});
  if (!content) {
    problem = "the content of snapshot " + name + " is missing";
    return std::nullopt;
  }
  return csi_.layout().snapshot(text_at_path(*content, {"status", "snapshotHandle"}));
}

void provisioner::make_volume(const object_ref& ref, const std::string& uid,
                              const std::string& handle) {
  const auto claim = csi_.objects.find(csi_.claims, ref);
  const auto directory = csi_.layout().volume(handle);
  if (!claim || uid_of(*claim) != uid || is_being_deleted(*claim)) {
    csi_.pool.run(
        [directory] {
          fs::remove_all(directory);
          return std::string{};
        },
        [](const std::string&) {});
    return;
  }
  const auto storage_class = csi_.objects.find(
      csi_.storage_classes, {"", text_at_path(*claim, {"spec", "storageClassName"})});
  const auto policy = storage_class ? text_at_path(*storage_class, {"reclaimPolicy"}, "Delete")
                                    : std::string{"Delete"};
  const auto name = "pvc-" + uid;
  json volume{{"apiVersion", "v1"},
              {"kind", "PersistentVolume"},
              {"metadata",
               {{"name", name},
                {"annotations",
                 {{"pv.kubernetes.io/provisioned-by", csi_driver_name},
                  {"volume.kubernetes.io/provisioner-deletion-secret-name", ""},
                  {"volume.kubernetes.io/provisioner-deletion-secret-namespace", ""}}},
                {"finalizers", json::array({provisioner_finalizer, protection_finalizer})}}},
              {"spec",
               {{"accessModes", at_path(*claim, {"spec", "accessModes"})},
                {"capacity", {{"storage", wanted_storage(*claim)}}},
                {"claimRef", reference_to_claim(*claim)},
                {"csi",
                 {{"driver", csi_driver_name},
                  {"volumeHandle", handle},
                  {"volumeAttributes",
                   {{"storage.kubernetes.io/csiProvisionerIdentity",
                     std::string{"kubesim-"} + csi_driver_name},
                    {"kubesim/directory", directory.string()}}}}},
                {"persistentVolumeReclaimPolicy", policy},
                {"storageClassName", text_at_path(*claim, {"spec", "storageClassName"})},
                {"volumeMode", text_at_path(*claim, {"spec", "volumeMode"}, "Filesystem")}}}};
  const auto made = csi_.objects.create(csi_.volumes, {}, std::move(volume));
  if (!made)
    return fail(*claim, text_at_path(made.refusal().status, {"message"}));
  events_.record(*claim, event_type::normal, "ProvisioningSucceeded",
                 "Successfully provisioned volume " + name);
  bind(*claim, *made);
}

void provisioner::fail(const json& claim, const std::string& problem) {
  waiting_.insert(ref_of(claim));
  events_.record(claim, event_type::warning, "ProvisioningFailed",
                 "failed to provision volume with StorageClass \""
                     + text_at_path(claim, {"spec", "storageClassName"}) + "\": " + problem);
}

void provisioner::grow(const json& claim) {
  const auto& wanted = wanted_storage(claim);
  if (bytes_of(wanted) <= bytes_of(at_path(claim, {"status", "capacity", "storage"})))
    return;
  const object_ref volume{"", text_at_path(claim, {"spec", "volumeName"})};
  const json capacity{{"capacity", {{"storage", wanted}}}};
  if (csi_.objects.merge(csi_.volumes, volume, {{"spec", capacity}})) [[maybe_unused]]
    const auto written
        = csi_.objects.merge(csi_.claims, ref_of(claim), {{"status", capacity}}, "status");
}

void provisioner::reconcile_volume(const std::string& name) {
  reserved_.erase(name);
  const auto volume = csi_.objects.find(csi_.volumes, {"", name});
  if (!volume)
    return;
  const auto& reference = at_path(*volume, {"spec", "claimRef"});
  const auto uid = text_at_path(reference, {"uid"});
  if (uid.empty()) {
    if (is_being_deleted(*volume))
      return reclaim(*volume);
    if (reference.is_object())
      reserved_.insert(name);
    return set_phase(*volume, "Available");
  }
  const auto claim = csi_.objects.find(
      csi_.claims, {text_at_path(reference, {"namespace"}), text_at_path(reference, {"name"})});
  if (claim && uid_of(*claim) == uid)
    return; // bound, or about to be
  if (!is_being_deleted(*volume))
    set_phase(*volume, "Released");
  const auto policy = text_at_path(*volume, {"spec", "persistentVolumeReclaimPolicy"});
  if (policy == "Delete" || is_being_deleted(*volume))
    reclaim(*volume);
}

/// The object goes; its files only if the policy says so.
void provisioner::reclaim(const json& volume) {
  const object_ref ref{"", ref_of(volume).name};
  const auto handle = text_at_path(volume, {"spec", "csi", "volumeHandle"});
  const bool takes_files
      = text_at_path(volume, {"spec", "persistentVolumeReclaimPolicy"}) == "Delete"
        && text_at_path(volume, {"spec", "csi", "driver"}) == csi_driver_name && !handle.empty();
  if (!is_being_deleted(volume) && !csi_.objects.remove(csi_.volumes, ref))
    return;
  const auto finish = [this, ref](const std::string&) {
    drop_finalizers(csi_.objects, csi_.volumes, ref, {provisioner_finalizer, protection_finalizer});
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

void provisioner::set_phase(const json& volume, const std::string& phase) {
  if (text_at_path(volume, {"status", "phase"}) == phase)
    return;
  [[maybe_unused]] const auto written = csi_.objects.merge(
      csi_.volumes, {"", ref_of(volume).name},
      {{"status", {{"phase", phase}, {"lastPhaseTransitionTime", seconds_text(csi_.now())}}}},
      "status");
}

} // namespace kubesim
