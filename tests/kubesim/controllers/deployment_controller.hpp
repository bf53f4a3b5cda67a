#pragma once

#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

namespace kubesim::control {

class rollout;

/// One ReplicaSet per template of a Deployment, and the way from one to the next.
class deployment_controller : public reconciler {
public:
  deployment_controller(world& everything, work_queue& queue);

  std::string_view name() const override { return "deployment"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  world& world_;
};

} // namespace kubesim::control
