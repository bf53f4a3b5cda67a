#include "actors/volume_restore/supersession.hpp"

#include "actors/volume_restore/restore_plan.hpp"

#include <algorithm>

namespace actors {

namespace {

using crds::condition_status;
using names_of_row = std::string crds::restore_claim_status::*;

bool uses(const std::map<std::string, std::string>& template_claims,
          const crds::restore_claim_status& row, names_of_row name) {
  const auto used = template_claims.find(row.volume_name);
  return row.is_restored() && used != template_claims.end() && used->second == row.*name;
}

std::string message_of(const crds::volume_restore& restore, const crds::restore_claim_status& row,
                       const std::string& writer) {
  return name_of(*restore.status.workload) + " uses claim " + row.claim
         + " again, with the data of before the restore; the restored data are in claim "
         + row.new_claim + (writer.empty() ? "" : ". Its last writer is " + writer)
         + ". Set claimName of volume " + row.volume_name + " to " + row.new_claim
         + " in the manifest that is applied";
}

} // namespace

bool can_be_superseded(const crds::volume_restore& restore) {
  return restore.status.phase == crds::restore_phase::completed
         && restore.status.strategy == crds::restore_strategy::switch_claim
         && restore.status.workload && !restore.metadata.is_being_deleted();
}

std::optional<crds::condition>
changed_supersession(const crds::volume_restore& restore,
                     const std::map<std::string, std::string>& template_claims,
                     const std::string& writer, k8s::timestamp at) {
  const auto& rows = restore.status.claims;
  const auto* known
      = find_condition(restore.status.conditions, crds::restore_condition::superseded);
  const bool is_known = known && known->status == condition_status::is_true;
  const auto generation = restore.metadata.generation;
  const auto back = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
    return uses(template_claims, row, &crds::restore_claim_status::claim);
  });
  const std::string type{crds::restore_condition::superseded};
  if (back != rows.end() && !is_known)
    return crds::condition{type,           condition_status::is_true,
                           "OldClaimUsed", message_of(restore, *back, writer),
                           generation,     at};
  const bool is_restored_again = std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
    return !row.is_restored() || uses(template_claims, row, &crds::restore_claim_status::new_claim);
  });
  if (is_known && is_restored_again)
    return crds::condition{type,
                           condition_status::is_false,
                           "RestoredClaimUsed",
                           name_of(*restore.status.workload) + " uses the restored claims",
                           generation,
                           at};
  return std::nullopt;
}

} // namespace actors
