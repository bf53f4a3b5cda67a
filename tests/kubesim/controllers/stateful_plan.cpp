#include "tests/kubesim/controllers/stateful_plan.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

using action = stateful_step::action;

bool is_healthy(const ordinal_facts& pod) {
  return pod.is_ready && !pod.is_terminating;
}

/// What one wanted ordinal needs; nothing if its pod is there.
std::optional<stateful_step> mend(const ordinal_facts& pod) {
  if (!pod.exists)
    return stateful_step{action::create, pod.ordinal};
  if (pod.has_finished && !pod.is_terminating)
    return stateful_step{action::remove, pod.ordinal};
  return std::nullopt;
}

/// The unhealthy pod with the lowest ordinal: the only one that a scale-down may take while it is
/// not ready.
std::optional<int> first_unhealthy(const stateful_facts& now) {
  std::optional<int> lowest;
  for (const auto* group : {&now.wanted, &now.condemned})
    for (const auto& pod : *group)
      if (pod.exists && !is_healthy(pod))
        lowest = std::min(lowest.value_or(pod.ordinal), pod.ordinal);
  return lowest;
}

/// From the highest ordinal down: replaces one pod and waits until it is ready.
std::vector<stateful_step> roll(const stateful_facts& now) {
  for (auto pod = now.wanted.rbegin(); pod != now.wanted.rend(); ++pod) {
    if (pod->ordinal < now.partition)
      break;
    if (pod->exists && pod->revision != now.update_revision && !pod->is_terminating)
      return {{action::remove, pod->ordinal}};
    if (!is_healthy(*pod))
      break;
  }
  return {};
}

std::vector<stateful_step> next_ordered(const stateful_facts& now) {
  for (const auto& pod : now.wanted) {
    if (const auto step = mend(pod))
      return {*step};
    if (pod.is_terminating || !pod.is_available)
      return {};
  }
  if (!now.condemned.empty()) {
    const auto& highest = now.condemned.front();
    const bool must_wait
        = highest.is_terminating || (!highest.is_ready && first_unhealthy(now) != highest.ordinal);
    if (must_wait)
      return {};
    return {{action::remove, highest.ordinal}};
  }
  return now.is_rolling ? roll(now) : std::vector<stateful_step>{};
}

std::vector<stateful_step> next_parallel(const stateful_facts& now) {
  std::vector<stateful_step> steps;
  for (const auto& pod : now.wanted)
    if (const auto step = mend(pod))
      steps.push_back(*step);
  for (const auto& pod : now.condemned)
    if (!pod.is_terminating)
      steps.push_back({action::remove, pod.ordinal});
  if (steps.empty() && now.is_rolling)
    return roll(now);
  return steps;
}

} // namespace

std::vector<stateful_step> next_steps(const stateful_facts& now) {
  return now.is_ordered ? next_ordered(now) : next_parallel(now);
}

bool uses_update_revision(const stateful_facts& now, int ordinal) {
  return !now.is_rolling || ordinal >= now.partition;
}

} // namespace kubesim::control
