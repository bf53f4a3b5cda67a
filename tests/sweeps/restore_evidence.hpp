#pragma once

#include "crds/volume_restore.hpp"
#include "tests/scenarios/embedded_cluster.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// What a restore may and may not have done to an application, told from the cluster's objects and
/// the files on its volumes. Only what became of a restore is taken from its status.
namespace sweeps {

using scenarios::json;

/// Every file of a volume, by its path. A device's zeros at the end are left out: they come from
/// its size.
using contents = std::map<std::string, std::string>;
contents contents_of(const std::filesystem::path& directory);

struct seen_claim {
  std::string uid;
  std::string volume; ///< empty unless it is bound
  bool is_going = false;
};

struct seen_volume {
  std::string uid, policy;
  std::string claim;         ///< that holds it, or that it is kept for
  bool has_our_mark = false; ///< remembers a claim that is to be made again
  bool is_going = false;
  contents data;
};

/// A workload and all claims of its namespace.
struct seen_world {
  json spec; ///< of the workload; null: there is none
  std::map<std::string, seen_claim> claims;
  std::map<std::string, seen_volume> volumes;
};
seen_world see_world(scenarios::embedded_cluster& cluster, const k8s::resource_kind& workload,
                     const std::string& name_space);

/// I6: what is missing or different of the volumes that there were before, in words.
std::vector<std::string> lost_data(const seen_world& before, const seen_world& now);

/// In what the old state is not back: the same volumes under the same names, with SwitchClaim by
/// the same claims, the same workload, and nothing else.
std::vector<std::string> not_undone(const seen_world& before, const seen_world& now,
                                    crds::restore_strategy strategy);

/// In what a completed restore did not do what it says. `saved`: by snapshot, what was on the
/// volume that it was cut of. `new_policy`: of the volumes that the class makes.
std::vector<std::string> not_completed(const seen_world& before, const seen_world& now,
                                       const crds::volume_restore& restore,
                                       const std::map<std::string, contents>& saved,
                                       const std::string& new_policy = "Delete");

} // namespace sweeps
