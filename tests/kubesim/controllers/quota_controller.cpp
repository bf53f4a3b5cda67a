#include "tests/kubesim/controllers/quota_controller.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/quota.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

namespace kubesim::control {

quota_controller::quota_controller(world& everything, work_queue& queue)
    : world_{everything}, queue_{queue}, quotas_{everything.types.quotas} {
  watch_owners(everything, quotas_, queue);
}

outcome quota_controller::reconcile(const object_ref& ref, time_point) {
  const auto quota = world_.objects.find(quotas_, ref);
  if (!quota)
    return await_change();
  watch_counted(*quota);
  auto counted = *quota;
  counted["status"] = {{"hard", members_at(*quota, {"spec", "hard"})},
                       {"used", kinds::texts_of(kinds::used_of(*quota, world_.objects))}};
  if (const auto written = world_.write_status(quotas_, counted); !written)
    return try_again(written.refusal());
  return await_change();
}

void quota_controller::watch_counted(const json& quota) {
  for (const auto& [name, limit] : items_at(quota, {"spec", "hard"}).items()) {
    const auto* type = kinds::counted_type(name, world_.objects);
    if (!type || type->is_custom || !watched_.insert(type).second)
      continue;
    world_.watch(*type,
                 [this](const change& what) { visit_quotas_of(ref_of(*what.object).name_space); });
  }
}

void quota_controller::visit_quotas_of(const std::string& name_space) {
  for (const auto& quota : world_.objects.all(quotas_, name_space))
    queue_.add(ref_of(*quota));
}

} // namespace kubesim::control
