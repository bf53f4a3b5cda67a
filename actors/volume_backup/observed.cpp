#include "actors/volume_backup/observed.hpp"

#include <algorithm>

namespace actors {

namespace {

using when = std::optional<moment>;

bool is_earlier(const moment& left, const moment& right) {
  return left.steady < right.steady;
}

/// The earliest instant among those set.
template <class Range, class Member>
when first_of(const Range& range, Member member) {
  when first;
  for (const auto& item : range)
    if (const when& at = item.*member; at && (!first || is_earlier(*at, *first)))
      first = at;
  return first;
}

/// The latest instant, or none while one is still missing.
template <class Range, class Member>
when last_of_all(const Range& range, Member member) {
  when last;
  for (const auto& item : range) {
    const when& at = item.*member;
    if (!at)
      return std::nullopt;
    if (!last || is_earlier(*last, *at))
      last = at;
  }
  return last;
}

} // namespace

observed observed::at_start(const crds::volume_backup& backup, const moment& now) {
  observed world;
  world.backup = backup;
  world.started = now;
  const auto& status = backup.status;
  const bool has_begun = status.phase != crds::backup_phase::none
                         && status.phase != crds::backup_phase::pending
                         && status.phase != crds::backup_phase::queued;
  if (!has_begun)
    return world;
  if (backup.metadata.has_finalizer(crds::volume_backup::finalizer))
    world.finalizer = persisted::accepted;
  if (is_final(status.phase)) {
    world.final_status = persisted::accepted;
    world.ending = actors::ending{status.phase, status.reason, status.message};
  } else {
    world.ending = actors::ending{
        crds::backup_phase::failed, "Interrupted",
        "the operator ended while this backup was in phase " + std::string{to_string(status.phase)}
            + "; its freeze sessions thaw by themselves when their stream ends"};
  }
  return world;
}

bool observed::any_pod_may_be_frozen() const {
  return std::any_of(pods.begin(), pods.end(), [](const auto& pod) { return pod.may_be_frozen(); });
}

bool observed::all_frozen() const {
  return std::all_of(pods.begin(), pods.end(),
                     [](const auto& pod) { return pod.frozen.has_value(); });
}

bool observed::all_released() const {
  return std::all_of(pods.begin(), pods.end(),
                     [](const auto& pod) { return pod.released.has_value(); });
}

bool observed::any_requested() const {
  return std::any_of(snapshots.begin(), snapshots.end(),
                     [](const auto& snapshot) { return snapshot.requested.has_value(); });
}

bool observed::all_cut() const {
  return !snapshots.empty() && last_cut().has_value();
}

bool observed::all_ready() const {
  return !snapshots.empty() && last_ready().has_value();
}

when observed::first_freeze_sent() const {
  return first_of(pods, &observed_pod::freeze_sent);
}

when observed::last_frozen() const {
  return last_of_all(pods, &observed_pod::frozen);
}

when observed::first_thaw_sent() const {
  return first_of(pods, &observed_pod::thaw_sent);
}

when observed::last_released() const {
  return last_of_all(pods, &observed_pod::released);
}

when observed::last_cut() const {
  return last_of_all(snapshots, &observed_snapshot::cut);
}

when observed::last_ready() const {
  return last_of_all(snapshots, &observed_snapshot::ready);
}

} // namespace actors
