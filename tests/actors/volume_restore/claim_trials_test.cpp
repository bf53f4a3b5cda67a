#include "actors/volume_restore/claim_trials.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace actors;
using nlohmann::json;
using support::restore_case;
using ::testing::HasSubstr;

std::vector<claim_trial> trials_for(const restore_case& given) {
  return trials_of(given.restore, std::get<restore_plan>(given.judge()), given.facts);
}

json body_of(const claim_trial& trial) {
  return json::parse(trial.change.call.body);
}

std::vector<std::string> names_in(const std::vector<claim_trial>& trials) {
  std::vector<std::string> names;
  for (const auto& each : trials) {
    const auto name = body_of(each).at("metadata").at("name").get<std::string>();
    names.push_back(name.substr(0, name.rfind('-'))); // without the digest
  }
  return names;
}

restore_case of_late_stateful_set() {
  auto given = restore_case::of_stateful_set();
  given.facts.classes["fast"]->waits_for_consumer = true;
  return given;
}

TEST(claim_trials, are_dry_runs) {
  for (const auto& each : trials_for(restore_case::of_stateful_set()))
    EXPECT_EQ(each.change.call.query,
              (std::vector<std::pair<std::string, std::string>>{{"dryRun", "All"}}));
}

TEST(claim_trials, a_switch_makes_one_claim) {
  EXPECT_EQ(names_in(trials_for({})), std::vector<std::string>{"data-restored"});
}

TEST(claim_trials, an_exchange_also_makes_what_comes_after_the_deletion_of_the_old_claim) {
  const auto trials = trials_for(restore_case::of_stateful_set());
  EXPECT_EQ(names_in(trials), (std::vector<std::string>{"data-web-0-restoring", "data-web",
                                                        "data-web-0-before-restore"}));
  EXPECT_EQ(body_of(trials[1]).at("metadata").at("name"), "data-web-0");
  EXPECT_TRUE(body_of(trials[1]).at("spec").contains("volumeName"));
  EXPECT_EQ(body_of(trials[2]).at("spec").at("volumeName"), "pv-data-web-0");
}

TEST(claim_trials, with_a_late_class_the_claim_of_the_old_name_is_the_one_that_is_filled) {
  const auto trials = trials_for(of_late_stateful_set());
  EXPECT_EQ(names_in(trials), (std::vector<std::string>{"data-web", "data-web-0-before-restore"}));
  EXPECT_EQ(body_of(trials[0]).at("spec").at("dataSource").at("name"), "snap-data");
}

TEST(claim_trials, claims_that_are_only_protected_are_not_made) {
  auto given = restore_case::that_replaces();
  given.object().template_claims["more"] = "logs";
  given.facts.claims.push_back(restore_case::claim("logs"));
  given.facts.volumes["pv-logs"] = restore_case::volume("pv-logs", "Delete");
  EXPECT_EQ(trials_for(given).size(), 3U);
}

TEST(claim_trials, a_name_that_is_taken_by_the_old_claim_was_admitted) {
  const auto trials = trials_for(of_late_stateful_set());
  EXPECT_FALSE(judge_trial(trials[0], true, "already exists"));
  EXPECT_TRUE(judge_trial(trials[1], true, "already exists")) << "the kept name is to be free";
}

TEST(claim_trials, a_policy_that_refuses_the_kept_claim_is_heard_of_in_time) {
  const auto trials = trials_for(of_late_stateful_set());
  const auto why = judge_trial(trials[1], false, "admission webhook denied the request: no names");
  ASSERT_TRUE(why);
  EXPECT_EQ(why->reason, "ClaimRefused");
  EXPECT_THAT(why->message, HasSubstr("create claim data-web-0-before-restore"));
  EXPECT_THAT(why->message, HasSubstr("no names; have such a claim admitted"));
}

TEST(claim_trials, a_full_quota_counts_for_what_comes_on_top_only) {
  const auto trials = trials_for(of_late_stateful_set());
  const std::string full = "is forbidden: exceeded quota: q, requested: requests.storage=1Gi";
  const auto why = judge_trial(trials[0], false, full);
  ASSERT_TRUE(why);
  EXPECT_EQ(why->reason, "QuotaExceeded");
  EXPECT_THAT(why->message, HasSubstr("create claim data-web-0 again"));
  EXPECT_FALSE(judge_trial(trials[1], false, full)) << "the old claim is deleted by then";
}

} // namespace
