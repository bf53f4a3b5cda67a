#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"
#include "tests/kubesim/api/kinds/pod_spec.hpp"
#include "tests/kubesim/api/kinds/quantity.hpp"

// PersistentVolumeClaim, PersistentVolume, StorageClass, CSIDriver and VolumeAttachment.

namespace kubesim::kinds {

namespace {

void add_finalizer(json& object, const char* finalizer) {
  auto& finalizers = object_in(object, "metadata")["finalizers"];
  if (!finalizers.is_array())
    finalizers = json::array();
  if (std::ranges::find(finalizers, finalizer) == finalizers.end())
    finalizers.push_back(finalizer);
}

/// dataSource and dataSourceRef say the same, unless the latter crosses namespaces.
void mirror_data_source(json& spec) {
  const auto old_way = spec.find("dataSource");
  const auto new_way = spec.find("dataSourceRef");
  if (old_way != spec.end() && new_way == spec.end())
    spec["dataSourceRef"] = json(*old_way);
  else if (new_way != spec.end() && old_way == spec.end() && !new_way->contains("namespace"))
    spec["dataSource"] = json(*new_way);
}

void use_default_class(json& claim, const registry& objects) {
  auto& spec = object_in(claim, "spec");
  const auto* classes = objects.find_type("storage.k8s.io", "v1", "storageclasses");
  if (spec.contains("storageClassName") || !classes)
    return;
  for (const auto& each : objects.all(*classes)) {
    const auto& annotations = object_at(*each, "metadata.annotations");
    const auto mark = annotations.find("storageclass.kubernetes.io/is-default-class");
    if (mark != annotations.end() && *mark == "true")
      spec["storageClassName"] = text_at(*each, "metadata.name");
  }
}

problems storage_problems(const json& spec, const std::string& field) {
  const auto* wanted = find_at(spec, "resources.requests.storage");
  if (!wanted)
    return {required(field + ".resources[storage]")};
  const auto amount = parse_quantity(wanted->get<std::string>());
  if (!amount || amount->thousandths <= 0)
    return {invalid(field + ".resources[storage]", *wanted, "must be greater than zero")};
  return {};
}

/// A claim's spec without what may change; only a bound one may grow.
json fixed_claim_part(json spec, bool is_bound) {
  spec.erase("volumeAttributesClassName");
  if (const auto resources = spec.find("resources"); is_bound && resources != spec.end())
    if (const auto requests = resources->find("requests"); requests != resources->end())
      requests->erase("storage");
  return spec;
}

problems claim_change_problems(const json& object, const json& before) {
  const bool is_bound = text_at(object, "status.phase") == "Bound";
  auto fixed = fixed_claim_part(object_at(before, "spec"), is_bound);
  const auto now = fixed_claim_part(object_at(object, "spec"), is_bound);
  if (text_at(fixed, "volumeName").empty() && now.contains("volumeName"))
    fixed["volumeName"] = now["volumeName"];
  // A class may be given once to a claim that was made before there was a default one.
  if (!fixed.contains("storageClassName") && now.contains("storageClassName"))
    fixed["storageClassName"] = now["storageClassName"];
  if (fixed != now)
    return {field_forbidden("spec", "spec is immutable after creation except resources.requests "
                                    "and volumeAttributesClassName for bound claims")};
  const auto then = parse_quantity(text_at(before, "spec.resources.requests.storage"));
  const auto wanted = parse_quantity(text_at(object, "spec.resources.requests.storage"));
  const auto present = parse_quantity(text_at(before, "status.capacity.storage"));
  if (then && wanted && *wanted < *then && (!present || !(*present < *wanted)))
    return {field_forbidden("spec.resources.requests.storage",
                            "field can not be less than status.capacity")};
  return {};
}

problems volume_mode_problems(const json& object) {
  const auto mode = text_at(object, "spec.volumeMode");
  if (mode.empty() || mode == "Filesystem" || mode == "Block")
    return {};
  return {not_supported("spec.volumeMode", mode, {"Block", "Filesystem"})};
}

/// Sources of another namespace stand in dataSourceRef alone.
problems source_problems(const json& spec) {
  const auto *old_way = find_at(spec, "dataSource"), *new_way = find_at(spec, "dataSourceRef");
  if (!old_way || !new_way || *old_way == *new_way)
    return {};
  if (new_way->contains("namespace"))
    return {invalid("spec", json::object(),
                    "may not be specified when dataSourceRef.namespace is specified")};
  return {invalid("spec", json::object(), "must match dataSourceRef")};
}

problems claim_problems(const json& object, const json* before) {
  const auto& spec = object_at(object, "spec");
  problems found;
  if (list_at(spec, "accessModes").empty())
    found.push_back(required("spec.accessModes", "at least 1 access mode is required"));
  const std::vector<std::string> modes{"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce",
                                       "ReadWriteOncePod"};
  for (const auto& mode : list_at(spec, "accessModes"))
    if (std::ranges::find(modes, mode.get<std::string>()) == modes.end())
      found.push_back(not_supported("spec.accessModes", mode, modes));
  append(found, volume_mode_problems(object));
  append(found, source_problems(spec));
  append(found, storage_problems(spec, "spec"));
  if (before)
    append(found, claim_change_problems(object, *before));
  return found;
}

std::string access_modes_text(const json& modes) {
  std::string text;
  for (const auto& mode : modes) {
    text += text.empty() ? "" : ",";
    for (const auto letter : mode.get<std::string>())
      if (letter >= 'A' && letter <= 'Z')
        text += letter;
  }
  // ReadOnlyMany is ROX and ReadWriteMany is RWX.
  for (std::size_t at = 0; (at = text.find('M', at)) != std::string::npos;)
    text[at] = 'X';
  return text;
}

auto text_of(const char* field) {
  return [field](const json& object) { return text_at(object, field); };
}

auto text_or(const char* field, const char* otherwise) {
  return [=](const json& object) {
    const auto text = text_at(object, field);
    return text.empty() ? std::string{otherwise} : text;
  };
}

std::string claim_status_text(const json& claim) {
  return find_at(claim, "metadata.deletionTimestamp") ? "Terminating"
                                                      : text_at(claim, "status.phase");
}

kind_rules persistent_volume_claim() {
  auto rules = built_in({.group = "",
                         .plural = "persistentvolumeclaims",
                         .singular = "persistentvolumeclaim",
                         .kind = "PersistentVolumeClaim",
                         .short_names = {"pvc"},
                         .has_status = true});
  rules.delete_answers_object = true;
  rules.set_defaults = [](json& object) {
    auto& spec = object_in(object, "spec");
    default_claim_spec(spec);
    mirror_data_source(spec);
  };
  rules.admit = use_default_class;
  rules.prepare = [](json& object, const json* before) {
    if (before)
      return;
    add_finalizer(object, "kubernetes.io/pvc-protection");
    object["status"] = {{"phase", "Pending"}};
  };
  rules.validate = claim_problems;
  rules.columns
      = {name_column(),
         column("Status", claim_status_text),
         column("Volume", text_of("spec.volumeName")),
         column("Capacity",
                [](const json& claim) {
                  return text_at(claim, "spec.volumeName").empty()
                             ? std::string{}
                             : text_at(claim, "status.capacity.storage");
                }),
         column("Access Modes",
                [](const json& claim) {
                  return access_modes_text(list_at(claim, "status.accessModes"));
                }),
         column("StorageClass", text_of("spec.storageClassName")),
         column("VolumeAttributesClass", text_or("spec.volumeAttributesClassName", "<unset>")),
         age_column(),
         wide_column("VolumeMode", text_or("spec.volumeMode", "<unset>"))};
  return rules;
}

problems volume_problems(const json& object, const json* before) {
  problems found;
  if (list_at(object, "spec.accessModes").empty())
    found.push_back(required("spec.accessModes"));
  if (object_at(object, "spec.capacity").empty())
    found.push_back(required("spec.capacity"));
  if (before && object_at(object, "spec.csi") != object_at(*before, "spec.csi"))
    found.push_back(field_forbidden("spec.persistentvolumesource",
                                    "spec.persistentvolumesource is immutable after creation"));
  if (before && text_at(object, "spec.volumeMode") != text_at(*before, "spec.volumeMode"))
    found.push_back(
        invalid("volumeMode", text_at(object, "spec.volumeMode"), "field is immutable"));
  append(found, volume_mode_problems(object));
  const std::vector<std::string> policies{"Delete", "Recycle", "Retain"};
  if (const auto policy = text_at(object, "spec.persistentVolumeReclaimPolicy");
      std::ranges::find(policies, policy) == policies.end())
    found.push_back(not_supported("spec.persistentVolumeReclaimPolicy", policy, policies));
  return found;
}

std::string claim_text(const json& volume) {
  if (!find_at(volume, "spec.claimRef"))
    return {};
  return text_at(volume, "spec.claimRef.namespace") + "/" + text_at(volume, "spec.claimRef.name");
}

kind_rules persistent_volume() {
  auto rules = built_in({.group = "",
                         .plural = "persistentvolumes",
                         .singular = "persistentvolume",
                         .kind = "PersistentVolume",
                         .short_names = {"pv"},
                         .is_namespaced = false,
                         .has_status = true});
  rules.set_defaults = [](json& object) {
    auto& spec = object_in(object, "spec");
    default_to(spec, "persistentVolumeReclaimPolicy", "Retain");
    default_to(spec, "volumeMode", "Filesystem");
  };
  rules.prepare = [](json& object, const json* before) {
    if (before)
      return;
    add_finalizer(object, "kubernetes.io/pv-protection");
    object["status"] = {{"phase", "Pending"}};
  };
  rules.validate = volume_problems;
  rules.columns
      = {name_column(),
         column("Capacity", text_of("spec.capacity.storage")),
         column("Access Modes",
                [](const json& volume) {
                  return access_modes_text(list_at(volume, "spec.accessModes"));
                }),
         column("Reclaim Policy", text_of("spec.persistentVolumeReclaimPolicy")),
         column("Status", claim_status_text),
         column("Claim", claim_text),
         column("StorageClass", text_of("spec.storageClassName")),
         column("VolumeAttributesClass", text_or("spec.volumeAttributesClassName", "<unset>")),
         column("Reason", text_of("status.reason")),
         age_column(),
         wide_column("VolumeMode", text_or("spec.volumeMode", "<unset>"))};
  return rules;
}

problems storage_class_problems(const json& object, const json* before) {
  problems found;
  if (text_at(object, "provisioner").empty())
    found.push_back(required("provisioner"));
  if (!before)
    return found;
  for (const auto* field : {"provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"})
    if (const auto* now = find_at(object, field), *then = find_at(*before, field);
        (now ? *now : json{}) != (then ? *then : json{}))
      found.push_back(
          field_forbidden(field, "updates to " + std::string{field} + " are forbidden."));
  return found;
}

std::string class_name_text(const json& object) {
  const auto& annotations = object_at(object, "metadata.annotations");
  const auto mark = annotations.find("storageclass.kubernetes.io/is-default-class");
  const bool is_default = mark != annotations.end() && *mark == "true";
  return text_at(object, "metadata.name") + (is_default ? " (default)" : "");
}

kind_rules storage_class() {
  auto rules = built_in({.group = "storage.k8s.io",
                         .plural = "storageclasses",
                         .singular = "storageclass",
                         .kind = "StorageClass",
                         .short_names = {"sc"},
                         .is_namespaced = false});
  rules.set_defaults = [](json& object) {
    default_to(object, "reclaimPolicy", "Delete");
    default_to(object, "volumeBindingMode", "Immediate");
  };
  rules.validate = storage_class_problems;
  auto name = name_column();
  name.cell = class_name_text;
  rules.columns
      = {std::move(name),
         column("Provisioner", text_of("provisioner")),
         column("ReclaimPolicy", text_of("reclaimPolicy")),
         column("VolumeBindingMode", text_of("volumeBindingMode")),
         column("AllowVolumeExpansion",
                [](const json& object) { return is_true_at(object, "allowVolumeExpansion"); }),
         age_column()};
  return rules;
}

kind_rules csi_driver() {
  auto rules = built_in({.group = "storage.k8s.io",
                         .plural = "csidrivers",
                         .singular = "csidriver",
                         .kind = "CSIDriver",
                         .is_namespaced = false});
  rules.set_defaults = [](json& object) {
    auto& spec = object_in(object, "spec");
    default_to(spec, "attachRequired", true);
    default_to(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    default_to(spec, "volumeLifecycleModes", json::array({"Persistent"}));
    for (const auto* option :
         {"podInfoOnMount", "requiresRepublish", "seLinuxMount", "storageCapacity"})
      default_to(spec, option, false);
  };
  return rules;
}

} // namespace

std::vector<kind_rules> volume_kinds() {
  return {persistent_volume_claim(), persistent_volume(), storage_class(), csi_driver(),
          built_in({.group = "storage.k8s.io",
                    .plural = "volumeattachments",
                    .singular = "volumeattachment",
                    .kind = "VolumeAttachment",
                    .is_namespaced = false,
                    .has_status = true})};
}

} // namespace kubesim::kinds
