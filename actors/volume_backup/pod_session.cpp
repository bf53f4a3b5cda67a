#include "actors/volume_backup/pod_session.hpp"

namespace actors {

pod_session session_of(const observed& world, std::size_t pod) {
  const auto& planned = world.plan->pods[pod];
  const auto& hooks = planned.hooks;
  const auto& timeouts = world.plan->timeouts;
  pod_session session;
  session.pod = pod;
  session.key = {world.backup.metadata.name_space, planned.name};
  session.container = planned.container;
  session.id = freeze_session::session_id(world.backup.metadata.uid, world.plan->attempt, pod);
  session.thaw_limit = timeouts.thaw;
  auto& plan = session.plan;
  plan.max_freeze = timeouts.max_freeze;
  plan.post_limit = timeouts.thaw;
  plan.pre = hooks.pre;
  plan.post = hooks.post;
  session.has_shell = hooks.mode != freeze_session::hook_mode::exec;
  session.pre_arguments = hooks.pre_arguments;
  session.post_arguments = hooks.post_arguments;
  if (hooks.mode == freeze_session::hook_mode::client) {
    plan.mode = freeze_session::session_mode::client;
    plan.client = hooks.client;
    plan.ready = hooks.ready;
  }
  return session;
}

} // namespace actors
