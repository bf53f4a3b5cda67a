#include "tests/kubesim/csi/provisioner.hpp"

#include "tests/kubesim/csi/tree_copy.hpp"
#include "tests/kubesim/csi/volume_source.hpp"

#include <fstream>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

const json& wanted_storage(const json& claim) {
  return at_path(claim, {"spec", "resources", "requests", "storage"});
}

/// Of a claim or a volume.
bool is_block(const json& object) {
  return text_at_path(object, {"spec", "volumeMode"}) == "Block";
}

/// Of the volumes of a class.
json node_affinity_of(const json& storage_class) {
  json terms;
  for (const auto& topology : at_path(storage_class, {"allowedTopologies"})) {
    json term;
    for (auto wanted : at_path(topology, {"matchLabelExpressions"})) {
      wanted["operator"] = "In";
      term["matchExpressions"].push_back(std::move(wanted));
    }
    terms.push_back(std::move(term));
  }
  return terms.is_null() ? terms : json{{"required", {{"nodeSelectorTerms", std::move(terms)}}}};
}

/// The file that stands for the device is there and has the size.
std::string size_device(const fs::path& directory, std::int64_t bytes) {
  const auto device = state_layout::device(directory);
  if (!std::ofstream{device, std::ios::app})
    return "cannot write " + device.string();
  std::error_code failed;
  fs::resize_file(device, static_cast<std::uintmax_t>(bytes), failed);
  return failed ? failed.message() : std::string{};
}

/// The volume's directory; empty: it is there.
std::string make_directory(const fs::path& directory, const std::optional<fs::path>& source) {
  if (source)
    return copy_tree(*source, directory);
  std::error_code failed;
  fs::create_directories(directory, failed);
  fs::permissions(directory, fs::perms::all, failed);
  return failed ? failed.message() : std::string{};
}

} // namespace

provisioner::provisioner(csi_context& csi)
    : csi_{csi}, binder_{csi}, events_{csi.objects, std::string{csi_driver_name} + "_node1"} {
  auto& objects = csi_.objects;
  subscriptions_.push_back(
      objects.subscribe(csi_.claims, [this](const change& what) { hear_of_claim(what); }));
  subscriptions_.push_back(
      objects.subscribe(csi_.volumes, [this](const change& what) { hear_of_volume(what); }));
  for (const auto* type : {&csi_.storage_classes, csi_.snapshots, csi_.contents})
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
  binder_.forget_claim(uid_of(*what.object));
  if (const auto volume = text_at_path(*what.object, {"spec", "volumeName"}); !volume.empty())
    binder_.reconcile_volume(volume);
}

void provisioner::hear_of_volume(const change& what) {
  binder_.reconcile_volume(ref_of(*what.object).name);
  for (const auto* volume : {what.before.get(), what.object.get()}) {
    const auto& claim = volume ? at_path(*volume, {"spec", "claimRef"}) : json();
    if (claim.is_object())
      reconcile_claim({text_at_path(claim, {"namespace"}), text_at_path(claim, {"name"})});
  }
  reconcile_waiting();
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
  const bool is_bound = text_at_path(*claim, {"status", "phase"}) == "Bound";
  if (is_being_deleted(*claim) && !is_bound)
    return;
  const auto result = binder_.reconcile_claim(*claim);
  if (result == volume_binder::result::done)
    return is_bound ? grow(*claim) : void();
  waiting_.insert(ref);
  const auto storage_class = csi_.objects.find(
      csi_.storage_classes, {"", text_at_path(*claim, {"spec", "storageClassName"})});
  if (result == volume_binder::result::unbound && storage_class
      && text_at_path(*storage_class, {"provisioner"}) == csi_driver_name)
    provision(*claim, *storage_class);
}

/// Whose work it is stands in the claim before anything is made.
bool provisioner::name_provisioner(const json& claim) {
  const json annotations{{"volume.beta.kubernetes.io/storage-provisioner", csi_driver_name},
                         {"volume.kubernetes.io/storage-provisioner", csi_driver_name}};
  return !text_at_path(claim,
                       {"metadata", "annotations", "volume.kubernetes.io/storage-provisioner"})
              .empty()
         || csi_.objects.merge(csi_.claims, ref_of(claim),
                               {{"metadata", {{"annotations", annotations}}}});
}

void provisioner::provision(const json& claim, const json& storage_class) {
  if (!name_provisioner(claim))
    return;
  if (const auto wish = text_at_path(storage_class, {"parameters", "kubesim/provision-error"});
      !wish.empty())
    return fail(claim, "rpc error: code = Internal desc = " + wish);
  auto source = source_of(csi_, claim, storage_class);
  if (!source.problem.empty())
    return fail(claim, source.problem);
  order wanted{.claim = claim,
               .policy = text_at_path(storage_class, {"reclaimPolicy"}, "Delete"),
               .handle = csi_.new_handle(),
               .nodes = node_affinity_of(storage_class),
               .source = source.directory};
  const auto uid = uid_of(claim);
  waiting_.erase(ref_of(claim));
  in_work_.insert(uid);
  const auto latency
      = parse_latency(text_at_path(storage_class, {"parameters", "kubesim/provision-latency"}))
            .value_or(csi_.options.provision_latency);
  auto make = [this, uid, wanted = std::move(wanted)] {
    delays_.erase(uid);
    fill(wanted);
  };
  if (latency.count() > 0)
    delays_[uid] = csi_.clock.after(latency, std::move(make));
  else
    make();
}

/// Gives the volume its first files, then its object.
void provisioner::fill(const order& wanted) {
  csi_.pool.run(
      [directory = csi_.layout().volume(wanted.handle), source = wanted.source,
       device_size = is_block(wanted.claim) ? std::optional{bytes_of(wanted_storage(wanted.claim))}
                                            : std::nullopt] {
        auto failed = make_directory(directory, source);
        return failed.empty() && device_size ? size_device(directory, *device_size) : failed;
      },
      [this, wanted](const std::string& failed) {
        in_work_.erase(uid_of(wanted.claim));
        const auto present = csi_.objects.find(csi_.claims, ref_of(wanted.claim));
        if (!failed.empty() && present)
          return fail(*present, failed);
        make_volume(wanted);
      });
}

/// Also if the claim has gone meanwhile: the volume is there, and somebody has to know of it.
void provisioner::make_volume(const order& wanted) {
  const auto& claim = wanted.claim;
  const auto name = "pvc-" + uid_of(claim);
  json volume{{"apiVersion", "v1"},
              {"kind", "PersistentVolume"},
              {"metadata",
               {{"name", name},
                {"annotations",
                 {{"pv.kubernetes.io/provisioned-by", csi_driver_name},
                  {"volume.kubernetes.io/provisioner-deletion-secret-name", ""},
                  {"volume.kubernetes.io/provisioner-deletion-secret-namespace", ""}}},
                {"finalizers",
                 json::array({volume_finalizer::provisioner, volume_finalizer::protection})}}},
              {"spec",
               {{"accessModes", at_path(claim, {"spec", "accessModes"})},
                {"capacity", {{"storage", wanted_storage(claim)}}},
                {"claimRef", reference_to_claim(claim)},
                {"csi",
                 {{"driver", csi_driver_name},
                  {"volumeHandle", wanted.handle},
                  {"volumeAttributes",
                   {{"storage.kubernetes.io/csiProvisionerIdentity",
                     std::string{"kubesim-"} + csi_driver_name},
                    {"kubesim/directory", csi_.layout().volume(wanted.handle).string()}}}}},
                {"persistentVolumeReclaimPolicy", wanted.policy},
                {"storageClassName", text_at_path(claim, {"spec", "storageClassName"})},
                {"volumeMode", text_at_path(claim, {"spec", "volumeMode"}, "Filesystem")}}}};
  if (!wanted.nodes.is_null())
    volume["spec"]["nodeAffinity"] = wanted.nodes;
  const auto made = csi_.objects.create(csi_.volumes, {}, std::move(volume));
  if (!made)
    return fail(claim, text_at_path(made.refusal().status, {"message"}));
  events_.record(claim, event_type::normal, "ProvisioningSucceeded",
                 "Successfully provisioned volume " + name);
  const auto present = csi_.objects.find(csi_.claims, ref_of(claim));
  if (present && uid_of(*present) == uid_of(claim))
    binder_.bind(*present, *made);
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
  const auto object = csi_.objects.find(csi_.volumes, volume);
  if (object && is_block(*object))
    if (const auto failed
        = size_device(csi_.layout().volume(text_at_path(*object, {"spec", "csi", "volumeHandle"})),
                      bytes_of(wanted));
        !failed.empty())
      return events_.record(claim, event_type::warning, "VolumeResizeFailed", failed);
  if (csi_.objects.merge(csi_.volumes, volume, {{"spec", capacity}})) [[maybe_unused]]
    const auto written
        = csi_.objects.merge(csi_.claims, ref_of(claim), {{"status", capacity}}, "status");
}

} // namespace kubesim
