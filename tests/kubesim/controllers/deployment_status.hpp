#pragma once

#include "tests/kubesim/api/answer.hpp"
#include "tests/kubesim/controllers/work_queue.hpp"

#include <chrono>
#include <optional>
#include <vector>

/// The status of a Deployment, from what it and its ReplicaSets are. Pure.
namespace kubesim::control {

struct deployment_view {
  const json& deployment;
  const json* newest;     ///< the ReplicaSet of the present template; null if there is none
  std::vector<json> sets; ///< all, the newest too
};

/// Counters, observedGeneration and Available; Progressing stays as it was.
json counted_status(const deployment_view& view, time_point now);
/// That, and Progressing judged anew.
json rollout_status(const deployment_view& view, time_point now);

/// Every pod is new and available, as of this status.
bool is_complete(const json& deployment, const json& status);

/// A Progressing condition of status True.
json progress_condition(std::string_view reason, std::string message, time_point now);
/// Replaces the condition of its type unless only the texts differ.
void set_deployment_condition(json& status, json condition);

bool has_progress_deadline(const json& deployment);
/// When a rollout that makes no progress is to be looked at again.
std::optional<std::chrono::milliseconds> time_to_deadline(const json& deployment,
                                                          const json& status, time_point now);

} // namespace kubesim::control
