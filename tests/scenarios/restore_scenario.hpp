#pragma once

#include "crds/volume_restore.hpp"
#include "tests/scenarios/cluster_scenario.hpp"

#include <string>
#include <vector>

namespace scenarios {

/// Backups `nightly` of `app`, restored by VolumeRestores `again`.
class restore_scenario : public cluster_scenario {
protected:
  /// Until it is completed.
  void back_up_now();
  /// Creates the VolumeRestore; `spec` without an applicationRef or source is of `app` and
  /// `nightly`.
  void restore(json spec = json::object());
  crds::volume_restore restored();
  /// Another final phase fails the test.
  crds::volume_restore await_end(crds::restore_phase phase);

  json get(const k8s::resource_kind& kind, const std::string& name);
  /// Of the workload `app`.
  std::string claim_in_template(const k8s::resource_kind& kind = kinds::deployment);
  std::string volume_of(const std::string& claim);
  /// The names of those of claims of this namespace, also of claims that are gone.
  std::vector<std::string> volumes_here();
  /// Of the driver, with these fields besides.
  static void given_class(const std::string& name, const json& fields);
};

} // namespace scenarios
