#include "k8s/resources/persistent_volume_claim.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

std::string persistent_volume_claim::provisioner() const {
  for (const char* annotation : {"volume.kubernetes.io/storage-provisioner",
                                 "volume.beta.kubernetes.io/storage-provisioner"})
    if (const auto found = metadata.annotations.find(annotation);
        found != metadata.annotations.end())
      return found->second;
  return {};
}

result<persistent_volume_claim> persistent_volume_claim::decode(const nlohmann::json& object) {
  return decode_object<persistent_volume_claim>(
      object, kind.kind, [&object](const json_reader& from, persistent_volume_claim& into) {
        const json_reader spec = from.child("spec");
        into.phase = from.child("status").text("phase");
        into.volume_name = spec.text("volumeName");
        into.storage_class_name = spec.text("storageClassName");
        into.volume_mode = spec.text("volumeMode");
        into.access_modes = spec.text_list("accessModes");
        into.requested = spec.child("resources").child("requests").text("storage");
        into.capacity = from.child("status").child("capacity").text("storage");
        if (const auto source = spec.child("dataSource"); source.text("kind") == "VolumeSnapshot")
          into.source_snapshot = source.text("name");
        into.last_writer = last_writer_of(object);
      });
}

} // namespace k8s
