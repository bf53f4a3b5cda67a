#include "tests/kubesim/csi/snapshot_cutter.hpp"

#include "tests/kubesim/csi/stopped_processes.hpp"
#include "tests/kubesim/csi/tree_copy.hpp"

namespace kubesim {
namespace {

using namespace std::chrono_literals;

constexpr const char* claim_source = "snapshot.storage.kubernetes.io/pvc-as-source-protection";
constexpr const char* being_created = "snapshot.storage.kubernetes.io/volumesnapshot-being-created";

json annotation(const char* name, const json& value) {
  return {{"metadata", {{"annotations", {{name, value}}}}}};
}

} // namespace

snapshot_cutter::snapshot_cutter(csi_context& csi,
                                 std::function<void(const object_ref& snapshot)> on_end)
    : csi_{csi}, events_{csi.objects, "snapshot-controller"}, on_end_{std::move(on_end)} {}

void snapshot_cutter::begin(const snapshot_cut_ptr& it) {
  cuts_[it->uid] = it;
  auto& objects = csi_.objects;
  write_status(csi_.objects, *csi_.snapshots, it->snapshot,
               {{"boundVolumeSnapshotContentName", it->content}, {"readyToUse", false}});
  add_finalizer(objects, *csi_.contents, {"", it->content}, snapshot_finalizer::content);
  add_finalizer(objects, *csi_.snapshots, it->snapshot, snapshot_finalizer::bound);
  // Refused only if the content has gone, which `finish` finds out.
  [[maybe_unused]] const auto marked
      = objects.merge(*csi_.contents, {"", it->content}, annotation(being_created, "yes"));
  ++cuts_of_claims_[it->claim];
  add_finalizer(objects, csi_.claims, it->claim, claim_source);
  if (it->wish.tells_early) {
    it->created = csi_.now();
    publish(it, false);
  }
  if (it->wish.latency.count() > 0)
    it->timer = csi_.clock.after(it->wish.latency, [this, it] { take(it); });
  else
    take(it);
}

void snapshot_cutter::take(const snapshot_cut_ptr& it) {
  if (!it->wish.error.empty() && it->wish.errors_left > 0) {
    --it->wish.errors_left;
    return fail(it, it->wish.error);
  }
  struct result {
    time_point created;
  };
  const auto taken = std::make_shared<result>();
  const auto roots = csi_.kubelet.processes_on_claim(it->claim);
  const auto from = csi_.layout().volume(it->volume_handle);
  const auto to = csi_.layout().snapshot(it->handle);
  csi_.pool.run(
      [taken, roots, from, to]() -> std::string {
        const stopped_processes stopped{roots, longest_stop};
        if (!stopped.do_all_stand())
          return "the processes that mount the claim do not stand still";
        taken->created = std::chrono::system_clock::now();
        return copy_tree(from, to);
      },
      [this, it, taken](const std::string& problem) {
        if (!it->wish.tells_early)
          it->created = taken->created;
        finish(it, problem);
      });
}

void snapshot_cutter::finish(const snapshot_cut_ptr& it, const std::string& problem) {
  if (!problem.empty())
    return fail(it, problem);
  const bool is_ready = it->wish.ready_latency.count() <= 0 && !it->wish.never_ready;
  publish(it, is_ready);
  end_protection(it);
  if (is_ready)
    return become_ready(it);
  const auto snapshot = csi_.objects.find(*csi_.snapshots, it->snapshot);
  if (it->wish.never_ready || !snapshot || is_being_deleted(*snapshot)) {
    return end(it);
  }
  it->timer = csi_.clock.after(it->wish.ready_latency, [this, it] { become_ready(it); });
}

void snapshot_cutter::publish(const snapshot_cut_ptr& it, bool is_ready) {
  const auto created = it->created + it->wish.lie;
  write_status(csi_.objects, *csi_.contents, {"", it->content},
               {{"snapshotHandle", it->handle},
                {"creationTime", nanoseconds(created)},
                {"restoreSize", bytes_of(it->restore_size)},
                {"readyToUse", is_ready}});
  write_status(csi_.objects, *csi_.snapshots, it->snapshot,
               {{"boundVolumeSnapshotContentName", it->content},
                {"creationTime", seconds_text(created)},
                {"restoreSize", it->restore_size},
                {"readyToUse", is_ready}});
}

void snapshot_cutter::become_ready(const snapshot_cut_ptr& it) {
  publish(it, true);
  [[maybe_unused]] const auto unmarked
      = csi_.objects.merge(*csi_.contents, {"", it->content}, annotation(being_created, nullptr));
  end(it);
}

/// The error shows on both objects.
void snapshot_cutter::tell_of_failure(const snapshot_cut_ptr& it, const std::string& message) {
  const json error{{"message", "Failed to check and update snapshot content: " + message},
                   {"time", seconds_text(csi_.now())}};
  write_status(csi_.objects, *csi_.contents, {"", it->content},
               {{"error", error}, {"readyToUse", false}});
  write_status(
      csi_.objects, *csi_.snapshots, it->snapshot,
      {{"boundVolumeSnapshotContentName", it->content}, {"error", error}, {"readyToUse", false}});
}

/// The sidecar tries again, later each time.
void snapshot_cutter::fail(const snapshot_cut_ptr& it, const std::string& problem) {
  const auto message = "failed to take snapshot of the volume " + it->volume_handle
                       + ": \"rpc error: code = Internal desc = " + problem + "\"";
  tell_of_failure(it, message);
  const auto snapshot = csi_.objects.find(*csi_.snapshots, it->snapshot);
  if (!snapshot || is_being_deleted(*snapshot)) {
    end_protection(it);
    return end(it);
  }
  events_.record(*snapshot, event_type::warning, "SnapshotCreationFailed", message);
  it->timer = csi_.clock.after(wait_before_retry(it->attempts++), [this, it] {
    const auto now = csi_.objects.find(*csi_.snapshots, it->snapshot);
    if (now && !is_being_deleted(*now))
      return take(it);
    end_protection(it);
    end(it);
  });
}

void snapshot_cutter::end_protection(const snapshot_cut_ptr& it) {
  if (--cuts_of_claims_[it->claim] > 0)
    return;
  cuts_of_claims_.erase(it->claim);
  drop_finalizers(csi_.objects, csi_.claims, it->claim, {claim_source});
}

void snapshot_cutter::end(const snapshot_cut_ptr& it) {
  cuts_.erase(it->uid);
  on_end_(it->snapshot);
}

} // namespace kubesim
