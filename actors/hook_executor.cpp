#include "actors/hook_executor.hpp"

#include <algorithm>
#include <utility>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// Beyond the freeze and the thaw: opening the stream, the program's start.
constexpr auto session_margin = 30s;
/// Between two attempts to rescue.
constexpr auto rescue_pause = 500ms;
/// Until a rescue says that it is there, at first; twice as long each time, for a node that is
/// slow.
constexpr auto first_rescue_patience = 10s, last_rescue_patience = 80s;
/// Rescues are begun for at least as long: the third has 40 s to begin.
constexpr auto least_rescue_time = 60s;
/// What was frozen died with the pod, and a lock with the client that held it. But a container that
/// does not run now may run again, and what its pre-hook did to a volume is still done.
bool took_its_freeze_with_it(const k8s::error& cause, freeze_session::session_mode mode) {
  const bool is_container_gone = cause.detail.find("container not found") != std::string::npos;
  return cause.is_not_found()
         || (is_container_gone && mode == freeze_session::session_mode::client);
}

std::string words_of(const k8s::exec_outcome& outcome) {
  if (const auto* exited = std::get_if<k8s::exec_exited>(&outcome))
    return "the session program ended with exit code " + std::to_string(exited->exit_code);
  if (const auto* refused = std::get_if<k8s::exec_refused>(&outcome))
    return to_string(refused->cause);
  return to_string(std::get<k8s::exec_lost>(outcome).cause);
}

} // namespace

hook_executor_actor::behavior_type hook_executor_state::make_behavior(operator_context shared,
                                                                      supervisor_actor owner,
                                                                      pod_session what) {
  context = std::move(shared);
  parent = std::move(owner);
  session = std::move(what);
  rescue_patience = first_rescue_patience;
  return {
      [this](const freeze_pod& command) { freeze(command.not_after); },
      [this](const thaw_pod&) { thaw(); },
      [this](const rescue_pod&) {
        if (at == phase::idle)
          rescue("the operator that froze it ended");
      },
      [this](const exec_spoke& news) { hear(news); },
      [this](const exec_ended& news) {
        if (news.exec == exec_number && at != phase::ended)
          conclude(news.outcome);
      },
      [this](const deadline_passed&) { check_deadline(); },
  };
}

// Commands.

void hook_executor_state::freeze(k8s::timestamp latest) {
  if (at != phase::idle)
    return;
  // After the time was taken by which the freeze is void: a process that slept in between is late.
  if (!context.may_act())
    return release_pod(release::never_frozen, "another replica acts now");
  not_after = latest;
  at = phase::holding;
  auto plan = session.plan;
  plan.not_after = std::chrono::floor<std::chrono::seconds>(latest);
  open(freeze_session::session_command(session.id), freeze_session::session_input(plan),
       plan.max_freeze + plan.post_limit + session_margin);
}

void hook_executor_state::thaw() {
  switch (at) {
  case phase::idle:
    return release_pod(release::never_frozen, "thawed before it was frozen");
  case phase::holding:
    at = phase::thawing;
    stream->write(std::string{freeze_session::thaw_line});
    return await(session.thaw_limit);
  case phase::thawing:
  case phase::rescuing:
  case phase::ended:
    return;
  }
}

/// Opens an exec whose news come as messages with its number.
void hook_executor_state::open(std::vector<std::string> command, std::string input,
                               std::chrono::milliseconds deadline) {
  const auto number = ++exec_number;
  const auto me = handle_of<hook_executor_actor>(self);
  k8s::exec_request request;
  request.pod = session.key;
  request.container = session.container;
  request.command = std::move(command);
  request.with_stdin = true;
  request.deadline = deadline;
  k8s::exec_handlers handlers;
  handlers.on_output
      = [me, number, tail = output](k8s::exec_channel channel, std::string_view bytes) {
          if (channel == k8s::exec_channel::standard_error)
            return tail->append(bytes);
          caf::anon_send<caf::message_priority::high>(
              me, exec_spoke{number, channel, std::string{bytes}});
        };
  // As urgent as what was said before, or it would overtake that.
  handlers.on_done = [me, number](k8s::exec_outcome outcome) {
    caf::anon_send<caf::message_priority::high>(me, exec_ended{number, std::move(outcome)});
  };
  parser = {};
  stream = context.exec->open(std::move(request), std::move(handlers));
  stream->write(std::move(input));
}

// News.

void hook_executor_state::hear(const exec_spoke& news) {
  if (news.exec != exec_number)
    return;
  for (const auto& fact : parser.feed(news.bytes))
    if (news.exec == exec_number && at != phase::ended) // one fact may make the next ones stale
      std::visit([this](const auto& said) { note(said); }, fact);
}

void hook_executor_state::note(const freeze_session::frozen& fact) {
  if (at == phase::holding)
    self->send<caf::message_priority::high>(parent,
                                            pod_frozen{session.pod, context.wall(), fact.after_go});
}

void hook_executor_state::note(const freeze_session::refused& fact) {
  if (at == phase::rescuing)
    return retry_rescue("it refused: " + fact.why);
  if (fact.why == freeze_session::refused_late)
    return release_pod(
        release::never_frozen,
        "its exec began after the time for the freeze (timeouts.freeze) was over, or "
        "the clock of its node is ahead of the operator's");
  release_pod(release::never_frozen, "the session refused to freeze: " + fact.why);
}

void hook_executor_state::note(const freeze_session::client_lost& fact) {
  lost_because = "the client ended with exit code " + std::to_string(fact.exit_code);
}

void hook_executor_state::note(const freeze_session::thawed& fact) {
  using freeze_session::thaw_cause;
  post_exit = fact.post_exit;
  const auto post_words = "the post-hook ended with exit code " + std::to_string(fact.post_exit);
  if (fact.cause == thaw_cause::pre_failed)
    return release_pod(release::pre_hook_failed,
                       pre_exit ? "the pre-hook ended with exit code " + std::to_string(*pre_exit)
                                : lost_because + " before it was ready");
  if (fact.post_exit != 0)
    return release_pod(release::post_hook_failed, post_words);
  if (fact.cause == thaw_cause::line)
    return release_pod(release::thawed, {});
  release_pod(release::thawed_itself,
              lost_because.empty() ? "it thawed by itself: " + std::string{to_string(fact.cause)}
                                   : lost_because);
}

/// A rescue may come at any time: only one that is still waited for may do anything.
void hook_executor_state::note(const freeze_session::rescue_here&) {
  if (at != phase::rescuing)
    return;
  if (!context.may_act())
    return retry_rescue("another replica acts now");
  due.reset();
  rescue_was_told = true;
  stream->write(std::string{freeze_session::thaw_line});
}

void hook_executor_state::note(const freeze_session::rescue_thawed& fact) {
  post_exit = fact.post_exit;
  if (may_still_begin()) {
    drop_stream();
    return await(not_after - context.wall());
  }
  if (fact.post_exit == 0)
    return release_pod(release::rescued, lost_because);
  release_pod(release::post_hook_failed, "after " + lost_because
                                             + ": the post-hook of the rescue ended with exit code "
                                             + std::to_string(fact.post_exit));
}

/// An exec that was lost on its way may still arrive, freeze and hold: what a rescue has not found
/// before is looked for again when that time is over.
bool hook_executor_state::may_still_begin() const {
  return !is_armed && context.wall() < not_after;
}

/// A shell that prints a banner, or is no shell: harmless as long as nothing was armed; the exec's
/// end tells.
void hook_executor_state::note(const freeze_session::protocol_violation&) {
  context.log.debug({session.key, {}, "freeze session"}, "unexpected line on standard output");
}

/// The stream is over although the session's last line did not come.
void hook_executor_state::conclude(const k8s::exec_outcome& outcome) {
  if (at == phase::rescuing) {
    const auto* refused = std::get_if<k8s::exec_refused>(&outcome);
    if (refused && took_its_freeze_with_it(refused->cause, session.plan.mode))
      return release_pod(release::rescued, lost_because + "; the container is gone");
    return retry_rescue(words_of(outcome));
  }
  const bool never_began = std::holds_alternative<k8s::exec_refused>(outcome)
                           || (std::holds_alternative<k8s::exec_exited>(outcome) && !is_armed);
  if (never_began)
    return release_pod(release::never_frozen, words_of(outcome));
  rescue(words_of(outcome));
}

// Rescue.

void hook_executor_state::rescue(std::string why) {
  if (std::exchange(at, phase::rescuing) != phase::rescuing)
    self->send<caf::message_priority::high>(parent, session_lost{session.pod, why});
  if (lost_because.empty())
    lost_because = std::move(why);
  context.log.warn({session.key, {}, "rescue"}, "lost the freeze session: " + lost_because);
  if (!rescue_until)
    rescue_until = self->clock().now()
                   + std::max<std::chrono::nanoseconds>(
                       session.plan.max_freeze + 2 * session.thaw_limit, least_rescue_time);
  if (stream)
    stream->abandon();
  if (!context.may_act())
    return retry_rescue("another replica acts now");
  freeze_session::rescue_plan plan;
  plan.post_limit = session.thaw_limit;
  plan.mode = session.plan.mode;
  plan.post = session.plan.post;
  open(freeze_session::rescue_command(session.id), freeze_session::rescue_input(plan),
       rescue_patience + plan.post_limit + plan.patience + session_margin);
  await(rescue_patience);
}

void hook_executor_state::retry_rescue(const std::string& why) {
  // One that was told and then lost may still run its post-hook: one more would end it.
  const bool may_still_run = std::exchange(rescue_was_told, false);
  if (self->clock().now() >= *rescue_until) {
    if (!may_still_run || is_last_rescue)
      return release_pod(release::unconfirmed, lost_because + "; the rescue failed: " + why);
    is_last_rescue = true;
  }
  drop_stream();
  await(rescue_pause);
}

void hook_executor_state::drop_stream() {
  stream.reset();
  ++exec_number;
}

void hook_executor_state::await(std::chrono::nanoseconds limit) {
  due = self->clock().now() + limit;
  self->delayed_send(self, limit, deadline_passed{});
}

void hook_executor_state::check_deadline() {
  if (at == phase::ended || !due || self->clock().now() < *due)
    return;
  if (at == phase::rescuing && stream) {
    rescue_patience
        = std::min<std::chrono::milliseconds>(2 * rescue_patience, last_rescue_patience);
    return retry_rescue("it did not begin in time");
  }
  rescue("the thaw was not confirmed within its timeout");
}

// The last word.

void hook_executor_state::release_pod(release how, std::string cause) {
  at = phase::ended;
  if (stream)
    stream->close_stdin(); // the program has nothing more to wait for; its exit closes the stream
  self->send<caf::message_priority::high>(parent, pod_released{session.pod, how, pre_exit,
                                                               post_exit, std::move(cause),
                                                               output->text(), context.wall()});
  self->quit();
}

hook_executor_actor::behavior_type
hook_executor(self_of<hook_executor_actor, hook_executor_state> self, operator_context context,
              supervisor_actor parent, pod_session session) {
  harden(self);
  return self->state.make_behavior(std::move(context), std::move(parent), std::move(session));
}

} // namespace actors
