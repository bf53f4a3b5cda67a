#include "actors/volume_backup/hook_choice.hpp"

#include <algorithm>
#include <optional>

namespace actors {

namespace {

using freeze_session::hook_declaration;
using freeze_session::hook_mode;
using freeze_session::hook_pods;
using problem = std::optional<refusal>;

std::string listed(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts)
    all += (all.empty() ? "" : ", ") + text;
  return all;
}

void warn(std::vector<std::string>& warnings, const planned_pod& pod) {
  if (pod.hooks.mode == hook_mode::exec)
    warnings.push_back(
        "pod " + pod.name
        + ": its hooks run without a shell, so nothing in the pod thaws it while no operator "
          "runs; write shell commands where the image has a shell");
  if (!pod.one_shot.advice.empty())
    warnings.push_back("pod " + pod.name + ": " + pod.one_shot.advice);
}

problem add(hooked_pods& to, const k8s::pod& pod, const hook_declaration& hooks,
            const freeze_session::hook_setting& setting, const crds::backup_timeouts& timeouts) {
  const auto chosen = freeze_session::hook_container_of(pod, setting);
  if (!chosen.problem.empty())
    return refusal{"ContainerUnknown", chosen.problem};
  const auto* status = pod.find_status(chosen.name);
  if (!status || !status->running)
    return refusal{"PodNotReady",
                   "container " + chosen.name + " of pod " + pod.metadata.name + " is not running"};
  planned_pod planned{pod.metadata.name,
                      pod.metadata.uid,
                      chosen.name,
                      status->restart_count,
                      hooks,
                      {},
                      std::min(hooks.timeout.value_or(timeouts.freeze), timeouts.max_freeze)};
  if (hooks.mode == hook_mode::session)
    planned.one_shot = freeze_session::judge_one_shot(hooks.pre);
  warn(to.warnings, planned);
  to.pods.push_back(std::move(planned));
  return std::nullopt;
}

/// `hook-pods: one`: freezing one of them stops all. The first by name, so that it is the same in
/// every attempt.
void keep_one_of_those_that_ask_for_it(std::vector<planned_pod>& pods) {
  const auto asks = [](const planned_pod& pod) { return pod.hooks.pods == hook_pods::one; };
  const auto first
      = std::min_element(pods.begin(), pods.end(), [&asks](const auto& left, const auto& right) {
          return std::pair{!asks(left), left.name} < std::pair{!asks(right), right.name};
        });
  if (first == pods.end() || !asks(*first))
    return;
  const auto chosen = first->name;
  std::erase_if(pods, [&](const planned_pod& pod) { return asks(pod) && pod.name != chosen; });
}

} // namespace

std::variant<hooked_pods, refusal> hooked_pods_of(const std::vector<k8s::pod>& writers,
                                                  const freeze_session::hook_setting& setting,
                                                  const crds::backup_timeouts& timeouts) {
  hooked_pods chosen;
  for (const auto& pod : writers) {
    const auto declared = freeze_session::declared_hooks_of(pod, setting);
    if (!declared.problems.empty())
      return refusal{"InvalidHooks", listed(declared.problems)};
    if (!declared.hooks)
      chosen.unhooked.push_back(pod.metadata.name);
    else if (auto why = add(chosen, pod, *declared.hooks, setting, timeouts))
      return *why;
  }
  keep_one_of_those_that_ask_for_it(chosen.pods);
  return chosen;
}

bool must_be_asked(const planned_pod& pod) {
  return pod.hooks.pods == hook_pods::probe;
}

std::variant<std::vector<planned_pod>, refusal>
pods_that_said_yes(const std::vector<planned_pod>& pods,
                   const std::vector<messages::pod_probed>& answers) {
  std::vector<planned_pod> frozen;
  std::vector<std::string> others;
  for (std::size_t i = 0; i < pods.size(); ++i) {
    const auto answer = std::find_if(answers.begin(), answers.end(),
                                     [i](const auto& one) { return one.pod == i; });
    if (answer != answers.end() && !answer->problem.empty())
      return refusal{"ProbeFailed", "pod " + pods[i].name + ": the command of annotation "
                                        + std::string{freeze_session::annotation::hook_probe} + " "
                                        + answer->problem
                                        + "; it must exit 0 where the pod is to be frozen, and "
                                          "with another code where it is not"};
    if (answer == answers.end() || answer->is_to_be_frozen)
      frozen.push_back(pods[i]);
    else
      others.push_back(pods[i].name);
  }
  if (frozen.empty())
    return refusal{"ProbeFailed",
                   "the command of annotation "
                       + std::string{freeze_session::annotation::hook_probe}
                       + " exits 0 in none of the pods " + listed(others)
                       + ", so nothing would be frozen; is it written for the primary?"};
  return frozen;
}

} // namespace actors
