#include "actors/hook_prober.hpp"

namespace actors {

namespace {

/// What shells and runtimes say of a command that cannot be run or is not there: no answer.
constexpr int cannot_run = 126, not_there = 127;

pod_probed answer_of(std::size_t index, const k8s::exec_outcome& outcome) {
  if (const auto* exited = std::get_if<k8s::exec_exited>(&outcome)) {
    const auto code = exited->exit_code;
    if (code == cannot_run || code == not_there)
      return {index, false, "could not be run (exit code " + std::to_string(code) + ")", false};
    return {index, code == 0, {}, false};
  }
  const auto* refused = std::get_if<k8s::exec_refused>(&outcome);
  const auto& cause = refused ? refused->cause : std::get<k8s::exec_lost>(outcome).cause;
  if (cause.code == k8s::errc::timeout)
    return {index, false, "did not end in time", false};
  return {index, false, "could not be run: " + to_string(cause), cause.is_transient()};
}

} // namespace

hook_prober_actor::behavior_type hook_prober(self_of<hook_prober_actor, hook_prober_state> self,
                                             const operator_context& context,
                                             const supervisor_actor& parent, std::size_t index,
                                             const k8s::object_key& key, const planned_pod& pod) {
  harden(self);
  k8s::exec_request request;
  request.pod = key;
  request.container = pod.container;
  request.command = pod.hooks.probe_arguments;
  request.deadline = pod.freeze_timeout;
  k8s::exec_handlers handlers;
  handlers.on_done = [me = handle_of<hook_prober_actor>(self)](k8s::exec_outcome outcome) {
    caf::anon_send(me, exec_ended{1, std::move(outcome)});
  };
  self->state.stream = context.exec->open(std::move(request), std::move(handlers));
  return {
      [self, parent, index](const exec_ended& news) {
        self->send(parent, answer_of(index, news.outcome));
        self->quit();
      },
  };
}

} // namespace actors
