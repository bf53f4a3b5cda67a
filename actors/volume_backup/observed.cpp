#include "actors/volume_backup/observed.hpp"

#include "actors/volume_backup/hook_choice.hpp"

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

/// ... of all snapshots, and of their group.
when last_of_set(const observed& world, when observed_snapshot::*member) {
  const auto last = last_of_all(world.snapshots, member);
  if (!world.group || !last)
    return last;
  const when& of_group = (*world.group).*member;
  return of_group && is_earlier(*of_group, *last) ? last : of_group;
}

} // namespace

bool observed::must_probe() const {
  return plan && probe != probe_state::answered
         && std::any_of(plan->pods.begin(), plan->pods.end(), must_be_asked);
}

bool has_begun(crds::backup_phase phase) {
  return phase != crds::backup_phase::none && phase != crds::backup_phase::pending
         && phase != crds::backup_phase::queued;
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

std::span<observed_snapshot> observed::created_objects() {
  return group ? std::span{&*group, 1} : std::span{snapshots};
}

std::span<const observed_snapshot> observed::created_objects() const {
  return group ? std::span{&*group, 1} : std::span{snapshots};
}

observed_snapshot& observed::followed(std::size_t index) {
  return index < snapshots.size() ? snapshots[index] : group.value();
}

std::string name_of_followed(const backup_plan& plan, std::size_t index) {
  return index < plan.claims.size() ? "claim " + plan.claims[index].name
                                    : "VolumeGroupSnapshot " + plan.group.value().name;
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

when observed::first_requested() const {
  return first_of(created_objects(), &observed_snapshot::requested);
}

when observed::last_cut() const {
  return last_of_set(*this, &observed_snapshot::cut);
}

std::optional<std::chrono::nanoseconds> freeze_overhead(const observed& world) {
  const auto cut = world.last_cut();
  if (!cut || !world.has_hooks())
    return std::nullopt;
  std::chrono::nanoseconds longest_way{0};
  for (const auto& pod : world.pods) {
    if (!pod.freeze_sent || !pod.frozen)
      return std::nullopt;
    longest_way = std::max<std::chrono::nanoseconds>(
        longest_way, pod.frozen->steady - pod.freeze_sent->steady - pod.pre_hook_took);
  }
  const auto asked = world.first_requested();
  if (!asked)
    return std::nullopt;
  return longest_way + (cut->steady - asked->steady);
}

when observed::last_ready() const {
  return last_of_set(*this, &observed_snapshot::ready);
}

} // namespace actors
