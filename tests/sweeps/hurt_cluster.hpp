#pragma once

#include "tests/scenarios/cluster_scenario.hpp"

namespace sweeps {

using scenarios::json;
using scenarios::milliseconds;

/// A cluster whose server does something at a certain request, event or frame; see kubesim's fault
/// plan.
class hurt_cluster : public scenarios::cluster_scenario {
protected:
  static constexpr const char* operator_user
      = "system:serviceaccount:kube-system:backup-restore-operator";

  /// Every so many-th point is tried: 1 unless SWEEP_STRIDE says otherwise.
  static int stride();
  /// Of a sweep: all of them unless SWEEP_POINTS says otherwise.
  static int most_points();
  /// Of what is random: SWEEP_SEED if it is set.
  static unsigned seed_or(unsigned other);

  /// Makes kubesim do something at its n-th passage.
  void add_fault(const json& rule);
  void clear_faults();
  /// Has that passage of the rule come?
  bool was_hit(int occurrence, std::size_t rule = 0);

  bool is_killed(int replica = 0);
  void restart_operator();
};

} // namespace sweeps
