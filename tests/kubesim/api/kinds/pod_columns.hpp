#pragma once

#include "tests/kubesim/api/kind_rules.hpp"

#include <string>
#include <vector>

namespace kubesim::kinds {

std::vector<table_column> pod_columns();

/// What kubectl shows as STATUS: `Running`, `Completed`, `CrashLoopBackOff`, `Init:0/1`,
/// `Terminating`, ...
std::string pod_status_text(const json& pod);

} // namespace kubesim::kinds
