#include "tests/kubesim/csi/snapshotter.hpp"

namespace kubesim {
namespace {

namespace fs = std::filesystem;

constexpr const char* being_deleted = "snapshot.storage.kubernetes.io/volumesnapshot-being-deleted";
constexpr const char* default_mark = "snapshot.storage.kubernetes.io/is-default-class";

} // namespace

snapshotter::snapshotter(csi_context& csi)
    : csi_{csi},
      events_{csi.objects, "snapshot-controller"},
      // It may have been deleted while it was cut.
      cutter_{csi, [this](const object_ref& snapshot) { reconcile(snapshot); }} {
  auto& objects = csi_.objects;
  subscriptions_.push_back(objects.subscribe(*csi_.snapshots, [this](const change& what) {
    const auto ref = ref_of(*what.object);
    if (what.kind != change_kind::deleted)
      return reconcile(ref);
    waiting_.erase(ref);
    reconcile_content(text_at_path(*what.object, {"status", "boundVolumeSnapshotContentName"}));
  }));
  subscriptions_.push_back(objects.subscribe(*csi_.contents, [this](const change& what) {
    if (what.kind != change_kind::deleted)
      reconcile_content(ref_of(*what.object).name);
    reconcile_waiting();
  }));
  for (const auto* type : {&csi_.claims, csi_.snapshot_classes})
    subscriptions_.push_back(
        objects.subscribe(*type, [this](const change&) { reconcile_waiting(); }));
  if (csi_.groups)
    subscriptions_.push_back(objects.subscribe(
        *csi_.groups, [this](const change& what) { reconcile_members(*what.object); }));
  for (const auto& snapshot : objects.all(*csi_.snapshots))
    reconcile(ref_of(*snapshot));
}

void snapshotter::reconcile_waiting() {
  const auto waiting = waiting_;
  for (const auto& ref : waiting)
    reconcile(ref);
}

void snapshotter::reconcile(const object_ref& ref) {
  waiting_.erase(ref);
  const auto snapshot = csi_.objects.find(*csi_.snapshots, ref);
  if (!snapshot || cutter_.is_cutting(uid_of(*snapshot)))
    return;
  if (is_being_deleted(*snapshot))
    return finish_removal(*snapshot);
  if (!group_of(*snapshot).empty())
    return; // its group sees to it
  if (flag_at_path(*snapshot, {"status", "readyToUse"}, false))
    return;
  if (!text_at_path(*snapshot, {"spec", "source", "volumeSnapshotContentName"}).empty())
    return bind_existing(*snapshot);
  if (!text_at_path(*snapshot, {"status", "boundVolumeSnapshotContentName"}).empty())
    return; // never ready, by wish
  const auto class_name = text_at_path(*snapshot, {"spec", "volumeSnapshotClassName"});
  if (class_name.empty() && choose_class(*snapshot))
    return;
  const auto snapshot_class = csi_.objects.find(*csi_.snapshot_classes, {"", class_name});
  if (!snapshot_class) {
    waiting_.insert(ref);
    return report(*snapshot,
                  "Failed to get snapshot class with error "
                  "volumesnapshotclass.snapshot.storage.k8s.io \""
                      + class_name + "\" not found",
                  nullptr);
  }
  if (text_at_path(*snapshot_class, {"driver"}) != csi_driver_name)
    return;
  add_finalizer(csi_.objects, *csi_.snapshots, ref, snapshot_finalizer::as_source);
  const auto claim = csi_.objects.find(
      csi_.claims,
      {ref.name_space, text_at_path(*snapshot, {"spec", "source", "persistentVolumeClaimName"})});
  if (!claim || text_at_path(*claim, {"status", "phase"}) != "Bound") {
    waiting_.insert(ref);
    const auto message = "Failed to create snapshot content with error snapshot controller failed "
                         "to update "
                         + ref.name + " on API server: cannot get claim from snapshot";
    report(*snapshot, message, false);
    return events_.record(*snapshot, event_type::warning, "SnapshotContentCreationFailed", message);
  }
  create_content(*snapshot, *claim, *snapshot_class);
}

/// True if the snapshot has one now: the change of its spec comes back to us.
bool snapshotter::choose_class(const json& snapshot) {
  const auto chosen
      = default_class(csi_.objects, *csi_.snapshot_classes, default_mark, [](const json& it) {
          return text_at_path(it, {"driver"}) == csi_driver_name;
        });
  if (!chosen)
    return false;
  return static_cast<bool>(
      csi_.objects.merge(*csi_.snapshots, ref_of(snapshot),
                         {{"spec", {{"volumeSnapshotClassName", ref_of(*chosen).name}}}}));
}

/// A snapshot of a content that was there first.
void snapshotter::bind_existing(const json& snapshot) {
  const auto ref = ref_of(snapshot);
  const auto name = text_at_path(snapshot, {"spec", "source", "volumeSnapshotContentName"});
  const auto content = csi_.objects.find(*csi_.contents, {"", name});
  const auto& reference = content ? at_path(*content, {"spec", "volumeSnapshotRef"}) : json();
  waiting_.insert(ref);
  if (!content)
    return report(snapshot, "VolumeSnapshotContent is missing", false);
  if (text_at_path(reference, {"name"}) != ref.name
      || text_at_path(reference, {"namespace"}) != ref.name_space)
    return report(snapshot, "VolumeSnapshotContent is bound to a different snapshot", false);
  if (text_at_path(reference, {"uid"}).empty()) {
    [[maybe_unused]] const auto bound_to
        = csi_.objects.merge(*csi_.contents, {"", name},
                             {{"spec", {{"volumeSnapshotRef", {{"uid", uid_of(snapshot)}}}}}});
  }
  add_finalizer(csi_.objects, *csi_.snapshots, ref, snapshot_finalizer::as_source);
  add_finalizer(csi_.objects, *csi_.snapshots, ref, snapshot_finalizer::bound);
  if (!flag_at_path(*content, {"status", "readyToUse"}, false))
    return;
  waiting_.erase(ref);
  const auto created = number_at_path(*content, {"status", "creationTime"}, 0);
  const time_point time{
      std::chrono::duration_cast<time_point::duration>(std::chrono::nanoseconds{created})};
  write_status(
      csi_.objects, *csi_.snapshots, ref,
      {{"boundVolumeSnapshotContentName", name},
       {"creationTime", seconds_text(time)},
       {"readyToUse", true},
       {"restoreSize", std::to_string(number_at_path(*content, {"status", "restoreSize"}, 0))}});
}

void snapshotter::create_content(const json& snapshot, const json& claim,
                                 const json& snapshot_class) {
  const auto volume
      = csi_.objects.find(csi_.volumes, {"", text_at_path(claim, {"spec", "volumeName"})});
  if (!volume || text_at_path(*volume, {"spec", "csi", "driver"}) != csi_driver_name)
    return report(snapshot,
                  "Failed to create snapshot content with error cannot find CSI "
                  "PersistentVolumeSource for volume",
                  false);
  auto it = std::make_shared<snapshot_cut>();
  it->snapshot = ref_of(snapshot);
  it->claim = ref_of(claim);
  it->uid = uid_of(snapshot);
  it->content = "snapcontent-" + it->uid;
  it->handle = csi_.new_handle();
  it->volume_handle = text_at_path(*volume, {"spec", "csi", "volumeHandle"});
  it->restore_size = at_path(claim, {"status", "capacity", "storage"});
  it->wish = wishes_of({&snapshot, &claim}, snapshot_class, csi_.options);

  json content{{"apiVersion", "snapshot.storage.k8s.io/v1"},
               {"kind", "VolumeSnapshotContent"},
               {"metadata", {{"name", it->content}}},
               {"spec",
                {{"deletionPolicy", text_at_path(snapshot_class, {"deletionPolicy"}, "Delete")},
                 {"driver", csi_driver_name},
                 {"source", {{"volumeHandle", it->volume_handle}}},
                 {"sourceVolumeMode", text_at_path(claim, {"spec", "volumeMode"}, "Filesystem")},
                 {"volumeSnapshotClassName", ref_of(snapshot_class).name},
                 {"volumeSnapshotRef",
                  {{"apiVersion", "snapshot.storage.k8s.io/v1"},
                   {"kind", "VolumeSnapshot"},
                   {"name", it->snapshot.name},
                   {"namespace", it->snapshot.name_space},
                   {"resourceVersion", text_at_path(snapshot, {"metadata", "resourceVersion"})},
                   {"uid", it->uid}}}}}};
  const auto created = csi_.objects.create(*csi_.contents, {}, std::move(content));
  if (!created)
    return report(snapshot,
                  "Failed to create snapshot content with error "
                      + text_at_path(created.refusal().status, {"message"}),
                  false);
  cutter_.begin(it);
}

void snapshotter::finish_removal(const json& snapshot) {
  const auto ref = ref_of(snapshot);
  if (is_held_by_group(snapshot))
    return;
  const auto let_go = [this, ref] {
    drop_finalizers(
        csi_.objects, *csi_.snapshots, ref,
        {snapshot_finalizer::as_source, snapshot_finalizer::bound, snapshot_finalizer::in_group});
  };
  const auto content = csi_.objects.find(
      *csi_.contents, {"", text_at_path(snapshot, {"status", "boundVolumeSnapshotContentName"})});
  if (!content || text_at_path(*content, {"spec", "volumeSnapshotRef", "uid"}) != uid_of(snapshot)
      || text_at_path(*content, {"spec", "deletionPolicy"}) != "Delete")
    return let_go();
  remove_content(*content, let_go);
}

/// Nobody deletes a member as long as its group stays.
bool snapshotter::is_held_by_group(const json& snapshot) const {
  if (!csi_.groups || !has_finalizer(snapshot, snapshot_finalizer::in_group))
    return false;
  const auto group
      = csi_.objects.find(*csi_.groups, {ref_of(snapshot).name_space, group_of(snapshot)});
  return group && !is_being_deleted(*group);
}

void snapshotter::reconcile_members(const json& group) {
  if (!is_being_deleted(group))
    return;
  for (const auto& snapshot : csi_.objects.all(*csi_.snapshots, ref_of(group).name_space))
    if (group_of(*snapshot) == ref_of(group).name)
      reconcile(ref_of(*snapshot));
}

void snapshotter::remove_content(const json& content, std::function<void()> then) {
  const object_ref ref{"", ref_of(content).name};
  if (!removals_.insert(ref.name).second)
    return;
  if (!is_being_deleted(content)) {
    [[maybe_unused]] const auto marked = csi_.objects.merge(
        *csi_.contents, ref, {{"metadata", {{"annotations", {{being_deleted, "yes"}}}}}});
    [[maybe_unused]] const auto removed = csi_.objects.remove(*csi_.contents, ref);
  }
  const auto handle = text_at_path(content, {"status", "snapshotHandle"},
                                   text_at_path(content, {"spec", "source", "snapshotHandle"}));
  const bool takes_files
      = text_at_path(content, {"spec", "deletionPolicy"}) == "Delete" && !handle.empty();
  csi_.pool.run(
      [directory = takes_files ? csi_.layout().snapshot(handle) : fs::path{}] {
        std::error_code ignored; // what stays behind is only a directory of the state
        if (!directory.empty())
          fs::remove_all(directory, ignored);
        return std::string{};
      },
      [this, ref, then = std::move(then)](const std::string&) {
        removals_.erase(ref.name);
        write_status(csi_.objects, *csi_.contents, ref, json::object());
        drop_finalizers(csi_.objects, *csi_.contents, ref, {snapshot_finalizer::content});
        then();
      });
}

/// A content that was there before its snapshot, or that is deleted on its own.
void snapshotter::reconcile_content(const std::string& name) {
  const auto content = csi_.objects.find(*csi_.contents, {"", name});
  if (!content)
    return;
  const auto& reference = at_path(*content, {"spec", "volumeSnapshotRef"});
  const auto snapshot = csi_.objects.find(
      *csi_.snapshots, {text_at_path(reference, {"namespace"}), text_at_path(reference, {"name"})});
  if (is_being_deleted(*content)) {
    const bool is_in_use = snapshot && uid_of(*snapshot) == text_at_path(reference, {"uid"});
    if (!is_in_use)
      remove_content(*content, [] {});
    return;
  }
  const auto handle = text_at_path(*content, {"spec", "source", "snapshotHandle"});
  if (handle.empty() || flag_at_path(*content, {"status", "readyToUse"}, false)
      || text_at_path(*content, {"spec", "driver"}) != csi_driver_name)
    return;
  if (!fs::is_directory(csi_.layout().snapshot(handle)))
    return;
  add_finalizer(csi_.objects, *csi_.contents, {"", name}, snapshot_finalizer::content);
  write_status(csi_.objects, *csi_.contents, {"", name},
               {{"snapshotHandle", handle},
                {"creationTime", nanoseconds(csi_.now())},
                {"restoreSize", 0},
                {"readyToUse", true}});
}

/// `ready` null: the field stays away.
void snapshotter::report(const json& snapshot, const std::string& message, const json& ready) {
  if (text_at_path(snapshot, {"status", "error", "message"}) == message)
    return;
  json status{{"error", {{"message", message}, {"time", seconds_text(csi_.now())}}}};
  if (!ready.is_null())
    status["readyToUse"] = ready;
  write_status(csi_.objects, *csi_.snapshots, ref_of(snapshot), std::move(status));
}

} // namespace kubesim
