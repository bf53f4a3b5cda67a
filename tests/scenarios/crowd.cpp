#include "tests/scenarios/crowd.hpp"

#include <stdexcept>

namespace scenarios {

namespace {

std::string name_of(int index) {
  return "app-" + std::to_string(index);
}

application member(int index) {
  return {.name = name_of(index),
          .claims = {name_of(index)},
          .annotations
          = {{"backups.example.com.pre-hook", "true"}, {"backups.example.com.post-hook", "true"}},
          .program = "trap exit TERM; sleep 86400 & wait"};
}

void create_all(embedded_cluster& cluster, std::vector<k8s::request> all) {
  for (const auto& answer : cluster.ask_all(std::move(all)))
    if (!answer)
      throw std::runtime_error(to_string(answer.error()));
}

bool is_under_way(crds::backup_phase phase) {
  return phase != crds::backup_phase::pending && phase != crds::backup_phase::queued
         && !is_final(phase);
}

} // namespace

crowd::crowd(embedded_cluster& cluster, extent size)
    : cluster_{cluster},
      size_{size},
      watch_{cluster.api(), crds::volume_backup::kind, k8s::watch_target{},
             k8s::watch_handlers{.on_changed = [this](const json& object) { note(object); }}} {
  std::vector<k8s::request> places, members;
  for (int i = 0; i < size.namespaces; ++i)
    places.push_back(
        k8s::create_request(kinds::name_space, {}, object_of(kinds::name_space, namespace_of(i))));
  for (int i = 0; i < size.applications; ++i)
    for (auto& one : requests_for(member(i), namespace_of(i)))
      members.push_back(std::move(one));
  create_all(cluster, std::move(places));
  create_all(cluster, std::move(members));
}

std::string crowd::namespace_of(int index) const {
  return "crowd-" + std::to_string(index % size_.namespaces);
}

bool crowd::await_ready(milliseconds limit) {
  return await(
      [this] {
        int ready = 0;
        const auto all = cluster_.must(k8s::list_request(kinds::deployment, {}, {}));
        for (const auto& one : all.at("items"))
          if (one.at("metadata").at("namespace").get<std::string>().starts_with("crowd-"))
            ready += one.value("/status/readyReplicas"_json_pointer, 0);
        return ready == size_.applications;
      },
      limit);
}

void crowd::back_up(const std::string& round, int number, int first) {
  const auto& kind = crds::volume_backup::kind;
  std::vector<k8s::request> all;
  for (int i = first; i < first + number; ++i) {
    auto object = object_of(kind, name_of(i) + "-" + round);
    object["metadata"]["labels"]["round"] = round;
    object["spec"]["applicationRef"] = name_of(i);
    all.push_back(k8s::create_request(kind, namespace_of(i), object));
  }
  create_all(cluster_, std::move(all));
}

/// On the loop's thread.
void crowd::note(const json& object) {
  const auto backup = crds::volume_backup::decode(object);
  if (!backup || !backup->metadata.labels.contains("round"))
    return; // somebody else's
  const std::lock_guard lock{guard_};
  seen_[backup->metadata.labels.at("round")][backup->metadata.name] = backup->status;
}

std::vector<crds::volume_backup_status> crowd::statuses(const std::string& round) const {
  std::vector<crds::volume_backup_status> all;
  const std::lock_guard lock{guard_};
  if (const auto found = seen_.find(round); found != seen_.end())
    for (const auto& [name, status] : found->second)
      all.push_back(status);
  return all;
}

crowd::tally crowd::look(const std::string& round) const {
  tally all;
  const std::lock_guard lock{guard_};
  const auto found = seen_.find(round);
  if (found == seen_.end())
    return all;
  for (const auto& [name, status] : found->second) {
    all.under_way += is_under_way(status.phase) ? 1 : 0;
    all.uploading += status.phase == crds::backup_phase::uploading ? 1 : 0;
    all.ended += is_final(status.phase) ? 1 : 0;
    if (is_final(status.phase) && status.phase != crds::backup_phase::completed)
      all.failures.push_back(name + ": " + status.message);
  }
  return all;
}

} // namespace scenarios
