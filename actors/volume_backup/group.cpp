#include "actors/volume_backup/group.hpp"

#include "actors/volume_backup/children.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"

#include <algorithm>

namespace actors {

using messages::label_objects;
using nlohmann::json;

std::string group_label(std::string_view backup_uid) {
  return "backups.example.com/group-" + std::string{backup_uid};
}

std::string group_name(std::string_view backup_name, std::string_view backup_uid,
                       std::int64_t attempt) {
  return snapshot_name(backup_name, backup_uid, "group", attempt);
}

json volume_group_snapshot_of(const crds::volume_backup& backup, const backup_plan& plan) {
  const json labels{{group_label(backup.metadata.uid), std::to_string(plan.attempt)}};
  return {{"apiVersion", k8s::volume_group_snapshot::kind.api_version()},
          {"kind", k8s::volume_group_snapshot::kind.kind},
          {"metadata", created_metadata(backup, plan.group->name)},
          {"spec",
           {{"volumeGroupSnapshotClassName", plan.group->class_name},
            {"source", {{"selector", {{"matchLabels", labels}}}}}}}};
}

label_objects labels_of_claims(const observed& world, claim_label wanted) {
  const auto& backup = world.backup.metadata;
  const json value = wanted == claim_label::on ? json(std::to_string(world.plan->attempt)) : json{};
  label_objects command{label_objects::kind::claims, backup.name_space, {}};
  command.may_be_gone = wanted == claim_label::off;
  for (const auto& claim : world.plan->claims)
    command.objects.push_back(
        {claim.name, claim.uid,
         std::make_shared<const json>(json{{"labels", {{group_label(backup.uid), value}}}})});
  return command;
}

label_objects labels_of_members(const observed& world) {
  label_objects command{label_objects::kind::snapshots, world.backup.metadata.name_space, {}};
  command.may_be_gone = true; // of which their watchers tell
  for (std::size_t i = 0; i < world.snapshots.size(); ++i) {
    const auto created = created_metadata(world.backup, {});
    json metadata{{"labels", created.at("labels")}, {"annotations", created.at("annotations")}};
    metadata["annotations"][std::string{annotation_claim}] = world.plan->claims[i].name;
    const auto& seen = world.snapshots[i].seen;
    command.objects.push_back(
        {seen.name, seen.uid, std::make_shared<const json>(std::move(metadata))});
  }
  return command;
}

std::vector<k8s::object_key> followed_keys(const backup_plan& plan, std::string_view name_space) {
  std::vector<k8s::object_key> keys;
  for (const auto& claim : plan.claims)
    keys.push_back(plan.group ? member_key(name_space, plan.group->name, claim.name)
                              : k8s::object_key{std::string{name_space}, claim.snapshot_name});
  if (plan.group)
    keys.push_back(group_key(name_space, plan.group->name));
  return keys;
}

void take_up_group(observed& world, const moment& now) {
  auto& group = world.group.emplace();
  world.claim_labels.asked = world.claim_labels.is_accepted = true;
  if (world.earlier) {
    world.claim_labels.may_appear_until = world.earlier->void_from;
    return;
  }
  group.requested = group.created = group.cut = now;
  for (std::size_t i = 0; i < world.snapshots.size(); ++i)
    world.snapshots[i].seen.name = world.plan->claims[i].snapshot_name;
}

void note_earlier_group(observed& world, const messages::snapshots_read& found, const moment& now) {
  world.earlier->snapshots_asked = false;
  world.earlier->snapshots_known = now;
  if (!found.group || !belongs_to(found.group->metadata, world.backup.metadata.uid)
      || found.group->metadata.is_being_deleted())
    return;
  // It was created after the labels were accepted, so no write of them is still on its way.
  world.claim_labels.may_appear_until.reset();
  const auto note = [&now](observed_snapshot& one, const messages::snapshot_observed& seen) {
    one.requested = one.created = now;
    one.discarded.reset();
    one.is_from_earlier_run = true;
    one.uid = seen.uid;
    merge(one.seen, seen);
    if (is_cut(one.seen))
      one.cut = moment{now.steady - (now.wall - *one.seen.creation_time), *one.seen.creation_time};
  };
  note(*world.group, observe(*found.group));
  for (std::size_t i = 0; i < world.snapshots.size(); ++i) {
    world.snapshots[i].requested = now;
    if (const auto* member = member_of(found.snapshots, world.plan->claims[i]))
      note(world.snapshots[i], observe(*member));
  }
}

const k8s::volume_snapshot* member_of(const std::vector<k8s::volume_snapshot>& members,
                                      const planned_claim& claim) {
  const auto found
      = std::find_if(members.begin(), members.end(), [&claim](const k8s::volume_snapshot& one) {
          return one.source_claim == claim.name && !one.metadata.is_being_deleted();
        });
  return found == members.end() ? nullptr : &*found;
}

} // namespace actors
