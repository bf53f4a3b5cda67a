#pragma once

#include "tests/kubesim/csi/csi_context.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace kubesim {

/// What snapshot controller and csi-snapshotter do for VolumeGroupSnapshots. A group's way, each
/// line one event of it:
///
///   added                                             error: no class, no claim (may clear)
///   status boundVolumeGroupSnapshotContentName        the content exists
///   finalizer volumegroupsnapshot-bound-protection    the cut begins, of all claims at one moment
///   status creationTime, readyToUse                   its members are there
///
/// Its members are VolumeSnapshots that it owns, with contents of their own; only deleting the
/// group deletes them.
class group_snapshotter {
public:
  explicit group_snapshotter(csi_context& csi);
  group_snapshotter(const group_snapshotter&) = delete;
  group_snapshotter& operator=(const group_snapshotter&) = delete;

private:
  /// One group between the creation of its content and its being ready.
  struct cut;
  using cut_ptr = std::shared_ptr<cut>;

  void reconcile(const object_ref& ref);
  void reconcile_waiting();
  void choose_class(const json& group);
  void begin(const json& group, const json& group_class);
  bool add_members(cut& it, const json& group) const;
  bool create_content(const cut_ptr& it, const json& group, const json& group_class);
  void take_cut(const cut_ptr& it);
  void finish_cut(const cut_ptr& it, const std::string& problem);
  void fail_cut(const cut_ptr& it, const std::string& problem);
  void make_members(const cut_ptr& it);
  void publish(const cut_ptr& it, bool is_ready);
  void conclude(const cut_ptr& it);
  void finish_removal(const json& group);
  void wait_with_error(const json& group, const std::string& problem);
  void report(const json& group, const std::string& message);

  csi_context& csi_;
  event_recorder events_;
  std::map<std::string, cut_ptr> cuts_; ///< by uid of the group
  std::set<object_ref> waiting_;
  std::vector<registry::subscription> subscriptions_;
};

} // namespace kubesim
