#include "actors/operator_options.hpp"

#include "crds/duration.hpp"

#include <CLI/CLI.hpp>

namespace actors {

namespace {

/// Turns a duration as users write it into milliseconds, for CLI11.
auto duration_into(std::chrono::milliseconds& target) {
  return [&target](const std::string& text) {
    const auto parsed = crds::parse_duration(text);
    if (!parsed || parsed->count() == 0)
      throw CLI::ValidationError("\"" + text + "\" is no duration; write e.g. 90s, 10m or 1h30m");
    target = *parsed;
  };
}

} // namespace

std::variant<operator_options, early_exit> parse_command_line(int argc, const char* const* argv) {
  operator_options options;
  CLI::App app{"Application-consistent backups of stateful applications with CSI snapshots",
               "backup-restore-operator"};
  const std::map<std::string, spdlog::level::level_enum> levels{{"debug", spdlog::level::debug},
                                                                {"info", spdlog::level::info},
                                                                {"warn", spdlog::level::warn},
                                                                {"error", spdlog::level::err}};
  const std::map<std::string, log_format> formats{{"json", log_format::json},
                                                  {"text", log_format::text}};
  app.add_option("--kubeconfig", options.kubeconfig,
                 "kubeconfig file; default: the service account in a cluster, else $KUBECONFIG");
  app.add_option("--context", options.context,
                 "context of the kubeconfig; default: its current one");
  app.add_option("--config", options.config,
                 "configuration file: the limits of storage drivers (docs/operations.md)");
  app.add_option("--namespaces", options.namespaces, "watch only these namespaces; default: all")
      ->delimiter(',');
  app.add_option("--metrics-address", options.metrics_address, "HOST:PORT for /metrics")
      ->capture_default_str();
  app.add_option("--health-address", options.health_address, "HOST:PORT for /healthz and /readyz")
      ->capture_default_str();
  app.add_option_function<std::string>(
      "--max-freeze-cap", duration_into(options.max_freeze_cap),
      "upper limit for timeouts.maxFreeze of every backup; default: 10m");
  app.add_flag("--leader-elect", options.leader_elect,
               "of several replicas only the holder of a Lease acts; the others stand by");
  app.add_option_function<std::string>(
         "--lease-duration", duration_into(options.lease_duration),
         "how long the others wait for a leader that is silent; default: 15s, at least 3s")
      ->check([](const std::string& text) {
        const auto parsed = crds::parse_duration(text);
        return parsed && *parsed < std::chrono::seconds{3} ? "must be at least 3s" : "";
      });
  app.add_option("--threads", options.threads, "threads for actors")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  app.add_option("--log-level", options.log_level, "debug, info, warn or error; default: info")
      ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case));
  app.add_option("--log-format", options.log_format, "json or text; default: json")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case));
  app.set_version_flag("--version", OPERATOR_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return early_exit{app.exit(problem)};
  }
  return options;
}

} // namespace actors
