#pragma once

#include <string_view>

namespace kubesim::kinds {

// In the notation of `schema`; names are those of the Go types, since the server's error texts show
// them.
std::string_view metadata_tables();
std::string_view pod_tables();
std::string_view core_tables();
std::string_view workload_tables();
std::string_view cluster_tables();
std::string_view extension_tables();
std::string_view review_tables();

} // namespace kubesim::kinds
