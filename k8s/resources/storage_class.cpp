#include "k8s/resources/storage_class.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

result<storage_class> storage_class::decode(const nlohmann::json& object) {
  return decode_object<storage_class>(
      object, kind.kind, [](const json_reader& from, storage_class& into) {
        into.provisioner = from.text("provisioner");
        into.reclaim_policy = from.text("reclaimPolicy");
        into.waits_for_consumer = from.text("volumeBindingMode") == "WaitForFirstConsumer";
      });
}

} // namespace k8s
