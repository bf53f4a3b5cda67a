#include "tests/actors/volume_restore/object_store.hpp"

#include <algorithm>

namespace restore_simulation {

namespace {

/// Lists of things with names are merged by them; enough for a pod's volumes.
void merge_strategic(json& target, const json& patch) {
  if (patch.is_array() && target.is_array()) {
    for (const auto& each : patch) {
      const auto same = std::find_if(target.begin(), target.end(), [&each](const json& one) {
        return one.at("name") == each.at("name");
      });
      if (same == target.end())
        target.push_back(each);
      else
        merge_strategic(*same, each);
    }
    return;
  }
  if (!patch.is_object() || !target.is_object()) {
    target = patch;
    return;
  }
  for (const auto& [key, value] : patch.items())
    merge_strategic(target[key], value);
}

object_store::answer failure(int code, std::string reason) {
  return {code, std::move(reason), {}};
}

/// metadata of a patch, or preconditions of a delete.
bool is_met_by(const json& precondition, const json& object) {
  return std::all_of(precondition.items().begin(), precondition.items().end(),
                     [&object](const auto& each) {
                       const bool counts = each.key() == "uid" || each.key() == "resourceVersion";
                       return !counts || object.at("metadata").at(each.key()) == each.value();
                     });
}

bool has_finalizers(const json& object) {
  const auto& metadata = object.at("metadata");
  return metadata.contains("finalizers") && !metadata.at("finalizers").empty();
}

} // namespace

std::string text_at(const json& object, const char* pointer) {
  const json::json_pointer at{pointer};
  return object.contains(at) && object.at(at).is_string() ? object.at(at).get<std::string>()
                                                          : std::string{};
}

std::string name_of(const json& object) {
  return text_at(object, "/metadata/name");
}

std::string uid_of(const json& object) {
  return text_at(object, "/metadata/uid");
}

bool is_going(const json& object) {
  return object.at("metadata").contains("deletionTimestamp");
}

const json* object_store::find(const std::string& path) const {
  const auto found = objects_.find(path);
  return found == objects_.end() ? nullptr : found->second.get();
}

const json* object_store::last_of(const std::string& path) const {
  const auto found = gone_.find(path);
  return found == gone_.end() ? nullptr : found->second.get();
}

object_list object_store::in(const std::string& collection) const {
  object_list found;
  for (auto at = objects_.lower_bound(collection);
       at != objects_.end() && at->first.starts_with(collection); ++at)
    found.push_back(at->second);
  return found;
}

object_store::answer object_store::perform(const k8s::request& call) {
  if (call.method == "POST")
    return create(call);
  if (call.method == "PATCH")
    return patch(call);
  if (call.method == "DELETE")
    return erase(call);
  const auto* found = find(call.path);
  return found ? answer{200, {}, *found} : failure(404, "NotFound");
}

object_store::answer object_store::create(const k8s::request& call) {
  const auto object = json::parse(call.body);
  const auto path = call.path + "/" + name_of(object);
  if (contains(path))
    return failure(409, "AlreadyExists");
  if (call.query.empty()) // no dry run
    create(call.path + "/", object);
  return {201, {}, object};
}

object_store::answer object_store::patch(const k8s::request& call) {
  constexpr std::string_view status = "/status";
  auto path = call.path;
  const bool is_of_status = path.ends_with(status);
  if (is_of_status)
    path.resize(path.size() - status.size());
  const auto* found = find(path);
  if (!found)
    return failure(404, "NotFound");
  auto patch = json::parse(call.body);
  if (!is_met_by(patch.value("metadata", json::object()), *found))
    return failure(409, "Conflict");
  auto changed = *found;
  if (is_of_status)
    patch = {{"status", patch.at("status")}};
  else
    patch.erase("status");
  if (call.content_type.find("strategic") != std::string::npos)
    merge_strategic(changed, patch);
  else
    changed.merge_patch(patch);
  return keep(path, std::move(changed));
}

object_store::answer object_store::erase(const k8s::request& call) {
  const auto* found = find(call.path);
  if (!found)
    return failure(404, "NotFound");
  const auto options = json::parse(call.body);
  if (!is_met_by(options.value("preconditions", json::object()), *found))
    return failure(409, "Conflict");
  remove(call.path);
  return {};
}

object_store::answer object_store::keep(const std::string& path, json changed) {
  const auto before = objects_.at(path);
  const auto& metadata = before->at("metadata");
  changed["metadata"]["resourceVersion"] = metadata.at("resourceVersion");
  if (changed == *before)
    return {200, {}, *before};
  if (changed.value("spec", json{}) != before->value("spec", json{}))
    changed["metadata"]["generation"] = metadata.value("generation", 0) + 1;
  if (on_change)
    on_change("changed " + path + " by " + json::diff(*before, changed).dump());
  changed["metadata"]["resourceVersion"] = std::to_string(++version_);
  const auto kept = std::make_shared<const json>(std::move(changed));
  objects_.at(path) = kept;
  if (is_going(*kept) && !has_finalizers(*kept))
    drop(path);
  return {200, {}, *kept};
}

void object_store::create(const std::string& collection, json object) {
  const auto path = collection + name_of(object);
  auto& metadata = object["metadata"];
  metadata["uid"] = "uid-" + std::to_string(++uids_) + "-" + name_of(object);
  metadata["resourceVersion"] = std::to_string(++version_);
  metadata["generation"] = 1;
  if (collection == claims())
    metadata["finalizers"] = {"kubernetes.io/pvc-protection"};
  if (on_change)
    on_change("made " + path + ": " + object.value("spec", json{}).dump());
  objects_[path] = std::make_shared<const json>(std::move(object));
}

void object_store::drop(const std::string& path) {
  ++version_;
  if (on_change)
    on_change("gone " + path);
  gone_[path] = objects_.at(path);
  objects_.erase(path);
}

void object_store::edit(const std::string& path, const std::function<void(json&)>& how) {
  const auto* found = find(path);
  if (!found)
    return;
  auto changed = *found;
  how(changed);
  keep(path, std::move(changed));
}

void object_store::remove(const std::string& path) {
  const auto* found = find(path);
  if (!found)
    return;
  if (!has_finalizers(*found))
    return drop(path);
  edit(path, [](json& object) {
    if (!is_going(object))
      object["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z";
  });
}

} // namespace restore_simulation
