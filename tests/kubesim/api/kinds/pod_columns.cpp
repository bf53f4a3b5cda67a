#include "tests/kubesim/api/kinds/pod_columns.hpp"

#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

namespace kubesim::kinds {

namespace {

std::string or_none(std::string text) {
  return text.empty() ? "<none>" : text;
}

std::string terminated_text(const json& terminated) {
  const auto reason = text_at(terminated, "reason");
  if (!reason.empty())
    return reason;
  const auto signal = number_at(terminated, "signal");
  if (signal != 0)
    return "Signal:" + std::to_string(signal);
  return "ExitCode:" + std::to_string(number_at(terminated, "exitCode"));
}

/// `Init:...` while an init container has not finished; empty once all have.
std::string init_text(const json& pod) {
  const auto& statuses = list_at(pod, "status.initContainerStatuses");
  const auto count = list_at(pod, "spec.initContainers").size();
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const auto* terminated = find_at(statuses[i], "state.terminated");
    if (terminated && number_at(*terminated, "exitCode") == 0)
      continue;
    if (terminated)
      return "Init:" + terminated_text(*terminated);
    const auto reason = text_at(statuses[i], "state.waiting.reason");
    if (!reason.empty() && reason != "PodInitializing")
      return "Init:" + reason;
    return "Init:" + std::to_string(i) + "/" + std::to_string(count);
  }
  return {};
}

std::string containers_text(const json& pod) {
  const auto& statuses = list_at(pod, "status.containerStatuses");
  std::string text;
  bool has_running = false;
  for (auto at = statuses.rbegin(); at != statuses.rend(); ++at) {
    const auto waiting = text_at(*at, "state.waiting.reason");
    if (!waiting.empty())
      text = waiting;
    else if (const auto* terminated = find_at(*at, "state.terminated"))
      text = terminated_text(*terminated);
    else if (is_true_at(*at, "ready") && find_at(*at, "state.running"))
      has_running = true;
  }
  return text == "Completed" && has_running ? "Running" : text;
}

std::string ready_text(const json& pod) {
  int ready = 0;
  for (const auto& status : list_at(pod, "status.containerStatuses"))
    ready += is_true_at(status, "ready") && find_at(status, "state.running") ? 1 : 0;
  return std::to_string(ready) + "/" + std::to_string(list_at(pod, "spec.containers").size());
}

std::string restarts_text(const json& pod) {
  std::int64_t restarts = 0;
  std::string last;
  for (const auto& status : list_at(pod, "status.containerStatuses")) {
    restarts += number_at(status, "restartCount");
    last = std::max(last, text_at(status, "lastState.terminated.finishedAt"));
  }
  if (restarts == 0 || last.empty())
    return std::to_string(restarts);
  return std::to_string(restarts) + " (" + age_of({{"last", last}}, "last") + " ago)";
}

auto text_or_none(const char* field) {
  return [field](const json& pod) { return or_none(text_at(pod, field)); };
}

} // namespace

std::string pod_status_text(const json& pod) {
  auto text = text_at(pod, "status.reason");
  if (text.empty())
    text = text_at(pod, "status.phase");
  for (const auto& condition : list_at(pod, "status.conditions"))
    if (text_at(condition, "reason") == "SchedulingGated")
      text = "SchedulingGated";
  if (const auto init = init_text(pod); !init.empty())
    text = init;
  else if (const auto containers = containers_text(pod); !containers.empty())
    text = containers;
  if (find_at(pod, "metadata.deletionTimestamp"))
    return text_at(pod, "status.reason") == "NodeLost" ? "Unknown" : "Terminating";
  return text;
}

std::vector<table_column> pod_columns() {
  return {name_column(),
          column("Ready", ready_text),
          column("Status", pod_status_text),
          column("Restarts", restarts_text),
          age_column(),
          wide_column("IP", text_or_none("status.podIP")),
          wide_column("Node", text_or_none("spec.nodeName")),
          wide_column("Nominated Node", text_or_none("status.nominatedNodeName")),
          wide_column("Readiness Gates", [](const json&) { return "<none>"; })};
}

} // namespace kubesim::kinds
