#pragma once

#include "actors/volume_restore/restore_facts.hpp"
#include "actors/volume_restore/restore_plan.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Pure: which claims a restore replaces, and what the new ones will be.
namespace actors {

/// Where a workload's pods have a claim: a volume of their template, or a claim template.
struct claim_place {
  std::string volume; ///< empty: nowhere
  bool is_template = false;
};
claim_place volume_name_of(const kinded_workload& workload, std::string_view claim);

/// The claims to restore, as the backup knows them, each with its VolumeSnapshot; that is empty if
/// the backup has none.
std::vector<std::pair<std::string, std::string>>
restored_claims(const crds::volume_restore& restore, const restore_facts& facts);

/// All that does not depend on the strategy: from where, how large, of which class. Refused if the
/// snapshot or the class cannot serve.
std::variant<crds::restore_claim_status, refusal>
plan_claim(const crds::volume_restore& restore, const restore_facts& facts,
           const k8s::persistent_volume_claim& claim, const std::string& snapshot);

} // namespace actors
