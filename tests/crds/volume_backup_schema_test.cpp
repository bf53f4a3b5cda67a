#include "crds/volume_backup.hpp"
#include "tests/crds/mirror.hpp"

namespace {

using manifests::json;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto plural = "volumebackups";

json backup_of(json spec) {
  spec["applicationRef"] = "mysql";
  return {{"apiVersion", "backups.example.com/v1alpha1"},
          {"kind", "VolumeBackup"},
          {"metadata", {{"name", "nightly"}, {"namespace", "shop"}, {"uid", "u1"}}},
          {"spec", std::move(spec)}};
}

crds::volume_backup decoded(const json& object) {
  auto backup = crds::volume_backup::decode(object);
  EXPECT_TRUE(backup) << to_string(backup.error());
  return std::move(backup).value();
}

TEST(volume_backup_schema, has_the_defaults_of_the_operator) {
  auto filled = backup_of(json::object());
  manifests::set_defaults(manifests::schema_of(manifests::definition(plural)), filled);
  ASSERT_TRUE(filled["spec"].contains("timeouts"));

  const auto from_server = decoded(filled).spec;
  const crds::volume_backup_spec ours;
  EXPECT_EQ(from_server.timeouts, ours.timeouts);
  EXPECT_EQ(from_server.snapshot_mode, ours.snapshot_mode);
  EXPECT_EQ(from_server.hooks.policy, ours.hooks.policy);
  EXPECT_EQ(from_server.hooks.on_failure, ours.hooks.on_failure);
  EXPECT_EQ(from_server.hooks.record_output, ours.hooks.record_output);
  EXPECT_EQ(from_server.deletion_policy, ours.deletion_policy);
  EXPECT_EQ(from_server.expires_after, ours.expires_after);
  EXPECT_EQ(from_server.pinned, ours.pinned);
  EXPECT_EQ(from_server.cancel, ours.cancel);
  EXPECT_EQ(from_server.dry_run, ours.dry_run);
}

TEST(volume_backup_schema, gives_each_timeout_alone_the_default_that_it_has_in_the_whole) {
  const crds::backup_timeouts ours;
  mirror::expect_default_timeouts(mirror::schema_of(plural, "spec"),
                                  {{"freeze", ours.freeze},
                                   {"maxFreeze", ours.max_freeze},
                                   {"thaw", ours.thaw},
                                   {"ready", ours.ready},
                                   {"total", ours.total}});
}

TEST(volume_backup_schema, offers_no_word_that_the_operator_does_not_know) {
  const auto words = mirror::enumerations(mirror::schema_of(plural, "spec"));
  EXPECT_THAT(words, SizeIs(4));
  mirror::expect_known_words(
      words, [](json spec) { return decoded(backup_of(std::move(spec))).spec_problems; });
}

TEST(volume_backup_schema, knows_every_phase_and_verdict) {
  const auto words = mirror::enumerations(mirror::schema_of(plural, "status"));
  json phases = json::array(), verdicts = json::array();
  for (int phase = int(crds::backup_phase::pending); phase <= int(crds::backup_phase::cancelled);
       ++phase)
    phases.push_back(to_string(crds::backup_phase(phase)));
  for (const auto verdict :
       {crds::consistency::application, crds::consistency::crash, crds::consistency::unknown})
    verdicts.push_back(to_string(verdict));
  EXPECT_EQ(words.at("/phase"), phases);
  EXPECT_EQ(words.at("/consistency"), verdicts);
}

/// Every field set.
crds::volume_backup_status full_status() {
  const k8s::timestamp noon{std::chrono::seconds{1'700'000'000}};
  crds::volume_backup_status status;
  status.phase = crds::backup_phase::completed;
  status.consistency = crds::consistency::application;
  status.reason = "Completed";
  status.message = "2 snapshots are ready";
  status.observed_generation = 1;
  status.start_time = status.frozen_at = status.cut_at = status.thawed_at = status.ready_at
      = status.completion_time = noon;
  status.freeze_milliseconds = 221;
  status.attempts = 2;
  status.application = {"Deployment", "mysql", "u2"};
  status.pods
      = {{"mysql-0", "u3", "mysql", 1, {"client", "mysql", "Thawed", 0, "output", noon, noon}}};
  status.volume_group_snapshot_name = "nightly-group";
  status.snapshots = {{"mysql", "u4", "nightly-mysql", "snapcontent-u5", "handle",
                       "hostpath.csi.k8s.io", "gold", noon, true, "1Gi", "slow"}};
  status.timeouts.emplace();
  status.conditions = {mirror::full_condition(crds::backup_condition::succeeded)};
  status.snapshots_ready = "1/1";
  return status;
}

TEST(volume_backup_schema, has_exactly_the_status_fields_that_the_operator_writes) {
  mirror::expect_same_fields(mirror::schema_of(plural, "status"), encode(full_status()));
}

TEST(volume_backup_schema, takes_a_status_in_which_almost_nothing_is_known_yet) {
  crds::volume_backup_status status;
  status.phase = crds::backup_phase::pending;
  status.pods.resize(1);
  status.snapshots.resize(1);
  EXPECT_THAT(
      manifests::misfits(mirror::schema_of(plural, "status"), mirror::after_merge(encode(status))),
      IsEmpty());
}

} // namespace
