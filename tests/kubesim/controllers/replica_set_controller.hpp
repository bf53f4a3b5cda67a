#pragma once

#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <optional>
#include <vector>

namespace kubesim::control {

/// As many pods as `spec.replicas` says, of any template.
class replica_set_controller : public reconciler {
public:
  replica_set_controller(world& everything, work_queue& queue);

  std::string_view name() const override { return "replicaset"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  std::optional<refusal> scale(const json& replica_set, std::vector<stored> active);
  answer<json> write_status(const json& replica_set, const std::vector<stored>& pods,
                            const std::optional<refusal>& failure, time_point now);

  world& world_;
};

} // namespace kubesim::control
