#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <string>
#include <vector>

/// Whether a pod can run on the node. Pure.
namespace kubesim::control {

/// A claim that a pod mounts.
struct claim_facts {
  std::string name;
  const json* claim = nullptr; ///< null: there is none
  /// The volume that it is bound to; null: nothing is known of one.
  const json* volume = nullptr;
  bool waits_for_consumer = false;
};

struct verdict {
  /// Why the pod has to wait, as the scheduler words it; empty: it can run.
  std::string obstacle{};
  /// Unbound claims whose provisioning waits to hear the node.
  std::vector<std::string> claims_to_provision{};
  /// Bound is all that is missing.
  bool must_wait_for_volumes = false;
};

/// `node` is null if there is none.
verdict place(const json& pod, const json* node, const std::vector<claim_facts>& claims);

/// Whether nodeSelector and the required node affinity of a pod admit these node labels.
bool admits_node(const json& pod, const json& node);

} // namespace kubesim::control
