#pragma once

#include "tests/kubesim/csi/csi_context.hpp"
#include "tests/kubesim/csi/wishes.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace kubesim {

/// One snapshot between the creation of its content and its being ready.
struct snapshot_cut {
  object_ref snapshot, claim;
  std::string uid, content, handle, volume_handle;
  json restore_size; ///< as a quantity
  wishes wish;
  int attempts = 0;
  time_point created{};
  timers::token timer;
};

using snapshot_cut_ptr = std::shared_ptr<snapshot_cut>;

/// The csi-snapshotter: copies the volume of a content while everything that mounts it stands, and
/// tells of it on the content and its snapshot.
class snapshot_cutter {
public:
  /// `on_end` hears of each snapshot that is no longer being cut: ready, given up, or never to be.
  snapshot_cutter(csi_context& csi, std::function<void(const object_ref& snapshot)> on_end);
  snapshot_cutter(const snapshot_cutter&) = delete;
  snapshot_cutter& operator=(const snapshot_cutter&) = delete;

  bool is_cutting(const std::string& snapshot_uid) const { return cuts_.contains(snapshot_uid); }
  void begin(const snapshot_cut_ptr& it);

private:
  void take(const snapshot_cut_ptr& it);
  void finish(const snapshot_cut_ptr& it, const std::string& problem);
  void publish(const snapshot_cut_ptr& it, bool is_ready);
  void become_ready(const snapshot_cut_ptr& it);
  void fail(const snapshot_cut_ptr& it, const std::string& problem);
  void tell_of_failure(const snapshot_cut_ptr& it, const std::string& message);
  void end_protection(const snapshot_cut_ptr& it);
  void end(const snapshot_cut_ptr& it);

  csi_context& csi_;
  event_recorder events_;
  std::function<void(const object_ref& snapshot)> on_end_;
  std::map<std::string, snapshot_cut_ptr> cuts_; ///< by uid of the snapshot
  std::map<object_ref, int> cuts_of_claims_;
};

} // namespace kubesim
