#include "actors/volume_backup/group_choice.hpp"

#include <algorithm>

namespace actors {

namespace {

using k8s::volume_group_snapshot_class;
using choice = std::variant<std::string, refusal>;
using classes = std::vector<volume_group_snapshot_class>;

std::string names_of(const classes& all) {
  std::string names;
  for (const auto& one : all)
    names += (names.empty() ? "" : ", ") + one.metadata.name;
  return names.empty() ? "none" : names;
}

template <class Fits>
classes those(const classes& all, Fits fits) {
  classes found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found), fits);
  return found;
}

std::optional<refusal> why_not_one_driver(const std::vector<planned_claim>& claims) {
  const auto other
      = std::find_if(claims.begin(), claims.end(), [&claims](const planned_claim& claim) {
          return claim.driver != claims.front().driver;
        });
  if (other == claims.end())
    return std::nullopt;
  return refusal{"GroupDriversDiffer",
                 "PersistentVolumeClaim " + claims.front().name + " is of driver "
                     + claims.front().driver + ", " + other->name + " of " + other->driver
                     + "; a group has one driver, so name claims of one in spec.claims, or use "
                       "snapshotMode Individual"};
}

std::optional<refusal> why_not_allowed(const group_facts& facts) {
  if (facts.denied.empty())
    return std::nullopt;
  const auto& question = facts.denied.front();
  return refusal{"PermissionMissing", "the operator may not " + question.verb + " "
                                          + question.resource + " in namespace "
                                          + question.name_space
                                          + ", which a group needs; apply the roles of deploy/"};
}

choice check_named(const classes& all, const std::string& driver, const std::string& named) {
  const auto found = those(all, [&named](const auto& one) { return one.metadata.name == named; });
  if (found.empty())
    return refusal{"SnapshotClassNotFound", "VolumeGroupSnapshotClass " + named
                                                + " does not exist; there are: " + names_of(all)};
  if (found.front().driver != driver)
    return refusal{"SnapshotClassNotFound", "VolumeGroupSnapshotClass " + named + " is of driver "
                                                + found.front().driver + ", but the claims are of "
                                                + driver};
  return named;
}

choice pick(const classes& all, const std::string& driver) {
  const auto candidates = those(all, [&driver](const auto& one) { return one.driver == driver; });
  const auto defaults = those(candidates, [](const auto& one) { return one.is_default; });
  if (candidates.empty())
    return refusal{"SnapshotClassMissing",
                   "no VolumeGroupSnapshotClass for driver " + driver
                       + "; create one, if the driver can take group snapshots"};
  if (defaults.size() == 1)
    return defaults.front().metadata.name;
  if (candidates.size() == 1)
    return candidates.front().metadata.name;
  return refusal{"SnapshotClassAmbiguous",
                 "driver " + driver + " has several VolumeGroupSnapshotClasses and "
                     + (defaults.empty() ? "no" : "more than one")
                     + " default: " + names_of(candidates)
                     + "; name one in spec.snapshotClassName with snapshotMode Group, or annotate "
                       "one with groupsnapshot.storage.kubernetes.io/is-default-class: \"true\""};
}

} // namespace

bool may_be_grouped(const crds::volume_backup_spec& spec, std::size_t claims) {
  if (spec.dry_run || claims == 0)
    return false;
  const bool may_choose = spec.snapshot_mode == crds::snapshot_mode::automatic && claims > 1
                          && spec.snapshot_class_name.empty(); // it names one of single snapshots
  return may_choose || spec.snapshot_mode == crds::snapshot_mode::group;
}

choice choose_group_class(const group_facts& facts, const std::vector<planned_claim>& claims,
                          std::string_view named) {
  if (auto why = why_not_one_driver(claims))
    return *why;
  if (!facts.api_served)
    return refusal{"GroupApiMissing",
                   "the cluster does not serve groupsnapshot.storage.k8s.io/v1; install the group "
                   "snapshot CRDs of external-snapshotter 8.6 or later"};
  if (auto why = why_not_allowed(facts))
    return *why;
  if (facts.classes)
    return named.empty() ? pick(*facts.classes, claims.front().driver)
                         : check_named(*facts.classes, claims.front().driver, std::string{named});
  if (!named.empty())
    return std::string{named};
  return refusal{"PermissionMissing", "the operator may not list VolumeGroupSnapshotClasses; name "
                                      "one in spec.snapshotClassName with snapshotMode Group"};
}

} // namespace actors
