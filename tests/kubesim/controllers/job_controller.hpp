#pragma once

#include "tests/kubesim/controllers/job_plan.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <optional>
#include <vector>

namespace kubesim::control {

/// Pods until enough of them have succeeded or too many have failed. Pods are not indexed and carry
/// no tracking finalizer: who deletes a finished pod of a running Job makes it run again.
class job_controller : public reconciler {
public:
  job_controller(world& everything, work_queue& queue);

  std::string_view name() const override { return "job"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  outcome perform(const json& job, const std::vector<stored>& pods, const job_step& step);
  std::optional<refusal> make_pods(const json& job, std::int64_t count);
  std::optional<refusal> stop_pods(const std::vector<stored>& pods);
  outcome expire(const json& job, time_point now);

  world& world_;
};

} // namespace kubesim::control
