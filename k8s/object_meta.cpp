#include "k8s/object_meta.hpp"

#include "k8s/json_reader.hpp"

#include <algorithm>

namespace k8s {

std::string to_string(const object_key& key) {
  return key.name_space.empty() ? key.name : key.name_space + '/' + key.name;
}

bool object_meta::has_finalizer(std::string_view finalizer) const {
  return std::find(finalizers.begin(), finalizers.end(), finalizer) != finalizers.end();
}

bool object_meta::is_owned_by(std::string_view owner_uid) const {
  return std::any_of(owner_references.begin(), owner_references.end(),
                     [&](const owner_reference& owner) { return owner.uid == owner_uid; });
}

namespace {

owner_reference decode_owner(const json_reader& from) {
  return {.api_version = from.text("apiVersion"),
          .kind = from.text("kind"),
          .name = from.text("name"),
          .uid = from.text("uid"),
          .controller = from.flag("controller"),
          .block_owner_deletion = from.flag("blockOwnerDeletion")};
}

nlohmann::json encode_owner(const owner_reference& owner) {
  nlohmann::json encoded{{"apiVersion", owner.api_version},
                         {"kind", owner.kind},
                         {"name", owner.name},
                         {"uid", owner.uid}};
  if (owner.controller)
    encoded["controller"] = true;
  if (owner.block_owner_deletion)
    encoded["blockOwnerDeletion"] = true;
  return encoded;
}

} // namespace

result<object_meta> decode_object_meta(const nlohmann::json& object) {
  std::optional<error> failure;
  const json_reader from = json_reader{object, failure}.child("metadata");
  object_meta meta;
  meta.name = from.text("name");
  meta.name_space = from.text("namespace");
  meta.uid = from.text("uid");
  meta.resource_version = from.text("resourceVersion");
  meta.generation = from.integer("generation");
  meta.labels = from.text_map("labels");
  meta.annotations = from.text_map("annotations");
  meta.finalizers = from.text_list("finalizers");
  for (const json_reader& owner : from.items("ownerReferences"))
    meta.owner_references.push_back(decode_owner(owner));
  meta.creation_timestamp = from.time("creationTimestamp");
  meta.deletion_timestamp = from.time("deletionTimestamp");
  if (failure)
    return decode_error(object, "object", std::move(failure->detail));
  return meta;
}

std::string last_writer_of(const nlohmann::json& object) {
  std::optional<error> ignored; // what cannot be read has no name to tell
  const json_reader root{object, ignored};
  std::string writer;
  std::optional<timestamp> latest;
  for (const json_reader& entry : root.child("metadata").items("managedFields")) {
    const auto at = entry.time("time");
    const auto manager = entry.text("manager");
    const bool is_other = entry.text("subresource").empty()
                          && !manager.starts_with("backup-restore-operator")
                          && manager != "kube-controller-manager";
    if (!is_other || (latest && at && *at < *latest))
      continue;
    writer = manager;
    latest = at;
  }
  return writer;
}

nlohmann::json encode(const object_meta& meta) {
  auto encoded = nlohmann::json::object();
  if (!meta.name.empty())
    encoded["name"] = meta.name;
  if (!meta.name_space.empty())
    encoded["namespace"] = meta.name_space;
  if (!meta.uid.empty())
    encoded["uid"] = meta.uid;
  if (!meta.resource_version.empty())
    encoded["resourceVersion"] = meta.resource_version;
  if (!meta.labels.empty())
    encoded["labels"] = meta.labels;
  if (!meta.annotations.empty())
    encoded["annotations"] = meta.annotations;
  if (!meta.finalizers.empty())
    encoded["finalizers"] = meta.finalizers;
  for (const owner_reference& owner : meta.owner_references)
    encoded["ownerReferences"].push_back(encode_owner(owner));
  return encoded;
}

} // namespace k8s
