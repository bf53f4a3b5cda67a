#pragma once

#include "actors/volume_restore/restore_facts.hpp"
#include "crds/volume_restore.hpp"
#include "k8s/request.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>

/// Pure: the requests by which a restore changes the world. Each names what it was decided on, by
/// UID and resourceVersion, so that one that arrives late meets a conflict.
namespace actors {

struct restore_change {
  std::string what; ///< in words, for logs and messages: `delete claim data`
  k8s::request call;
  std::string leaves{}; ///< what may come afterwards and stay, in words; empty: nothing
};

/// A claim that is filled from the snapshot of `row`, under `name`.
nlohmann::json filled_claim(const crds::volume_restore& restore,
                            const crds::restore_claim_status& row,
                            const k8s::persistent_volume_claim& like, const std::string& name);
restore_change create_claim(const std::string& name_space, const nlohmann::json& claim);
/// Only asks whether the server would take it: quota, admission, validity.
restore_change try_claim(const std::string& name_space, const nlohmann::json& claim);

/// What is needed to make a claim again after it is deleted; kept on its volume meanwhile.
std::string remembered_claim(const k8s::persistent_volume_claim& claim);
/// The claim that the volume remembers; none: it remembers none, or somebody has changed that.
std::optional<k8s::persistent_volume_claim>
claim_remembered_by(const k8s::persistent_volume& volume);

/// The application's claim again, under its own name, on that volume. Nobody provisions it, so it
/// says by itself which driver its volume is of, as backups ask.
nlohmann::json bound_claim(const crds::volume_restore& restore,
                           const k8s::persistent_volume_claim& like,
                           const k8s::persistent_volume& volume);
/// The same with the size and class of the new volume.
nlohmann::json bound_claim(const crds::volume_restore& restore,
                           const crds::restore_claim_status& row,
                           const k8s::persistent_volume_claim& like,
                           const k8s::persistent_volume& volume);
/// The old volume under the name that it is kept under.
nlohmann::json kept_claim(const crds::volume_restore& restore,
                          const crds::restore_claim_status& row,
                          const k8s::persistent_volume_claim& like,
                          const k8s::persistent_volume& volume);

/// `Deployment`, `StatefulSet` or `DaemonSet`.
k8s::resource_kind workload_kind(std::string_view kind);

restore_change delete_claim(const k8s::persistent_volume_claim& claim);

/// Reclaim policy Retain; with `claim` it also remembers that.
restore_change protect_volume(const k8s::persistent_volume& volume,
                              const k8s::persistent_volume_claim* claim);
/// Frees it of its claim and keeps it for one of that name.
restore_change reserve_volume(const k8s::persistent_volume& volume, const k8s::object_key& claim);
restore_change set_reclaim_policy(const k8s::persistent_volume& volume, const std::string& policy);
/// Puts the policy back and forgets the claim.
restore_change release_volume(const k8s::persistent_volume& volume, const std::string& policy);
/// A volume that the restore made and whose claim is gone: deleted with its data. `claim_uid` is
/// that of a claim which existed, or the volume would count as free instead of released.
restore_change discard_volume(const k8s::persistent_volume& volume, const k8s::object_key& claim,
                              const std::string& claim_uid);

/// Points volumes of the pod template to claims: volume name -> claim name.
restore_change point_template(const std::string& kind, const k8s::workload& workload,
                              const std::map<std::string, std::string>& claims);
restore_change scale(const std::string& kind, const k8s::workload& workload, std::int32_t replicas);

/// Changes nothing but an annotation, and with that the object's version.
restore_change mark_rolling_back(const k8s::resource_kind& kind, const k8s::object_meta& object,
                                 const crds::volume_restore& restore, bool is_set);

} // namespace actors
