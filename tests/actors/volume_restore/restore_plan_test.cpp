#include "actors/volume_restore/restore_preflight.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What preflight plans of a restore that it does not refuse.
namespace {

using namespace actors;
using crds::restore_strategy;
using support::restore_case;
using ::testing::HasSubstr;

restore_plan plan_of(const restore_case& given) {
  const auto verdict = given.judge();
  const auto* why = std::get_if<refusal>(&verdict);
  EXPECT_FALSE(why) << (why ? why->reason + ": " + why->message : "");
  return why ? restore_plan{} : std::get<restore_plan>(verdict);
}

TEST(restore_plan, plans_a_new_name_for_a_switch) {
  const auto plan = plan_of({});
  EXPECT_EQ(plan.strategy, restore_strategy::switch_claim);
  EXPECT_EQ(plan.workload.uid, "uid-web");
  ASSERT_EQ(plan.claims.size(), 1U);
  const auto& row = plan.claims[0];
  EXPECT_EQ(row.volume_name, "storage");
  EXPECT_EQ(row.old_uid, "uid-data");
  EXPECT_EQ(row.old_volume, "pv-data");
  EXPECT_THAT(row.new_claim, HasSubstr("data-restored"));
  EXPECT_TRUE(row.kept_claim.empty() && row.temporary_claim.empty());
}

TEST(restore_plan, plans_the_old_name_a_kept_and_a_temporary_one_for_an_exchange) {
  const auto plan = plan_of(restore_case::of_stateful_set());
  EXPECT_EQ(plan.strategy, restore_strategy::replace_claim);
  ASSERT_EQ(plan.claims.size(), 1U);
  const auto& row = plan.claims[0];
  EXPECT_EQ(row.new_claim, "data-web-0");
  EXPECT_THAT(row.kept_claim, HasSubstr("data-web-0-before-restore"));
  EXPECT_THAT(row.temporary_claim, HasSubstr("data-web-0-restoring"));
  EXPECT_EQ(row.old_reclaim_policy, "Delete");
}

TEST(restore_plan, a_late_class_has_no_temporary_claim) {
  auto given = restore_case::of_stateful_set();
  given.facts.classes["fast"]->waits_for_consumer = true;
  const auto plan = plan_of(given);
  EXPECT_TRUE(plan.claims[0].binds_late);
  EXPECT_TRUE(plan.claims[0].temporary_claim.empty());
}

TEST(restore_plan, an_exchange_protects_the_claims_that_it_does_not_replace) {
  auto given = restore_case::that_replaces();
  given.object().template_claims["more"] = "logs";
  given.facts.claims.push_back(restore_case::claim("logs"));
  given.facts.volumes["pv-logs"] = restore_case::volume("pv-logs", "Delete");
  const auto plan = plan_of(given);
  ASSERT_EQ(plan.claims.size(), 2U);
  EXPECT_FALSE(plan.claims[1].is_restored());
  EXPECT_EQ(plan.claims[1].old_volume, "pv-logs");
  EXPECT_EQ(plan.claims[1].old_reclaim_policy, "Delete");
}

TEST(restore_plan, tools_that_apply_a_deployment_have_its_claim_replaced) {
  restore_case given;
  given.object().metadata.labels = {{"argocd.argoproj.io/instance", "shop"}};
  EXPECT_EQ(plan_of(given).strategy, restore_strategy::replace_claim);
}

TEST(restore_plan, warns_of_kubectl_and_of_a_crash_consistent_backup) {
  restore_case given;
  given.object().metadata.annotations
      = {{"kubectl.kubernetes.io/last-applied-configuration", "{}"}};
  given.facts.backup->status.consistency = crds::consistency::crash;
  const auto warnings = plan_of(given).warnings;
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[0], HasSubstr("applied by kubectl"));
  EXPECT_THAT(warnings[1], HasSubstr("consistency Crash"));
}

TEST(restore_plan, finds_the_claim_that_replaced_the_one_of_the_backup) {
  restore_case given;
  given.facts.claims[0] = restore_case::claim("data-restored-abc");
  given.facts.claims[0].metadata.annotations
      = {{std::string{restore_mark::restored_claim}, "data"}};
  given.object().template_claims = {{"storage", "data-restored-abc"}};
  const auto plan = plan_of(given);
  EXPECT_EQ(plan.claims[0].claim, "data-restored-abc");
  EXPECT_NE(plan.claims[0].new_claim, "data-restored-abc");
  EXPECT_THAT(plan.claims[0].new_claim, HasSubstr("data-restored"));
}

} // namespace
