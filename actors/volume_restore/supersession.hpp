#pragma once

#include "crds/condition.hpp"
#include "crds/volume_restore.hpp"
#include "k8s/resource.hpp"

#include <map>
#include <optional>
#include <string>

/// Pure: does the workload of a completed restore still use what was restored? Whoever applies an
/// old manifest again points it back to the old claim, and the application serves the old data.
namespace actors {

/// Could it be superseded at all? ReplaceClaim keeps the claims' names, so no manifest leads away.
bool can_be_superseded(const crds::volume_restore& restore);

/// Condition `Superseded` as it is to be, if it is not so yet. `template_claims`: volume name ->
/// claim name, of the workload's template as it is now; `writer`: who wrote it last, if known.
std::optional<crds::condition>
changed_supersession(const crds::volume_restore& restore,
                     const std::map<std::string, std::string>& template_claims,
                     const std::string& writer, k8s::timestamp at);

} // namespace actors
