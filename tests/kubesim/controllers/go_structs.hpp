#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kubesim::control {

/// One field of a Go structure, in its order.
struct go_field {
  std::string_view name;
  std::string type, json_name;
  bool is_embedded = false; ///< its fields stand in the object itself
};

using go_struct = std::vector<go_field>;

/// A structure of pod templates as of Kubernetes 1.36; null for scalars and for what is not known.
const go_struct* find_go_struct(std::string_view type);

} // namespace kubesim::control
