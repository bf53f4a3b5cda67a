#pragma once

#include "actors/volume_backup/application.hpp"
#include "actors/volume_backup/group_choice.hpp"
#include "actors/volume_backup/plan.hpp"
#include "crds/volume_backup_provider.hpp"
#include "k8s/resources/access_review.hpp"
#include "k8s/resources/persistent_volume_claim.hpp"
#include "k8s/resources/pod.hpp"
#include "k8s/resources/volume_snapshot.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What can be checked before anything is frozen is checked here, and each failure has its own
/// reason.
namespace actors {

/// What was read; absent optionals could not be read (see `read_errors`) or, where noted, do not
/// exist.
struct preflight_facts {
  std::vector<found_workload> workloads; ///< all that the applicationRef may mean
  std::vector<k8s::pod> pods;            ///< of the namespace
  std::map<std::string, std::optional<k8s::persistent_volume_claim>>
      claims; ///< none: does not exist
  bool snapshot_api_served = true;
  std::optional<std::vector<k8s::volume_snapshot_class>> classes; ///< none: we may not read them
  group_facts group;                                              ///< if `may_be_grouped`
  std::optional<crds::volume_backup_provider> provider;           ///< none: does not exist
  std::vector<k8s::access_question> denied;                       ///< what we need and may not do
  std::vector<k8s::error> read_errors; ///< what could not be read for another reason
};

/// Limits of the operator, not of the backup.
struct backup_limits {
  std::chrono::milliseconds max_freeze_cap = std::chrono::minutes{10};
  std::size_t most_pods = 200;
  std::size_t most_claims = 200;
  std::map<std::string, crds::thaw_on> thaw_on_driver{}; ///< where a provider does not say
};

using preflight_verdict = std::variant<backup_plan, refusal>;

/// Pure. The order of the checks is the order in which a user would want to hear of them.
preflight_verdict judge_preflight(const crds::volume_backup& backup, const preflight_facts& facts,
                                  const backup_limits& limits);

} // namespace actors
