#include "tests/scenarios/restore_scenario.hpp"

#include <atomic>
#include <thread>

namespace scenarios {
namespace {

using crds::restore_phase;

constexpr k8s::resource_kind quota{"", "v1", "resourcequotas", "ResourceQuota"};

/// Somebody who does the same again and again until it is destroyed.
class rival {
public:
  explicit rival(std::function<void()> act)
      : thread_{[this, act = std::move(act)] {
          while (!is_over_) // each act waits for the server's answer
            act();
        }} {}
  ~rival() {
    is_over_ = true;
    thread_.join();
  }

private:
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

class contested_restores : public restore_scenario {
protected:
  static void SetUpTestSuite() { start_cluster(); }

  void point_template_to(const std::string& claim) {
    auto patch = k8s::patch_request(
        kinds::deployment, {name_space_, "app"}, k8s::patch_kind::strategic,
        {{"spec",
          {{"template",
            {{"spec",
              {{"volumes",
                {{{"name", "data"}, {"persistentVolumeClaim", {{"claimName", claim}}}}}}}}}}}}});
    patch.query.emplace_back("fieldManager", "gitops");
    cluster().must(std::move(patch));
  }

  std::function<void()> points_back() {
    return [this] {
      if (claim_in_template() != "data")
        point_template_to("data");
    };
  }

  /// Ends with the restore's phase that is not forward, or with the restore.
  crds::volume_restore restore_beside(const std::function<void()>& act,
                                      json spec = json::object()) {
    const rival owner{act};
    restore(std::move(spec));
    EXPECT_TRUE(await([this] {
      const auto phase = restored().status.phase;
      return phase == restore_phase::rolling_back || is_final(phase);
    }));
    return restored();
  }

  std::string superseded() {
    const auto seen = restored();
    const auto* found = find_condition(seen.status.conditions, crds::restore_condition::superseded);
    return !found                                             ? "not set"
           : found->status == crds::condition_status::is_true ? "True: " + found->message
                                                              : "False";
  }
};

TEST_F(contested_restores, a_workload_that_points_back_to_the_old_claim_is_told_of) {
  given_application({});
  back_up_now();
  restore();
  const auto end = await_end(restore_phase::completed);
  const auto& new_claim = end.status.claims.front().new_claim;
  EXPECT_EQ(superseded(), "not set");
  point_template_to("data");
  ASSERT_TRUE(await([&] { return superseded().starts_with("True"); }));
  EXPECT_NE(superseded().find(new_claim), std::string::npos) << superseded();
  EXPECT_EQ(to_string(restored().status.phase), "Completed");
  EXPECT_TRUE(await_event("again", "Superseded"));
  point_template_to(new_claim);
  EXPECT_TRUE(await([&] { return superseded() == "False"; })) << superseded();
}

TEST_F(contested_restores, an_operator_that_starts_later_finds_the_superseded_one) {
  given_application({});
  back_up_now();
  restore();
  await_end(restore_phase::completed);
  cluster().stop_operators();
  point_template_to("data");
  cluster().start_operator();
  EXPECT_TRUE(await([&] { return superseded().starts_with("True"); })) << superseded();
}

TEST_F(contested_restores, an_owner_that_points_the_workload_back_wins_and_is_named) {
  given_application({});
  back_up_now();
  const auto spec_before = get(kinds::deployment, "app").at("spec").dump();
  restore_beside(points_back());
  const auto end = await_end(restore_phase::rolled_back);
  EXPECT_EQ(end.status.reason, "FightingOwner");
  EXPECT_NE(end.status.message.find("its last writer is gitops"), std::string::npos)
      << end.status.message;
  EXPECT_EQ(get(kinds::deployment, "app").at("spec").dump(), spec_before);
  EXPECT_TRUE(await([this] { return count(kinds::claim) == 1; }));
}

TEST_F(contested_restores, a_claim_that_somebody_makes_again_is_given_the_restored_volume) {
  const application set{.kind = kinds::stateful_set};
  given_application(set);
  back_up_now();
  const auto claim = requests_for(set, name_space_).front();
  restore_beside([&] { (void)cluster().ask(claim); });
  const auto end = await_end(restore_phase::completed);
  EXPECT_EQ(volume_of("data"), end.status.claims.front().new_volume);
}

/// Nothing is provisioned yet that could be kept for it.
TEST_F(contested_restores, a_claim_that_somebody_makes_again_empty_is_given_its_old_volume) {
  given_class("late", {{"volumeBindingMode", "WaitForFirstConsumer"}});
  const application set{.kind = kinds::stateful_set, .storage_class = "late"};
  given_application(set);
  ASSERT_TRUE(await([&] { return is_ready(set, name_space_); }));
  back_up_now();
  const auto volume = volume_of("data");
  const auto claim = requests_for(set, name_space_).front();
  const auto seen = restore_beside([&] { (void)cluster().ask(claim); });
  EXPECT_EQ(seen.status.reason, "ClaimRecreated") << seen.status.message;
  await_end(restore_phase::rolled_back);
  EXPECT_EQ(volume_of("data"), volume);
  EXPECT_TRUE(await([&] { return is_ready(set, name_space_) && count(kinds::claim) == 1; }));
}

TEST_F(contested_restores, a_claim_that_is_never_bound_says_why) {
  given_class("broken",
              {{"parameters", {{"kubesim/provision-error", "no space left in the pool"}}}});
  given_application({});
  back_up_now();
  restore({{"storageClassName", "broken"}, {"timeouts", {{"provision", "3s"}}}});
  const auto end = await_end(restore_phase::failed);
  EXPECT_EQ(end.status.reason, "ProvisionTimeout");
  EXPECT_NE(end.status.message.find("no space left in the pool"), std::string::npos)
      << end.status.message;
  EXPECT_EQ(claim_in_template(), "data");
  EXPECT_TRUE(await([this] { return count(kinds::claim) == 1; }));
}

TEST_F(contested_restores, a_rollback_leaves_no_volume_of_a_class_that_retains) {
  given_class("keeping", {{"reclaimPolicy", "Retain"}});
  given_application({});
  back_up_now();
  restore_beside(points_back(), {{"storageClassName", "keeping"}});
  const auto end = await_end(restore_phase::rolled_back);
  const auto& volume = end.status.claims.front().new_volume;
  ASSERT_FALSE(volume.empty());
  EXPECT_TRUE(await([&] {
    return !cluster().ask(k8s::get_request(kinds::volume, {{}, volume}));
  })) << volume;
}

/// A class that waits for a pod makes the new claim when the old one is deleted.
TEST_F(contested_restores, a_quota_that_only_the_exchange_would_meet_refuses_the_restore) {
  given_class("later", {{"volumeBindingMode", "WaitForFirstConsumer"}});
  const application set{.kind = kinds::stateful_set, .storage_class = "later"};
  given_application(set);
  ASSERT_TRUE(await([&] { return is_ready(set, name_space_); }));
  back_up_now();
  auto tight = object_of(quota, "tight");
  tight["spec"]["hard"] = {{"persistentvolumeclaims", "1"}};
  cluster().must(k8s::create_request(quota, name_space_, tight));
  const auto uid = get(kinds::claim, "data").at("metadata").at("uid");
  restore();
  const auto end = await_end(restore_phase::failed);
  EXPECT_EQ(end.status.reason, "QuotaExceeded") << end.status.message;
  EXPECT_NE(end.status.message.find("create claim data again"), std::string::npos)
      << end.status.message;
  EXPECT_EQ(get(kinds::claim, "data").at("metadata").at("uid"), uid);
  EXPECT_TRUE(is_ready(set, name_space_));
}

TEST_F(contested_restores, a_namespace_goes_although_a_restore_in_it_has_exchanged_volumes) {
  const application set{.kind = kinds::stateful_set};
  given_application(set);
  back_up_now();
  const auto volume = volume_of("data");
  restore();
  ASSERT_TRUE(await([this] { return restored().status.phase == restore_phase::rolling_out; }));
  cluster().must(k8s::delete_request(kinds::name_space, {{}, name_space_}, {}));
  EXPECT_TRUE(await([this] {
    return !cluster().ask(k8s::get_request(kinds::name_space, {{}, name_space_}));
  }));
  EXPECT_TRUE(cluster().ask(k8s::get_request(kinds::volume, {{}, volume})))
      << "the old volume went with the namespace";
}

} // namespace
} // namespace scenarios
