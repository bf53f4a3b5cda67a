#pragma once

#include "actors/volume_backup/plan.hpp"
#include "k8s/resources/pod.hpp"
#include "messages/hook.hpp"

#include <string>
#include <variant>
#include <vector>

/// Pure: which pods are frozen. What they declare says so, and for `hook-pods: probe` a command in
/// each of them.
namespace actors {

struct hooked_pods {
  std::vector<planned_pod> pods;
  std::vector<std::string> unhooked, warnings; ///< as in the plan
};

/// Of the pods that mount the backup's claims. Refuses what makes no sense in any of them.
std::variant<hooked_pods, refusal> hooked_pods_of(const std::vector<k8s::pod>& writers,
                                                  const freeze_session::hook_setting& setting,
                                                  const crds::backup_timeouts& timeouts);

/// Only they know themselves whether they are to be frozen.
bool must_be_asked(const planned_pod& pod);

/// The pods without those whose probe said no. Refuses if a probe said nothing, or all of them no.
/// Precondition: an answer for each pod that must be asked.
std::variant<std::vector<planned_pod>, refusal>
pods_that_said_yes(const std::vector<planned_pod>& pods,
                   const std::vector<messages::pod_probed>& answers);

} // namespace actors
