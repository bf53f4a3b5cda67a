#include "tests/kubesim/controllers/deployment_controller.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/rollout.hpp"

namespace kubesim::control {
namespace {

void keep_scaled(rollout& visit) {
  visit.apply(scaling_step(visit.facts()));
  visit.write_counted_status();
}

void roll(rollout& visit) {
  visit.ensure_newest();
  if (visit.has_newest() && !visit.apply(rolling_step(visit.facts())) && visit.is_complete())
    visit.remove_surplus_history();
  visit.write_rollout_status();
}

/// All old pods end before the first new one starts.
void recreate(rollout& visit) {
  visit.sync_revision();
  if (visit.apply(retire_older(visit.facts())) || visit.has_old_pods_running())
    return visit.write_rollout_status();
  visit.ensure_newest();
  const auto facts = visit.facts();
  if (facts.newest)
    visit.apply({{facts.newest->name, facts.replicas}});
  if (visit.is_complete())
    visit.remove_surplus_history();
  visit.write_rollout_status();
}

} // namespace

deployment_controller::deployment_controller(world& everything, work_queue& queue)
    : world_{everything} {
  watch_owners(everything, everything.types.deployments, queue);
  watch_children(everything, everything.types.replica_sets, everything.types.deployments, queue);
  // A Recreate rollout waits for the last pod of the old set.
  everything.watch(everything.types.pods, [&](const change& what) {
    if (what.kind != change_kind::deleted)
      return;
    const auto name_space = text_at(*what.object, {"metadata", "namespace"});
    const auto set
        = everything.objects.find(everything.types.replica_sets,
                                  {name_space, text_at(controller_of(*what.object), {"name"})});
    if (set)
      queue.add({name_space, text_at(controller_of(*set), {"name"})});
  });
}

outcome deployment_controller::reconcile(const object_ref& ref, time_point now) {
  const auto deployment = world_.objects.find(world_.types.deployments, ref);
  if (!deployment)
    return await_change();
  const auto sets
      = claim_children(world_, world_.types.replica_sets, world_.types.deployments, *deployment);
  rollout visit{world_, *deployment, sets, now};
  if (is_being_deleted(*deployment)) {
    visit.write_counted_status();
    return visit.result();
  }
  visit.note_pause();
  const auto facts = visit.facts();
  if (field(*deployment, {"spec", "paused"}) == true || is_scaling(facts)) {
    visit.sync_revision();
    keep_scaled(visit);
  } else if (facts.is_rolling) {
    roll(visit);
  } else {
    recreate(visit);
  }
  return visit.result();
}

} // namespace kubesim::control
