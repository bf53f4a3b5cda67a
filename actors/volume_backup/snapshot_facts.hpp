#pragma once

#include "k8s/resources/volume_group_snapshot.hpp"
#include "k8s/resources/volume_snapshot.hpp"
#include "messages/snapshot.hpp"

#include <string_view>

/// Pure: what a VolumeSnapshot and its content say, brought together.
namespace actors {

messages::snapshot_observed observe(const k8s::volume_snapshot& snapshot);
messages::snapshot_observed observe(const k8s::volume_snapshot_content& content);
/// Its content's name stands for a handle: nobody asks for that of a group.
messages::snapshot_observed observe(const k8s::volume_group_snapshot& group);

/// What a member of a group is followed as, since nobody knows its name before it is there. No
/// object is called so.
k8s::object_key member_key(std::string_view name_space, std::string_view group,
                           std::string_view claim);
/// ... and the group itself.
k8s::object_key group_key(std::string_view name_space, std::string_view group);
bool is_of_group(const k8s::object_key& key);
/// `snapshot-` and 64 hexadecimal digits: how the snapshot-controller names members.
bool is_named_as_member(std::string_view snapshot);

/// The news are of another object of the same name: ours was deleted.
bool is_another(const messages::snapshot_observed& known, const messages::snapshot_observed& news);

/// Adds news to what was seen; of another object only that ours is gone. Nanoseconds of the content
/// win over the snapshot's whole seconds; an error is what the last who spoke of it said.
void merge(messages::snapshot_observed& seen, const messages::snapshot_observed& news);

/// Cut: the storage has fixed the data. A creation time says so.
bool is_cut(const messages::snapshot_observed& seen);

/// An error of the snapshot controller or driver that waiting cannot clear. Everything else may: a
/// conflict, a claim that appears later.
bool is_final_error(std::string_view error);

} // namespace actors
