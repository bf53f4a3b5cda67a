#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// How a Deployment moves pods from old ReplicaSets to the new one. Pure: numbers in, numbers out.
namespace kubesim::control {

/// One ReplicaSet of a Deployment.
struct replica_set_facts {
  std::string name;
  std::string created; ///< creationTimestamp: ISO times compare as text
  std::int64_t replicas = 0;
  std::int64_t available = 0;
  std::int64_t present = 0; ///< status.replicas
  std::int64_t revision = 0;
  std::optional<std::int64_t> desired;   ///< the Deployment's replicas when it was last scaled
  std::optional<std::int64_t> allowance; ///< and that with the surge
};

struct rollout_facts {
  std::int64_t replicas = 1;
  bool is_rolling = true;
  std::int64_t max_surge = 0;
  std::int64_t max_unavailable = 0;
  std::optional<replica_set_facts> newest; ///< the set of the present template, once it exists
  std::vector<replica_set_facts> older;    ///< by age
};

struct rescale {
  std::string replica_set;
  std::int64_t replicas;
  bool operator==(const rescale&) const = default;
};

replica_set_facts facts_of_set(const json& replica_set);
/// The Deployment's own numbers; the sets are still to be filled in.
rollout_facts facts_of_deployment(const json& deployment);

/// What one step of a rolling update changes; nothing if it has to wait or is through.
std::vector<rescale> rolling_step(const rollout_facts& now);
/// What lets go of all old pods.
std::vector<rescale> retire_older(const rollout_facts& now);
/// How many pods a new ReplicaSet may have at once.
std::int64_t replicas_of_new_set(const rollout_facts& now);

/// Whether spec.replicas has changed since the sets were last scaled.
bool is_scaling(const rollout_facts& now);
/// Spreads a change of spec.replicas over the sets in proportion to their sizes.
std::vector<rescale> scaling_step(const rollout_facts& now);

/// Empty old sets beyond `limit`, the oldest revisions first.
std::vector<std::string> surplus_history(const rollout_facts& now, std::int64_t limit);

} // namespace kubesim::control
