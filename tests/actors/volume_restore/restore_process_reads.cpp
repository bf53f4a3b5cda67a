#include "tests/actors/volume_restore/restore_process.hpp"

namespace restore_simulation {

using namespace std::chrono_literals;

namespace {

template <class Object>
std::vector<Object> decoded(const object_list& objects) {
  std::vector<Object> all;
  for (const auto& each : objects)
    all.push_back(*Object::decode(each));
  return all;
}

std::string workload_path(const std::string& kind) {
  const auto plural = kind == "Deployment"    ? "deployments/"
                      : kind == "StatefulSet" ? "statefulsets/"
                                              : "daemonsets/";
  return std::string{"/apis/apps/v1/namespaces/shop/"} + plural + "app";
}

} // namespace

actors::restore_facts restore_process::gather() const {
  const auto& objects = api_.objects();
  actors::restore_facts facts;
  for (const auto* kind : {"Deployment", "StatefulSet", "DaemonSet"})
    if (const auto* found = objects.find(workload_path(kind)))
      facts.workloads.push_back({kind, *k8s::workload::decode(*found)});
  facts.backup = backup_;
  facts.claims = decoded<k8s::persistent_volume_claim>(objects.in(claims()));
  facts.snapshots = decoded<k8s::volume_snapshot>(objects.in(snapshots()));
  facts.pods = decoded<k8s::pod>(objects.in(pods()));
  for (auto& volume : decoded<k8s::persistent_volume>(objects.in(volumes())))
    facts.volumes[volume.metadata.name] = volume;
  for (auto& storage_class : decoded<k8s::storage_class>(objects.in(classes())))
    facts.classes[storage_class.metadata.name] = storage_class;
  return facts;
}

/// Workload, claims, pods and snapshots are read side by side, volumes after them: what is seen was
/// never all true at one time.
void restore_process::perform(const actors::restore_step::look&) {
  run_.is_stale = false;
  run_.look_again.reset();
  ++run_.requests_out;
  reading_ = {};
  read_world();
}

void restore_process::read_world() {
  const auto read = [this](std::function<void()> take) {
    ++reads_out_;
    api_.after(api_.random().span(1ms, 60ms), [this, take = std::move(take)] {
      take();
      if (--reads_out_ == 0)
        read_volumes();
    });
  };
  read([this] {
    const auto& wanted = *run_.restore.status.workload;
    if (const auto* found = api_.objects().find(workload_path(wanted.kind));
        found && uid_of(*found) == wanted.uid && !is_going(*found))
      reading_.workload = *k8s::workload::decode(*found);
  });
  read([this] {
    for (auto& claim : decoded<k8s::persistent_volume_claim>(api_.objects().in(claims())))
      reading_.claims[claim.metadata.name] = claim;
    wrong_claims_ = judge_claims(run_.restore);
  });
  read([this] { reading_.pods = decoded<k8s::pod>(api_.objects().in(pods())); });
  if (run_.restore.status.phase == crds::restore_phase::provisioning)
    read([this] {
      reading_.snapshots.emplace();
      for (const auto& each : api_.objects().in(snapshots()))
        reading_.snapshots->insert(name_of(each));
    });
}

void restore_process::read_volumes() {
  api_.after(api_.random().span(1ms, 60ms), [this] {
    std::set<std::string> names;
    for (const auto& row : run_.restore.status.claims) {
      names.insert({row.old_volume, row.new_volume});
      for (const auto& claim : {row.claim, row.new_claim, row.temporary_claim, row.kept_claim})
        if (const auto* found = reading_.find_claim(claim))
          names.insert(found->volume_name);
    }
    const auto& status = run_.restore.status;
    const bool needs_volumes = status.strategy == crds::restore_strategy::replace_claim
                               || status.phase == crds::restore_phase::rolling_back;
    for (const auto& name : names)
      if (const auto* found = api_.objects().find(volumes() + name); found && needs_volumes)
        reading_.volumes[name] = *k8s::persistent_volume::decode(*found);
    world_read();
  });
}

void restore_process::world_read() {
  --run_.requests_out;
  if (fails()) {
    run_.is_stale = true;
    pause();
    return advance();
  }
  run_.failed_requests = 0;
  note_seen(run_, std::move(reading_));
  advance();
}

} // namespace restore_simulation
