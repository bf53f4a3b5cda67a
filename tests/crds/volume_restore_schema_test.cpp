#include "crds/volume_restore.hpp"
#include "tests/crds/mirror.hpp"

namespace {

using manifests::json;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto plural = "volumerestores";

json restore_of(json spec) {
  spec["applicationRef"] = "mysql";
  spec["source"]["backupName"] = "nightly";
  return {{"apiVersion", "backups.example.com/v1alpha1"},
          {"kind", "VolumeRestore"},
          {"metadata", {{"name", "back"}, {"namespace", "shop"}, {"uid", "u1"}}},
          {"spec", std::move(spec)}};
}

crds::volume_restore decoded(const json& object) {
  auto restore = crds::volume_restore::decode(object);
  EXPECT_TRUE(restore) << to_string(restore.error());
  return std::move(restore).value();
}

TEST(volume_restore_schema, has_the_defaults_of_the_operator) {
  auto filled = restore_of(json::object());
  manifests::set_defaults(manifests::schema_of(manifests::definition(plural)), filled);
  ASSERT_THAT(filled["spec"], SizeIs(7));

  const auto from_server = decoded(filled).spec;
  const crds::volume_restore_spec ours;
  EXPECT_EQ(from_server.claims, ours.claims);
  EXPECT_EQ(from_server.strategy, ours.strategy);
  EXPECT_EQ(from_server.storage_class_name, ours.storage_class_name);
  EXPECT_EQ(from_server.old_claim_policy, ours.old_claim_policy);
  EXPECT_EQ(from_server.rollback, ours.rollback);
  EXPECT_EQ(from_server.timeouts, ours.timeouts);
  EXPECT_EQ(from_server.cancel, ours.cancel);
}

TEST(volume_restore_schema, gives_each_timeout_alone_the_default_that_it_has_in_the_whole) {
  const crds::restore_timeouts ours;
  mirror::expect_default_timeouts(
      mirror::schema_of(plural, "spec"),
      {{"provision", ours.provision}, {"rollout", ours.rollout}, {"total", ours.total}});
}

TEST(volume_restore_schema, offers_no_word_that_the_operator_does_not_know) {
  const auto words = mirror::enumerations(mirror::schema_of(plural, "spec"));
  EXPECT_THAT(words, SizeIs(3));
  mirror::expect_known_words(
      words, [](json spec) { return decoded(restore_of(std::move(spec))).spec_problems; });
}

TEST(volume_restore_schema, knows_every_phase_and_every_strategy_that_can_be_in_force) {
  const auto words = mirror::enumerations(mirror::schema_of(plural, "status"));
  json phases = json::array(), strategies = json::array();
  for (int phase = int(crds::restore_phase::pending); phase <= int(crds::restore_phase::cancelled);
       ++phase)
    phases.push_back(to_string(crds::restore_phase(phase)));
  for (const auto strategy :
       {crds::restore_strategy::switch_claim, crds::restore_strategy::replace_claim})
    strategies.push_back(to_string(strategy));
  EXPECT_EQ(words.at("/phase"), phases);
  EXPECT_EQ(words.at("/strategy"), strategies);
}

/// Every field set.
crds::volume_restore_status full_status() {
  const k8s::timestamp noon{std::chrono::seconds{1'700'000'000}};
  crds::volume_restore_status status;
  status.phase = crds::restore_phase::completed;
  status.reason = "Completed";
  status.message = "1 claim is restored";
  status.observed_generation = 1;
  status.start_time = status.completion_time = noon;
  status.strategy = crds::restore_strategy::replace_claim;
  status.workload = {"StatefulSet", "db", "u2", 3, "1f2e"};
  status.claims
      = {{"data-db-0", "data", "u3", "pvc-1", "Delete", "data-db-0-kept", "data-db-0-next",
          "data-db-0", "u4", "pvc-2", "Delete", "nightly-data", "fast", "1Gi", true, "Exchanged"}};
  status.timeouts.emplace();
  status.conditions = {mirror::full_condition(crds::restore_condition::succeeded)};
  return status;
}

TEST(volume_restore_schema, has_exactly_the_status_fields_that_the_operator_writes) {
  mirror::expect_same_fields(mirror::schema_of(plural, "status"), encode(full_status()));
}

TEST(volume_restore_schema, takes_a_status_in_which_almost_nothing_is_known_yet) {
  crds::volume_restore_status status;
  status.phase = crds::restore_phase::pending;
  status.workload.emplace();
  status.claims.resize(1);
  EXPECT_THAT(
      manifests::misfits(mirror::schema_of(plural, "status"), mirror::after_merge(encode(status))),
      IsEmpty());
}

} // namespace
