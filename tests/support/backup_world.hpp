#pragma once

#include "actors/volume_backup/next_step.hpp"

#include <chrono>
#include <string>

/// Builds the `observed` world of a backup in the words of its story: `backup_world{}.planned(1,
/// 1).freezing().frozen()`.
namespace support {

using namespace std::chrono_literals;

/// Noon, and instants after it.
inline actors::moment at(std::chrono::milliseconds after_noon) {
  constexpr auto noon
      = k8s::timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h};
  return {std::chrono::steady_clock::time_point{1000h} + after_noon, noon + after_noon};
}

class backup_world {
public:
  backup_world() {
    seen_.backup.metadata.name = "nightly";
    seen_.backup.metadata.name_space = "shop";
    seen_.backup.metadata.uid = "uid-1";
    seen_.backup.metadata.resource_version = "1";
    seen_.backup.spec.application_ref = "mysql";
    seen_.started = at(0ms);
  }

  /// Preflight passed for so many pods with hooks (`pod-0`...) and claims (`claim-0`...).
  backup_world& planned(std::size_t pods, std::size_t claims) {
    actors::backup_plan plan;
    plan.application = {"Deployment", "mysql", "uid-app"};
    for (std::size_t i = 0; i < pods; ++i)
      plan.pods.push_back(
          {"pod-" + std::to_string(i), "uid-pod-" + std::to_string(i), "main", 0, {}, {}, 30s});
    for (std::size_t i = 0; i < claims; ++i)
      plan.claims.push_back({"claim-" + std::to_string(i), "uid-claim", "driver", "class",
                             "snapshot-" + std::to_string(i)});
    seen_.preflight = actors::preflight_state::answered;
    seen_.is_followed = true;
    seen_.turn = actors::turn_state::held;
    seen_.plan = std::move(plan);
    seen_.pods.resize(pods);
    seen_.snapshots.resize(claims);
    return *this;
  }

  /// ... whose claims are cut as one group.
  backup_world& grouped() {
    seen_.plan->group = {"nightly-group", "groups"};
    for (auto& claim : seen_.plan->claims)
      claim.snapshot_name.clear();
    seen_.group.emplace();
    return *this;
  }

  /// The claims have the group's label.
  backup_world& labelled() {
    seen_.claim_labels.asked = seen_.claim_labels.is_accepted = true;
    return *this;
  }

  backup_world& unlabelled(std::chrono::milliseconds when = 6s) {
    seen_.claim_labels.removed = at(when);
    return *this;
  }

  /// Finalizer and write-ahead are accepted.
  backup_world& prepared() {
    seen_.finalizer = seen_.freezing_status = actors::persisted::accepted;
    return *this;
  }

  backup_world& freezing(std::chrono::milliseconds when = 1s) {
    prepared();
    seen_.turn = actors::turn_state::ended; // the end of a turn has tests of its own
    for (auto& pod : seen_.pods)
      pod.freeze_sent = at(when);
    return *this;
  }

  backup_world& frozen(std::chrono::milliseconds when = 2s) {
    for (auto& pod : seen_.pods)
      pod.frozen = at(when);
    return *this;
  }

  backup_world& requested(std::chrono::milliseconds when = 3s) {
    for (auto& snapshot : seen_.snapshots)
      snapshot.requested = snapshot.created = at(when);
    if (seen_.group)
      seen_.group->requested = seen_.group->created = at(when);
    return *this;
  }

  backup_world& cut(std::chrono::milliseconds when = 4s) {
    for (auto& snapshot : seen_.snapshots) {
      snapshot.cut = at(when);
      snapshot.seen.creation_time = at(when).wall;
    }
    if (seen_.group)
      seen_.group->cut = at(when);
    return *this;
  }

  backup_world& thawing(std::chrono::milliseconds when = 5s) {
    for (auto& pod : seen_.pods)
      pod.thaw_sent = at(when);
    return *this;
  }

  backup_world& released(messages::release how = messages::release::thawed,
                         std::chrono::milliseconds when = 6s) {
    for (std::size_t i = 0; i < seen_.pods.size(); ++i)
      released(i, how, when);
    return *this;
  }

  backup_world& released(std::size_t pod, messages::release how,
                         std::chrono::milliseconds when = 6s) {
    seen_.pods[pod].released = at(when);
    seen_.pods[pod].end
        = messages::pod_released{pod, how, {}, {}, "its cause", "its output", at(when).wall};
    return *this;
  }

  backup_world& compared(actors::identity_state found = actors::identity_state::same) {
    seen_.identity = found;
    return *this;
  }

  backup_world& uploading() {
    seen_.uploading_status = actors::persisted::accepted;
    return *this;
  }

  backup_world& ready(std::chrono::milliseconds when = 7s) {
    for (auto& snapshot : seen_.snapshots)
      snapshot.ready = at(when);
    if (seen_.group)
      seen_.group->ready = at(when);
    return *this;
  }

  /// Frozen, cut, thawed and compared as it should be.
  backup_world& thawed_well() {
    return freezing().frozen().requested().cut().thawing().released().compared();
  }

  backup_world& with(void (*change)(actors::observed&)) {
    change(seen_);
    return *this;
  }

  operator const actors::observed&() const { return seen_; }
  actors::observed& seen() { return seen_; }

private:
  actors::observed seen_;
};

} // namespace support
