#pragma once

#include "actors/volume_backup/plan.hpp"
#include "k8s/resources/access_review.hpp"
#include "k8s/resources/volume_group_snapshot.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Pure: can the claims of a backup be cut as one group?
namespace actors {

/// What was read to answer it.
struct group_facts {
  bool api_served = true;
  std::optional<std::vector<k8s::volume_group_snapshot_class>>
      classes;                              ///< none: we may not read them
  std::vector<k8s::access_question> denied; ///< what a group needs and we may not do
};

/// Is it worth the reads? `claims`: how many the backup may have.
bool may_be_grouped(const crds::volume_backup_spec& spec, std::size_t claims);

/// The class of the group, or why there can be none, with a remedy. Of the classes: the named one,
/// else the driver's default, else its only one.
std::variant<std::string, refusal> choose_group_class(const group_facts& facts,
                                                      const std::vector<planned_claim>& claims,
                                                      std::string_view named);

} // namespace actors
