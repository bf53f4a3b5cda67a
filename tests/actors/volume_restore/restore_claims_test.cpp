#include "actors/volume_restore/restore_claims.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using support::restore_case;

crds::restore_claim_status planned(const restore_case& given) {
  const auto row = plan_claim(given.restore, given.facts, given.facts.claims.at(0), "snap-data");
  const auto* why = std::get_if<refusal>(&row);
  EXPECT_FALSE(why) << (why ? why->message : "");
  return why ? crds::restore_claim_status{} : std::get<crds::restore_claim_status>(row);
}

struct size_case {
  std::string requested, capacity, restore_size, expected;
};

TEST(restore_claims, the_new_claim_is_as_large_as_the_largest_that_is_known) {
  const std::vector<size_case> cases{
      {"1Gi", "1Gi", "1Gi", "1Gi"},
      {"1Gi", "1Gi", "3Gi", "3Gi"},   // the snapshot was taken of a larger volume
      {"5Gi", "5Gi", "3Gi", "5Gi"},   // the claim has grown since
      {"1Gi", "10Gi", "3Gi", "10Gi"}, // the driver gave more than was asked for
      {"1G", "1Gi", "1000M", "1Gi"},  // units of ten are smaller
      {"1Gi", "", "", "1Gi"},         // nothing known of the snapshot
      {"1Gi", "nonsense", "-2Gi", "1Gi"},
      {"1Gi", "1Gi", "0", "1Gi"},                // some drivers report no size
      {"1024Mi", "1Gi", "1073741824", "1024Mi"}, // equal: as the user wrote it
  };
  for (const auto& each : cases) {
    restore_case given;
    given.facts.claims[0].requested = each.requested;
    given.facts.claims[0].capacity = each.capacity;
    given.facts.snapshots[0].restore_size = each.restore_size;
    EXPECT_EQ(planned(given).size, each.expected)
        << each.requested << ", " << each.capacity << ", " << each.restore_size;
  }
}

TEST(restore_claims, the_class_is_the_old_one_unless_the_restore_names_one) {
  restore_case given;
  EXPECT_EQ(planned(given).storage_class_name, "fast");
  given.restore.spec.storage_class_name = "promoter";
  given.facts.classes["promoter"] = restore_case::storage_class("promoter");
  EXPECT_EQ(planned(given).storage_class_name, "promoter");
}

TEST(restore_claims, a_class_that_may_not_be_read_counts_as_late) {
  restore_case given;
  EXPECT_FALSE(planned(given).binds_late);
  given.facts.classes.clear();
  EXPECT_TRUE(planned(given).binds_late);
}

TEST(restore_claims, contents_that_may_not_be_read_are_not_judged) {
  restore_case given;
  given.facts.contents.clear();
  given.facts.classes["fast"]->provisioner = "other.csi";
  EXPECT_EQ(planned(given).old_volume, "pv-data");
}

TEST(restore_claims, are_found_in_the_template_and_in_claim_templates) {
  auto set = restore_case::workload("StatefulSet");
  set.object.claim_templates = {"data", "data-web"};
  const auto place = [&set](const char* claim) { return volume_name_of(set, claim); };
  EXPECT_EQ(place("data").volume, "storage");
  EXPECT_FALSE(place("data").is_template);
  EXPECT_EQ(place("data-web-12").volume, "data");
  EXPECT_TRUE(place("data-web-12").is_template);
  EXPECT_EQ(place("data-web-web-0").volume, "data-web");
  for (const auto* stranger : {"data-web", "data-web-", "data-web-x", "data-web-0x", "logs"})
    EXPECT_EQ(place(stranger).volume, "") << stranger;
}

TEST(restore_claims, come_from_the_backup_or_from_the_spec) {
  using pairs = std::vector<std::pair<std::string, std::string>>;
  restore_case given;
  EXPECT_EQ(restored_claims(given.restore, given.facts), (pairs{{"data", "snap-data"}}));
  given.restore.spec.claims = {"logs", "data"};
  EXPECT_EQ(restored_claims(given.restore, given.facts),
            (pairs{{"logs", ""}, {"data", "snap-data"}}));
  given.restore.spec.backup_name.clear();
  given.restore.spec.volume_snapshot_name = "single";
  given.restore.spec.claims = {"data"};
  EXPECT_EQ(restored_claims(given.restore, given.facts), (pairs{{"data", "single"}}));
}

} // namespace
