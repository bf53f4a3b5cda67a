// What whoever owns no more than a namespace can do with `deploy/namespaced/`.

#include "tests/scenarios/database_scenario.hpp"

#include <gmock/gmock.h>

namespace scenarios {
namespace {

using crds::backup_phase;
using crds::restore_phase;
using testing::HasSubstr;

class namespaced_installs : public database_scenario {
protected:
  static constexpr const char* operator_user = "system:serviceaccount:shop:backup-restore-operator";

  void SetUp() override {
    name_space_ = "shop"; // as the manifest says
    start_bare_cluster();
    given_namespace(name_space_);
    cluster().install("crds/");
    cluster().install("deploy/namespaced/", name_space_);
    cluster().write_operator_kubeconfig(name_space_);
    cluster().start_operator({"--namespaces=shop", "--leader-elect"});
    ASSERT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
  }

  void back_up_with_class() {
    back_up("nightly", {{"snapshotClassName", "csi-hostpath-snap"}});
    await_phase("nightly", backup_phase::completed);
  }

  void expect_no_requests_about_others() const {
    for (const auto* other : {"kube-system", "default"})
      EXPECT_EQ(cluster().requests_of(operator_user, other), 0U) << other;
    EXPECT_GT(cluster().requests_of(operator_user, name_space_), 0U);
  }
};

TEST_F(namespaced_installs, bring_a_database_back) {
  given(mariadb(), {}, {{"volumes", {volume_of_claim("data")}}});
  answer("deployment/app", "create table ledger as select 'kept' as what");
  back_up_with_class();
  EXPECT_EQ(status("nightly").status.consistency, crds::consistency::application);
  answer("deployment/app", "drop table ledger");
  restore();
  await_end(restore_phase::completed);
  EXPECT_EQ(answer("deployment/app", "select what from ledger"), "kept\n");
  expect_no_requests_about_others();
}

TEST_F(namespaced_installs, refuse_to_exchange_claims_as_volumes_belong_to_no_namespace) {
  given_application({.kind = kinds::stateful_set, .annotations = recorded_hooks()});
  back_up_with_class();
  const auto claim = get(kinds::claim, "data");
  restore();
  const auto end = await_end(restore_phase::failed);
  EXPECT_EQ(end.status.reason, "PersistentVolumesForbidden");
  EXPECT_EQ(get(kinds::claim, "data").at("metadata").at("uid"), claim.at("metadata").at("uid"));
  EXPECT_TRUE(is_ready({.kind = kinds::stateful_set}, name_space_));
}

TEST_F(namespaced_installs, need_the_name_of_the_class_that_they_may_not_look_for) {
  given_application({.annotations = recorded_hooks()});
  back_up("nightly");
  const auto status = await_phase("nightly", backup_phase::failed).status;
  EXPECT_THAT(status.message, HasSubstr("snapshotClassName"));
  EXPECT_TRUE(lines_on("data", "hooks").empty()) << "nothing was frozen";
}

} // namespace
} // namespace scenarios
