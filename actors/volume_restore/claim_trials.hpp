#pragma once

#include "actors/volume_backup/plan.hpp"
#include "actors/volume_restore/restore_changes.hpp"
#include "actors/volume_restore/restore_facts.hpp"
#include "actors/volume_restore/restore_plan.hpp"

#include <optional>
#include <string>
#include <vector>

/// Pure: the claims that a restore is going to make, tried by dry run before it changes anything.
/// Some are made when the old claim is already deleted; too late to hear that an admission policy
/// does not take them.
namespace actors {

struct claim_trial {
  restore_change change;
  /// Its name is that of the claim which it replaces. A server admits and counts before it looks
  /// for the name: "exists already" is a yes.
  bool has_taken_name = false;
  /// It takes the place of a claim that still counts: a quota that is full says nothing.
  bool has_place_in_quota = false;
};

std::vector<claim_trial> trials_of(const crds::volume_restore& restore, const restore_plan& plan,
                                   const restore_facts& facts);

/// What a server that did not accept one, and will not, says about the restore; none: nothing.
std::optional<refusal> judge_trial(const claim_trial& trial, bool exists_already,
                                   const std::string& answer);

} // namespace actors
