#pragma once

#include "tests/kubesim/api/answer.hpp"

namespace kubesim::kinds {

/// The CustomResourceDefinitions of the CSI snapshotter, version v1, as far as clients can tell.
struct snapshot_kind_definitions {
  json snapshot, content, snapshot_class;
};

snapshot_kind_definitions snapshot_definitions();
/// Those of groups. The real ones serve v1beta1 and v1beta2 beside v1.
snapshot_kind_definitions group_snapshot_definitions();

} // namespace kubesim::kinds
