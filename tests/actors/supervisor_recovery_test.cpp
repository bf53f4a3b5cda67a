#include "tests/support/supervisor_fixture.hpp"

namespace {

using namespace actors;
using support::scripted_exec;
using namespace std::chrono_literals;

/// A supervisor that finds what another process left of its backup.
struct recovering : support::supervisor_test {
  /// The first operator freezes and is gone, sessions and all.
  void given_a_run_that_ended_while_frozen() {
    start_and_freeze();
    caf::anon_send_exit(backup, caf::exit_reason::kill);
    run();
    exec->sessions[0]->ends(scripted_exec::refused(k8s::errc::not_found, "gone"));
    run();
    ASSERT_EQ(status().phase, crds::backup_phase::freezing);
    api.transcript.clear();
    api.events.clear();
    exec->sessions.clear();
    api.snapshots.clear();
    for (const auto& name : api.created)
      api.snapshots.push_back(snapshot(name));
  }

  static k8s::volume_snapshot snapshot(const std::string& name) {
    k8s::volume_snapshot made;
    made.metadata.name = name;
    made.metadata.name_space = "shop";
    made.metadata.uid = "uid-" + name;
    made.metadata.labels = {{"backups.example.com/backup-uid", "uid-1"}};
    return made;
  }

  void rescue_succeeds(std::size_t number = 0) {
    session_says({"@rescue found 0", "@rescue thawed post 0"}, number);
  }
};

TEST_F(recovering, the_rescue_is_the_first_thing_that_happens) {
  given_a_run_that_ended_while_frozen();
  start();
  EXPECT_EQ(api.transcript, std::vector<std::string>{"read pods"});
  ASSERT_EQ(exec->sessions.size(), 1U);
  EXPECT_EQ(exec->sessions[0]->request.command.back(), "uid-1.1.0");
  EXPECT_NE(exec->sessions[0]->input.find("thaw it"), std::string::npos);
}

TEST_F(recovering, a_read_that_fails_for_a_moment_is_repeated) {
  given_a_run_that_ended_while_frozen();
  api.read_failures = {cluster_errc::transient};
  start();
  EXPECT_TRUE(exec->sessions.empty());
  advance(1s);
  EXPECT_EQ(exec->sessions.size(), 1U);
}

TEST_F(recovering, a_cut_set_completes_with_an_unknown_consistency) {
  given_a_run_that_ended_while_frozen();
  for (auto& one : api.snapshots)
    one.creation_time = context.wall();
  start();
  rescue_succeeds();
  become_ready();
  EXPECT_EQ(api.transcript,
            (std::vector<std::string>{"read pods", "read snapshots", "read snapshots",
                                      "status Uploading", "status Completed", "drop finalizer"}));
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
  EXPECT_EQ(status().consistency, crds::consistency::unknown);
}

TEST_F(recovering, a_set_that_became_ready_while_nobody_watched_completes) {
  given_a_run_that_ended_while_frozen();
  for (auto& one : api.snapshots) {
    one.creation_time = context.wall();
    one.ready_to_use = true;
  }
  start();
  rescue_succeeds();
  advance(20s); // the handle stands in the content, whose watch says nothing here
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
}

TEST_F(recovering, an_uncut_set_is_discarded_and_the_backup_begins_again_under_other_names) {
  given_a_run_that_ended_while_frozen();
  const auto first = api.created;
  start();
  rescue_succeeds();
  EXPECT_EQ(api.deleted, first);
  EXPECT_EQ(exec->sessions.size(), 1U) << "nothing is frozen while a late exec may arrive";
  advance(30s);
  ASSERT_EQ(exec->sessions.size(), 2U);
  EXPECT_EQ(exec->sessions[1]->request.command.back(), "uid-1.1.0") << "one may have";
  rescue_succeeds(1);
  ASSERT_EQ(exec->sessions.size(), 3U);
  EXPECT_EQ(exec->sessions[2]->request.command.back(), "uid-1.2.0");
  session_says({"@freeze armed", "@freeze pre 0", "@freeze frozen 5"}, 2);
  ASSERT_EQ(api.created.size(), 2U);
  EXPECT_NE(api.created[0], api.created[1]);
  api.created.erase(api.created.begin());
  cut();
  session_says({"@freeze thawed line post 0 40"}, 2);
  become_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
  EXPECT_EQ(status().consistency, crds::consistency::application) << status().message;
  EXPECT_EQ(status().attempts, 2);
}

TEST_F(recovering, what_the_watch_had_not_shown_is_taken_up_at_the_first_conflict) {
  given_a_run_that_ended_while_frozen();
  auto stale = api.backup;
  stale.status = {};
  stale.metadata.finalizers.clear();
  stale.metadata.resource_version = "1";
  backup = track(
      system.spawn(supervisor, context, std::make_shared<const crds::volume_backup>(stale)));
  run();
  ASSERT_EQ(exec->sessions.size(), 1U);
  EXPECT_EQ(exec->sessions[0]->request.command.at(3), "backup-freeze-rescue");
  EXPECT_EQ(status().attempts, 1);
}

TEST_F(recovering, a_final_status_that_the_watch_had_not_shown_is_final) {
  given_a_run_that_ended_while_frozen();
  const auto stale = api.backup;
  api.backup.status.phase = crds::backup_phase::completed;
  api.backup.metadata.resource_version = "99";
  backup = track(
      system.spawn(supervisor, context, std::make_shared<const crds::volume_backup>(stale)));
  user_changes([](crds::volume_backup& changed) { changed.spec.cancel = true; });
  rescue_succeeds();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
  EXPECT_TRUE(api.backup.metadata.finalizers.empty());
}

TEST_F(recovering, a_deleted_backup_is_thawed_before_it_may_go) {
  given_a_run_that_ended_while_frozen();
  api.backup.metadata.deletion_timestamp = context.wall();
  start();
  EXPECT_FALSE(api.backup.metadata.finalizers.empty());
  rescue_succeeds();
  EXPECT_EQ(api.deleted, api.created);
  EXPECT_TRUE(api.backup.metadata.finalizers.empty());
}

TEST_F(recovering, an_upload_that_another_operator_began_is_seen_to_its_end) {
  start_and_freeze();
  cut();
  session_says({"@freeze thawed line post 0 40"});
  ASSERT_EQ(status().phase, crds::backup_phase::uploading);
  caf::anon_send_exit(backup, caf::exit_reason::kill);
  run();
  exec->sessions.clear();
  api.snapshots = {snapshot(api.created.front())};
  start();
  become_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
  EXPECT_EQ(status().consistency, crds::consistency::application);
  EXPECT_TRUE(exec->sessions.empty()) << "nothing was frozen any more";
}

TEST_F(recovering, a_snapshot_that_was_deleted_while_nobody_watched_fails_the_backup) {
  start_and_freeze();
  cut();
  session_says({"@freeze thawed line post 0 40"});
  caf::anon_send_exit(backup, caf::exit_reason::kill);
  run();
  start();
  EXPECT_EQ(status().phase, crds::backup_phase::failed);
  EXPECT_EQ(status().reason, "SnapshotFailed");
}

} // namespace
