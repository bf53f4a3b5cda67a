#include "k8s/resources/persistent_volume.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

result<persistent_volume> persistent_volume::decode(const nlohmann::json& object) {
  return decode_object<persistent_volume>(
      object, kind.kind, [](const json_reader& from, persistent_volume& into) {
        const json_reader spec = from.child("spec");
        const json_reader claim = spec.child("claimRef");
        into.phase = from.child("status").text("phase");
        into.reclaim_policy = spec.text("persistentVolumeReclaimPolicy");
        into.driver = spec.child("csi").text("driver");
        into.claim = {claim.text("namespace"), claim.text("name")};
        into.claim_uid = claim.text("uid");
      });
}

} // namespace k8s
