#include "tests/kubesim/controllers/stateful_set_controller.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/pods.hpp"
#include "tests/kubesim/controllers/stateful_pods.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;

std::string revision_of(const json& pod) {
  return text_at(pod, {"metadata", "labels", "controller-revision-hash"});
}

ordinal_facts facts_of_pod(int ordinal, const json& pod, const json& set, time_point now) {
  return {.ordinal = ordinal,
          .exists = true,
          .has_finished = has_finished(pod),
          .is_terminating = is_being_deleted(pod),
          .is_ready = is_ready(pod),
          .is_available = is_available(pod, minimum_ready(set), now),
          .revision = revision_of(pod)};
}

stateful_facts gather(const json& set, const std::map<int, stored>& pods, const json& update,
                      time_point now) {
  const json& strategy = field(set, {"spec", "updateStrategy"});
  const auto start = static_cast<int>(number_at(set, {"spec", "ordinals", "start"}));
  const auto end = start + static_cast<int>(number_at(set, {"spec", "replicas"}, 1));
  stateful_facts facts;
  facts.is_ordered = text_at(set, {"spec", "podManagementPolicy"}) != "Parallel";
  facts.is_rolling = text_at(strategy, {"type"}) != "OnDelete";
  facts.partition = start + static_cast<int>(number_at(strategy, {"rollingUpdate", "partition"}));
  facts.update_revision = text_at(update, {"metadata", "name"});
  for (int ordinal = start; ordinal < end; ++ordinal) {
    const auto pod = pods.find(ordinal);
    facts.wanted.push_back(pod == pods.end() ? ordinal_facts{.ordinal = ordinal}
                                             : facts_of_pod(ordinal, *pod->second, set, now));
  }
  for (auto pod = pods.rbegin(); pod != pods.rend(); ++pod)
    if (pod->first < start || pod->first >= end)
      facts.condemned.push_back(facts_of_pod(pod->first, *pod->second, set, now));
  return facts;
}

std::optional<std::chrono::milliseconds>
soonest_available(const json& set, const std::map<int, stored>& pods, time_point now) {
  std::optional<std::chrono::milliseconds> soonest;
  for (const auto& [ordinal, pod] : pods)
    if (const auto wait = time_to_available(*pod, minimum_ready(set), now))
      soonest = std::min(soonest.value_or(*wait), *wait);
  return soonest;
}

/// The claim's owners with this one in the place of those that the retention policy put there.
json owners_with(const json& claim, const json& reference) {
  json owners = json::array();
  for (const auto& one : items_at(claim, {"metadata", "ownerReferences"}))
    if (text_at(one, {"kind"}) != "StatefulSet" && text_at(one, {"kind"}) != "Pod")
      owners.push_back(one);
  if (!reference.is_null())
    owners.push_back(reference);
  return owners;
}

} // namespace

stateful_set_controller::stateful_set_controller(world& everything, work_queue& queue)
    : world_{everything}, revisions_{everything, everything.types.stateful_sets} {
  watch_owners(everything, everything.types.stateful_sets, queue);
  watch_children(everything, everything.types.pods, everything.types.stateful_sets, queue);
  everything.watch(everything.types.controller_revisions, [](const change&) {});
}

outcome stateful_set_controller::reconcile(const object_ref& ref, time_point now) {
  const auto set = world_.objects.find(world_.types.stateful_sets, ref);
  if (!set)
    return await_change();
  auto update = revisions_.present(*set);
  if (!update)
    return try_again(update.refusal());
  auto pods = pods_of(*set);
  visit here{.set = *set,
             .pods = pods,
             .update = *update,
             .current = current_revision(*set, *update),
             .now = now};
  here.facts = gather(*set, here.pods, *update, now);

  if (!is_being_deleted(*set)) {
    if (auto why = keep_claim_owners(here))
      return try_again(*why);
    for (const auto& step : next_steps(here.facts))
      if (auto result = perform(here, step); result.step != outcome::next::await_change)
        return result;
  }
  if (const auto written = write_status(here); !written)
    return try_again(written.refusal());
  if (auto why = revisions_.prune(*set, {text_at(here.update, {"metadata", "name"}),
                                         text_at(*here.current, {"metadata", "name"})}))
    return try_again(*why);
  if (const auto wait = soonest_available(*set, here.pods, now))
    return visit_after(*wait);
  return await_change();
}

stored stateful_set_controller::current_revision(const json& set, const json& update) const {
  const auto name = text_at(set, {"status", "currentRevision"});
  if (auto found = name.empty() ? nullptr : revisions_.find(set, name))
    return found;
  return std::make_shared<const json>(update);
}

std::map<int, stored> stateful_set_controller::pods_of(const json& set) {
  std::map<int, stored> pods;
  for (auto& pod : claim_children(world_, world_.types.pods, world_.types.stateful_sets, set))
    if (const auto ordinal = ordinal_of(set, text_at(*pod, {"metadata", "name"})))
      pods[*ordinal] = std::move(pod);
  return pods;
}

outcome stateful_set_controller::perform(const visit& now, const stateful_step& step) {
  if (step.what == stateful_step::action::create)
    return make_pod(now, step.ordinal);
  if (auto why = world_.remove(world_.types.pods, *now.pods.at(step.ordinal)))
    return try_again(*why);
  return await_change();
}

outcome stateful_set_controller::make_pod(const visit& now, int ordinal) {
  if (auto obstacle = make_claims(now.set, ordinal))
    return *obstacle;
  const json& revision = uses_update_revision(now.facts, ordinal) ? now.update : *now.current;
  const auto pod = stateful_pod(now.set, world_.types.stateful_sets, ordinal, template_of(revision),
                                text_at(revision, {"metadata", "name"}));
  const auto made = world_.create(world_.types.pods, ref_of(now.set).name_space, pod);
  if (!made && made.refusal().code != 409)
    return try_again(made.refusal());
  // 409: the old pod of that name is still going.
  return made ? await_change() : visit_after(100ms);
}

std::optional<outcome> stateful_set_controller::make_claims(const json& set, int ordinal) {
  const auto name_space = ref_of(set).name_space;
  for (auto& claim : stateful_claims(set, ordinal)) {
    const auto there = world_.objects.find(world_.types.claims,
                                           {name_space, text_at(claim, {"metadata", "name"})});
    if (there && is_being_deleted(*there))
      return visit_after(100ms);
    if (there)
      continue;
    if (owner_of_claims(set, false) == claim_owner::set)
      claim["metadata"]["ownerReferences"]
          = json::array({controller_reference_to(world_.types.stateful_sets, set)});
    const auto made = world_.create(world_.types.claims, name_space, std::move(claim));
    if (!made && made.refusal().code != 409)
      return try_again(made.refusal());
  }
  return std::nullopt;
}

/// Before a pod is scaled away its claims are its own, if they are to go with it.
std::optional<refusal> stateful_set_controller::keep_claim_owners(const visit& now) {
  for (const auto& pod : now.facts.wanted)
    if (pod.exists)
      if (auto why = give_claims_to(now, pod.ordinal, nullptr))
        return why;
  for (const auto& pod : now.facts.condemned)
    if (auto why = give_claims_to(now, pod.ordinal, now.pods.at(pod.ordinal).get()))
      return why;
  return std::nullopt;
}

/// `pod`: set if it is condemned.
std::optional<refusal> stateful_set_controller::give_claims_to(const visit& now, int ordinal,
                                                               const json* pod) {
  json reference;
  const auto owner = owner_of_claims(now.set, pod != nullptr);
  if (owner == claim_owner::set)
    reference = controller_reference_to(world_.types.stateful_sets, now.set);
  else if (owner == claim_owner::pod)
    reference = controller_reference_to(world_.types.pods, *pod);
  for (const auto& wanted : stateful_claims(now.set, ordinal)) {
    const object_ref ref{ref_of(now.set).name_space, text_at(wanted, {"metadata", "name"})};
    const auto claim = world_.objects.find(world_.types.claims, ref);
    if (!claim)
      continue;
    const auto owners = owners_with(*claim, reference);
    if (items_at(*claim, {"metadata", "ownerReferences"}) == owners)
      continue;
    const auto patched = world_.objects.merge(world_.types.claims, ref,
                                              {{"metadata", {{"ownerReferences", owners}}}});
    if (!patched && patched.refusal().code != 404)
      return patched.refusal();
  }
  return std::nullopt;
}

answer<json> stateful_set_controller::write_status(const visit& now) {
  std::int64_t ready = 0, available = 0, current = 0, updated = 0;
  const auto update_name = text_at(now.update, {"metadata", "name"});
  auto current_name = text_at(*now.current, {"metadata", "name"});
  for (const auto& [ordinal, pod] : now.pods) {
    ready += is_ready(*pod) && !is_being_deleted(*pod);
    available += is_available(*pod, minimum_ready(now.set), now.now) && !is_being_deleted(*pod);
    current += !is_being_deleted(*pod) && revision_of(*pod) == current_name;
    updated += !is_being_deleted(*pod) && revision_of(*pod) == update_name;
  }
  const auto there = static_cast<std::int64_t>(now.pods.size());
  const auto wanted = static_cast<std::int64_t>(now.facts.wanted.size());
  if (now.facts.is_rolling && there == wanted && updated == wanted && ready == wanted) {
    current = updated;
    current_name = update_name; // the rollout is through
  }
  auto changed = now.set;
  auto& status = changed["status"] = members_at(now.set, {"status"});
  status["observedGeneration"] = number_at(now.set, {"metadata", "generation"});
  status["replicas"] = there;
  status["availableReplicas"] = available;
  status["collisionCount"] = 0;
  status["currentRevision"] = current_name;
  status["updateRevision"] = update_name;
  set_count(status, "readyReplicas", ready);
  set_count(status, "currentReplicas", current);
  set_count(status, "updatedReplicas", updated);
  if (status == field(now.set, {"status"}))
    return now.set;
  return world_.write_status(world_.types.stateful_sets, changed);
}

} // namespace kubesim::control
