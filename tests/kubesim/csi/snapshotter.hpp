#pragma once

#include "tests/kubesim/csi/csi_context.hpp"
#include "tests/kubesim/csi/snapshot_cutter.hpp"

#include <set>
#include <string>
#include <vector>

namespace kubesim {

/// The snapshot controller. A VolumeSnapshot's way, each line one event of it:
///
/// - added
/// - finalizer volumesnapshot-as-source-protection (error: unknown class, claim not bound; may
/// clear)
/// - status boundVolumeSnapshotContentName: the content exists
/// - finalizer volumesnapshot-bound-protection: the cut begins
/// - status creationTime, restoreSize, readyToUse; with ready_latency readyToUse in a later one
class snapshotter {
public:
  explicit snapshotter(csi_context& csi);
  snapshotter(const snapshotter&) = delete;
  snapshotter& operator=(const snapshotter&) = delete;

private:
  void reconcile(const object_ref& ref);
  void reconcile_waiting();
  void reconcile_content(const std::string& name);

  bool choose_class(const json& snapshot);
  void bind_existing(const json& snapshot);
  void create_content(const json& snapshot, const json& claim, const json& snapshot_class);

  void finish_removal(const json& snapshot);
  bool is_held_by_group(const json& snapshot) const;
  void reconcile_members(const json& group);
  void remove_content(const json& content, std::function<void()> then);

  void report(const json& snapshot, const std::string& message, const json& ready);

  csi_context& csi_;
  event_recorder events_;
  snapshot_cutter cutter_;
  std::set<object_ref> waiting_;
  std::set<std::string> removals_; ///< contents whose files are being removed
  std::vector<registry::subscription> subscriptions_;
};

} // namespace kubesim
