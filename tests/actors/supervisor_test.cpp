#include "tests/support/supervisor_fixture.hpp"

namespace {

using namespace actors;
using support::scripted_exec;
using support::supervisor_test;
using namespace std::chrono_literals;

TEST_F(supervisor_test, runs_a_backup_in_the_order_that_keeps_it_safe) {
  start_and_freeze();
  cut();
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  session_says({"@freeze thawed line post 0 40"});
  become_ready();
  EXPECT_EQ(api.transcript,
            (std::vector<std::string>{"preflight", "hold finalizer", "status Freezing",
                                      "create snapshot", "read pods", "status Uploading",
                                      "status Completed", "drop finalizer"}));
  EXPECT_EQ(status().consistency, crds::consistency::application) << status().message;
  EXPECT_EQ(exec->sessions.size(), 1U) << "one exec";
  EXPECT_EQ(api.events, std::vector<std::string>{"Completed"});
}

TEST_F(supervisor_test, opens_no_session_before_the_intent_is_accepted) {
  api.write_failures = {cluster_errc::transient};
  start();
  EXPECT_TRUE(exec->sessions.empty());
  advance(1s);
  EXPECT_EQ(exec->sessions.size(), 1U) << "after the repeated writes";
}

TEST_F(supervisor_test, keeps_its_place_ahead_only_as_long_as_it_waits_for_its_turn) {
  start_and_freeze();
  EXPECT_TRUE(api.place.expired()) << "it has its turn";
  const auto first = backup;
  api.backup.metadata.name = "second";
  api.backup.metadata.uid = "uid-2";
  api.backup.status = {};
  start();
  EXPECT_FALSE(api.place.expired()) << "it waits for the first one to thaw";
  user_changes([](crds::volume_backup& object) { object.spec.cancel = true; });
  EXPECT_EQ(status().phase, crds::backup_phase::cancelled);
  EXPECT_TRUE(api.place.expired());
  caf::anon_send_exit(first, caf::exit_reason::kill);
}

TEST_F(supervisor_test, thaws_on_the_cut_while_the_api_server_answers_nothing) {
  start_and_freeze();
  api.write_failures.assign(5, cluster_errc::transient);
  cut();
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
}

TEST_F(supervisor_test, sees_the_cut_though_the_watch_has_died_without_a_word) {
  start_and_freeze();
  k8s::volume_snapshot taken;
  taken.metadata.name_space = "shop";
  taken.metadata.name = api.created.at(0);
  api.snapshots = {taken};
  advance(3s);
  EXPECT_FALSE(exec->sessions[0]->was_told_to_thaw()) << "it is there, and not cut";
  api.snapshots[0].creation_time = context.wall();
  advance(3s);
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
}

TEST_F(supervisor_test, sees_what_became_ready_though_the_watch_has_died_without_a_word) {
  start_and_freeze();
  cut();
  session_says({"@freeze thawed line post 0 40"});
  k8s::volume_snapshot taken;
  taken.metadata.name_space = "shop";
  taken.metadata.name = api.created.at(0);
  taken.creation_time = context.wall();
  taken.ready_to_use = true;
  api.snapshots = {taken};
  advance(status().timeouts->ready + 12s);
  EXPECT_EQ(status().phase, crds::backup_phase::completed) << status().message;
}

TEST_F(supervisor_test, a_look_at_the_snapshots_that_fails_is_repeated) {
  start_and_freeze();
  api.read_failures = {cluster_errc::transient};
  advance(3s);
  EXPECT_EQ(api.transcript.back(), "create snapshot");
  advance(3s);
  EXPECT_EQ(api.transcript.back(), "read snapshots");
  EXPECT_FALSE(exec->sessions[0]->was_told_to_thaw()) << "what is not found may still come";
}

TEST_F(supervisor_test, a_status_write_that_conflicts_is_repeated_on_the_new_version) {
  start_and_freeze();
  api.backup.metadata.resource_version = "77"; // somebody set a label
  cut();
  session_says({"@freeze thawed line post 0 40"});
  become_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
}

struct probing : supervisor_test {
  probing() {
    auto& pods = api.facts.pods;
    pods.push_back(support::preflight_case::pod("mysql-1", "data"));
    pods[0].metadata.annotations["backups.example.com.hook-pods"] = "probe";
    pods[0].metadata.annotations["backups.example.com.hook-probe"] = "is-primary";
    pods[1].metadata.annotations = pods[0].metadata.annotations;
    api.pods = pods;
  }

  void probes_end(k8s::exec_outcome first, k8s::exec_outcome second, std::size_t from = 0) {
    exec->sessions.at(from)->ends(std::move(first));
    exec->sessions.at(from + 1)->ends(std::move(second));
    run();
  }
};

TEST_F(probing, only_the_pod_that_says_so_is_frozen) {
  start();
  ASSERT_EQ(exec->sessions.size(), 2U);
  EXPECT_EQ(exec->sessions[0]->request.command.back(), "is-primary");
  EXPECT_TRUE(api.statuses.empty()) << "nothing is written before it is known who is frozen";
  probes_end(k8s::exec_exited{1}, k8s::exec_exited{0});
  ASSERT_EQ(status().pods.size(), 1U);
  EXPECT_EQ(status().pods[0].name, "mysql-1");
  session_says({"@freeze armed", "@freeze pre 0", "@freeze frozen 5"}, 2);
  cut();
  session_says({"@freeze thawed line post 0 40"}, 2);
  become_ready();
  EXPECT_EQ(status().consistency, crds::consistency::application) << status().message;
}

TEST_F(probing, a_stream_that_broke_is_asked_again) {
  start();
  probes_end(k8s::exec_exited{1}, scripted_exec::lost());
  EXPECT_EQ(exec->sessions.size(), 2U);
  advance(1s);
  ASSERT_EQ(exec->sessions.size(), 4U);
  probes_end(k8s::exec_exited{0}, k8s::exec_exited{1}, 2);
  EXPECT_EQ(status().phase, crds::backup_phase::freezing);
}

TEST_F(probing, a_command_that_is_not_there_fails_the_backup_before_anything_is_frozen) {
  start();
  probes_end(k8s::exec_exited{1}, k8s::exec_exited{127});
  EXPECT_EQ(status().phase, crds::backup_phase::failed);
  EXPECT_EQ(status().reason, "ProbeFailed");
  EXPECT_EQ(exec->sessions.size(), 2U);
  EXPECT_TRUE(api.backup.metadata.finalizers.empty());
}

TEST_F(probing, a_cancel_meanwhile_ends_the_backup) {
  start();
  user_changes([](crds::volume_backup& changed) { changed.spec.cancel = true; });
  EXPECT_EQ(status().phase, crds::backup_phase::cancelled);
  probes_end(k8s::exec_exited{0}, k8s::exec_exited{0});
  EXPECT_EQ(exec->sessions.size(), 2U);
}

TEST_F(supervisor_test, a_failed_pre_hook_fails_the_backup_and_creates_no_snapshot) {
  start();
  session_says({"@freeze armed", "@freeze pre 3", "@freeze thawed pre-failed post 0 9"});
  EXPECT_EQ(status().phase, crds::backup_phase::failed);
  EXPECT_EQ(status().reason, "HookFailed");
  EXPECT_TRUE(api.created.empty());
  EXPECT_TRUE(api.backup.metadata.finalizers.empty()) << "nothing holds the object";
}

TEST_F(supervisor_test, a_pre_hook_that_hangs_is_thawed_at_its_timeout) {
  start();
  session_says({"@freeze armed"});
  advance(30s);
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  session_says({"@freeze thawed line post 0 30000"});
  EXPECT_EQ(status().reason, "FreezeTimeout");
}

TEST_F(supervisor_test, a_cut_that_does_not_come_is_thawed_at_max_freeze_and_the_set_discarded) {
  start_and_freeze();
  advance(59s);
  EXPECT_FALSE(exec->sessions[0]->was_told_to_thaw());
  advance(1s);
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  session_says({"@freeze thawed line post 0 60000"});
  EXPECT_EQ(status().reason, "FreezeExpired");
  EXPECT_EQ(api.deleted, api.created);
}

TEST_F(supervisor_test, a_cancel_while_frozen_thaws_discards_and_ends_cancelled) {
  start_and_freeze();
  user_changes([](crds::volume_backup& changed) { changed.spec.cancel = true; });
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  session_says({"@freeze thawed line post 0 60"});
  EXPECT_EQ(status().phase, crds::backup_phase::cancelled);
  EXPECT_EQ(api.deleted, api.created);
}

TEST_F(supervisor_test, a_deletion_while_frozen_thaws_before_the_object_may_go) {
  start_and_freeze();
  user_changes([](crds::volume_backup& changed) { changed.metadata.deletion_timestamp.emplace(); });
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  EXPECT_FALSE(api.backup.metadata.finalizers.empty());
  session_says({"@freeze thawed line post 0 60"});
  EXPECT_TRUE(api.backup.metadata.finalizers.empty());
}

TEST_F(supervisor_test, a_stop_while_frozen_thaws_and_ends) {
  start_and_freeze();
  caf::anon_send(backup, stop_work{});
  run();
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  session_says({"@freeze thawed line post 0 60"});
  EXPECT_EQ(status().phase, crds::backup_phase::pending) << "for the next operator";
  EXPECT_EQ(status().reason, "OperatorStopped");
  EXPECT_FALSE(status().completion_time);
  EXPECT_EQ(api.deleted, api.created);
  EXPECT_TRUE(api.backup.metadata.finalizers.empty());
}

TEST_F(supervisor_test, a_create_that_fails_for_a_moment_is_repeated_within_the_freeze) {
  api.create_failures = {cluster_errc::transient, cluster_errc::uncertain};
  start_and_freeze();
  EXPECT_TRUE(api.created.empty());
  advance(400ms);
  EXPECT_EQ(api.created.size(), 1U);
}

TEST_F(supervisor_test, a_create_that_is_refused_thaws_at_once) {
  api.create_failures = {cluster_errc::forbidden};
  start_and_freeze();
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  session_says({"@freeze thawed line post 0 60"});
  EXPECT_EQ(status().reason, "SnapshotFailed");
}

TEST_F(supervisor_test, a_snapshot_error_that_clears_is_a_warning) {
  start_and_freeze();
  storage_reports([](snapshot_observed& seen) { seen.error = "the object has been modified"; });
  EXPECT_TRUE(has_event("SnapshotError"));
  cut();
  session_says({"@freeze thawed line post 0 60"});
  become_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
}

TEST_F(supervisor_test, a_snapshot_error_that_cannot_clear_fails_at_once) {
  start_and_freeze();
  storage_reports(
      [](snapshot_observed& seen) { seen.error = "snapshots reach the configured maximum (3)"; });
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
}

TEST_F(supervisor_test, a_snapshot_deleted_by_a_third_party_fails_the_backup) {
  start_and_freeze();
  storage_reports([](snapshot_observed& seen) { seen.is_deleted = true; });
  session_says({"@freeze thawed line post 0 60"});
  EXPECT_EQ(status().reason, "SnapshotFailed");
}

TEST_F(supervisor_test, completes_without_a_handle_where_contents_may_not_be_read) {
  start_and_freeze();
  cut();
  session_says({"@freeze thawed line post 0 40"});
  storage_reports([](snapshot_observed& seen) {
    seen.creation_time.emplace();
    seen.ready_to_use = true;
  });
  EXPECT_EQ(status().phase, crds::backup_phase::uploading)
      << "the content's event may be on its way";
  advance(10s);
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
}

TEST_F(supervisor_test, a_supervisor_that_dies_thaws_its_pods) {
  start_and_freeze();
  caf::anon_send_exit(backup, caf::exit_reason::kill);
  run();
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
}

TEST_F(supervisor_test, a_restarted_container_lowers_the_verdict) {
  start_and_freeze();
  ++api.pods[0].statuses[0].restart_count;
  cut();
  session_says({"@freeze thawed line post 0 60"});
  become_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
  EXPECT_EQ(status().consistency, crds::consistency::unknown);
}

TEST_F(supervisor_test, a_session_that_is_lost_before_it_froze_fails_the_backup) {
  start();
  session_says({"@freeze armed"});
  exec->sessions[0]->ends(scripted_exec::lost());
  run();
  session_says({"@rescue found 1", "@rescue thawed post 0"}, 1);
  EXPECT_EQ(status().phase, crds::backup_phase::failed);
  EXPECT_EQ(status().reason, "SessionLost");
  EXPECT_TRUE(api.created.empty());
}

TEST_F(supervisor_test, the_end_of_an_exec_does_not_overtake_what_was_said_before) {
  start();
  exec->sessions[0]->says("@freeze armed");
  for (int i = 0; i < 1000; ++i)
    exec->sessions[0]->says("a shell that talks");
  for (const auto* line : {"@freeze pre 9", "@freeze thawed pre-failed post 0 9"})
    exec->sessions[0]->says(line);
  exec->sessions[0]->ends(k8s::exec_exited{1});
  run();
  EXPECT_EQ(status().reason, "HookFailed");
  EXPECT_EQ(exec->sessions.size(), 1U) << "no rescue";
}

TEST_F(supervisor_test, a_lost_session_before_the_cut_fails_and_after_it_lowers_the_verdict) {
  start_and_freeze();
  cut();
  exec->sessions[0]->ends(scripted_exec::lost());
  run();
  session_says({"@rescue found 0", "@rescue thawed post 0"}, 1);
  become_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
  EXPECT_EQ(status().consistency, crds::consistency::unknown);
}

TEST_F(supervisor_test, a_refused_preflight_writes_reason_and_event_and_freezes_nothing) {
  api.facts.workloads.clear();
  start();
  EXPECT_EQ(status().phase, crds::backup_phase::failed);
  EXPECT_EQ(status().reason, "ApplicationNotFound");
  EXPECT_EQ(api.events, std::vector<std::string>{"ApplicationNotFound"});
  EXPECT_TRUE(exec->sessions.empty());
  EXPECT_EQ(api.transcript, (std::vector<std::string>{"preflight", "status Failed"}));
}

TEST_F(supervisor_test, a_server_that_is_too_busy_to_read_from_makes_the_backup_wait) {
  api.facts.read_errors.push_back({.code = k8s::errc::timeout,
                                   .attempted = "GET /x",
                                   .detail = "no answer",
                                   .reason = {},
                                   .retry_after = {}});
  start();
  EXPECT_EQ(status().phase, crds::backup_phase::none);
  api.facts.read_errors.clear();
  advance(1s);
  EXPECT_EQ(exec->sessions.size(), 1U);
}

TEST_F(supervisor_test, a_dry_run_freezes_thaws_and_reports_without_a_snapshot) {
  api.backup.spec.dry_run = true;
  start_and_freeze();
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  session_says({"@freeze thawed line post 0 60"});
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
  EXPECT_TRUE(api.created.empty());
  EXPECT_TRUE(status().freeze_milliseconds);
}

TEST_F(supervisor_test, an_object_that_vanishes_is_thawed_and_forgotten) {
  start_and_freeze();
  caf::anon_send(backup, backup_removed{{"shop", "nightly"}, "uid-1"});
  run();
  EXPECT_TRUE(exec->sessions[0]->was_told_to_thaw());
  session_says({"@freeze thawed line post 0 60"});
  EXPECT_EQ(api.deleted, api.created);
}

} // namespace
