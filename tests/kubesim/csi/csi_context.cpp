#include "tests/kubesim/csi/csi_context.hpp"

#include "tests/kubesim/api/kinds/quantity.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace kubesim {
namespace {

const resource_type& type_of(const registry& objects, const char* group, const char* plural) {
  const auto* type = objects.find_type(group, "v1", plural);
  if (!type)
    throw std::runtime_error(std::string{"the registry does not serve "} + plural);
  return *type;
}

constexpr const char* snapshot_group = "snapshot.storage.k8s.io";
constexpr const char* group_group = "groupsnapshot.storage.k8s.io";

/// Null only for an object that is gone.
void write_finalizers(registry& objects, const resource_type& type, const object_ref& ref,
                      const json& finalizers) {
  [[maybe_unused]] const auto written
      = objects.merge(type, ref, {{"metadata", {{"finalizers", finalizers}}}});
}

} // namespace

csi_context::csi_context(registry& all_objects, boost::asio::io_context& loop, node& on,
                         csi_options how)
    : objects{all_objects},
      kubelet{on},
      options{how},
      clock{loop},
      pool{loop, how.copy_threads},
      claims{type_of(objects, "", "persistentvolumeclaims")},
      volumes{type_of(objects, "", "persistentvolumes")},
      storage_classes{type_of(objects, "storage.k8s.io", "storageclasses")},
      snapshots{objects.find_type(snapshot_group, "v1", "volumesnapshots")},
      contents{objects.find_type(snapshot_group, "v1", "volumesnapshotcontents")},
      snapshot_classes{objects.find_type(snapshot_group, "v1", "volumesnapshotclasses")},
      groups{objects.find_type(group_group, "v1", "volumegroupsnapshots")},
      group_contents{objects.find_type(group_group, "v1", "volumegroupsnapshotcontents")},
      group_classes{objects.find_type(group_group, "v1", "volumegroupsnapshotclasses")},
      random_{std::random_device{}()} {}

std::string csi_context::new_handle() {
  std::string text;
  for (const int length : {8, 4, 4, 4, 12}) {
    if (!text.empty())
      text += '-';
    for (int i = 0; i < length; ++i)
      text += "0123456789abcdef"[random_() & 15];
  }
  return text;
}

std::shared_ptr<const json> default_class(const registry& objects, const resource_type& type,
                                          std::string_view annotation,
                                          const std::function<bool(const json&)>& fits) {
  for (const auto& it : objects.all(type))
    if (text_at_path(*it, {"metadata", "annotations", annotation}) == "true" && fits(*it))
      return it;
  return nullptr;
}

std::chrono::seconds wait_before_retry(int attempts) {
  return std::chrono::seconds{1 << std::min(attempts, 6)};
}

bool is_being_deleted(const json& object) {
  return !at_path(object, {"metadata", "deletionTimestamp"}).is_null();
}

json reference_to_claim(const json& claim) {
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"namespace", text_at_path(claim, {"metadata", "namespace"})},
          {"name", text_at_path(claim, {"metadata", "name"})},
          {"uid", uid_of(claim)},
          {"resourceVersion", text_at_path(claim, {"metadata", "resourceVersion"})}};
}

std::string group_of(const json& snapshot) {
  const auto& owners = at_path(snapshot, {"metadata", "ownerReferences"});
  for (const auto& owner : owners)
    if (text_at_path(owner, {"kind"}) == "VolumeGroupSnapshot")
      return text_at_path(owner, {"name"});
  return {};
}

void write_status(registry& objects, const resource_type& type, const object_ref& ref,
                  json status) {
  const auto present = objects.find(type, ref);
  if (!present || at_path(*present, {"status"}) == status)
    return;
  auto changed = *present;
  changed["status"] = std::move(status);
  // Refused only if the object went away, of which the watch tells.
  [[maybe_unused]] const auto written = objects.update(type, ref, std::move(changed), "status");
}

bool has_finalizer(const json& object, std::string_view finalizer) {
  const auto& all = at_path(object, {"metadata", "finalizers"});
  return std::any_of(all.begin(), all.end(), [&](const json& it) { return it == finalizer; });
}

void add_finalizer(registry& objects, const resource_type& type, const object_ref& ref,
                   const std::string& finalizer) {
  const auto object = objects.find(type, ref);
  if (!object || has_finalizer(*object, finalizer))
    return;
  auto finalizers = at_path(*object, {"metadata", "finalizers"});
  if (!finalizers.is_array())
    finalizers = json::array();
  finalizers.push_back(finalizer);
  write_finalizers(objects, type, ref, finalizers);
}

void drop_finalizers(registry& objects, const resource_type& type, const object_ref& ref,
                     const std::vector<std::string>& finalizers) {
  const auto object = objects.find(type, ref);
  if (!object)
    return;
  json left = json::array();
  const auto& all = at_path(*object, {"metadata", "finalizers"});
  for (const auto& it : all)
    if (std::find(finalizers.begin(), finalizers.end(), it.get<std::string>()) == finalizers.end())
      left.push_back(it);
  if (left.size() < all.size())
    write_finalizers(objects, type, ref, left);
}

std::optional<std::chrono::milliseconds> parse_latency(std::string_view text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number);
  const std::string_view unit{rest, static_cast<std::size_t>(end - rest)};
  if (failed != std::errc{})
    return std::nullopt;
  if (unit == "ms")
    return std::chrono::milliseconds{number};
  if (unit == "s")
    return std::chrono::seconds{number};
  if (unit == "m")
    return std::chrono::minutes{number};
  return std::nullopt;
}

std::int64_t nanoseconds(time_point time) {
  return std::chrono::nanoseconds{time.time_since_epoch()}.count();
}

std::int64_t bytes_of(const json& quantity) {
  if (!quantity.is_string())
    return 0;
  const auto parsed = kinds::parse_quantity(quantity.get<std::string>());
  return parsed ? parsed->whole_rounded_up() : 0;
}

} // namespace kubesim
