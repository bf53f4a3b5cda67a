#pragma once

#include "actors/volume_backup/plan.hpp"
#include "crds/volume_backup.hpp"
#include "messages/hook.hpp"
#include "messages/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace actors {

/// One instant on both clocks: deadlines are counted on the steady one, people read the other.
struct moment {
  std::chrono::steady_clock::time_point steady;
  k8s::timestamp wall;
};

/// An API server works on a write for 34 s at most, whether or not anybody still waits for the
/// answer (requestTimeoutUpperBound of its handlers; Kubernetes 1.20 and newer).
inline constexpr std::chrono::seconds longest_write{35};

/// What is known of one pod that declares hooks.
struct observed_pod {
  std::optional<moment> freeze_sent, frozen, thaw_sent, lost, released;
  std::chrono::milliseconds pre_hook_took{}; ///< set with `frozen`
  std::string lost_because;                  ///< set with `lost`
  bool was_lost_unasked = false;             ///< with `lost`: nobody had asked it to thaw
  std::optional<messages::pod_released> end; ///< set with `released`

  /// From the moment the freeze was asked for until the executor's last word, the pod counts as
  /// frozen.
  bool may_be_frozen() const { return freeze_sent && !released; }
};

/// What is known of one claim's snapshot.
struct observed_snapshot {
  std::optional<moment> requested, created, cut, ready;
  messages::snapshot_observed seen; ///< everything seen so far, merged
  std::string trouble;              ///< the last error, while it may clear
  std::optional<std::string> lost;  ///< it can never succeed
  std::string uid;                  ///< of the VolumeSnapshot, once created
  int creates_sent = 0;
  bool is_from_earlier_run
      = false; ///< our first create met it: cut at a time that this run knows nothing of
  bool create_is_out = false; ///< a create has been sent and not been answered
  /// Since a create was sent whose answer never came: the object may still appear until then.
  std::optional<std::chrono::steady_clock::time_point> may_appear_until;
  bool discard_sent = false;       ///< and not answered
  std::optional<moment> discarded; ///< last seen deleted or not there

  /// Deleted, and no create can bring it back.
  bool is_discarded() const {
    return discarded && (!may_appear_until || *may_appear_until <= discarded->steady);
  }
};

/// Of the labels by which a group finds its claims.
struct observed_labels {
  bool asked = false;        ///< the claims may have them
  bool is_accepted = false;  ///< the claims have them
  bool write_is_out = false; ///< sent and not answered
  std::optional<std::string> refused;
  /// Since a write was sent whose answer never came: they may still appear until then.
  std::optional<std::chrono::steady_clock::time_point> may_appear_until;
  bool removal_sent = false;     ///< and not answered
  std::optional<moment> removed; ///< last seen without them

  /// Taken off, and no write can bring them back.
  bool are_removed() const {
    return removed && (!may_appear_until || *may_appear_until <= removed->steady);
  }
};

/// Has a write been sent, and did the server accept it?
enum class persisted { no, sent, accepted };

enum class preflight_state { not_asked, asked, answered };

/// `hook-pods: probe`: the pods themselves say whether they are to be frozen.
enum class probe_state { not_asked, asked, answered };

/// Freezes of one workload take turns, and wait for slots of their drivers.
enum class turn_state { none, asked, delayed, held, ended };

/// Are the pods still those that were frozen?
enum class identity_state { not_asked, asked, same, changed };

/// How the backup ends; once set it does not change.
struct ending {
  crds::backup_phase phase = crds::backup_phase::failed;
  std::string reason, message;
  bool keeps_snapshots = false; ///< cut whole before the end: the set may still become ready
};

/// What a run by another process, since ended, may have left behind; none when all of it is cleared
/// up.
struct earlier_run {
  bool pods_asked = false, pods_known = false;
  bool is_thawed_again = false; ///< or about to be: what that run began late
  bool snapshots_asked = false;
  std::optional<moment> snapshots_known; ///< last looked for
  /// An exec of that run that arrives from then on freezes nothing, a create makes nothing: nothing
  /// may be frozen before.
  std::chrono::steady_clock::time_point void_from;
};

/// Everything known about one backup run, and nothing concluded. Facts only ever become more;
/// `decide` reads them.
struct observed {
  crds::volume_backup
      backup; ///< as last read; `metadata.resource_version` is what the next write names
  moment started;

  preflight_state preflight = preflight_state::not_asked;
  std::optional<moment> preflight_asked; ///< last
  bool is_held_up = false; ///< the last that its status told is that it waits for preflight
  std::optional<refusal> refused;
  std::string was_kind;            ///< of the workload, in a plan that was dropped
  std::optional<backup_plan> plan; ///< with `pods` and `snapshots` in step with it

  probe_state probe = probe_state::not_asked;
  std::vector<messages::pod_probed> probed; ///< the answers so far

  turn_state turn = turn_state::none;
  std::string waits_for;            ///< with `delayed`: in words
  bool waits_for_slot = false;      ///< with `delayed`: for nothing else
  std::optional<moment> turn_asked; ///< with `asked` and `delayed`

  persisted queued_status = persisted::no; ///< only if preflight or the turn is delayed
  persisted finalizer = persisted::no;
  persisted freezing_status = persisted::no;  ///< write-ahead: before the first exec
  persisted uploading_status = persisted::no; ///< after the thaw
  persisted final_status = persisted::no;
  persisted finalizer_dropped = persisted::no;
  /// Of the write that is out nobody knows whether the server accepted it: the object tells.
  bool must_read = false;
  bool was_refused = false; ///< or that it did not: somebody else has written

  std::vector<observed_pod> pods;           ///< as plan.pods
  std::vector<observed_snapshot> snapshots; ///< as plan.claims
  /// With `plan.group`: it is what is created and deleted, and `snapshots` are its members.
  std::optional<observed_snapshot> group;
  observed_labels claim_labels;               ///< for the group
  persisted members_labelled = persisted::no; ///< as the snapshots that are created here are

  std::optional<earlier_run> earlier;
  bool was_interrupted = false; ///< the process that froze the pods ended before it saw the thaw
  bool is_settled = false;      ///< verdict and times stand in the status: only readiness is open
  bool is_followed = false;     ///< the snapshots have watchers
  bool look_is_out = false;     ///< they are read beside the watch, and this is not answered
  std::optional<moment> looked; ///< last read so

  identity_state identity = identity_state::not_asked;
  std::string identity_change; ///< which pod, in words

  bool is_gone = false;     ///< the object was deleted from the API
  bool is_stopping = false; ///< the operator shuts down
  std::optional<actors::ending> ending;

  int failed_writes = 0; ///< in a row
  std::optional<std::chrono::steady_clock::time_point>
      writes_resume; ///< no write before, after one failed

  bool any_pod_may_be_frozen() const;
  bool all_frozen() const;
  bool all_released() const; ///< also when there is no pod with hooks
  bool any_requested() const;
  /// What this backup creates and deletes: its snapshots or their group.
  std::span<observed_snapshot> created_objects();
  std::span<const observed_snapshot> created_objects() const;
  /// By the index that watchers report: that of a claim, or one more for the group.
  observed_snapshot& followed(std::size_t index);
  bool all_cut() const;
  bool all_ready() const;
  bool has_hooks() const { return !pods.empty(); }
  bool must_probe() const;
  std::optional<moment> first_freeze_sent() const;
  std::optional<moment> last_frozen() const;
  std::optional<moment> first_thaw_sent() const;
  std::optional<moment> last_released() const;
  std::optional<moment> first_requested() const; ///< snapshot, or the group
  std::optional<moment> last_cut() const;
  std::optional<moment> last_ready() const;
};

/// What of a whole freeze others could have lengthened: the way to its pods without their
/// pre-hooks, and the cut. Post-hooks say nothing of how long they took.
std::optional<std::chrono::nanoseconds> freeze_overhead(const observed& world);

/// What has that index, in words: `claim data`, `VolumeGroupSnapshot nightly-group-x`.
std::string name_of_followed(const backup_plan& plan, std::size_t index);

/// From the write-ahead on: something may be frozen or half made.
bool has_begun(crds::backup_phase phase);

} // namespace actors
