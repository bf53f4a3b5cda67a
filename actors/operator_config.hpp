#pragma once

#include "actors/scheduling/driver_limits.hpp"
#include "crds/volume_backup_provider.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace actors {

/// The operator's configuration file: what administrators know of their storage.
///
///     drivers:
///       ebs.csi.aws.com: {maxConcurrent: 40, perSecond: 5, thawOn: Cut}
struct operator_config {
  std::map<std::string, driver_limits> limits;         ///< by driver
  std::map<std::string, crds::thaw_on> thaw_on_driver; ///< where a provider does not say
};

/// What is wrong with a configuration: names the line, the field, the value and the remedy.
struct config_problem {
  std::string message;
};

/// Pure. Unknown fields are problems: a misspelt limit is none.
std::variant<operator_config, config_problem> parse_config(const std::string& yaml);

/// Reads the file at `path`.
std::variant<operator_config, config_problem> read_config(const std::string& path);

} // namespace actors
