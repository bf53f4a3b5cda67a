#include "actors/volume_backup/class_choice.hpp"

#include <algorithm>

namespace actors {

namespace {

using snapshot_classes = std::vector<k8s::volume_snapshot_class>;
using choice = std::variant<std::string, refusal>;

std::string names_of(const snapshot_classes& classes) {
  std::string names;
  for (const auto& one : classes)
    names += (names.empty() ? "" : ", ") + one.metadata.name;
  return names;
}

choice check_named(const snapshot_classes& classes, const planned_claim& claim,
                   const std::string& named) {
  const auto found = std::find_if(classes.begin(), classes.end(), [&named](const auto& candidate) {
    return candidate.metadata.name == named;
  });
  if (found == classes.end())
    return refusal{"SnapshotClassNotFound",
                   "VolumeSnapshotClass " + named
                       + " does not exist; there are: " + names_of(classes)};
  if (found->driver != claim.driver)
    return refusal{"SnapshotClassNotFound", "VolumeSnapshotClass " + named + " is of driver "
                                                + found->driver + ", but PersistentVolumeClaim "
                                                + claim.name + " is of " + claim.driver};
  return named;
}

choice pick(const snapshot_classes& classes, const planned_claim& claim) {
  snapshot_classes candidates, defaults;
  for (const auto& candidate : classes)
    if (candidate.driver == claim.driver) {
      candidates.push_back(candidate);
      if (candidate.is_default)
        defaults.push_back(candidate);
    }
  if (candidates.empty())
    return refusal{"SnapshotClassMissing", "no VolumeSnapshotClass for driver " + claim.driver
                                               + " of PersistentVolumeClaim " + claim.name
                                               + "; create one"};
  const auto& left = defaults.empty() ? candidates : defaults;
  if (left.size() > 1)
    return refusal{"SnapshotClassAmbiguous",
                   "driver " + claim.driver + " has several VolumeSnapshotClasses ("
                       + names_of(left)
                       + "); name one in spec.snapshotClassName or mark one as default"};
  return left.front().metadata.name;
}

} // namespace

choice choose_snapshot_class(const std::optional<snapshot_classes>& classes,
                             const planned_claim& claim, const std::string& named) {
  if (classes)
    return named.empty() ? pick(*classes, claim) : check_named(*classes, claim, named);
  if (named.empty())
    return refusal{
        "PermissionMissing",
        "the operator may not list VolumeSnapshotClasses; name one in spec.snapshotClassName"};
  return named;
}

} // namespace actors
