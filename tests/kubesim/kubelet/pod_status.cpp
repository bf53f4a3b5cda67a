#include "tests/kubesim/kubelet/pod_status.hpp"

#include <algorithm>

namespace kubesim {
namespace {

bool has_succeeded(const container_facts& container) {
  return container.state == container_state::terminated && container.exit_code == 0;
}

bool are_initialized(const pod_facts& facts) {
  return std::all_of(facts.init_containers.begin(), facts.init_containers.end(), has_succeeded);
}

/// `[a b]`: the containers for which it does not hold.
template <class Predicate>
std::string names_without(const json& specs, const std::vector<container_facts>& containers,
                          Predicate holds) {
  std::string names;
  for (std::size_t i = 0; i < containers.size(); ++i)
    if (!holds(containers[i]))
      names += (names.empty() ? "" : " ") + text_at_path(specs[i], {"name"});
  return "[" + names + "]";
}

bool is_ready(const container_facts& container) {
  return container.state == container_state::running && container.is_ready;
}

struct condition {
  std::string type;
  bool holds = false;
  std::string reason{}, message{};
};

condition initialized(const json& pod, const pod_facts& facts, const std::string& phase) {
  if (phase == "Succeeded")
    return {"Initialized", true, "PodCompleted"};
  if (are_initialized(facts))
    return {"Initialized", true};
  return {"Initialized", false, "ContainersNotInitialized",
          "containers with incomplete status: "
              + names_without(at_path(pod, {"spec", "initContainers"}), facts.init_containers,
                              has_succeeded)};
}

condition ready(const char* type, const json& pod, const pod_facts& facts,
                const std::string& phase) {
  if (phase == "Succeeded")
    return {type, false, "PodCompleted"};
  if (phase == "Failed")
    return {type, false, "PodFailed"};
  if (std::all_of(facts.containers.begin(), facts.containers.end(), is_ready))
    return {type, true};
  return {type, false, "ContainersNotReady",
          "containers with unready status: "
              + names_without(at_path(pod, {"spec", "containers"}), facts.containers, is_ready)};
}

const json* find_condition(const json& status, const std::string& type) {
  for (const auto& it : at_path(status, {"conditions"}))
    if (text_at_path(it, {"type"}) == type)
      return &it;
  return nullptr;
}

/// The time of the last transition stays as long as nothing changes.
json condition_json(const condition& it, const json& old_status, std::int64_t generation,
                    time_point now) {
  const std::string value = it.holds ? "True" : "False";
  const auto* before = find_condition(old_status, it.type);
  const bool is_same = before && text_at_path(*before, {"status"}) == value;
  json made{{"type", it.type},
            {"status", value},
            {"observedGeneration", generation},
            {"lastProbeTime", nullptr},
            {"lastTransitionTime",
             is_same ? text_at_path(*before, {"lastTransitionTime"}) : seconds_text(now)}};
  if (!it.reason.empty())
    made["reason"] = it.reason;
  if (!it.message.empty())
    made["message"] = it.message;
  return made;
}

json conditions_of(const json& pod, const pod_facts& facts, const std::string& phase,
                   time_point now) {
  const auto& old_status = at_path(pod, {"status"});
  const auto generation = number_at_path(pod, {"metadata", "generation"}, 1);
  json all = json::array();
  for (const auto& it :
       {condition{"PodReadyToStartContainers", facts.has_sandbox}, initialized(pod, facts, phase),
        ready("Ready", pod, facts, phase), ready("ContainersReady", pod, facts, phase)})
    all.push_back(condition_json(it, old_status, generation, now));
  for (auto other : at_path(old_status, {"conditions"})) {
    const auto type = text_at_path(other, {"type"});
    if (find_condition({{"conditions", all}}, type))
      continue;
    other["observedGeneration"] = generation;
    all.push_back(other);
  }
  return all;
}

json mounts_in_status(const json& spec) {
  json all = json::array();
  for (const auto& mount : at_path(spec, {"volumeMounts"})) {
    json it{{"mountPath", at_path(mount, {"mountPath"})}, {"name", at_path(mount, {"name"})}};
    if (flag_at_path(mount, {"readOnly"}, false)) {
      it["readOnly"] = true;
      it["recursiveReadOnly"] = "Disabled";
    }
    all.push_back(it);
  }
  return all;
}

json container_status(const json& spec, const container_facts& it) {
  json status{{"name", text_at_path(spec, {"name"})},
              {"image", text_at_path(spec, {"image"})},
              {"imageID", it.image_id},
              {"ready", is_ready(it)},
              {"started", it.state == container_state::running && it.is_started},
              {"restartCount", it.restart_count},
              {"state", state_of(it)},
              {"lastState", it.last_state}};
  if (it.container_id.empty())
    return status;
  status["containerID"] = it.container_id;
  status["resources"]
      = at_path(spec, {"resources"}).is_object() ? at_path(spec, {"resources"}) : json::object();
  if (auto mounts = mounts_in_status(spec); !mounts.empty())
    status["volumeMounts"] = std::move(mounts);
  return status;
}

json container_statuses(const json& specs, const std::vector<container_facts>& containers) {
  json all = json::array();
  for (std::size_t i = 0; i < containers.size(); ++i)
    all.push_back(container_status(specs[i], containers[i]));
  return all;
}

/// An init container counts as ready once it has done its work.
json init_statuses(const json& specs, const std::vector<container_facts>& containers) {
  auto all = container_statuses(specs, containers);
  for (std::size_t i = 0; i < containers.size(); ++i)
    all[i]["ready"] = has_succeeded(containers[i]);
  return all;
}

} // namespace

json state_of(const container_facts& it) {
  if (it.state == container_state::running)
    return {{"running", {{"startedAt", seconds_text(it.started_at)}}}};
  if (it.state == container_state::waiting) {
    json why{{"reason", it.reason}};
    if (!it.message.empty())
      why["message"] = it.message;
    return {{"waiting", why}};
  }
  json end{{"containerID", it.container_id},
           {"exitCode", it.exit_code},
           {"reason", it.reason},
           {"startedAt", seconds_text(it.started_at)},
           {"finishedAt", seconds_text(it.finished_at)}};
  if (!it.message.empty())
    end["message"] = it.message;
  return {{"terminated", end}};
}

std::string phase_of(const json& pod, const pod_facts& facts) {
  const auto policy = text_at_path(pod, {"spec", "restartPolicy"}, "Always");
  const bool may_restart = policy != "Never" && !facts.is_ending;
  for (const auto& it : facts.init_containers)
    if (!has_succeeded(it))
      return it.state == container_state::terminated && !may_restart ? "Failed" : "Pending";
  int running = 0, waiting = 0, failed = 0;
  for (const auto& it : facts.containers) {
    running += it.state == container_state::running;
    waiting += it.state == container_state::waiting && it.last_state.empty();
    failed += it.state == container_state::terminated && it.exit_code != 0;
    running += it.state == container_state::waiting && !it.last_state.empty(); // backing off
  }
  if (waiting > 0)
    return facts.is_ending ? "Failed" : "Pending";
  if (running > 0)
    return "Running";
  if (policy == "Always" && !facts.is_ending)
    return "Running";
  if (failed > 0)
    return may_restart ? "Running" : "Failed";
  return "Succeeded";
}

json status_of(const json& pod, const pod_facts& facts, time_point now) {
  json status = at_path(pod, {"status"});
  if (!status.is_object())
    status = json::object();
  const auto phase = phase_of(pod, facts);
  status["phase"] = phase;
  status["observedGeneration"] = number_at_path(pod, {"metadata", "generation"}, 1);
  status["conditions"] = conditions_of(pod, facts, phase, now);
  status["hostIP"] = facts.addresses.host;
  status["hostIPs"] = {{{"ip", facts.addresses.host}}};
  status["podIP"] = facts.addresses.pod;
  status["podIPs"] = {{{"ip", facts.addresses.pod}}};
  status["resources"] = json::object();
  if (!status.contains("startTime"))
    status["startTime"] = seconds_text(now);
  const auto& spec = at_path(pod, {"spec"});
  status["containerStatuses"] = container_statuses(at_path(spec, {"containers"}), facts.containers);
  if (!facts.init_containers.empty())
    status["initContainerStatuses"]
        = init_statuses(at_path(spec, {"initContainers"}), facts.init_containers);
  return status;
}

} // namespace kubesim
