#include "tests/kubesim/api/kinds/kind_builder.hpp"
#include "tests/kubesim/api/kinds/quota.hpp"

namespace kubesim {

namespace {

/// A new object is complete only with what the server always writes (`status: {}`), whatever its
/// own preparation left.
void complete_after_preparing(kind_rules& rules) {
  rules.prepare = [own = rules.prepare, complete = rules.prune](json& object, const json* before) {
    if (own)
      own(object, before);
    complete(object);
  };
}

std::vector<kind_rules> gather() {
  std::vector<kind_rules> all;
  for (auto kinds_of :
       {kinds::configuration_kinds, kinds::namespace_kinds, kinds::network_kinds, kinds::pod_kinds,
        kinds::volume_kinds, kinds::event_kinds, kinds::workload_kinds, kinds::job_kinds,
        kinds::autoscaling_kinds, kinds::access_kinds, kinds::cluster_kinds, kinds::extension_kinds,
        kinds::snapshot_kinds})
    for (auto& each : kinds_of()) {
      if (!each.type.is_custom)
        complete_after_preparing(each);
      kinds::heed_quotas(each);
      all.push_back(std::move(each));
    }
  return all;
}

} // namespace

const std::vector<kind_rules>& builtin_kinds() {
  static const auto all = gather();
  return all;
}

} // namespace kubesim
