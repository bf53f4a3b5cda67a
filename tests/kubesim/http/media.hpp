#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <optional>
#include <string_view>

namespace kubesim::http {

/// In what shape the client takes an answer.
struct representation {
  enum class form {
    object,
    table,
    partial_metadata,
    partial_metadata_list,
    discovery
  } shape
      = form::object;
  bool is_yaml = false;
  std::string_view version; ///< of a table (`v1`) or of aggregated discovery (`v2`)
};

/// The first clause of an Accept header that this server can serve. Weights are ignored, as clients
/// of Kubernetes list the best first. Nothing: 406.
std::optional<representation> negotiate(std::string_view accept);

/// The 406 that belongs to such a header.
refusal not_acceptable(std::string_view accept);

} // namespace kubesim::http
