#pragma once

#include "actors/volume_backup/observed.hpp"
#include "k8s/resources/volume_group_snapshot.hpp"
#include "k8s/resources/volume_snapshot.hpp"
#include "messages/cluster.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Pure: claims that are cut together, by one VolumeGroupSnapshot. It finds them by a label that
/// they have for as long as it is cut, and its members, which its controller makes and names, are
/// found by the group and the claim that they tell.
namespace actors {

/// As long as the claims have it, it says which backup and attempt cuts them. The backup's UID is
/// in the key: backups of one claim must not take each other's label away.
std::string group_label(std::string_view backup_uid);

/// As `snapshot_name`: a repeated create meets its own object, a later attempt does not.
std::string group_name(std::string_view backup_name, std::string_view backup_uid,
                       std::int64_t attempt);

/// Precondition: planned as a group.
nlohmann::json volume_group_snapshot_of(const crds::volume_backup& backup, const backup_plan& plan);

enum class claim_label { on, off };

messages::label_objects labels_of_claims(const observed& world, claim_label wanted);
/// What VolumeSnapshots have that the operator creates itself.
messages::label_objects labels_of_members(const observed& world);

/// What watchers follow, by their index: every snapshot by its name, or every member by group and
/// claim, and then the group.
std::vector<k8s::object_key> followed_keys(const backup_plan& plan, std::string_view name_space);

/// Of what an earlier run may have left: no claim has lost its label for sure.
void take_up_group(observed& world, const moment& now);

/// `found`: the group and its members as they are now, of whomever they are.
void note_earlier_group(observed& world, const messages::snapshots_read& found, const moment& now);

/// The member of that claim, or null.
const k8s::volume_snapshot* member_of(const std::vector<k8s::volume_snapshot>& members,
                                      const planned_claim& claim);

} // namespace actors
