#include "k8s/resources/pod.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

namespace {

template <class T>
const T* find_named(const std::vector<T>& in, std::string_view name) {
  const auto found
      = std::find_if(in.begin(), in.end(), [&](const T& each) { return each.name == name; });
  return found == in.end() ? nullptr : &*found;
}

container decode_container(const json_reader& from) {
  container decoded{.name = from.text("name"), .mounts = {}};
  for (const json_reader& mount : from.items("volumeMounts"))
    decoded.mounts.push_back({.volume = mount.text("name"),
                              .mount_path = mount.text("mountPath"),
                              .sub_path = mount.text("subPath")});
  return decoded;
}

container_status decode_status(const json_reader& from) {
  return {.name = from.text("name"),
          .container_id = from.text("containerID"),
          .restart_count = static_cast<std::int32_t>(from.integer("restartCount")),
          .ready = from.flag("ready"),
          .running = from.child("state").has("running")};
}

bool is_ready(const json_reader& status) {
  for (const json_reader& condition : status.items("conditions"))
    if (condition.text("type") == "Ready")
      return condition.text("status") == "True";
  return false;
}

/// Of a container that waits for more than its turn.
std::string trouble_of_container(const json_reader& from) {
  const json_reader waiting = from.child("state").child("waiting");
  const auto reason = waiting.text("reason");
  if (reason.empty() || reason == "ContainerCreating" || reason == "PodInitializing")
    return {};
  const auto message = waiting.text("message");
  return "container " + from.text("name") + ": " + reason + (message.empty() ? "" : ": " + message);
}

std::string trouble_of(const json_reader& status) {
  for (const json_reader& condition : status.items("conditions"))
    if (condition.text("type") == "PodScheduled" && condition.text("status") == "False")
      return condition.text("reason") + ": " + condition.text("message");
  for (const char* statuses : {"initContainerStatuses", "containerStatuses"})
    for (const json_reader& each : status.items(statuses))
      if (auto trouble = trouble_of_container(each); !trouble.empty())
        return trouble;
  return {};
}

/// The claim behind a volume; the one of a generic ephemeral volume is named after pod and volume.
std::string claim_of(const json_reader& volume, const std::string& pod_name) {
  if (volume.has("persistentVolumeClaim"))
    return volume.child("persistentVolumeClaim").text("claimName");
  if (volume.has("ephemeral"))
    return pod_name + '-' + volume.text("name");
  return {};
}

} // namespace

const container* pod::find_container(std::string_view name) const {
  return find_named(containers, name);
}

const container_status* pod::find_status(std::string_view container) const {
  return find_named(statuses, container);
}

bool pod::mounts_claim(std::string_view claim) const {
  for (const container& each : containers)
    for (const volume_mount& mount : each.mounts)
      if (const auto found = claims.find(mount.volume);
          found != claims.end() && found->second == claim)
        return true;
  return false;
}

result<pod> pod::decode(const nlohmann::json& object) {
  return decode_object<pod>(object, kind.kind, [](const json_reader& from, pod& into) {
    const json_reader spec = from.child("spec");
    const json_reader status = from.child("status");
    into.node_name = spec.text("nodeName");
    into.phase = status.text("phase");
    into.ready = is_ready(status);
    into.trouble = trouble_of(status);
    for (const json_reader& each : spec.items("containers"))
      into.containers.push_back(decode_container(each));
    for (const json_reader& each : status.items("containerStatuses"))
      into.statuses.push_back(decode_status(each));
    for (const json_reader& volume : spec.items("volumes"))
      if (auto claim = claim_of(volume, into.metadata.name); !claim.empty())
        into.claims.emplace(volume.text("name"), std::move(claim));
  });
}

} // namespace k8s
