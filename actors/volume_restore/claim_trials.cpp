#include "actors/volume_restore/claim_trials.hpp"

namespace actors {

namespace {

/// Each is tried as it will be made, but for a volume whose name is not known yet: there the old
/// volume stands for the new one.
void try_exchange(const crds::volume_restore& restore, const crds::restore_claim_status& row,
                  const k8s::persistent_volume_claim& like,
                  const k8s::persistent_volume& old_volume, std::vector<claim_trial>& trials) {
  const auto& name_space = restore.metadata.name_space;
  const auto renewed = row.binds_late ? filled_claim(restore, row, like, row.claim)
                                      : bound_claim(restore, row, like, old_volume);
  trials.push_back({.change = try_claim(name_space, renewed), .has_taken_name = true});
  trials.back().change.what += " again";
  trials.push_back({.change = try_claim(name_space, kept_claim(restore, row, like, old_volume)),
                    .has_place_in_quota = true});
}

} // namespace

std::vector<claim_trial> trials_of(const crds::volume_restore& restore, const restore_plan& plan,
                                   const restore_facts& facts) {
  const bool replaces = plan.strategy == crds::restore_strategy::replace_claim;
  std::vector<claim_trial> trials;
  for (const auto& row : plan.claims) {
    const auto* like = row.is_restored() ? facts.find_claim(row.claim) : nullptr;
    if (!like)
      continue;
    const auto& early_name = replaces ? row.temporary_claim : row.new_claim;
    if (!early_name.empty())
      trials.push_back({.change = try_claim(restore.metadata.name_space,
                                            filled_claim(restore, row, *like, early_name))});
    const auto old_volume = facts.volumes.find(row.old_volume);
    if (replaces && old_volume != facts.volumes.end())
      try_exchange(restore, row, *like, old_volume->second, trials);
  }
  return trials;
}

std::optional<refusal> judge_trial(const claim_trial& trial, bool exists_already,
                                   const std::string& answer) {
  const bool is_quota = answer.find("exceeded quota") != std::string::npos;
  if ((exists_already && trial.has_taken_name) || (is_quota && trial.has_place_in_quota))
    return std::nullopt;
  const auto text = "the server would refuse to " + trial.change.what + ": " + answer;
  if (is_quota)
    return refusal{"QuotaExceeded", text + "; raise the quota for the time of the restore"};
  return refusal{"ClaimRefused",
                 text + "; have such a claim admitted, and create the restore again"};
}

} // namespace actors
