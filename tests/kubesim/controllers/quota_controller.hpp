#pragma once

#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <set>

namespace kubesim::control {

/// Writes into the status of each ResourceQuota what of it is in use. Looks only at kinds that some
/// quota counts; those that a definition brought are counted when the quota itself changes.
class quota_controller : public reconciler {
public:
  quota_controller(world& everything, work_queue& queue);

  std::string_view name() const override { return "resourcequota"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  void watch_counted(const json& quota);
  void visit_quotas_of(const std::string& name_space);

  world& world_;
  work_queue& queue_;
  const resource_type& quotas_;
  std::set<const resource_type*> watched_;
};

} // namespace kubesim::control
