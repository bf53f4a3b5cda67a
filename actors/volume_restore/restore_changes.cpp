#include "actors/volume_restore/restore_changes.hpp"

#include "actors/volume_restore/restore_plan.hpp"

#include <algorithm>
#include <array>

namespace actors {

namespace {

using nlohmann::json;

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [text](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  });
}

/// What controllers write on claims says which volume they are bound to, and by whom.
bool is_of_controllers(std::string_view key) {
  return key.starts_with("pv.kubernetes.io/") || key.starts_with("volume.kubernetes.io/")
         || key.starts_with("volume.beta.kubernetes.io/");
}

/// By these a tool knows its objects, and prunes those that it does not find in its source.
bool is_of_tools(std::string_view key) {
  return contains_any(key, {"argoproj.io/", "fluxcd.io/", "helm.sh/", "cattle.io/",
                            "configmanagement.gke.io/", "kubectl.kubernetes.io/"})
         || key == "app.kubernetes.io/instance" || key == "app.kubernetes.io/managed-by";
}

bool is_of_restores(std::string_view key) {
  return key == restore_mark::restore_uid || key == restore_mark::restored_claim
         || key == restore_mark::rolling_back;
}

json texts(const std::map<std::string, std::string>& from, bool (*is_left_out)(std::string_view)) {
  auto kept = json::object();
  for (const auto& [key, value] : from)
    if (!is_left_out(key) && !is_of_restores(key))
      kept[key] = value;
  return kept;
}

json claim_object(json metadata, json spec) {
  return {{"apiVersion", "v1"},
          {"kind", k8s::persistent_volume_claim::kind.kind},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)}};
}

json claim_spec(const k8s::persistent_volume_claim& like, const std::string& size,
                const std::string& storage_class) {
  json spec{{"accessModes", like.access_modes}, {"resources", {{"requests", {{"storage", size}}}}}};
  if (!like.volume_mode.empty())
    spec["volumeMode"] = like.volume_mode;
  if (!storage_class.empty())
    spec["storageClassName"] = storage_class;
  return spec;
}

json marked(json metadata, const crds::volume_restore& restore, const std::string& known_name) {
  metadata["namespace"] = restore.metadata.name_space;
  metadata["labels"][std::string{restore_mark::restore_uid}] = restore.metadata.uid;
  if (metadata.at("name") != known_name)
    metadata["annotations"][std::string{restore_mark::restored_claim}] = known_name;
  return metadata;
}

/// Of a claim under a name of its own: tools that apply the old one must not take it for theirs.
json other_metadata(const crds::volume_restore& restore, const k8s::persistent_volume_claim& like,
                    const std::string& name) {
  const auto is_left_out
      = [](std::string_view key) { return is_of_controllers(key) || is_of_tools(key); };
  return marked({{"name", name},
                 {"labels", texts(like.metadata.labels, is_left_out)},
                 {"annotations", json::object()}},
                restore, known_name_of(like.metadata));
}

/// Of the application's claim under its own name: all that it had.
json same_metadata(const crds::volume_restore& restore, const k8s::persistent_volume_claim& like) {
  json metadata{{"name", like.metadata.name},
                {"labels", texts(like.metadata.labels, is_of_controllers)},
                {"annotations", texts(like.metadata.annotations, is_of_controllers)}};
  if (!like.metadata.owner_references.empty())
    metadata["ownerReferences"] = k8s::encode(like.metadata).at("ownerReferences");
  return marked(std::move(metadata), restore, known_name_of(like.metadata));
}

constexpr const char* provisioner_annotation = "volume.kubernetes.io/storage-provisioner";

/// Of a claim that is made for a volume which is there already.
json bound_to(const k8s::persistent_volume& volume, json metadata, json spec) {
  if (!volume.driver.empty())
    metadata["annotations"][provisioner_annotation] = volume.driver;
  spec["volumeName"] = volume.metadata.name;
  return claim_object(std::move(metadata), std::move(spec));
}

json precondition(const k8s::object_meta& of) {
  return {{"uid", of.uid}, {"resourceVersion", of.resource_version}};
}

restore_change patch_volume(std::string what, const k8s::persistent_volume& volume,
                            const json& spec, const json& annotations = nullptr) {
  json patch{{"metadata", precondition(volume.metadata)}, {"spec", spec}};
  if (!annotations.is_null())
    patch["metadata"]["annotations"] = annotations;
  return {std::move(what), k8s::patch_request(k8s::persistent_volume::kind, volume.metadata.key(),
                                              k8s::patch_kind::merge, patch)};
}

json reference_to(const k8s::object_key& claim, const json& uid) {
  return {{"apiVersion", "v1"},
          {"kind", k8s::persistent_volume_claim::kind.kind},
          {"namespace", claim.name_space},
          {"name", claim.name},
          {"uid", uid},
          {"resourceVersion", nullptr}};
}

restore_change patch_workload(std::string what, const std::string& kind,
                              const k8s::workload& workload, k8s::patch_kind how,
                              const json& spec) {
  const json patch{{"metadata", precondition(workload.metadata)}, {"spec", spec}};
  return {std::move(what),
          k8s::patch_request(workload_kind(kind), workload.metadata.key(), how, patch)};
}

} // namespace

k8s::resource_kind workload_kind(std::string_view kind) {
  for (const auto& known : {k8s::deployment::kind, k8s::stateful_set::kind})
    if (known.kind == kind)
      return known;
  return k8s::daemon_set::kind;
}

json filled_claim(const crds::volume_restore& restore, const crds::restore_claim_status& row,
                  const k8s::persistent_volume_claim& like, const std::string& name) {
  auto spec = claim_spec(like, row.size, row.storage_class_name);
  spec["dataSource"] = {{"apiGroup", k8s::volume_snapshot::kind.group},
                        {"kind", k8s::volume_snapshot::kind.kind},
                        {"name", row.snapshot}};
  auto metadata = name == like.metadata.name ? same_metadata(restore, like)
                                             : other_metadata(restore, like, name);
  if (name == row.temporary_claim) // one whose create came late goes with the restore
    metadata["ownerReferences"]
        = json::array({{{"apiVersion", crds::volume_restore::kind.api_version()},
                        {"kind", crds::volume_restore::kind.kind},
                        {"name", restore.metadata.name},
                        {"uid", restore.metadata.uid}}});
  return claim_object(std::move(metadata), std::move(spec));
}

restore_change create_claim(const std::string& name_space, const json& claim) {
  return {"create claim " + claim.at("metadata").at("name").get<std::string>(),
          k8s::create_request(k8s::persistent_volume_claim::kind, name_space, claim)};
}

restore_change try_claim(const std::string& name_space, const json& claim) {
  auto change = create_claim(name_space, claim);
  change.call.query.emplace_back("dryRun", "All");
  return change;
}

std::string remembered_claim(const k8s::persistent_volume_claim& claim) {
  auto metadata = k8s::encode(claim.metadata);
  metadata.erase("resourceVersion");
  metadata.erase("finalizers");
  metadata["annotations"] = texts(claim.metadata.annotations, is_of_controllers);
  if (const auto driver = claim.provisioner(); !driver.empty())
    metadata["annotations"][provisioner_annotation] = driver;
  return claim_object(std::move(metadata),
                      claim_spec(claim, claim.requested, claim.storage_class_name))
      .dump();
}

std::optional<k8s::persistent_volume_claim>
claim_remembered_by(const k8s::persistent_volume& volume) {
  const auto found = volume.metadata.annotations.find(std::string{restore_mark::replaced_claim});
  if (found == volume.metadata.annotations.end())
    return std::nullopt;
  const auto object = json::parse(found->second, nullptr, false);
  if (!object.is_object())
    return std::nullopt;
  auto claim = k8s::persistent_volume_claim::decode(object);
  return claim ? std::optional{std::move(*claim)} : std::nullopt;
}

json bound_claim(const crds::volume_restore& restore, const k8s::persistent_volume_claim& like,
                 const k8s::persistent_volume& volume) {
  return bound_to(volume, same_metadata(restore, like),
                  claim_spec(like, like.requested, like.storage_class_name));
}

json bound_claim(const crds::volume_restore& restore, const crds::restore_claim_status& row,
                 const k8s::persistent_volume_claim& like, const k8s::persistent_volume& volume) {
  return bound_to(volume, same_metadata(restore, like),
                  claim_spec(like, row.size, row.storage_class_name));
}

json kept_claim(const crds::volume_restore& restore, const crds::restore_claim_status& row,
                const k8s::persistent_volume_claim& like, const k8s::persistent_volume& volume) {
  auto metadata = other_metadata(restore, like, row.kept_claim);
  metadata["annotations"].erase(std::string{restore_mark::restored_claim}); // nobody restored it
  return bound_to(volume, std::move(metadata),
                  claim_spec(like, like.requested, like.storage_class_name));
}

restore_change delete_claim(const k8s::persistent_volume_claim& claim) {
  return {"delete claim " + claim.metadata.name,
          k8s::delete_request(k8s::persistent_volume_claim::kind, claim.metadata.key(),
                              {.uid = claim.metadata.uid,
                               .resource_version = claim.metadata.resource_version,
                               .propagation = {}})};
}

restore_change protect_volume(const k8s::persistent_volume& volume,
                              const k8s::persistent_volume_claim* claim) {
  json annotations;
  if (claim)
    annotations = {{restore_mark::replaced_claim, remembered_claim(*claim)}};
  return patch_volume("protect volume " + volume.metadata.name, volume,
                      {{"persistentVolumeReclaimPolicy", "Retain"}}, annotations);
}

restore_change reserve_volume(const k8s::persistent_volume& volume, const k8s::object_key& claim) {
  return patch_volume("reserve volume " + volume.metadata.name + " for claim " + claim.name, volume,
                      {{"claimRef", reference_to(claim, nullptr)}});
}

restore_change set_reclaim_policy(const k8s::persistent_volume& volume, const std::string& policy) {
  return patch_volume("set the reclaim policy of volume " + volume.metadata.name + " to " + policy,
                      volume, {{"persistentVolumeReclaimPolicy", policy}});
}

restore_change release_volume(const k8s::persistent_volume& volume, const std::string& policy) {
  return patch_volume("put back the reclaim policy of volume " + volume.metadata.name, volume,
                      {{"persistentVolumeReclaimPolicy", policy}},
                      {{restore_mark::replaced_claim, nullptr}});
}

restore_change discard_volume(const k8s::persistent_volume& volume, const k8s::object_key& claim,
                              const std::string& claim_uid) {
  return patch_volume(
      "discard volume " + volume.metadata.name, volume,
      {{"persistentVolumeReclaimPolicy", "Delete"}, {"claimRef", reference_to(claim, claim_uid)}});
}

restore_change point_template(const std::string& kind, const k8s::workload& workload,
                              const std::map<std::string, std::string>& claims) {
  auto volumes = json::array();
  std::string what = "point " + kind + " " + workload.metadata.name + " to";
  for (const auto& [volume, claim] : claims) {
    volumes.push_back({{"name", volume}, {"persistentVolumeClaim", {{"claimName", claim}}}});
    what += " " + claim;
  }
  return patch_workload(std::move(what), kind, workload, k8s::patch_kind::strategic,
                        {{"template", {{"spec", {{"volumes", std::move(volumes)}}}}}});
}

restore_change scale(const std::string& kind, const k8s::workload& workload,
                     std::int32_t replicas) {
  return patch_workload("scale " + kind + " " + workload.metadata.name + " to "
                            + std::to_string(replicas),
                        kind, workload, k8s::patch_kind::merge, {{"replicas", replicas}});
}

restore_change mark_rolling_back(const k8s::resource_kind& kind, const k8s::object_meta& object,
                                 const crds::volume_restore& restore, bool is_set) {
  auto metadata = precondition(object);
  metadata["annotations"][std::string{restore_mark::rolling_back}]
      = is_set ? json(restore.metadata.uid) : json(nullptr);
  return {(is_set ? "mark " : "unmark ") + std::string{kind.kind} + " " + object.name,
          k8s::patch_request(kind, object.key(), k8s::patch_kind::merge,
                             {{"metadata", std::move(metadata)}})};
}

} // namespace actors
