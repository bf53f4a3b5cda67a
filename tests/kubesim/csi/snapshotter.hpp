#pragma once

#include "tests/kubesim/csi/csi_context.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace kubesim {

/// Snapshot controller and csi-snapshotter in one. A VolumeSnapshot's way, each line one event of
/// it:
///
///   added
///   finalizer volumesnapshot-as-source-protection     error: unknown class, claim not bound (may
///   clear) status boundVolumeSnapshotContentName             the content exists finalizer
///   volumesnapshot-bound-protection         the cut begins status creationTime, restoreSize,
///   readyToUse      with ready_latency: readyToUse in a later one
class snapshotter {
public:
  explicit snapshotter(csi_context& csi);
  snapshotter(const snapshotter&) = delete;
  snapshotter& operator=(const snapshotter&) = delete;

private:
  /// One snapshot between the creation of its content and its being ready.
  struct cut;
  using cut_ptr = std::shared_ptr<cut>;

  void reconcile(const object_ref& ref);
  void reconcile_waiting();
  void reconcile_content(const std::string& name);

  bool choose_class(const json& snapshot);
  void bind_existing(const json& snapshot);
  void create_content(const json& snapshot, const json& claim, const json& snapshot_class);
  void begin_cut(const cut_ptr& it);
  void take_cut(const cut_ptr& it);
  void finish_cut(const cut_ptr& it, const std::string& problem);
  void publish_cut(const cut_ptr& it, bool is_ready);
  void become_ready(const cut_ptr& it);
  void fail_cut(const cut_ptr& it, const std::string& problem);
  void end_protection(const cut_ptr& it);

  void finish_removal(const json& snapshot);
  bool is_held_by_group(const json& snapshot) const;
  void reconcile_members(const json& group);
  void remove_content(const json& content, std::function<void()> then);

  void report(const json& snapshot, const std::string& message, const json& ready);

  csi_context& csi_;
  event_recorder events_;
  std::map<std::string, cut_ptr> cuts_; ///< by uid of the snapshot
  std::map<object_ref, int> cuts_of_claims_;
  std::set<object_ref> waiting_;
  std::set<std::string> removals_; ///< contents whose files are being removed
  std::vector<registry::subscription> subscriptions_;
};

} // namespace kubesim
