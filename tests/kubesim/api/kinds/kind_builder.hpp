#pragma once

#include "tests/kubesim/api/kind_rules.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kubesim::kinds {

/// What of a built-in kind is said in one line; the structure of its objects is that of the same
/// name in `builtin_schema()`.
struct outline {
  std::string group, plural, singular, kind;
  std::vector<std::string> short_names = {};
  std::vector<std::string> categories = {};
  bool is_namespaced = true;
  bool has_status = false, has_scale = false, has_generation = false;
  std::string structure = {}; ///< if not called like the kind
  std::string version = "v1";
};

kind_rules built_in(const outline& kind);

table_column column(std::string name, std::function<json(const json& object)> cell);
/// Only with `-o wide`.
table_column wide_column(std::string name, std::function<json(const json& object)> cell);
table_column name_column();
table_column age_column();

/// `5m`: since that time; `<unknown>` without one.
std::string age_of(const json& object, std::string_view time_field);

// The kinds, by what they are about.
std::vector<kind_rules> configuration_kinds();
std::vector<kind_rules> namespace_kinds();
std::vector<kind_rules> network_kinds();
std::vector<kind_rules> pod_kinds();
std::vector<kind_rules> volume_kinds();
std::vector<kind_rules> event_kinds();
std::vector<kind_rules> workload_kinds();
std::vector<kind_rules> job_kinds();
std::vector<kind_rules> autoscaling_kinds();
std::vector<kind_rules> access_kinds();
std::vector<kind_rules> cluster_kinds();
std::vector<kind_rules> extension_kinds();
std::vector<kind_rules> snapshot_kinds();

} // namespace kubesim::kinds
