#include "actors/direct_hook_executor.hpp"

namespace actors {

namespace {

using namespace std::chrono_literals;

/// Beyond the hook itself: opening the stream.
constexpr auto exec_margin = 10s;
/// Between two tries of the post-hook.
constexpr auto retry_pause = 500ms;

std::string words_of(const k8s::exec_outcome& outcome) {
  if (const auto* exited = std::get_if<k8s::exec_exited>(&outcome))
    return "exit code " + std::to_string(exited->exit_code);
  if (const auto* refused = std::get_if<k8s::exec_refused>(&outcome))
    return to_string(refused->cause);
  return to_string(std::get<k8s::exec_lost>(outcome).cause);
}

} // namespace

hook_executor_actor::behavior_type
direct_hook_executor_state::make_behavior(operator_context shared, supervisor_actor owner,
                                          pod_session what) {
  context = std::move(shared);
  parent = std::move(owner);
  session = std::move(what);
  return {
      [this](const freeze_pod& command) { freeze(command.not_after); },
      [this](const thaw_pod&) { thaw(release::thawed, {}); },
      [this](const rescue_pod&) { thaw(release::rescued, "the operator that froze it ended"); },
      [](const exec_spoke&) {}, // the stream's handlers keep its end
      [this](const exec_ended& news) {
        if (news.exec == exec_number && at != phase::ended)
          conclude(news.outcome);
      },
      [this](const deadline_passed&) { check_deadline(); },
  };
}

// Commands.

void direct_hook_executor_state::freeze(k8s::timestamp not_after) {
  if (at != phase::idle)
    return;
  if (!context.may_act())
    return release_pod(release::never_frozen, "another replica acts now");
  if (context.wall() >= not_after)
    return release_pod(release::never_frozen, "it is too late to freeze");
  at = phase::freezing;
  began = self->clock().now();
  open(session.pre_arguments, session.plan.max_freeze + exec_margin);
}

/// A pre-hook that still runs could freeze after the post-hook: its end is waited for, but not for
/// ever.
void direct_hook_executor_state::thaw(release how, std::string why) {
  switch (at) {
  case phase::idle:
    if (how == release::thawed)
      return release_pod(release::never_frozen, "thawed before it was frozen");
    break;
  case phase::freezing:
    at = phase::waiting_for_pre_hook;
    return await(session.thaw_limit);
  case phase::holding:
    break;
  case phase::waiting_for_pre_hook:
  case phase::thawing:
  case phase::ended:
    return;
  }
  begin_thaw(how, std::move(why));
}

void direct_hook_executor_state::begin_thaw(release how, std::string why) {
  at = phase::thawing;
  released_as = how;
  cause = std::move(why);
  give_up_at = self->clock().now() + session.plan.max_freeze + 2 * session.thaw_limit;
  run_post_hook();
}

void direct_hook_executor_state::run_post_hook() {
  due.reset();
  if (session.post_arguments.empty())
    return release_pod(release::unconfirmed, "the pod declares no post-hook any more");
  if (!context.may_act()) // the pod may be another replica's by now, and frozen again
    return self->clock().now() >= give_up_at
               ? release_pod(release::unconfirmed, "another replica acts now")
               : await(retry_pause);
  open(session.post_arguments, session.thaw_limit + exec_margin);
}

void direct_hook_executor_state::open(const std::vector<std::string>& command,
                                      std::chrono::milliseconds deadline) {
  if (stream)
    stream->abandon();
  const auto number = ++exec_number;
  const auto me = handle_of<hook_executor_actor>(self);
  k8s::exec_request request;
  request.pod = session.key;
  request.container = session.container;
  request.command = command;
  request.deadline = deadline;
  k8s::exec_handlers handlers;
  handlers.on_output
      = [tail = output](k8s::exec_channel, std::string_view bytes) { tail->append(bytes); };
  handlers.on_done = [me, number](k8s::exec_outcome outcome) {
    caf::anon_send<caf::message_priority::high>(me, exec_ended{number, std::move(outcome)});
  };
  stream = context.exec->open(std::move(request), std::move(handlers));
}

// News.

void direct_hook_executor_state::conclude(const k8s::exec_outcome& outcome) {
  if (at == phase::thawing)
    return conclude_thaw(outcome);
  conclude_freeze(outcome);
}

void direct_hook_executor_state::conclude_freeze(const k8s::exec_outcome& outcome) {
  const auto* exited = std::get_if<k8s::exec_exited>(&outcome);
  if (exited)
    pre_exit = exited->exit_code;
  if (std::holds_alternative<k8s::exec_refused>(outcome))
    return release_pod(release::never_frozen, words_of(outcome));
  const auto why = "the pre-hook: " + words_of(outcome);
  if (!exited) {
    self->send<caf::message_priority::high>(parent, session_lost{session.pod, why});
    return begin_thaw(release::rescued, why);
  }
  if (exited->exit_code != 0)
    return begin_thaw(release::pre_hook_failed, why);
  if (at == phase::waiting_for_pre_hook)
    return begin_thaw(release::thawed, {});
  at = phase::holding;
  const auto took
      = std::chrono::duration_cast<std::chrono::milliseconds>(self->clock().now() - began);
  self->send<caf::message_priority::high>(parent, pod_frozen{session.pod, context.wall(), took});
}

void direct_hook_executor_state::conclude_thaw(const k8s::exec_outcome& outcome) {
  const auto why = "the post-hook: " + words_of(outcome);
  if (const auto* exited = std::get_if<k8s::exec_exited>(&outcome)) {
    post_exit = exited->exit_code;
    return exited->exit_code == 0 ? release_pod(released_as, cause)
                                  : release_pod(release::post_hook_failed, why);
  }
  const auto* refused = std::get_if<k8s::exec_refused>(&outcome);
  if (refused && refused->cause.is_not_found())
    return release_pod(release::rescued, "the pod is gone, and its freeze with it");
  if (self->clock().now() >= give_up_at)
    return release_pod(release::unconfirmed, why);
  if (released_as == release::thawed) {
    released_as = release::rescued; // nobody knows whether the first one ran
    cause = "it was run again after " + why;
  }
  await(retry_pause);
}

void direct_hook_executor_state::await(std::chrono::nanoseconds limit) {
  due = self->clock().now() + limit;
  self->delayed_send(self, limit, deadline_passed{});
}

void direct_hook_executor_state::check_deadline() {
  if (at == phase::ended || !due || self->clock().now() < *due)
    return;
  if (at == phase::waiting_for_pre_hook)
    return begin_thaw(release::unconfirmed, "the pre-hook has not ended and may freeze later");
  run_post_hook();
}

// The last word.

void direct_hook_executor_state::release_pod(release how, std::string why) {
  at = phase::ended;
  self->send<caf::message_priority::high>(parent, pod_released{session.pod, how, pre_exit,
                                                               post_exit, std::move(why),
                                                               output->text(), context.wall()});
  self->quit();
}

hook_executor_actor::behavior_type
direct_hook_executor(self_of<hook_executor_actor, direct_hook_executor_state> self,
                     operator_context context, supervisor_actor parent, pod_session session) {
  harden(self);
  return self->state.make_behavior(std::move(context), std::move(parent), std::move(session));
}

} // namespace actors
