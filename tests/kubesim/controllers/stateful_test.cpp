#include "tests/kubesim/controllers/job_plan.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/stateful_plan.hpp"
#include "tests/kubesim/controllers/test_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;
using action = stateful_step::action;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

ordinal_facts ready_pod(int ordinal, const std::string& revision = "new") {
  return {.ordinal = ordinal,
          .exists = true,
          .is_ready = true,
          .is_available = true,
          .revision = revision};
}

ordinal_facts missing_pod(int ordinal) {
  return {.ordinal = ordinal};
}

stateful_facts set_of_pods(std::vector<ordinal_facts> wanted,
                           std::vector<ordinal_facts> condemned = {}) {
  return {.update_revision = "new", .wanted = std::move(wanted), .condemned = std::move(condemned)};
}

TEST(stateful_plan, makes_the_next_pod_only_when_the_one_before_is_ready) {
  EXPECT_THAT(next_steps(set_of_pods({missing_pod(0), missing_pod(1)})),
              ElementsAre(stateful_step{action::create, 0}));
  auto starting = ready_pod(0);
  starting.is_ready = starting.is_available = false;
  EXPECT_THAT(next_steps(set_of_pods({starting, missing_pod(1)})), IsEmpty());
  EXPECT_THAT(next_steps(set_of_pods({ready_pod(0), missing_pod(1)})),
              ElementsAre(stateful_step{action::create, 1}));
}

TEST(stateful_plan, of_a_parallel_set_makes_and_removes_all_at_once) {
  auto facts = set_of_pods({missing_pod(0), missing_pod(1)}, {ready_pod(3), ready_pod(2)});
  facts.is_ordered = false;
  EXPECT_THAT(next_steps(facts),
              ElementsAre(stateful_step{action::create, 0}, stateful_step{action::create, 1},
                          stateful_step{action::remove, 3}, stateful_step{action::remove, 2}));
}

TEST(stateful_plan, scales_down_from_the_top_one_by_one) {
  EXPECT_THAT(next_steps(set_of_pods({ready_pod(0)}, {ready_pod(2), ready_pod(1)})),
              ElementsAre(stateful_step{action::remove, 2}));
  auto ending = ready_pod(2);
  ending.is_terminating = true;
  EXPECT_THAT(next_steps(set_of_pods({ready_pod(0)}, {ending, ready_pod(1)})), IsEmpty());
}

TEST(stateful_plan, rolls_from_the_top_down_to_the_partition) {
  auto facts = set_of_pods({ready_pod(0, "old"), ready_pod(1, "old"), ready_pod(2, "old")});
  facts.partition = 1;
  EXPECT_THAT(next_steps(facts), ElementsAre(stateful_step{action::remove, 2}));
  facts.wanted[2] = ready_pod(2);
  EXPECT_THAT(next_steps(facts), ElementsAre(stateful_step{action::remove, 1}));
  facts.wanted[1] = ready_pod(1);
  EXPECT_THAT(next_steps(facts), IsEmpty());
  EXPECT_FALSE(uses_update_revision(facts, 0));
  EXPECT_TRUE(uses_update_revision(facts, 1));
}

TEST(stateful_plan, replaces_a_pod_that_has_ended) {
  auto ended = ready_pod(0);
  ended.has_finished = true;
  ended.is_ready = ended.is_available = false;
  EXPECT_THAT(next_steps(set_of_pods({ended})), ElementsAre(stateful_step{action::remove, 0}));
}

const time_point noon{12h};

TEST(job_plan, waits_longer_after_each_failure) {
  job_facts facts{.completions = 1, .failed = 1, .last_failure = noon};
  EXPECT_EQ(next_job_step(facts, noon).retry, 10s);
  facts.failed = 3;
  EXPECT_EQ(next_job_step(facts, noon).retry, 40s);
  EXPECT_EQ(next_job_step(facts, noon + 40s).what, job_step::kind::run);
}

TEST(job_plan, gives_up_beyond_the_backoff_limit_and_the_deadline) {
  const job_facts failing{.completions = 1, .backoff_limit = 0, .failed = 1};
  EXPECT_EQ(next_job_step(failing, noon).reason, "BackoffLimitExceeded");
  const job_facts slow{.completions = 1, .deadline = 5s, .started = noon, .active = 1};
  EXPECT_EQ(next_job_step(slow, noon + 4s).what, job_step::kind::wait);
  EXPECT_EQ(next_job_step(slow, noon + 5s).reason, "DeadlineExceeded");
}

TEST(job_plan, never_runs_more_pods_than_are_missing) {
  const job_facts facts{.parallelism = 3, .completions = 4, .active = 1, .succeeded = 2};
  EXPECT_EQ(next_job_step(facts, noon).pods, 1);
}

json stateful_set_of(const std::string& name, int replicas) {
  const json labels{{"app", name}};
  json set{{"apiVersion", "apps/v1"},
           {"kind", "StatefulSet"},
           {"metadata", {{"name", name}}},
           {"spec",
            {{"replicas", replicas},
             {"serviceName", name},
             {"selector", {{"matchLabels", labels}}},
             {"template",
              {{"metadata", {{"labels", labels}}},
               {"spec", {{"containers", {{{"name", "main"}, {"image", "busybox"}}}}}}}}}}};
  auto claim = claim_of("data");
  set["spec"]["volumeClaimTemplates"]
      = json::array({{{"metadata", claim["metadata"]}, {"spec", claim["spec"]}}});
  return set;
}

struct stateful : testing::Test, test_cluster {
  json status_of(const std::string& name) const {
    return field(get("StatefulSet", name), {"status"});
  }
  void retemplate(const std::string& name, const char* version) {
    patch("StatefulSet", name,
          {{"spec", {{"template", {{"metadata", {{"annotations", {{"v", version}}}}}}}}}});
  }
};

TEST_F(stateful, a_set_makes_named_pods_with_claims_of_their_own) {
  make(stateful_set_of("db", 2));
  settle();
  EXPECT_THAT(names("Pod"), ElementsAre("db-0", "db-1"));
  EXPECT_THAT(names("PersistentVolumeClaim"), ElementsAre("data-db-0", "data-db-1"));
  const auto pod = get("Pod", "db-1");
  EXPECT_EQ(text_at(pod, {"metadata", "labels", "statefulset.kubernetes.io/pod-name"}), "db-1");
  EXPECT_EQ(text_at(pod, {"spec", "hostname"}), "db-1");
  EXPECT_EQ(text_at(pod, {"spec", "subdomain"}), "db");
  EXPECT_EQ(pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"], "data-db-1");
  EXPECT_EQ(number_at(status_of("db"), {"readyReplicas"}), 2);
  EXPECT_EQ(number_at(status_of("db"), {"availableReplicas"}), 2);
  EXPECT_EQ(field(status_of("db"), {"currentRevision"}),
            field(status_of("db"), {"updateRevision"}));
  EXPECT_TRUE(
      field(get("PersistentVolumeClaim", "data-db-0"), {"metadata", "ownerReferences"}).is_null());
}

TEST_F(stateful, a_set_waits_for_each_pod_before_the_next) {
  may_run = [](const json&) { return false; };
  make(stateful_set_of("db", 3));
  settle();
  EXPECT_THAT(names("Pod"), ElementsAre("db-0"));
}

TEST_F(stateful, scaling_to_zero_and_back_finds_the_same_claims) {
  make(stateful_set_of("db", 2));
  settle();
  const auto uid = uid_of(get("PersistentVolumeClaim", "data-db-0"));
  patch("StatefulSet", "db", {{"spec", {{"replicas", 0}}}});
  settle();
  EXPECT_THAT(names("Pod"), IsEmpty());
  EXPECT_EQ(number_at(status_of("db"), {"replicas"}, -1), 0);
  patch("StatefulSet", "db", {{"spec", {{"replicas", 2}}}});
  settle();
  EXPECT_THAT(names("Pod"), SizeIs(2));
  EXPECT_EQ(uid_of(get("PersistentVolumeClaim", "data-db-0")), uid);
}

TEST_F(stateful, scaling_down_deletes_the_claims_if_the_policy_says_so) {
  auto set = stateful_set_of("db", 2);
  set["spec"]["persistentVolumeClaimRetentionPolicy"] = {{"whenScaled", "Delete"}};
  make(set);
  settle();
  patch("StatefulSet", "db", {{"spec", {{"replicas", 1}}}});
  settle();
  EXPECT_THAT(names("PersistentVolumeClaim"), ElementsAre("data-db-0"));
  patch("StatefulSet", "db", {{"spec", {{"replicas", 0}}}});
  settle();
  EXPECT_THAT(names("PersistentVolumeClaim"), IsEmpty());
}

TEST_F(stateful, ordinals_count_from_their_start_and_move_with_it) {
  auto set = stateful_set_of("db", 2);
  set["spec"]["ordinals"] = {{"start", 3}};
  make(set);
  settle();
  EXPECT_THAT(names("Pod"), ElementsAre("db-3", "db-4"));
  EXPECT_THAT(names("PersistentVolumeClaim"), ElementsAre("data-db-3", "data-db-4"));
  patch("StatefulSet", "db", {{"spec", {{"ordinals", {{"start", 4}}}}}});
  settle();
  EXPECT_THAT(names("Pod"), ElementsAre("db-4", "db-5"));
}

TEST_F(stateful, claims_outlive_the_set_unless_the_policy_says_otherwise) {
  make(stateful_set_of("kept", 1));
  auto set = stateful_set_of("gone", 1);
  set["spec"]["persistentVolumeClaimRetentionPolicy"] = {{"whenDeleted", "Delete"}};
  make(set);
  settle();
  remove("StatefulSet", "kept");
  remove("StatefulSet", "gone");
  settle();
  EXPECT_THAT(names("Pod"), IsEmpty());
  EXPECT_THAT(names("PersistentVolumeClaim"), ElementsAre("data-kept-0"));
}

TEST_F(stateful, a_foreign_owner_of_a_claim_stays) {
  make(stateful_set_of("db", 1));
  settle();
  const auto owner
      = make({{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "keeper"}}}});
  patch("PersistentVolumeClaim", "data-db-0",
        {{"metadata",
          {{"ownerReferences", owned_map_of("", owner)["metadata"]["ownerReferences"]}}}});
  retemplate("db", "2");
  settle();
  EXPECT_EQ(get("PersistentVolumeClaim", "data-db-0")["metadata"]["ownerReferences"][0]["name"],
            "keeper");
}

TEST_F(stateful, a_new_template_replaces_pods_from_the_top_and_keeps_their_claims) {
  make(stateful_set_of("db", 3));
  settle();
  const auto before = uid_of(get("Pod", "db-0"));
  std::vector<std::string> order;
  const auto* type = objects().find_type("", "v1", "pods");
  const auto token = objects().subscribe(*type, [&](const change& what) {
    if (what.kind == change_kind::deleted)
      order.push_back(text_at(*what.object, {"metadata", "name"}));
  });
  retemplate("db", "2");
  settle();
  EXPECT_THAT(order, ElementsAre("db-2", "db-1", "db-0"));
  EXPECT_NE(uid_of(get("Pod", "db-0")), before);
  EXPECT_EQ(field(status_of("db"), {"currentRevision"}),
            field(status_of("db"), {"updateRevision"}));
  EXPECT_THAT(names("ControllerRevision"), SizeIs(2));
}

TEST_F(stateful, pods_below_the_partition_come_back_with_the_old_template) {
  auto set = stateful_set_of("db", 2);
  set["spec"]["updateStrategy"]
      = {{"type", "RollingUpdate"}, {"rollingUpdate", {{"partition", 1}}}};
  make(set);
  settle();
  retemplate("db", "2");
  settle();
  remove("Pod", "db-0");
  settle();
  EXPECT_EQ(text_at(get("Pod", "db-0"), {"metadata", "annotations", "v"}), "");
  EXPECT_EQ(text_at(get("Pod", "db-1"), {"metadata", "annotations", "v"}), "2");
  EXPECT_EQ(number_at(status_of("db"), {"updatedReplicas"}), 1);
}

TEST_F(stateful, the_history_of_templates_is_bounded) {
  auto set = stateful_set_of("db", 1);
  set["spec"]["revisionHistoryLimit"] = 1;
  make(set);
  for (const char* version : {"1", "2", "3", "4"}) {
    settle();
    retemplate("db", version);
  }
  settle();
  EXPECT_THAT(names("ControllerRevision"), SizeIs(2));
}

json daemon_set_of(const std::string& name) {
  auto set = deployment_of(name);
  set["kind"] = "DaemonSet";
  set["spec"].erase("replicas");
  return set;
}

TEST_F(stateful, a_daemon_set_has_one_pod_on_the_node_and_replaces_it_for_a_new_template) {
  auto set = daemon_set_of("agent");
  make(set);
  settle();
  ASSERT_THAT(names("Pod"), SizeIs(1));
  const auto first = names("Pod").at(0);
  EXPECT_EQ(text_at(get("Pod", first), {"spec", "nodeName"}), "node1");
  const auto status = field(get("DaemonSet", "agent"), {"status"});
  EXPECT_EQ(number_at(status, {"desiredNumberScheduled"}), 1);
  EXPECT_EQ(number_at(status, {"numberReady"}), 1);
  EXPECT_EQ(number_at(status, {"updatedNumberScheduled"}), 1);
  patch("DaemonSet", "agent",
        {{"spec", {{"template", {{"metadata", {{"annotations", {{"v", "2"}}}}}}}}}});
  settle();
  EXPECT_THAT(names("Pod"), ElementsAre(testing::Ne(first)));
}

TEST_F(stateful, a_daemon_set_that_may_surge_starts_the_new_pod_before_the_old_one_ends) {
  auto set = daemon_set_of("agent");
  set["spec"]["updateStrategy"]
      = {{"type", "RollingUpdate"}, {"rollingUpdate", {{"maxSurge", 1}, {"maxUnavailable", 0}}}};
  make(set);
  advance(std::chrono::seconds{2});
  const auto old_pod = names("Pod").at(0);
  may_run = [&](const json& pod) { return text_at(pod, {"metadata", "name"}) == old_pod; };
  patch("DaemonSet", "agent",
        {{"spec", {{"template", {{"metadata", {{"annotations", {{"v", "2"}}}}}}}}}});
  advance(std::chrono::seconds{2});
  EXPECT_THAT(names("Pod"), testing::AllOf(SizeIs(2), testing::Contains(old_pod)));
  const auto counter = [&](const char* name) {
    return number_at(get("DaemonSet", "agent"), {"status", name});
  };
  EXPECT_EQ(counter("numberAvailable"), 1);
  EXPECT_EQ(counter("updatedNumberScheduled"), 0);
  may_run = [](const json&) { return true; };
  advance(std::chrono::seconds{2});
  EXPECT_THAT(names("Pod"), ElementsAre(testing::Ne(old_pod)));
  EXPECT_EQ(counter("updatedNumberScheduled"), 1);
  EXPECT_EQ(counter("currentNumberScheduled"), 1);
}

TEST_F(stateful, a_daemon_set_for_other_nodes_has_no_pod) {
  auto set = daemon_set_of("agent");
  set["spec"]["template"]["spec"]["nodeSelector"] = {{"disk", "ssd"}};
  make(set);
  settle();
  EXPECT_THAT(names("Pod"), IsEmpty());
  EXPECT_EQ(number_at(get("DaemonSet", "agent"), {"status", "desiredNumberScheduled"}, -1), 0);
}

json job_of(const std::string& name) {
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"backoffLimit", 0},
            {"template",
             {{"spec",
               {{"restartPolicy", "Never"},
                {"containers", {{{"name", "main"}, {"image", "busybox"}}}}}}}}}}};
}

TEST_F(stateful, a_job_completes_with_the_conditions_of_a_real_server) {
  ends_as = [](const json&) { return "Succeeded"; };
  make(job_of("j"));
  settle();
  const auto status = field(get("Job", "j"), {"status"});
  EXPECT_EQ(number_at(status, {"succeeded"}), 1);
  EXPECT_FALSE(status.contains("active"));
  EXPECT_EQ(number_at(status, {"ready"}, -1), 0);
  EXPECT_EQ(status["conditions"][0]["type"], "SuccessCriteriaMet");
  EXPECT_EQ(status["conditions"][1]["type"], "Complete");
  EXPECT_EQ(status["conditions"][1]["reason"], "CompletionsReached");
  EXPECT_THAT(names("Pod"), SizeIs(1));
}

TEST_F(stateful, a_job_whose_pod_fails_gives_up_at_its_limit) {
  ends_as = [](const json&) { return "Failed"; };
  make(job_of("j"));
  advance(1s);
  const auto status = field(get("Job", "j"), {"status"});
  EXPECT_EQ(number_at(status, {"failed"}), 1);
  EXPECT_EQ(text_at(condition_of(status, "Failed"), {"reason"}), "BackoffLimitExceeded");
  EXPECT_THAT(names("Pod"), SizeIs(1));
}

TEST_F(stateful, a_finished_job_goes_after_its_time_to_live) {
  ends_as = [](const json&) { return "Succeeded"; };
  auto job = job_of("j");
  job["spec"]["ttlSecondsAfterFinished"] = 3;
  make(job);
  advance(2s);
  EXPECT_FALSE(get("Job", "j").is_null());
  advance(2s);
  EXPECT_TRUE(get("Job", "j").is_null());
  EXPECT_THAT(names("Pod"), IsEmpty());
}

} // namespace
} // namespace kubesim::control
