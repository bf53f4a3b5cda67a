#include "tests/actors/simulation/simulated_cluster.hpp"

#include "actors/actor_base.hpp"
#include "tests/support/actor_fixture.hpp"

#include <algorithm>

namespace simulation {

namespace {

using crds::backup_phase;
using messages::cluster_errc;

caf::error failure(cluster_errc code) {
  return caf::make_error(code, std::string{"failed by the dice"});
}

int rank_of(backup_phase phase) {
  switch (phase) {
  case backup_phase::pending:
  case backup_phase::queued:
    return 0;
  case backup_phase::freezing:
    return 1;
  case backup_phase::snapshotting:
    return 2;
  case backup_phase::thawing:
    return 3;
  case backup_phase::uploading:
    return 4;
  default:
    return 5;
  }
}

struct server_state {
  static constexpr const char* name = "simulated_cluster";
};

actors::cluster_actor::behavior_type
server(actors::self_of<actors::cluster_actor, server_state> self, simulated_cluster* world) {
  actors::harden(self);
  // A process that is gone gets no answer that it could act upon.
  const auto answers = [world, mine = world->epoch] { return world->epoch == mine; };
  const auto gone = [] { return failure(cluster_errc::fenced); };
  using namespace messages;
  return {
      [=](const gather_preflight&) -> caf::result<preflight_gathered> {
        auto facts = world->facts;
        facts.pods.clear();
        for (const auto& pod : world->living_pods({}).pods)
          facts.pods.push_back(pod);
        return preflight_gathered{std::make_shared<const actors::preflight_facts>(facts)};
      },
      [=](const read_backup&) -> caf::result<backup_read> {
        if (world->is_gone)
          return failure(cluster_errc::not_found);
        if (world->fails())
          return failure(cluster_errc::transient);
        return backup_read{std::make_shared<const crds::volume_backup>(world->backup)};
      },
      [=](const write_finalizers& command) -> caf::result<backup_read> {
        return answers() ? world->write(command) : caf::result<backup_read>{gone()};
      },
      [=](const write_backup_status& command) -> caf::result<backup_read> {
        return answers() ? world->write_status(command) : caf::result<backup_read>{gone()};
      },
      [=](const create_snapshot& command) -> caf::result<snapshot_created> {
        return answers() ? world->create(command) : caf::result<snapshot_created>{gone()};
      },
      [=](const delete_snapshot& command) -> caf::result<snapshot_created> {
        return answers() ? world->erase(command) : caf::result<snapshot_created>{gone()};
      },
      [=](const read_pods& command) -> caf::result<pods_read> {
        if (world->fails())
          return failure(cluster_errc::transient);
        return world->living_pods(command.names);
      },
      [=](const label_objects&) -> caf::result<objects_labelled> {
        return answers() ? objects_labelled{} : caf::result<objects_labelled>{gone()};
      },
      [=](const read_snapshots& command) -> caf::result<snapshots_read> {
        if (world->fails())
          return failure(cluster_errc::transient);
        return world->found(command.names);
      },
      [](const inspect_provider&) { return provider_inspected{}; },
      [](const write_provider_status&) { return provider_inspected{}; },
      [](const record_event&) {},
  };
}

} // namespace

simulated_cluster::simulated_cluster(agenda& when, std::function<instant()> now,
                                     std::function<k8s::timestamp()> wall, dice& random,
                                     simulated_pods& pods)
    : agenda_{when}, now_{std::move(now)}, wall_{std::move(wall)}, random_{random}, pods_{pods} {}

actors::cluster_actor simulated_cluster::spawn(caf::actor_system& system) {
  return system.spawn(server, this);
}

// The backup.

void simulated_cluster::note(const std::string& what) {
  const auto since
      = std::chrono::duration_cast<milliseconds>(wall_() - support::actor_fixture::noon);
  transcript.push_back(std::to_string(since.count()) + " ms: " + what);
}

caf::result<messages::backup_read> simulated_cluster::change(const std::string& request,
                                                             const std::string& version,
                                                             const std::function<void()>& what) {
  if (is_gone)
    return failure(cluster_errc::not_found);
  const bool is_lost = fails();
  const bool is_ignored = is_lost && random_.chance(50);
  note(request + (is_ignored ? " is not served" : is_lost ? " is served, the answer lost" : ""));
  if (is_ignored)
    return failure(cluster_errc::transient);
  if (version != backup.metadata.resource_version)
    return failure(cluster_errc::conflict);
  previous = backup;
  what();
  backup.metadata.resource_version = std::to_string(std::stoi(version) + 1);
  auto answer = std::make_shared<const crds::volume_backup>(backup);
  if (backup.metadata.is_being_deleted() && backup.metadata.finalizers.empty())
    vanish();
  if (is_lost)
    return failure(cluster_errc::uncertain);
  return messages::backup_read{std::move(answer)};
}

caf::result<messages::backup_read>
simulated_cluster::write(const messages::write_finalizers& command) {
  return change("finalizers", command.resource_version,
                [&] { backup.metadata.finalizers = command.finalizers; });
}

caf::result<messages::backup_read>
simulated_cluster::write_status(const messages::write_backup_status& command) {
  return change("status " + std::string{to_string(command.status->phase)}, command.resource_version,
                [&] {
                  check_phase(*command.status);
                  backup.status = *command.status;
                });
}

void simulated_cluster::check_phase(const crds::volume_backup_status& next) {
  const auto& last = backup.status;
  const auto told
      = std::string{to_string(last.phase)} + " to " + std::string{to_string(next.phase)};
  if (is_final(last.phase) && next.phase != last.phase)
    wrongs.push_back("a final phase changed: " + told);
  else if (next.attempts == last.attempts && rank_of(next.phase) < rank_of(last.phase)
           && next.phase != backup_phase::pending)
    wrongs.push_back("the phase went back: " + told);
}

void simulated_cluster::change_spec() {
  ++backup.metadata.generation;
  backup.metadata.resource_version
      = std::to_string(std::stoi(backup.metadata.resource_version) + 1);
  const auto seen = std::make_shared<const crds::volume_backup>(backup);
  for (int times = random_.chance(30) ? 2 : 1; times > 0; --times)
    after(random_.span(1ms, 400ms), [this, seen] {
      if (supervisor)
        caf::anon_send(supervisor, messages::backup_changed{seen});
    });
}

void simulated_cluster::cancel() {
  if (is_gone || backup.spec.cancel)
    return;
  backup.spec.cancel = true;
  change_spec();
}

void simulated_cluster::remove() {
  if (is_gone || backup.metadata.is_being_deleted())
    return;
  backup.metadata.deletion_timestamp = wall_();
  if (backup.metadata.finalizers.empty())
    return vanish();
  change_spec();
}

/// With what it owns.
void simulated_cluster::vanish() {
  is_gone = true;
  after(random_.span(1ms, 300ms), [this] {
    if (supervisor)
      caf::anon_send(supervisor,
                     messages::backup_removed{backup.metadata.key(), backup.metadata.uid});
  });
  after(1s, [this] {
    for (auto& one : snapshots)
      erase(one);
  });
}

bool simulated_cluster::is_settled() const {
  return is_gone || (is_final(backup.status.phase) && backup.metadata.finalizers.empty());
}

// Snapshots.

simulated_cluster::snapshot* simulated_cluster::living(const std::string& name) {
  const auto one = std::find_if(snapshots.begin(), snapshots.end(), [&](const auto& candidate) {
    return candidate.name == name && !candidate.is_deleted;
  });
  return one == snapshots.end() ? nullptr : &*one;
}

const simulated_cluster::snapshot* simulated_cluster::find(const std::string& name) const {
  return const_cast<simulated_cluster*>(this)->living(name); // NOLINT
}

std::size_t simulated_cluster::living_snapshots() const {
  return static_cast<std::size_t>(std::count_if(snapshots.begin(), snapshots.end(),
                                                [](const auto& one) { return !one.is_deleted; }));
}

messages::snapshot_created simulated_cluster::make(const std::string& name) {
  if (const auto* there = living(name))
    return {there->uid, true};
  snapshot made;
  made.name = name;
  made.uid = "uid-" + std::to_string(snapshots.size());
  note("snapshot " + name);
  snapshots.push_back(made);
  if (is_gone) // garbage collection: its owner is not there
    after(1s, [this, name] {
      if (auto* one = living(name))
        erase(*one);
    });
  if (never_cuts)
    return {made.uid, false};
  after(random_.span(30ms, 1500ms), [this, name] {
    auto* one = living(name);
    if (!one)
      return;
    one->cut = wall_();
    one->was_frozen = std::all_of(pods_.all().begin(), pods_.all().end(),
                                  [](const auto& pod) { return pod->is_frozen || !pod->is_alive; });
    report(name);
    after(random_.span(50ms, 6s), [this, name] {
      if (auto* done = living(name)) {
        done->is_ready = true;
        report(name);
      }
    });
  });
  return {made.uid, false};
}

caf::result<messages::snapshot_created>
simulated_cluster::create(const messages::create_snapshot& command) {
  if (!fails())
    return make(command.name);
  switch (random_.below(3)) {
  case 0:
    return failure(cluster_errc::transient);
  case 1:
    make(command.name);
    return failure(cluster_errc::uncertain);
  default:
    // In flight; what a client has asked that is gone since, the server drops.
    after(random_.span(10ms, 30s), [this, name = command.name, mine = epoch] {
      if (epoch == mine || now_() < last_crash + 1s)
        make(name);
    });
    return failure(cluster_errc::uncertain);
  }
}

caf::result<messages::snapshot_created>
simulated_cluster::erase(const messages::delete_snapshot& command) {
  if (fails())
    return failure(cluster_errc::transient);
  if (auto* one = living(command.key.name); one && (command.uid.empty() || command.uid == one->uid))
    erase(*one);
  return messages::snapshot_created{command.uid, true};
}

void simulated_cluster::erase(snapshot& one) {
  if (std::exchange(one.is_deleted, true))
    return;
  note("snapshot " + one.name + " is deleted");
  messages::snapshot_observed seen;
  seen.snapshot = {backup.metadata.name_space, one.name};
  seen.uid = one.uid;
  seen.is_deleted = true;
  after(random_.span(1ms, 300ms), [this, seen] { caf::anon_send(feed, seen); });
}

void simulated_cluster::delete_a_snapshot() {
  for (auto& one : snapshots)
    if (!one.is_deleted)
      return erase(one);
}

/// The watch: late, sometimes twice, and of several objects in any order.
void simulated_cluster::report(const std::string& name) {
  const auto* one = living(name);
  messages::snapshot_observed seen;
  seen.snapshot = {backup.metadata.name_space, name};
  seen.uid = one->uid;
  seen.content_name = "content-" + one->uid;
  seen.handle = "handle-" + one->uid;
  seen.creation_time = one->cut;
  seen.ready_to_use = one->is_ready;
  for (int times = random_.chance(20) ? 2 : 1; times > 0; --times)
    after(random_.span(1ms, 500ms), [this, seen] { caf::anon_send(feed, seen); });
}

messages::snapshots_read simulated_cluster::found(const std::vector<std::string>& names) const {
  messages::snapshots_read all;
  for (const auto& one : snapshots) {
    if (one.is_deleted || std::find(names.begin(), names.end(), one.name) == names.end())
      continue;
    k8s::volume_snapshot made;
    made.metadata.name = one.name;
    made.metadata.name_space = backup.metadata.name_space;
    made.metadata.uid = one.uid;
    made.metadata.labels = {{"backups.example.com/backup-uid", backup.metadata.uid}};
    made.content_name = "content-" + one.uid;
    if (one.cut)
      made.creation_time = std::chrono::floor<std::chrono::seconds>(*one.cut);
    made.ready_to_use = one.is_ready;
    all.snapshots.push_back(std::move(made));
  }
  return all;
}

/// No names: all of them.
messages::pods_read simulated_cluster::living_pods(const std::vector<std::string>& names) const {
  messages::pods_read all;
  for (const auto& pod : facts.pods) {
    const auto& name = pod.metadata.name;
    const bool is_alive = std::any_of(pods_.all().begin(), pods_.all().end(), [&](const auto& one) {
      return one->name == name && one->is_alive;
    });
    if (is_alive && (names.empty() || std::find(names.begin(), names.end(), name) != names.end()))
      all.pods.push_back(pod);
  }
  return all;
}

} // namespace simulation
