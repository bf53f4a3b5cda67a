#include "tests/kubesim/controllers/rollout_plan.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace kubesim::control {
namespace {

enum class rounding { up, down };

std::int64_t portion(const json& int_or_percent, std::int64_t of, rounding direction) {
  if (int_or_percent.is_number())
    return int_or_percent.get<std::int64_t>();
  if (!int_or_percent.is_string())
    return 0;
  const auto percent
      = std::strtoll(int_or_percent.get_ref<const std::string&>().c_str(), nullptr, 10);
  return (percent * of + (direction == rounding::up ? 99 : 0)) / 100;
}

std::optional<std::int64_t> annotated(const json& object, std::string_view key) {
  const json& value = field(object, {"metadata", "annotations", key});
  if (!value.is_string())
    return std::nullopt;
  return std::strtoll(value.get_ref<const std::string&>().c_str(), nullptr, 10);
}

std::vector<replica_set_facts> all_of(const rollout_facts& now) {
  auto all = now.older;
  if (now.newest)
    all.push_back(*now.newest);
  return all;
}

std::vector<replica_set_facts> active_of(std::vector<replica_set_facts> sets) {
  std::erase_if(sets, [](const replica_set_facts& one) { return one.replicas == 0; });
  return sets;
}

std::int64_t sum(const std::vector<replica_set_facts>& sets,
                 std::int64_t replica_set_facts::*number) {
  return std::accumulate(
      sets.begin(), sets.end(), std::int64_t{0},
      [&](std::int64_t so_far, const replica_set_facts& one) { return so_far + one.*number; });
}

std::vector<rescale> grow_newest(const rollout_facts& now) {
  const auto target = now.newest->replicas > now.replicas ? now.replicas : replicas_of_new_set(now);
  if (target == now.newest->replicas)
    return {};
  return {{now.newest->name, target}};
}

/// Pods that are not available go first: nobody misses them.
std::int64_t drop_unhealthy(std::vector<replica_set_facts>& older, std::int64_t most) {
  std::int64_t dropped = 0;
  for (auto& one : older) {
    const auto count
        = std::min(most - dropped, std::max<std::int64_t>(0, one.replicas - one.available));
    one.replicas -= count;
    dropped += count;
  }
  return dropped;
}

void drop_available(std::vector<replica_set_facts>& older, std::int64_t most) {
  for (auto& one : older) {
    const auto count = std::clamp<std::int64_t>(most, 0, one.replicas);
    one.replicas -= count;
    most -= count;
  }
}

std::vector<rescale> shrink_older(const rollout_facts& now) {
  const auto at_least = now.replicas - now.max_unavailable;
  const auto newest_missing = now.newest->replicas - now.newest->available;
  const auto most = sum(all_of(now), &replica_set_facts::replicas) - at_least - newest_missing;
  if (most <= 0)
    return {};
  auto older = now.older;
  drop_unhealthy(older, most);
  drop_available(older, sum(all_of(now), &replica_set_facts::available) - at_least);
  std::vector<rescale> changes;
  for (std::size_t i = 0; i < older.size(); ++i)
    if (older[i].replicas != now.older[i].replicas)
      changes.push_back({older[i].name, older[i].replicas});
  return changes;
}

bool is_saturated(const rollout_facts& now) {
  return now.newest && now.newest->replicas == now.replicas && now.newest->desired == now.replicas
         && now.newest->available == now.replicas;
}

/// The share of `to_add` (or to take, if negative) that falls to one set.
std::int64_t share(const replica_set_facts& one, std::int64_t allowed, std::int64_t to_add,
                   std::int64_t added) {
  const auto base = one.allowance.value_or(allowed);
  if (one.replicas == 0 || base == 0)
    return 0;
  const auto fair = std::llround(static_cast<double>(one.replicas) * static_cast<double>(allowed)
                                 / static_cast<double>(base))
                    - one.replicas;
  const auto left = to_add - added;
  return to_add > 0 ? std::min<std::int64_t>(fair, left) : std::max<std::int64_t>(fair, left);
}

std::vector<rescale> proportional_step(const rollout_facts& now) {
  auto sets = active_of(all_of(now));
  const auto allowed = now.replicas > 0 ? now.replicas + now.max_surge : 0;
  const auto to_add = allowed - sum(sets, &replica_set_facts::replicas);
  std::stable_sort(sets.begin(), sets.end(), [&](const auto& a, const auto& b) {
    if (a.replicas != b.replicas)
      return a.replicas > b.replicas;
    return to_add > 0 ? a.created > b.created : a.created < b.created;
  });
  std::vector<rescale> changes;
  std::int64_t added = 0;
  for (const auto& one : sets) {
    const auto part = to_add == 0 ? 0 : share(one, allowed, to_add, added);
    changes.push_back({one.name, one.replicas + part});
    added += part;
  }
  if (!changes.empty() && to_add != 0) // what rounding left over
    changes.front().replicas = std::max<std::int64_t>(0, changes.front().replicas + to_add - added);
  return changes;
}

} // namespace

replica_set_facts facts_of_set(const json& replica_set) {
  return {.name = text_at(replica_set, {"metadata", "name"}),
          .created = text_at(replica_set, {"metadata", "creationTimestamp"}),
          .replicas = number_at(replica_set, {"spec", "replicas"}, 1),
          .available = number_at(replica_set, {"status", "availableReplicas"}),
          .present = number_at(replica_set, {"status", "replicas"}),
          .revision = annotated(replica_set, "deployment.kubernetes.io/revision").value_or(0),
          .desired = annotated(replica_set, "deployment.kubernetes.io/desired-replicas"),
          .allowance = annotated(replica_set, "deployment.kubernetes.io/max-replicas")};
}

rollout_facts facts_of_deployment(const json& deployment) {
  rollout_facts facts;
  facts.replicas = number_at(deployment, {"spec", "replicas"}, 1);
  const json& strategy = field(deployment, {"spec", "strategy"});
  facts.is_rolling = text_at(strategy, {"type"}) != "Recreate";
  if (!facts.is_rolling || facts.replicas == 0)
    return facts;
  facts.max_surge
      = portion(field(strategy, {"rollingUpdate", "maxSurge"}), facts.replicas, rounding::up);
  facts.max_unavailable = portion(field(strategy, {"rollingUpdate", "maxUnavailable"}),
                                  facts.replicas, rounding::down);
  if (facts.max_surge == 0 && facts.max_unavailable == 0)
    facts.max_unavailable = 1; // else nothing could ever move
  facts.max_unavailable = std::min(facts.max_unavailable, facts.replicas);
  return facts;
}

std::int64_t replicas_of_new_set(const rollout_facts& now) {
  const auto present = now.newest ? now.newest->replicas : 0;
  if (!now.is_rolling)
    return now.replicas;
  const auto room = now.replicas + now.max_surge - sum(all_of(now), &replica_set_facts::replicas);
  if (room <= 0)
    return present;
  return present + std::min(room, now.replicas - present);
}

std::vector<rescale> rolling_step(const rollout_facts& now) {
  if (auto growth = grow_newest(now); !growth.empty())
    return growth;
  return shrink_older(now);
}

std::vector<rescale> retire_older(const rollout_facts& now) {
  std::vector<rescale> changes;
  for (const auto& one : active_of(now.older))
    changes.push_back({one.name, 0});
  return changes;
}

bool is_scaling(const rollout_facts& now) {
  const auto active = active_of(all_of(now));
  return std::any_of(active.begin(), active.end(), [&](const replica_set_facts& one) {
    return one.desired && *one.desired != now.replicas;
  });
}

std::vector<rescale> scaling_step(const rollout_facts& now) {
  const auto active = active_of(all_of(now));
  if (active.size() == 1)
    return {{active.front().name, now.replicas}};
  if (active.empty()) {
    if (now.newest)
      return {{now.newest->name, now.replicas}};
    if (!now.older.empty())
      return {{now.older.back().name, now.replicas}};
    return {};
  }
  if (is_saturated(now))
    return retire_older(now);
  return now.is_rolling ? proportional_step(now) : std::vector<rescale>{};
}

std::vector<std::string> surplus_history(const rollout_facts& now, std::int64_t limit) {
  auto past = now.older;
  std::stable_sort(past.begin(), past.end(),
                   [](const auto& a, const auto& b) { return a.revision < b.revision; });
  past.resize(static_cast<std::size_t>(
      std::max<std::int64_t>(0, static_cast<std::int64_t>(past.size()) - limit)));
  std::vector<std::string> names;
  for (const auto& one : past)
    if (one.replicas == 0 && one.present == 0)
      names.push_back(one.name);
  return names;
}

} // namespace kubesim::control
