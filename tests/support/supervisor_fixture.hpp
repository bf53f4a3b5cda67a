#pragma once

#include "actors/loop_reply.hpp"
#include "actors/snapshot_feed.hpp"
#include "actors/turn_keeper.hpp"
#include "actors/volume_backup/children.hpp"
#include "actors/volume_backup/supervisor.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/preflight_case.hpp"
#include "tests/support/scripted_exec.hpp"

#include <algorithm>

namespace support {

using namespace actors;
using namespace std::chrono_literals;

/// The API server as the supervisor sees it: keeps one backup and the names of its snapshots, and
/// fails on demand.
struct fake_cluster_state {
  static constexpr const char* name = "fake_cluster";
};

struct fake_api {
  crds::volume_backup backup;
  preflight_facts facts;
  std::weak_ptr<void> place;                        ///< of the last preflight
  std::vector<crds::volume_backup_status> statuses; ///< accepted, in order
  std::vector<std::string> created, deleted, events;
  std::vector<nlohmann::json> objects;            ///< as they were created
  std::map<std::string, nlohmann::json> labelled; ///< metadata merged last, by name
  std::vector<cluster_errc> label_failures; ///< of the next labels, in order; none: it succeeds
  std::vector<k8s::pod> pods;
  std::vector<k8s::volume_snapshot> snapshots;
  std::optional<k8s::volume_group_snapshot> group;
  std::vector<cluster_errc> write_failures;  ///< of the next writes, in order
  std::vector<cluster_errc> create_failures; ///< of the next creates, in order
  std::vector<cluster_errc> read_failures;   ///< of the next reads of pods and snapshots
  std::vector<std::string> transcript;

  caf::result<backup_read> write(const std::string& what, const std::string& version,
                                 const std::function<void()>& change) {
    if (!write_failures.empty()) {
      const auto code = write_failures.front();
      write_failures.erase(write_failures.begin());
      transcript.push_back(what + " failed");
      return caf::make_error(code, std::string{"failed on demand"});
    }
    if (version != backup.metadata.resource_version) {
      transcript.push_back(what + " conflicted");
      return caf::make_error(cluster_errc::conflict, std::string{"stale"});
    }
    change();
    backup.metadata.resource_version = std::to_string(std::stoi(version) + 1);
    transcript.push_back(what);
    return backup_read{std::make_shared<const crds::volume_backup>(backup)};
  }

  template <class Answer>
  caf::result<Answer> read(const std::string& what, Answer found) {
    if (!read_failures.empty()) {
      const auto code = read_failures.front();
      read_failures.erase(read_failures.begin());
      return caf::make_error(code, std::string{"failed on demand"});
    }
    transcript.push_back(what);
    return found;
  }

  caf::result<objects_labelled> label(const label_objects& command) {
    if (!label_failures.empty()) {
      const auto code = label_failures.front();
      label_failures.erase(label_failures.begin());
      if (code != cluster_errc::none)
        return caf::make_error(code, std::string{"failed on demand"});
    }
    const bool takes_off = command.objects.front().metadata->at("labels").front().is_null();
    transcript.push_back(std::string{takes_off ? "unlabel " : "label "}
                         + (command.of == label_objects::kind::claims ? "claims" : "members"));
    for (const auto& one : command.objects)
      labelled[one.name] = *one.metadata;
    return objects_labelled{};
  }

  caf::result<snapshot_created> create(const create_snapshot& command) {
    if (!create_failures.empty()) {
      const auto code = create_failures.front();
      create_failures.erase(create_failures.begin());
      return caf::make_error(code, std::string{"failed on demand"});
    }
    created.push_back(command.name);
    objects.push_back(*command.object);
    transcript.push_back(command.kind == snapshot_kind::group ? "create group" : "create snapshot");
    return snapshot_created{"uid-" + command.name, false};
  }
};

inline cluster_actor::behavior_type fake_cluster(self_of<cluster_actor, fake_cluster_state> self,
                                                 fake_api* api) {
  harden(self);
  return {
      [api](const gather_preflight&) {
        api->transcript.emplace_back("preflight");
        const auto place = std::make_shared<int>();
        api->place = place;
        return preflight_gathered{std::make_shared<const preflight_facts>(api->facts), place};
      },
      [api](const read_backup&) {
        return backup_read{std::make_shared<const crds::volume_backup>(api->backup)};
      },
      [api](const write_finalizers& command) {
        return api->write(command.finalizers.empty() ? "drop finalizer" : "hold finalizer",
                          command.resource_version,
                          [&] { api->backup.metadata.finalizers = command.finalizers; });
      },
      [api](const write_backup_status& command) {
        return api->write("status " + std::string{to_string(command.status->phase)},
                          command.resource_version, [&] {
                            api->backup.status = *command.status;
                            api->statuses.push_back(*command.status);
                          });
      },
      [api](const create_snapshot& command) { return api->create(command); },
      [api](const delete_snapshot& command) {
        api->deleted.push_back(command.key.name);
        api->transcript.emplace_back(command.kind == snapshot_kind::group ? "delete group"
                                                                          : "delete snapshot");
        return snapshot_created{command.uid, true};
      },
      [api](const label_objects& command) { return api->label(command); },
      [api](const read_pods&) { return api->read("read pods", pods_read{api->pods}); },
      [api](const read_snapshots&) {
        return api->read("read snapshots", snapshots_read{api->snapshots, api->group});
      },
      [](const inspect_provider&) { return provider_inspected{}; },
      [](const write_provider_status&) { return provider_inspected{}; },
      [api](const record_event& event) { api->events.push_back(event.reason); },
  };
}

struct supervisor_test : actor_fixture {
  fake_api api;
  std::shared_ptr<scripted_exec> exec = std::make_shared<scripted_exec>();
  supervisor_actor backup;

  supervisor_test() {
    const preflight_case world;
    api.backup = world.backup;
    api.backup.metadata.resource_version = "1";
    api.backup.metadata.generation = 1;
    api.facts = world.facts;
    api.pods = world.facts.pods;
    context.cluster = track(system.spawn(fake_cluster, &api));
    context.snapshots = track(system.spawn(snapshot_feed, snapshot_feed_config{}));
    context.turns
        = track(system.spawn(turn_keeper, std::map<std::string, driver_limits>{}, context.metrics));
    context.exec = exec;
  }

  /// A supervisor that is killed leaves its executors to thaw; here their containers are gone.
  ~supervisor_test() override {
    caf::anon_send_exit(backup, caf::exit_reason::kill);
    backup = nullptr;
    run();
    for (std::size_t i = 0; i < exec->sessions.size(); ++i)
      exec->sessions[i]->ends(scripted_exec::refused(k8s::errc::not_found, "gone"));
    run();
  }

  void start() {
    backup = track(
        system.spawn(supervisor, context, std::make_shared<const crds::volume_backup>(api.backup)));
    run();
  }

  void session_says(std::initializer_list<const char*> lines, std::size_t number = 0) {
    for (const auto* line : lines)
      exec->sessions.at(number)->says(line);
    run();
  }

  void start_and_freeze() {
    start();
    session_says({"@freeze armed", "@freeze pre 0", "@freeze frozen 5"});
  }

  /// What the watch would report of the first snapshot.
  void storage_reports(void (*change)(snapshot_observed&)) {
    snapshot_observed seen;
    seen.snapshot = {"shop", api.created.empty() ? snapshot_name("nightly", "uid-1", "data", 1)
                                                 : api.created.front()};
    change(seen);
    if (seen.creation_time)
      seen.creation_time = context.wall();
    caf::anon_send(context.snapshots, seen);
    run();
  }

  void cut() {
    storage_reports([](snapshot_observed& seen) { seen.creation_time.emplace(); });
  }

  void become_ready() {
    storage_reports([](snapshot_observed& seen) {
      seen.creation_time.emplace();
      seen.handle = "handle-1";
      seen.ready_to_use = true;
    });
  }

  /// The spec as somebody changed it, through the watch.
  void user_changes(void (*change)(crds::volume_backup&)) {
    change(api.backup);
    ++api.backup.metadata.generation;
    api.backup.metadata.resource_version
        = std::to_string(std::stoi(api.backup.metadata.resource_version) + 1);
    caf::anon_send(backup, backup_changed{std::make_shared<const crds::volume_backup>(api.backup)});
    run();
  }

  const crds::volume_backup_status& status() const { return api.backup.status; }
  bool has_event(const std::string& reason) const {
    return std::count(api.events.begin(), api.events.end(), reason) > 0;
  }
};

} // namespace support
