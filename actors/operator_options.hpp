#pragma once

#include "actors/journal.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace actors {

/// The command line of the operator.
struct operator_options {
  std::string kubeconfig,
      context; ///< empty: the service account in a cluster, else $KUBECONFIG or ~/.kube/config
  std::string config;                  ///< the configuration file; empty: none
  std::vector<std::string> namespaces; ///< empty: all
  std::string metrics_address = ":8080", health_address = ":8081";
  std::chrono::milliseconds max_freeze_cap = std::chrono::minutes{10};
  bool leader_elect = false;
  std::chrono::milliseconds lease_duration = std::chrono::seconds{15};
  unsigned threads = 2; ///< of the actor scheduler
  spdlog::level::level_enum log_level = spdlog::level::info;
  actors::log_format log_format = actors::log_format::json;
};

/// The exit status of a command line that only asks (`--help`, `--version`) or makes no sense; what
/// to say was printed.
struct early_exit {
  int status = 0;
};

std::variant<operator_options, early_exit> parse_command_line(int argc, const char* const* argv);

} // namespace actors
