#pragma once

#include "tests/kubesim/controllers/claim_users.hpp"
#include "tests/kubesim/controllers/placement.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <string>

namespace kubesim::control {

/// Binds pods to the one node as soon as nothing is in the way.
class scheduler : public reconciler {
public:
  scheduler(world& everything, work_queue& queue, const claim_users& users, std::string node_name);

  std::string_view name() const override { return "scheduler"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  std::vector<claim_facts> claims_of_pod(const json& pod, std::vector<stored>& kept) const;
  bool waits_for_consumer(const json& claim) const;
  outcome bind(const json& pod, time_point now);
  outcome ask_for_volumes(const json& pod, const verdict& verdict);
  outcome tell_of_obstacle(const json& pod, const std::string& obstacle, time_point now);
  void visit_waiting_pods(work_queue& queue) const;

  world& world_;
  std::string node_name_;
};

} // namespace kubesim::control
