#pragma once

#include "k8s/resources/volume_snapshot.hpp"
#include "messages/snapshot.hpp"

#include <string_view>

/// Pure: what a VolumeSnapshot and its content say, brought together.
namespace actors {

messages::snapshot_observed observe(const k8s::volume_snapshot& snapshot);
messages::snapshot_observed observe(const k8s::volume_snapshot_content& content);

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
