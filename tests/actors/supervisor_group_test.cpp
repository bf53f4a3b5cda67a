#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"
#include "tests/support/supervisor_fixture.hpp"

namespace {

using namespace actors;
using nlohmann::json;
using support::scripted_exec;
using namespace std::chrono_literals;

/// A supervisor whose two claims are cut as one group.
struct grouped : support::supervisor_test {
  const std::string name = group_name("nightly", "uid-1", 1);
  const std::string label = group_label("uid-1");

  grouped() {
    api.facts.pods[0].claims.emplace("more", "logs");
    api.facts.claims["logs"] = support::preflight_case::claim("logs");
    k8s::volume_group_snapshot_class its_class;
    its_class.metadata.name = "groups";
    its_class.driver = "hostpath";
    api.facts.group.classes = {its_class};
    api.pods = api.facts.pods;
  }

  k8s::volume_snapshot member(const std::string& claim, bool is_ready = false) {
    k8s::volume_snapshot made;
    made.metadata.name = "snapshot-" + std::string(64, claim == "data" ? 'd' : 'e');
    made.metadata.name_space = "shop";
    made.metadata.uid = "uid-of-" + claim;
    made.group = name;
    made.source_claim = claim;
    made.creation_time = context.wall();
    made.ready_to_use = is_ready;
    return made;
  }

  k8s::volume_group_snapshot group(bool is_ready = false) {
    k8s::volume_group_snapshot made;
    made.metadata.name = name;
    made.metadata.name_space = "shop";
    made.metadata.labels = {{"backups.example.com/backup-uid", "uid-1"}};
    made.content_name = "groupsnapcontent-1";
    made.creation_time = context.wall();
    made.ready_to_use = is_ready;
    return made;
  }

  template <class Object>
  void watch_reports(const Object& object) {
    caf::anon_send(context.snapshots, observe(object));
    run();
  }

  void content_is_seen(const std::string& claim) {
    k8s::volume_snapshot_content content;
    content.metadata.name = "content-of-" + claim;
    content.snapshot = member(claim).metadata.key();
    content.snapshot_handle = "handle-of-" + claim;
    watch_reports(content);
  }

  void all_is_cut() {
    watch_reports(member("data"));
    watch_reports(member("logs"));
    watch_reports(group());
  }

  void all_is_ready() {
    for (const auto* claim : {"data", "logs"}) {
      content_is_seen(claim);
      watch_reports(member(claim, true));
    }
    watch_reports(group(true));
  }

  json label_of(const std::string& object) const {
    const auto found = api.labelled.find(object);
    return found == api.labelled.end() ? json("never") : found->second.at("labels").at(label);
  }
};

TEST_F(grouped, runs_from_the_label_to_the_label) {
  start_and_freeze();
  EXPECT_EQ(api.created, std::vector<std::string>{name});
  all_is_cut();
  EXPECT_TRUE(exec->sessions[0]->input.ends_with("thaw\n"));
  session_says({"@freeze thawed line post 0 40"});
  all_is_ready();
  EXPECT_EQ(api.transcript, (std::vector<std::string>{
                                "preflight", "hold finalizer", "status Freezing", "label claims",
                                "create group", "unlabel claims", "read pods", "label members",
                                "status Uploading", "status Completed", "drop finalizer"}));
  EXPECT_EQ(status().consistency, crds::consistency::application) << status().message;
  EXPECT_EQ(label_of("data"), json{});
  EXPECT_EQ(label_of("logs"), json{});
}

TEST_F(grouped, tells_its_members_in_the_status) {
  start_and_freeze();
  EXPECT_EQ(status().volume_group_snapshot_name, name);
  EXPECT_EQ(status().snapshots.at(0).volume_snapshot_name, "") << "nobody knows it yet";
  all_is_cut();
  session_says({"@freeze thawed line post 0 40"});
  all_is_ready();
  EXPECT_EQ(status().snapshots_ready, "2/2");
  const auto& row = status().snapshots.at(1);
  EXPECT_EQ(row.claim, "logs");
  EXPECT_EQ(row.volume_snapshot_name, member("logs").metadata.name);
  EXPECT_EQ(row.snapshot_handle, "handle-of-logs");
  EXPECT_EQ(row.content_name, "content-of-logs");
  EXPECT_EQ(row.class_name, "groups");
  EXPECT_EQ(api.labelled.at(row.volume_snapshot_name).at("labels"),
            (json{{"backups.example.com/backup-uid", "uid-1"}}));
}

TEST_F(grouped, is_not_thawed_before_the_group_and_every_member_is_cut) {
  start_and_freeze();
  watch_reports(group());
  watch_reports(member("data"));
  EXPECT_FALSE(exec->sessions[0]->input.ends_with("thaw\n"));
  watch_reports(member("logs"));
  EXPECT_TRUE(exec->sessions[0]->input.ends_with("thaw\n"));
  session_says({"@freeze thawed line post 0 40"});
}

TEST_F(grouped, labels_are_tried_again_before_anything_is_frozen) {
  api.label_failures = {cluster_errc::transient};
  start();
  EXPECT_TRUE(exec->sessions.empty());
  advance(1s);
  EXPECT_EQ(exec->sessions.size(), 1U);
  EXPECT_EQ(label_of("data"), "1");
}

TEST_F(grouped, labels_that_are_refused_fail_it_unfrozen_and_unlabelled) {
  api.label_failures = {cluster_errc::forbidden};
  start();
  EXPECT_TRUE(exec->sessions.empty());
  EXPECT_EQ(status().phase, crds::backup_phase::failed);
  EXPECT_EQ(status().reason, "LabelRefused");
  EXPECT_EQ(label_of("data"), json{});
}

TEST_F(grouped, a_label_that_may_still_arrive_is_taken_off_once_more) {
  api.label_failures = {cluster_errc::uncertain};
  start();
  advance(1s);
  session_says({"@freeze armed", "@freeze pre 0", "@freeze frozen 5"});
  all_is_cut();
  session_says({"@freeze thawed line post 0 40"});
  all_is_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::uploading);
  const auto unlabelled = [this] {
    return std::count(api.transcript.begin(), api.transcript.end(), "unlabel claims");
  };
  EXPECT_EQ(unlabelled(), 1);
  advance(35s);
  EXPECT_EQ(unlabelled(), 2);
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
}

TEST_F(grouped, a_pre_hook_that_fails_leaves_neither_group_nor_label) {
  start();
  session_says({"@freeze armed", "@freeze pre 1", "@freeze thawed pre-failed post 0 9"});
  EXPECT_EQ(status().reason, "HookFailed");
  EXPECT_TRUE(api.created.empty());
  EXPECT_EQ(label_of("data"), json{});
}

TEST_F(grouped, an_error_that_cannot_clear_thaws_and_deletes_the_group) {
  start_and_freeze();
  auto failing = group();
  failing.creation_time.reset();
  failing.error = "rpc error: code = Unimplemented desc = no groups";
  watch_reports(failing);
  EXPECT_TRUE(exec->sessions[0]->input.ends_with("thaw\n"));
  session_says({"@freeze thawed line post 0 40"});
  EXPECT_EQ(status().reason, "SnapshotFailed");
  EXPECT_EQ(status().message, "VolumeGroupSnapshot " + name + ": " + *failing.error);
  EXPECT_EQ(api.deleted, std::vector<std::string>{name});
  EXPECT_EQ(label_of("logs"), json{});
}

TEST_F(grouped, an_error_that_may_clear_is_told_as_the_groups) {
  start_and_freeze();
  auto failing = group();
  failing.creation_time.reset();
  failing.error = "the disk is slow";
  watch_reports(failing);
  EXPECT_TRUE(has_event("SnapshotError"));
  EXPECT_FALSE(exec->sessions[0]->input.ends_with("thaw\n"));
  all_is_cut();
  session_says({"@freeze thawed line post 0 40"});
}

TEST_F(grouped, a_create_that_is_never_answered_meets_its_own_group) {
  api.create_failures = {cluster_errc::uncertain};
  start_and_freeze();
  EXPECT_TRUE(api.created.empty());
  advance(200ms);
  EXPECT_EQ(api.created, std::vector<std::string>{name});
  all_is_cut();
  session_says({"@freeze thawed line post 0 40"});
  all_is_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
}

TEST_F(grouped, a_label_that_the_server_does_not_let_go_is_told_and_left) {
  start_and_freeze();
  all_is_cut();
  api.label_failures = {cluster_errc::transient, cluster_errc::forbidden};
  session_says({"@freeze thawed line post 0 40"});
  advance(1s);
  EXPECT_TRUE(has_event("LabelLeft"));
  all_is_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
}

TEST_F(grouped, members_that_cannot_be_labelled_are_complete_all_the_same) {
  start_and_freeze();
  all_is_cut();
  api.label_failures = {cluster_errc::none, cluster_errc::transient, cluster_errc::forbidden};
  session_says({"@freeze thawed line post 0 40"});
  advance(1s);
  EXPECT_TRUE(has_event("MembersNotLabelled"));
  EXPECT_FALSE(has_event("LabelLeft"));
  all_is_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
}

/// What the next operator finds.
struct grouped_recovery : grouped {
  void given_a_run_that_ended_while_frozen() {
    start_and_freeze();
    caf::anon_send_exit(backup, caf::exit_reason::kill);
    run();
    exec->sessions[0]->ends(scripted_exec::refused(k8s::errc::not_found, "gone"));
    run();
    ASSERT_EQ(label_of("data"), "1");
    api.transcript.clear();
    exec->sessions.clear();
  }

  void rescue_succeeds(std::size_t number = 0) {
    session_says({"@rescue found 0", "@rescue thawed post 0"}, number);
  }
};

TEST_F(grouped_recovery, thaws_first_and_then_takes_the_labels_off) {
  given_a_run_that_ended_while_frozen();
  start();
  EXPECT_EQ(api.transcript, std::vector<std::string>{"read pods"});
  rescue_succeeds();
  ASSERT_GE(api.transcript.size(), 2U);
  EXPECT_EQ(api.transcript[1], "unlabel claims");
  EXPECT_EQ(label_of("data"), json{});
}

TEST_F(grouped_recovery, sees_a_group_that_is_cut_to_its_end) {
  given_a_run_that_ended_while_frozen();
  api.group = group(true);
  api.snapshots = {member("data", true), member("logs", true)};
  start();
  rescue_succeeds();
  for (const auto* claim : {"data", "logs"})
    content_is_seen(claim);
  EXPECT_EQ(status().phase, crds::backup_phase::completed) << status().message;
  EXPECT_EQ(status().consistency, crds::consistency::unknown);
  EXPECT_EQ(status().snapshots.at(0).snapshot_handle, "handle-of-data");
  EXPECT_TRUE(api.deleted.empty());
}

TEST_F(grouped_recovery, begins_again_with_another_group) {
  given_a_run_that_ended_while_frozen();
  auto uncut = group();
  uncut.creation_time.reset();
  api.group = uncut;
  start();
  rescue_succeeds();
  EXPECT_EQ(api.deleted, std::vector<std::string>{name});
  api.group.reset();
  advance(30s);
  rescue_succeeds(1); // of what may have begun late
  ASSERT_EQ(exec->sessions.size(), 3U);
  EXPECT_EQ(label_of("data"), "2");
  session_says({"@freeze armed", "@freeze pre 0", "@freeze frozen 5"}, 2);
  ASSERT_EQ(api.created.size(), 2U);
  EXPECT_NE(api.created[0], api.created[1]);
  EXPECT_EQ(api.objects[1].at("spec").at("source").at("selector").at("matchLabels"),
            (json{{label, "2"}}))
      << "the first group, should it still appear, must not find these claims";
  session_says({"@freeze thawed eof post 0 40"}, 2);
}

TEST_F(grouped_recovery, of_an_upload_takes_the_labels_off_and_waits_for_the_members) {
  start_and_freeze();
  all_is_cut();
  session_says({"@freeze thawed line post 0 40"});
  ASSERT_EQ(status().phase, crds::backup_phase::uploading);
  caf::anon_send_exit(backup, caf::exit_reason::kill);
  run();
  api.transcript.clear();
  api.group = group();
  api.snapshots = {member("data"), member("logs")};
  start();
  all_is_ready();
  EXPECT_EQ(status().phase, crds::backup_phase::completed);
  EXPECT_EQ(api.transcript.front(), "unlabel claims");
  EXPECT_EQ(status().snapshots_ready, "2/2");
}

} // namespace
