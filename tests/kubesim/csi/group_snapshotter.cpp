#include "tests/kubesim/csi/group_snapshotter.hpp"

#include "tests/kubesim/csi/stopped_processes.hpp"
#include "tests/kubesim/csi/tree_copy.hpp"
#include "tests/kubesim/csi/wishes.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace kubesim {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* bound
    = "groupsnapshot.storage.kubernetes.io/volumegroupsnapshot-bound-protection";
constexpr const char* content_bound
    = "groupsnapshot.storage.kubernetes.io/volumegroupsnapshotcontent-bound-protection";
constexpr const char* being_deleted
    = "groupsnapshot.storage.kubernetes.io/volumegroupsnapshot-being-deleted";
constexpr const char* group_handle
    = "groupsnapshot.storage.kubernetes.io/volumeGroupSnapshotHandle";
constexpr const char* default_mark = "groupsnapshot.storage.kubernetes.io/is-default-class";
constexpr const char* api_version = "groupsnapshot.storage.k8s.io/v1";

std::string digest(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data());
  std::string hex;
  for (const auto byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

bool has_labels(const json& object, const json& wanted) {
  const auto& labels = at_path(object, {"metadata", "labels"});
  for (const auto& [key, value] : wanted.items())
    if (at_path(labels, {key}) != value)
      return false;
  return true;
}

struct member {
  object_ref claim;
  std::string snapshot, content, handle, volume_handle, volume_mode;
  json restore_size; ///< as a quantity
};

} // namespace

struct group_snapshotter::cut {
  object_ref group;
  std::string uid, content, handle, policy;
  std::vector<member> members;
  wishes wish;
  int attempts = 0;
  time_point created{};
  timers::token timer;
};

group_snapshotter::group_snapshotter(csi_context& csi)
    : csi_{csi}, events_{csi.objects, "snapshot-controller"} {
  auto& objects = csi_.objects;
  subscriptions_.push_back(objects.subscribe(*csi_.groups, [this](const change& what) {
    if (what.kind != change_kind::deleted)
      return reconcile(ref_of(*what.object));
    waiting_.erase(ref_of(*what.object));
  }));
  for (const auto* type : {&csi_.claims, csi_.group_classes})
    subscriptions_.push_back(
        objects.subscribe(*type, [this](const change&) { reconcile_waiting(); }));
  for (const auto& group : objects.all(*csi_.groups))
    reconcile(ref_of(*group));
}

void group_snapshotter::reconcile_waiting() {
  const auto waiting = waiting_;
  for (const auto& ref : waiting)
    reconcile(ref);
}

void group_snapshotter::reconcile(const object_ref& ref) {
  waiting_.erase(ref);
  const auto group = csi_.objects.find(*csi_.groups, ref);
  if (!group || cuts_.contains(uid_of(*group)))
    return;
  if (is_being_deleted(*group))
    return finish_removal(*group);
  if (!text_at_path(*group, {"status", "boundVolumeGroupSnapshotContentName"}).empty())
    return; // done, or never ready by wish
  const auto class_name = text_at_path(*group, {"spec", "volumeGroupSnapshotClassName"});
  if (class_name.empty())
    return choose_class(*group);
  const auto group_class = csi_.objects.find(*csi_.group_classes, {"", class_name});
  if (!group_class)
    return wait_with_error(*group, "volumegroupsnapshotclass.groupsnapshot.storage.k8s.io \""
                                       + class_name + "\" not found");
  if (text_at_path(*group_class, {"driver"}) == csi_driver_name)
    begin(*group, *group_class);
}

/// The change of its spec comes back to us.
void group_snapshotter::choose_class(const json& group) {
  const auto chosen
      = default_class(csi_.objects, *csi_.group_classes, default_mark, [](const json& it) {
          return text_at_path(it, {"driver"}) == csi_driver_name;
        });
  if (!chosen)
    return wait_with_error(group, "cannot find default group snapshot class");
  [[maybe_unused]] const auto written
      = csi_.objects.merge(*csi_.groups, ref_of(group),
                           {{"spec", {{"volumeGroupSnapshotClassName", ref_of(*chosen).name}}}});
}

void group_snapshotter::begin(const json& group, const json& group_class) {
  auto it = std::make_shared<cut>();
  it->group = ref_of(group);
  it->uid = uid_of(group);
  it->content = "groupsnapcontent-" + it->uid;
  it->handle = csi_.new_handle();
  it->policy = text_at_path(group_class, {"deletionPolicy"}, "Delete");
  if (!add_members(*it, group))
    return wait_with_error(group, "no bound claim of driver " + std::string{csi_driver_name}
                                      + " has the labels of the group, or not all that have them "
                                        "are bound");
  std::vector<std::shared_ptr<const json>> claims;
  std::vector<const json*> asked{&group};
  for (const auto& one : it->members)
    if (const auto claim = csi_.objects.find(csi_.claims, one.claim))
      asked.push_back(claims.emplace_back(claim).get());
  it->wish = wishes_of(asked, group_class, csi_.options);
  if (!create_content(it, group, group_class))
    return;
  cuts_[it->uid] = it;
  write_status(csi_.objects, *csi_.groups, it->group,
               {{"boundVolumeGroupSnapshotContentName", it->content}, {"readyToUse", false}});
  add_finalizer(csi_.objects, *csi_.group_contents, {"", it->content}, content_bound);
  add_finalizer(csi_.objects, *csi_.groups, it->group, bound);
  if (it->wish.latency.count() > 0)
    it->timer = csi_.clock.after(it->wish.latency, [this, it] { take_cut(it); });
  else
    take_cut(it);
}

/// False if there is none, or one that cannot be cut.
bool group_snapshotter::add_members(cut& it, const json& group) const {
  const auto& wanted = at_path(group, {"spec", "source", "selector", "matchLabels"});
  for (const auto& claim : csi_.objects.all(csi_.claims, it.group.name_space)) {
    if (!wanted.is_object() || !has_labels(*claim, wanted))
      continue;
    const auto volume
        = csi_.objects.find(csi_.volumes, {"", text_at_path(*claim, {"spec", "volumeName"})});
    if (!volume || text_at_path(*claim, {"status", "phase"}) != "Bound"
        || text_at_path(*volume, {"spec", "csi", "driver"}) != csi_driver_name)
      return false;
    const auto handle = text_at_path(*volume, {"spec", "csi", "volumeHandle"});
    const auto name = digest(it.uid + handle);
    it.members.push_back({ref_of(*claim), "snapshot-" + name, "snapcontent-" + name,
                          csi_.new_handle(), handle,
                          text_at_path(*claim, {"spec", "volumeMode"}, "Filesystem"),
                          at_path(*claim, {"status", "capacity", "storage"})});
  }
  return !it.members.empty();
}

bool group_snapshotter::create_content(const cut_ptr& it, const json& group,
                                       const json& group_class) {
  json handles = json::array();
  for (const auto& one : it->members)
    handles.push_back(one.volume_handle);
  const auto created = csi_.objects.create(
      *csi_.group_contents, {},
      {{"apiVersion", api_version},
       {"kind", "VolumeGroupSnapshotContent"},
       {"metadata", {{"name", it->content}}},
       {"spec",
        {{"deletionPolicy", it->policy},
         {"driver", csi_driver_name},
         {"source", {{"volumeHandles", std::move(handles)}}},
         {"volumeGroupSnapshotClassName", ref_of(group_class).name},
         {"volumeGroupSnapshotRef",
          {{"apiVersion", api_version},
           {"kind", "VolumeGroupSnapshot"},
           {"name", it->group.name},
           {"namespace", it->group.name_space},
           {"resourceVersion", text_at_path(group, {"metadata", "resourceVersion"})},
           {"uid", it->uid}}}}}});
  if (!created)
    report(group, "failed to create group snapshot content with error "
                      + text_at_path(created.refusal().status, {"message"}));
  return static_cast<bool>(created);
}

/// All trees while all that writes to any of them stands still.
void group_snapshotter::take_cut(const cut_ptr& it) {
  if (!it->wish.error.empty() && it->wish.errors_left > 0) {
    --it->wish.errors_left;
    return fail_cut(it, it->wish.error);
  }
  std::vector<pid_t> roots;
  std::vector<std::pair<fs::path, fs::path>> copies;
  for (const auto& one : it->members) {
    const auto users = csi_.kubelet.processes_on_claim(one.claim);
    roots.insert(roots.end(), users.begin(), users.end());
    copies.emplace_back(csi_.layout().volume(one.volume_handle),
                        csi_.layout().snapshot(one.handle));
  }
  std::sort(roots.begin(), roots.end());
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
  const auto taken = std::make_shared<time_point>();
  csi_.pool.run(
      [taken, roots, copies]() -> std::string {
        const stopped_processes stopped{roots, longest_stop};
        if (!stopped.do_all_stand())
          return "the processes that mount the claims do not stand still";
        *taken = std::chrono::system_clock::now();
        for (const auto& [from, to] : copies)
          if (auto problem = copy_tree(from, to); !problem.empty())
            return problem;
        return {};
      },
      [this, it, taken](const std::string& problem) {
        it->created = *taken + it->wish.lie;
        finish_cut(it, problem);
      });
}

void group_snapshotter::finish_cut(const cut_ptr& it, const std::string& problem) {
  if (!problem.empty())
    return fail_cut(it, problem);
  const bool is_ready = it->wish.ready_latency.count() <= 0 && !it->wish.never_ready;
  make_members(it);
  publish(it, is_ready);
  const auto group = csi_.objects.find(*csi_.groups, it->group);
  if (is_ready || it->wish.never_ready || !group || is_being_deleted(*group))
    return conclude(it);
  it->timer = csi_.clock.after(it->wish.ready_latency, [this, it] {
    publish(it, true);
    conclude(it);
  });
}

void group_snapshotter::make_members(const cut_ptr& it) {
  for (const auto& one : it->members) {
    // Refused only if a namespace goes away, with all that is in it.
    [[maybe_unused]] const auto content = csi_.objects.create(
        *csi_.contents, {},
        {{"apiVersion", "snapshot.storage.k8s.io/v1"},
         {"kind", "VolumeSnapshotContent"},
         {"metadata", {{"name", one.content}, {"annotations", {{group_handle, it->handle}}}}},
         {"spec",
          {{"deletionPolicy", it->policy},
           {"driver", csi_driver_name},
           {"source", {{"volumeHandle", one.volume_handle}}},
           {"sourceVolumeMode", one.volume_mode},
           {"volumeSnapshotRef",
            {{"kind", "VolumeSnapshot"},
             {"name", one.snapshot},
             {"namespace", it->group.name_space}}}}}});
    const auto snapshot = csi_.objects.create(
        *csi_.snapshots, it->group.name_space,
        {{"apiVersion", "snapshot.storage.k8s.io/v1"},
         {"kind", "VolumeSnapshot"},
         {"metadata",
          {{"name", one.snapshot},
           {"namespace", it->group.name_space},
           {"finalizers", {snapshot_finalizer::in_group}},
           {"ownerReferences", json::array({{{"apiVersion", api_version},
                                             {"kind", "VolumeGroupSnapshot"},
                                             {"name", it->group.name},
                                             {"uid", it->uid}}})}}},
         {"spec", {{"source", {{"persistentVolumeClaimName", one.claim.name}}}}}});
    if (!snapshot)
      continue;
    [[maybe_unused]] const auto is_bound
        = csi_.objects.merge(*csi_.contents, {"", one.content},
                             {{"spec", {{"volumeSnapshotRef", {{"uid", uid_of(*snapshot)}}}}}});
    add_finalizer(csi_.objects, *csi_.contents, {"", one.content}, snapshot_finalizer::content);
    for (const auto* finalizer : {snapshot_finalizer::as_source, snapshot_finalizer::bound})
      add_finalizer(csi_.objects, *csi_.snapshots, {it->group.name_space, one.snapshot}, finalizer);
  }
}

/// The cut, or its readiness: on the group's content, on the members and their contents, on the
/// group.
void group_snapshotter::publish(const cut_ptr& it, bool is_ready) {
  auto& objects = csi_.objects;
  const auto created = seconds_text(it->created);
  json list = json::array();
  for (const auto& one : it->members)
    list.push_back({{"snapshotHandle", one.handle},
                    {"volumeHandle", one.volume_handle},
                    {"creationTime", nanoseconds(it->created)},
                    {"restoreSize", bytes_of(one.restore_size)},
                    {"readyToUse", is_ready}});
  write_status(objects, *csi_.group_contents, {"", it->content},
               {{"volumeGroupSnapshotHandle", it->handle},
                {"creationTime", created},
                {"readyToUse", is_ready},
                {"volumeSnapshotInfoList", std::move(list)}});
  for (const auto& one : it->members) {
    write_status(objects, *csi_.contents, {"", one.content},
                 {{"snapshotHandle", one.handle},
                  {"volumeGroupSnapshotHandle", it->handle},
                  {"creationTime", nanoseconds(it->created)},
                  {"restoreSize", bytes_of(one.restore_size)},
                  {"readyToUse", is_ready}});
    write_status(objects, *csi_.snapshots, {it->group.name_space, one.snapshot},
                 {{"boundVolumeSnapshotContentName", one.content},
                  {"creationTime", created},
                  {"restoreSize", one.restore_size},
                  {"readyToUse", is_ready},
                  {"volumeGroupSnapshotName", it->group.name}});
  }
  write_status(objects, *csi_.groups, it->group,
               {{"boundVolumeGroupSnapshotContentName", it->content},
                {"creationTime", created},
                {"readyToUse", is_ready}});
}

void group_snapshotter::conclude(const cut_ptr& it) {
  cuts_.erase(it->uid);
  reconcile(it->group); // it may have been deleted meanwhile
}

/// The error shows on both objects; the sidecar tries again, later each time.
void group_snapshotter::fail_cut(const cut_ptr& it, const std::string& problem) {
  const auto message = "Failed to create group snapshot: failed to take group snapshot of the "
                       "volumes: \"rpc error: code = Internal desc = "
                       + problem + "\"";
  const json error{{"message", message}, {"time", seconds_text(csi_.now())}};
  write_status(csi_.objects, *csi_.group_contents, {"", it->content},
               {{"error", error}, {"readyToUse", false}});
  write_status(csi_.objects, *csi_.groups, it->group,
               {{"boundVolumeGroupSnapshotContentName", it->content},
                {"error", error},
                {"readyToUse", false}});
  const auto group = csi_.objects.find(*csi_.groups, it->group);
  if (!group || is_being_deleted(*group))
    return conclude(it);
  events_.record(*group, event_type::warning, "GroupSnapshotCreationFailed", message);
  it->timer = csi_.clock.after(wait_before_retry(it->attempts++), [this, it] {
    const auto now = csi_.objects.find(*csi_.groups, it->group);
    if (now && !is_being_deleted(*now))
      return take_cut(it);
    conclude(it);
  });
}

/// The members' contents and files go with the members, of which the snapshotter hears.
void group_snapshotter::finish_removal(const json& group) {
  const auto ref = ref_of(group);
  for (const auto& snapshot : csi_.objects.all(*csi_.snapshots, ref.name_space))
    if (group_of(*snapshot) == ref.name && !is_being_deleted(*snapshot)) [[maybe_unused]]
      const auto removed = csi_.objects.remove(*csi_.snapshots, ref_of(*snapshot));
  const object_ref content{"",
                           text_at_path(group, {"status", "boundVolumeGroupSnapshotContentName"})};
  const auto present = csi_.objects.find(*csi_.group_contents, content);
  const bool goes_too = present && text_at_path(*present, {"spec", "deletionPolicy"}) == "Delete";
  if (goes_too) {
    [[maybe_unused]] const auto marked = csi_.objects.merge(
        *csi_.group_contents, content, {{"metadata", {{"annotations", {{being_deleted, "yes"}}}}}});
    [[maybe_unused]] const auto removed = csi_.objects.remove(*csi_.group_contents, content);
    drop_finalizers(csi_.objects, *csi_.group_contents, content, {content_bound});
  }
  drop_finalizers(csi_.objects, *csi_.groups, ref, {bound});
}

void group_snapshotter::wait_with_error(const json& group, const std::string& problem) {
  waiting_.insert(ref_of(group));
  report(group, "failed to create group snapshot content with error failed to get input "
                "parameters to create group snapshot "
                    + ref_of(group).name + ": \"" + problem + "\"");
}

void group_snapshotter::report(const json& group, const std::string& message) {
  if (text_at_path(group, {"status", "error", "message"}) == message)
    return;
  write_status(csi_.objects, *csi_.groups, ref_of(group),
               {{"error", {{"message", message}, {"time", seconds_text(csi_.now())}}},
                {"readyToUse", false}});
  events_.record(group, event_type::warning, "GroupSnapshotContentCreationFailed", message);
}

} // namespace kubesim
