#include "tests/kubesim/controllers/deployment_status.hpp"
#include "tests/kubesim/controllers/label_selector.hpp"
#include "tests/kubesim/controllers/placement.hpp"
#include "tests/kubesim/controllers/pod_template_hash.hpp"
#include "tests/kubesim/controllers/rollout_plan.hpp"
#include "tests/kubesim/controllers/work_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const time_point noon{12h};

/// What a real server made of `kubectl create` with a sleeping busybox.
json sleeping_template() {
  return json::parse(R"({"metadata": {"labels": {"app": "d"}}, "spec": {
    "automountServiceAccountToken": false, "containers": [{"command": ["sleep", "3600"],
      "image": "docker.io/library/busybox:latest", "imagePullPolicy": "Never", "name": "main",
      "resources": {}, "terminationMessagePath": "/dev/termination-log",
      "terminationMessagePolicy": "File"}],
    "dnsPolicy": "ClusterFirst", "hostNetwork": true, "restartPolicy": "Always",
    "schedulerName": "default-scheduler", "securityContext": {},
    "terminationGracePeriodSeconds": 0}})");
}

TEST(pod_template_hash, is_that_of_a_real_server) {
  EXPECT_EQ(pod_template_hash(sleeping_template(), std::nullopt), "574859b9b5");
}

TEST(pod_template_hash, of_a_template_with_a_claim_is_that_of_a_real_server) {
  auto with_claim = sleeping_template();
  with_claim["spec"]["containers"][0]["volumeMounts"]
      = {{{"name", "data"}, {"mountPath", "/data"}}};
  auto& volumes = with_claim["spec"]["volumes"];
  volumes = {{{"name", "data"}, {"persistentVolumeClaim", {{"claimName", "one"}}}}};
  EXPECT_EQ(pod_template_hash(with_claim, std::nullopt), "5545c68c55");
  volumes[0]["persistentVolumeClaim"]["claimName"] = "two";
  EXPECT_EQ(pod_template_hash(with_claim, std::nullopt), "8979b794f");
}

TEST(pod_template_hash, changes_with_the_collision_count_and_with_parts_it_knows_only_as_text) {
  auto plain = sleeping_template();
  EXPECT_NE(pod_template_hash(plain, 1), pod_template_hash(plain, std::nullopt));
  auto other = plain;
  other["spec"]["affinity"]["podAffinity"] = json::object();
  EXPECT_NE(pod_template_hash(plain, std::nullopt), pod_template_hash(other, std::nullopt));
}

TEST(go_text, writes_quantities_ports_and_probes_as_go_prints_them) {
  const json pod_template{
      {"spec",
       {{"containers",
         {{{"name", "a"},
           {"resources", {{"limits", {{"memory", "64Mi"}}}, {"requests", {{"cpu", "100m"}}}}},
           {"livenessProbe", {{"httpGet", {{"port", 80}}}, {"periodSeconds", 10}}}}}}}}};
  const auto text = go_text_of_template(pod_template);
  EXPECT_THAT(text, testing::HasSubstr(
                        "Limits:(v1.ResourceList)map[memory:{i:(resource.int64Amount){value:(int64)"
                        "67108864 scale:(resource.Scale)0} d:(resource.infDecAmount){Dec:(*inf.Dec)"
                        "<nil>} s:(string)64Mi Format:(resource.Format)BinarySI}]"));
  EXPECT_THAT(text, testing::HasSubstr("{value:(int64)100 scale:(resource.Scale)-3}"));
  EXPECT_THAT(text, testing::HasSubstr("HTTPGet:(*v1.HTTPGetAction){Path:(string) "
                                       "Port:(intstr.IntOrString){Type:(intstr.Type)0 "
                                       "IntVal:(int32)80 StrVal:(string)}"));
}

TEST(work_queue, hands_out_an_object_once_however_often_it_was_added) {
  work_queue queue{[] {}};
  queue.add({"ns", "a"});
  queue.add({"ns", "b"});
  queue.add({"ns", "a"});
  EXPECT_EQ(queue.take(noon), (object_ref{"ns", "a"}));
  EXPECT_EQ(queue.take(noon), (object_ref{"ns", "b"}));
  EXPECT_EQ(queue.take(noon), std::nullopt);
}

TEST(work_queue, keeps_the_earlier_of_two_appointments) {
  work_queue queue{[] {}};
  queue.add_at({"ns", "a"}, noon + 5s);
  queue.add_at({"ns", "a"}, noon + 2s);
  queue.add_at({"ns", "a"}, noon + 9s);
  EXPECT_EQ(queue.next_due(), noon + 2s);
  EXPECT_EQ(queue.take(noon + 1s), std::nullopt);
  EXPECT_TRUE(queue.take(noon + 2s));
  EXPECT_EQ(queue.next_due(), std::nullopt);
}

TEST(work_queue, waits_longer_after_each_failure_until_a_success) {
  work_queue queue{[] {}};
  const object_ref a{"ns", "a"};
  const auto delay_of_failure = [&] {
    queue.failed(a, noon);
    const auto due = *queue.next_due();
    EXPECT_TRUE(queue.take(due));
    return due - noon;
  };
  EXPECT_EQ(delay_of_failure(), 5ms);
  EXPECT_EQ(delay_of_failure(), 10ms);
  EXPECT_EQ(delay_of_failure(), 20ms);
  for (int i = 0; i < 40; ++i)
    EXPECT_LE(delay_of_failure(), 5s);
  queue.succeeded(a);
  EXPECT_EQ(delay_of_failure(), 5ms);
}

TEST(work_queue, wakes_its_owner_only_for_something_new) {
  int woken = 0;
  work_queue queue{[&] { ++woken; }};
  queue.add({"ns", "a"});
  queue.add({"ns", "a"});
  EXPECT_EQ(woken, 1);
}

TEST(label_selector, combines_labels_and_expressions) {
  const json selector{{"matchLabels", {{"app", "a"}}},
                      {"matchExpressions",
                       {{{"key", "tier"}, {"operator", "In"}, {"values", {"db", "web"}}},
                        {{"key", "old"}, {"operator", "DoesNotExist"}}}}};
  EXPECT_TRUE(chooses(selector, {{"app", "a"}, {"tier", "db"}}));
  EXPECT_FALSE(chooses(selector, {{"app", "a"}, {"tier", "cache"}}));
  EXPECT_FALSE(chooses(selector, {{"app", "a"}, {"tier", "db"}, {"old", "1"}}));
  EXPECT_FALSE(chooses(json{}, {{"app", "a"}}));
  EXPECT_TRUE(chooses(json::object(), {{"app", "a"}}));
}

rollout_facts rolling(std::int64_t replicas, replica_set_facts newest,
                      std::vector<replica_set_facts> older) {
  return {.replicas = replicas,
          .is_rolling = true,
          .max_surge = 1,
          .max_unavailable = 0,
          .newest = std::move(newest),
          .older = std::move(older)};
}

replica_set_facts set_of(std::string name, std::int64_t replicas, std::int64_t available) {
  replica_set_facts facts;
  facts.name = std::move(name);
  facts.replicas = replicas;
  facts.available = facts.present = available;
  return facts;
}

TEST(rolling_step, adds_one_new_pod_beyond_the_wanted_number) {
  EXPECT_THAT(rolling_step(rolling(3, set_of("new", 0, 0), {set_of("old", 3, 3)})),
              ElementsAre(rescale{"new", 1}));
}

TEST(rolling_step, waits_while_the_new_pod_is_not_available) {
  EXPECT_THAT(rolling_step(rolling(3, set_of("new", 1, 0), {set_of("old", 3, 3)})), IsEmpty());
}

TEST(rolling_step, drops_an_old_pod_for_an_available_new_one) {
  EXPECT_THAT(rolling_step(rolling(3, set_of("new", 1, 1), {set_of("old", 3, 3)})),
              ElementsAre(rescale{"old", 2}));
}

TEST(rolling_step, drops_old_pods_that_never_became_available_first) {
  EXPECT_THAT(
      rolling_step(rolling(3, set_of("new", 1, 0), {set_of("bad", 1, 0), set_of("good", 2, 2)})),
      IsEmpty());
  EXPECT_THAT(
      rolling_step(rolling(3, set_of("new", 1, 1), {set_of("good", 2, 2), set_of("bad", 1, 0)})),
      ElementsAre(rescale{"bad", 0}));
}

TEST(rolling_step, is_through_when_only_new_pods_are_left) {
  EXPECT_THAT(rolling_step(rolling(3, set_of("new", 3, 3), {set_of("old", 0, 0)})), IsEmpty());
}

TEST(facts_of_deployment, turn_percentages_into_pods_and_never_forbid_every_move) {
  json deployment{{"spec",
                   {{"replicas", 10},
                    {"strategy",
                     {{"type", "RollingUpdate"},
                      {"rollingUpdate", {{"maxSurge", "25%"}, {"maxUnavailable", "25%"}}}}}}}};
  EXPECT_EQ(facts_of_deployment(deployment).max_surge, 3);
  EXPECT_EQ(facts_of_deployment(deployment).max_unavailable, 2);
  deployment["spec"]["strategy"]["rollingUpdate"] = {{"maxSurge", 0}, {"maxUnavailable", "5%"}};
  EXPECT_EQ(facts_of_deployment(deployment).max_unavailable, 1);
}

TEST(scaling_step, spreads_growth_over_sets_in_the_midst_of_a_rollout) {
  auto newest = set_of("new", 5, 5);
  auto old = set_of("old", 6, 6);
  newest.allowance = old.allowance = 11;
  newest.desired = old.desired = 10;
  auto facts = rolling(20, newest, {old});
  EXPECT_TRUE(is_scaling(facts));
  const auto changes = scaling_step(facts);
  std::int64_t total = 0;
  for (const auto& change : changes)
    total += change.replicas;
  EXPECT_EQ(total, 21);
  EXPECT_EQ(changes.size(), 2u);
}

TEST(surplus_history, names_the_oldest_empty_sets_beyond_the_limit) {
  auto facts = rolling(1, set_of("new", 1, 1), {});
  for (int revision = 1; revision <= 4; ++revision) {
    auto old = set_of("old" + std::to_string(revision), 0, 0);
    old.revision = revision;
    facts.older.push_back(old);
  }
  facts.older[0].replicas = 1;
  EXPECT_THAT(surplus_history(facts, 2), ElementsAre("old2"));
}

TEST(placement, waits_for_a_missing_claim_with_the_words_of_the_scheduler) {
  const json node{{"metadata", {{"name", "node1"}}}};
  EXPECT_EQ(place(json::object(), &node, {{.name = "missing", .claim = nullptr}}).obstacle,
            "0/1 nodes are available: persistentvolumeclaim \"missing\" not found. not found");
}

TEST(placement, asks_for_volumes_that_wait_for_their_first_consumer) {
  const json node{{"metadata", {{"name", "node1"}}}};
  const json claim{{"status", {{"phase", "Pending"}}}};
  const auto late
      = place(json::object(), &node, {{.name = "c", .claim = &claim, .waits_for_consumer = true}});
  EXPECT_EQ(late.obstacle, "");
  EXPECT_THAT(late.claims_to_provision, ElementsAre("c"));
  EXPECT_NE(place(json::object(), &node, {{.name = "c", .claim = &claim}}).obstacle, "");
}

TEST(placement, keeps_a_pod_from_a_node_that_does_not_have_its_volume) {
  const auto volume_in = [](const char* zone) {
    return json{{"spec",
                 {{"nodeAffinity",
                   {{"required",
                     {{"nodeSelectorTerms",
                       {{{"matchExpressions",
                          {{{"key", "zone"}, {"operator", "In"}, {"values", {zone}}}}}}}}}}}}}}};
  };
  const json node{{"metadata", {{"name", "node1"}, {"labels", {{"zone", "a"}}}}}};
  const json claim{{"spec", {{"volumeName", "v"}}}, {"status", {{"phase", "Bound"}}}};
  const auto here = volume_in("a"), elsewhere = volume_in("b");
  const auto obstacle = [&](const json& volume) {
    return place(json::object(), &node, {{.name = "c", .claim = &claim, .volume = &volume}})
        .obstacle;
  };
  EXPECT_EQ(obstacle(here), "");
  EXPECT_EQ(obstacle(json{{"spec", json::object()}}), "");
  EXPECT_EQ(obstacle(elsewhere),
            "0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity. no "
            "new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not "
            "helpful for scheduling.");
}

TEST(placement, honours_node_selector_and_required_affinity) {
  const json node{{"metadata", {{"name", "node1"}, {"labels", {{"zone", "a"}}}}}};
  EXPECT_TRUE(admits_node({{"spec", {{"nodeSelector", {{"zone", "a"}}}}}}, node));
  EXPECT_FALSE(admits_node({{"spec", {{"nodeSelector", {{"zone", "b"}}}}}}, node));
  const auto with_terms = [](const char* zone) {
    return json{
        {"spec",
         {{"affinity",
           {{"nodeAffinity",
             {{"requiredDuringSchedulingIgnoredDuringExecution",
               {{"nodeSelectorTerms",
                 {{{"matchExpressions",
                    {{{"key", "zone"}, {"operator", "In"}, {"values", {zone}}}}}}}}}}}}}}}}};
  };
  EXPECT_TRUE(admits_node(with_terms("a"), node));
  EXPECT_FALSE(admits_node(with_terms("b"), node));
}

} // namespace
} // namespace kubesim::control
