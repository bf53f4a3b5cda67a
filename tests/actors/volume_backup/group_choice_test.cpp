#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/group_choice.hpp"
#include "tests/support/preflight_case.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;

k8s::volume_group_snapshot_class group_class(const std::string& name, const std::string& driver,
                                             bool is_default = false) {
  k8s::volume_group_snapshot_class made;
  made.metadata.name = name;
  made.driver = driver;
  made.is_default = is_default;
  return made;
}

/// Deployment `mysql` with two claims of one driver, which has a class for groups.
struct group_case : support::preflight_case {
  group_case() {
    facts.pods[0].claims.emplace("more", "logs");
    facts.claims["logs"] = claim("logs");
    facts.group.classes = {group_class("groups", "hostpath")};
  }

  /// `group CLASS`, `single` and why not, or the reason and the message of a refusal.
  std::string outcome() const {
    const auto verdict = judge();
    if (const auto* why = std::get_if<refusal>(&verdict))
      return why->reason + ": " + why->message;
    const auto& plan = std::get<backup_plan>(verdict);
    return plan.group ? "group " + plan.group->class_name : "single; " + plan.not_grouped;
  }
};

struct choice {
  const char* name;
  void (*change)(group_case&);
  const char* automatic; ///< how the outcome begins, in mode Auto ...
  const char* group;     ///< ... and in mode Group
};

void PrintTo(const choice& what, std::ostream* out) {
  *out << what.name;
}

class snapshot_mode : public testing::TestWithParam<choice> {};

TEST_P(snapshot_mode, automatic_prefers_a_group_and_goes_on_without) {
  group_case world;
  GetParam().change(world);
  EXPECT_TRUE(world.outcome().starts_with(GetParam().automatic)) << world.outcome();
}

TEST_P(snapshot_mode, group_requires_one) {
  group_case world;
  world.backup.spec.snapshot_mode = crds::snapshot_mode::group;
  GetParam().change(world);
  EXPECT_TRUE(world.outcome().starts_with(GetParam().group)) << world.outcome();
}

TEST_P(snapshot_mode, individual_never_makes_one) {
  group_case world;
  world.backup.spec.snapshot_mode = crds::snapshot_mode::individual;
  GetParam().change(world);
  world.backup.spec.snapshot_class_name.clear();
  EXPECT_EQ(world.outcome(), "single; ");
}

INSTANTIATE_TEST_SUITE_P(
    , snapshot_mode,
    testing::Values(
        choice{"one_driver_with_a_class", [](group_case&) {}, "group groups", "group groups"},
        choice{"one_claim", [](group_case& world) { world.backup.spec.claims = {"data"}; },
               "single; ", "group groups"},
        choice{"several_classes_and_a_default",
               [](group_case& world) {
                 world.facts.group.classes
                     = {group_class("a", "hostpath"), group_class("b", "hostpath", true)};
               },
               "group b", "group b"},
        choice{
            "several_classes_and_no_default",
            [](group_case& world) {
              world.facts.group.classes
                  = {group_class("a", "hostpath"), group_class("b", "hostpath")};
            },
            "single; driver hostpath has several VolumeGroupSnapshotClasses and no default: a, b",
            "SnapshotClassAmbiguous: spec.snapshotMode: Group: driver hostpath has several"},
        choice{"no_class_of_the_driver",
               [](group_case& world) { world.facts.group.classes = {group_class("a", "another")}; },
               "single; no VolumeGroupSnapshotClass for driver hostpath",
               "SnapshotClassMissing: spec.snapshotMode: Group: no VolumeGroupSnapshotClass"},
        choice{"no_group_api",
               [](group_case& world) {
                 world.facts.group = {false, {}, {}};
               },
               "single; the cluster does not serve groupsnapshot.storage.k8s.io/v1",
               "GroupApiMissing: spec.snapshotMode: Group: the cluster does not serve"},
        choice{"classes_that_may_not_be_listed",
               [](group_case& world) { world.facts.group.classes.reset(); },
               "single; the operator may not list VolumeGroupSnapshotClasses",
               "PermissionMissing: spec.snapshotMode: Group: the operator may not list"},
        choice{"a_right_that_is_missing",
               [](group_case& world) {
                 world.facts.group.denied = {{"patch", "", "persistentvolumeclaims", "", "shop"}};
               },
               "single; the operator may not patch persistentvolumeclaims in namespace shop",
               "PermissionMissing: spec.snapshotMode: Group: the operator may not patch"}),
    [](const auto& each) { return each.param.name; });

TEST(group_choice, drivers_that_differ_are_told_with_their_claims) {
  group_case world;
  world.facts.claims["logs"]->metadata.annotations
      = {{"volume.kubernetes.io/storage-provisioner", "another"}};
  world.facts.classes->push_back(support::preflight_case::snapshot_class("b", "another"));
  EXPECT_TRUE(world.outcome().starts_with("single; PersistentVolumeClaim data is of driver "
                                          "hostpath, logs of another"))
      << world.outcome();
  world.backup.spec.snapshot_mode = crds::snapshot_mode::group;
  EXPECT_TRUE(world.outcome().starts_with("GroupDriversDiffer: ")) << world.outcome();
}

TEST(group_choice, a_class_of_single_snapshots_that_is_named_means_single_snapshots) {
  group_case of_backup;
  of_backup.backup.spec.snapshot_class_name = "fast";
  EXPECT_EQ(of_backup.outcome(), "single; ");
  group_case of_provider;
  of_provider.backup.spec.provider_ref = "ours";
  of_provider.facts.provider.emplace();
  of_provider.facts.provider->spec.snapshot_classes = {{"hostpath", "fast"}};
  EXPECT_EQ(of_provider.outcome(), "single; ");
}

TEST(group_choice, mode_group_takes_the_named_class_for_that_of_the_group) {
  group_case world;
  world.backup.spec.snapshot_mode = crds::snapshot_mode::group;
  world.facts.group.classes->push_back(group_class("others", "hostpath"));
  world.facts.group.classes->push_back(group_class("foreign", "another"));
  for (const auto& [named, outcome] : {
           std::pair{"others", "group others"},
           std::pair{"absent", "SnapshotClassNotFound: spec.snapshotMode: Group: "
                               "VolumeGroupSnapshotClass absent does not exist"},
           std::pair{"foreign", "SnapshotClassNotFound: spec.snapshotMode: Group: "
                                "VolumeGroupSnapshotClass foreign is of driver another"},
       }) {
    world.backup.spec.snapshot_class_name = named;
    EXPECT_TRUE(world.outcome().starts_with(outcome)) << world.outcome();
  }
  world.facts.group.classes.reset(); // as in a namespaced install
  EXPECT_EQ(world.outcome(), "group foreign");
}

TEST(group_choice, needs_no_class_of_single_snapshots) {
  group_case world;
  world.facts.classes->clear();
  EXPECT_EQ(world.outcome(), "group groups");
}

TEST(group_choice, a_dry_run_makes_no_group) {
  group_case world;
  world.backup.spec.dry_run = true;
  EXPECT_EQ(world.outcome(), "single; ");
}

TEST(group_choice, the_plan_names_the_group_and_leaves_the_names_of_members_open) {
  const auto plan = std::get<backup_plan>(group_case{}.judge());
  ASSERT_TRUE(plan.group);
  EXPECT_EQ(plan.group->name, group_name("nightly", "uid-1", 1));
  for (const auto& claim : plan.claims) {
    EXPECT_EQ(claim.snapshot_name, "");
    EXPECT_EQ(claim.class_name, "groups");
  }
}

} // namespace
