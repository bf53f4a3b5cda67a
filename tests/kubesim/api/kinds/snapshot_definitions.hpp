#pragma once

#include "tests/kubesim/api/answer.hpp"

namespace kubesim::kinds {

/// The CustomResourceDefinitions of the CSI snapshotter, version v1, as far as clients can tell.
struct snapshot_kind_definitions {
  json snapshot, content, snapshot_class;
};

snapshot_kind_definitions snapshot_definitions();

} // namespace kubesim::kinds
