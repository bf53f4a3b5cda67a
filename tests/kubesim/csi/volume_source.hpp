#pragma once

#include "tests/kubesim/csi/csi_context.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace kubesim {

/// Where a new volume's first files come from, as the claim's dataSource says. A problem means: not
/// yet, in the words of the external provisioner.
struct volume_source {
  std::optional<std::filesystem::path> directory = {};
  std::string problem = {};
};

volume_source source_of(const csi_context& csi, const json& claim, const json& storage_class);

} // namespace kubesim
