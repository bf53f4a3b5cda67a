#include "k8s/resources/horizontal_pod_autoscaler.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

result<horizontal_pod_autoscaler> horizontal_pod_autoscaler::decode(const nlohmann::json& object) {
  return decode_object<horizontal_pod_autoscaler>(
      object, kind.kind, [](const json_reader& from, horizontal_pod_autoscaler& into) {
        const json_reader target = from.child("spec").child("scaleTargetRef");
        into.target_kind = target.text("kind");
        into.target_name = target.text("name");
      });
}

} // namespace k8s
