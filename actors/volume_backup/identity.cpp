#include "actors/volume_backup/identity.hpp"

#include <algorithm>

namespace actors {

std::optional<std::string> identity_change(const backup_plan& plan,
                                           const std::vector<k8s::pod>& pods) {
  for (const auto& planned : plan.pods) {
    const auto found = std::find_if(pods.begin(), pods.end(), [&planned](const k8s::pod& pod) {
      return pod.metadata.name == planned.name;
    });
    if (found == pods.end())
      return "pod " + planned.name + " is gone";
    if (found->metadata.uid != planned.uid)
      return "pod " + planned.name + " was replaced by another of its name";
    const auto* status = found->find_status(planned.container);
    if (!status || status->restart_count != planned.restart_count)
      return "container " + planned.container + " of pod " + planned.name + " was restarted";
  }
  return std::nullopt;
}

} // namespace actors
