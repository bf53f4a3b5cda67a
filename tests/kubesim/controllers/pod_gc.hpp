#pragma once

#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <map>

namespace kubesim::control {

/// Removes pods that no kubelet will: on a node that has been missing for a while, or told to end
/// before they had a node.
class pod_gc : public reconciler {
public:
  pod_gc(world& everything, work_queue& queue);

  std::string_view name() const override { return "pod-garbage-collector"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  outcome remove(const object_ref& ref);

  world& world_;
  std::map<object_ref, time_point> lost_; ///< since when a pod's node is missing
};

} // namespace kubesim::control
