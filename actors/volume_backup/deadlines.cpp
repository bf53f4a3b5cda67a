#include "actors/volume_backup/deadlines.hpp"

#include <algorithm>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// What was read of the snapshots is told by their watchers, and a handle by another watch: longer
/// than `handle_patience`.
constexpr auto time_to_tell = 12s;

/// Of the reads beside the watch, while something is frozen.
constexpr auto between_looks = 3s;

/// Of a wait for a slot or for preflight: when thousands wait, each write counts.
constexpr auto time_worth_telling = 5s;
/// Of a wait for a slot, if the status says already that it waits.
constexpr auto time_worth_telling_again = 60s;

/// What preflight saw of the pods holds that long: the freeze itself notices most changes.
constexpr auto longest_view = 15s;

} // namespace

std::chrono::milliseconds total_of(const observed& world) {
  return world.plan ? world.plan->timeouts.total : world.backup.spec.timeouts.total;
}

std::optional<steady_time> total_deadline(const observed& world) {
  return world.started.steady + total_of(world);
}

std::optional<steady_time> queued_deadline(const observed& world) {
  if (world.preflight == preflight_state::asked && world.preflight_asked)
    return world.preflight_asked->steady + time_worth_telling;
  if (world.turn != turn_state::delayed || !world.turn_asked)
    return std::nullopt;
  if (!world.waits_for_slot)
    return world.turn_asked->steady;
  return world.turn_asked->steady
         + (world.is_held_up ? time_worth_telling_again : time_worth_telling);
}

bool is_view_outdated(const observed& world, const moment& now) {
  return world.turn == turn_state::delayed && world.turn_asked
         && (!world.waits_for_slot || now.steady >= world.turn_asked->steady + longest_view);
}

std::optional<steady_time> freeze_deadline(const observed& world, std::size_t i) {
  const auto& pod = world.pods[i];
  if (!pod.freeze_sent || pod.frozen || pod.released || pod.thaw_sent)
    return std::nullopt;
  return pod.freeze_sent->steady + world.plan->pods[i].freeze_timeout;
}

std::optional<steady_time> freeze_deadline(const observed& world) {
  std::optional<steady_time> first;
  for (std::size_t i = 0; i < world.pods.size(); ++i)
    if (const auto due = freeze_deadline(world, i))
      first = first ? std::min(*first, *due) : due;
  return first;
}

std::optional<steady_time> max_freeze_deadline(const observed& world) {
  const auto first = world.first_freeze_sent();
  if (!first || !world.any_pod_may_be_frozen() || world.first_thaw_sent())
    return std::nullopt;
  return first->steady + world.plan->timeouts.max_freeze;
}

namespace {

/// Until when all must be ready, and how long before that they are read beside the watch.
struct readiness {
  steady_time due;
  std::chrono::nanoseconds to_tell;
};

std::optional<readiness> awaited_readiness(const observed& world) {
  std::optional<moment> since;
  if (world.all_cut())
    since = world.last_cut();
  else if (world.any_requested() && !world.any_pod_may_be_frozen())
    for (const auto& snapshot : world.snapshots)
      if (snapshot.requested && (!since || since->steady < snapshot.requested->steady))
        since = snapshot.requested;
  if (!since || world.all_ready())
    return std::nullopt;
  const auto limit = world.plan->timeouts.ready;
  return readiness{since->steady + limit,
                   std::min<std::chrono::nanoseconds>(time_to_tell, limit / 2)};
}

/// Beside the watch, while something is frozen.
std::optional<steady_time> next_look_while_frozen(const observed& world) {
  if (world.first_thaw_sent())
    return std::nullopt;
  std::optional<moment> last = world.looked;
  for (const auto& object : world.created_objects())
    if (object.requested && (!last || last->steady < object.requested->steady))
      last = object.requested;
  if (!last)
    return std::nullopt;
  return last->steady + between_looks;
}

} // namespace

std::optional<steady_time> look_deadline(const observed& world) {
  if (!world.plan || world.ending || world.earlier || !world.any_requested())
    return std::nullopt;
  if (world.any_pod_may_be_frozen())
    return next_look_while_frozen(world);
  const auto wait = awaited_readiness(world);
  if (!wait || !world.is_followed)
    return std::nullopt;
  const auto due = wait->due - wait->to_tell;
  if (world.looked && world.looked->steady >= due)
    return std::nullopt;
  return std::chrono::time_point_cast<steady_time::duration>(due);
}

std::optional<steady_time> ready_deadline(const observed& world) {
  const auto wait = awaited_readiness(world);
  if (!wait || !world.looked || world.looked->steady < wait->due - wait->to_tell)
    return std::nullopt;
  return std::max(wait->due, std::chrono::time_point_cast<steady_time::duration>(
                                 world.looked->steady + wait->to_tell));
}

bool discard_is_due(const observed_snapshot& snapshot, const moment& now) {
  if (!snapshot.requested || snapshot.is_discarded() || snapshot.discard_sent
      || snapshot.create_is_out)
    return false;
  return !snapshot.discarded || has_passed(snapshot.may_appear_until, now);
}

bool removal_is_due(const observed_labels& labels, const moment& now) {
  if (!labels.asked || labels.are_removed() || labels.removal_sent || labels.write_is_out)
    return false;
  return !labels.removed || has_passed(labels.may_appear_until, now);
}

bool has_passed(const std::optional<steady_time>& deadline, const moment& now) {
  return deadline && *deadline <= now.steady;
}

std::optional<steady_time> next_deadline(const observed& world, const moment& now) {
  std::optional<steady_time> next;
  const auto consider = [&next, &now](const std::optional<steady_time>& due) {
    if (due && *due > now.steady)
      next = next ? std::min(*next, *due) : *due;
  };
  consider(world.writes_resume);
  consider(total_deadline(world));
  if (world.earlier)
    consider(world.earlier->void_from);
  if (world.queued_status == persisted::no)
    consider(queued_deadline(world));
  if (!world.plan)
    return next;
  consider(freeze_deadline(world));
  consider(max_freeze_deadline(world));
  consider(look_deadline(world));
  consider(ready_deadline(world));
  consider(world.claim_labels.may_appear_until);
  for (const auto& object : world.created_objects())
    consider(object.may_appear_until);
  return next;
}

k8s::timestamp not_after(const observed& world, const moment& now) {
  const auto& timeouts = world.plan->timeouts;
  return now.wall + std::min(timeouts.freeze, timeouts.max_freeze);
}

} // namespace actors
