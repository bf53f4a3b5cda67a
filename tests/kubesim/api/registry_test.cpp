#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/registry_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim::test {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string version(const json& object) {
  return text_at(object, {"metadata", "resourceVersion"});
}

std::string message(const json& status) {
  return text_at(status, {"message"});
}

json with_finalizer() {
  return {{"metadata", {{"finalizers", {"example.com/hold"}}}}};
}

const json no_finalizers{{"metadata", {{"finalizers", nullptr}}}};

TEST(registry_create, gives_a_new_object_its_identity) {
  small_cluster cluster;
  auto made = cluster.create("configmaps", "a", {{"data", {{"k", "v"}}}});
  EXPECT_EQ(made.at("kind"), "ConfigMap");
  EXPECT_EQ(made.at("metadata").at("namespace"), "n");
  EXPECT_EQ(made.at("metadata").at("creationTimestamp"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(text_at(made, {"metadata", "uid"}).size(), 36U);
  EXPECT_FALSE(made.at("metadata").contains("generation"));
  EXPECT_EQ(made, *cluster.find("configmaps", "a"));
}

TEST(registry_create, appends_five_letters_to_a_generated_name_and_cuts_a_long_prefix) {
  small_cluster cluster;
  json wish{{"metadata", {{"generateName", std::string(70, 'x')}}}};
  auto made = cluster.objects->create(cluster.type("configmaps"), "n", wish);
  ASSERT_TRUE(made);
  EXPECT_THAT(text_at(*made, {"metadata", "name"}), ::testing::MatchesRegex("x{58}[a-z0-9]{5}"));
}

TEST(registry_create, names_the_namespace_that_is_missing) {
  small_cluster cluster;
  auto made = cluster.objects->create(cluster.type("configmaps"), "nowhere",
                                      {{"metadata", {{"name", "a"}}}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.refusal().code, 404);
  EXPECT_EQ(message(made.refusal().status), "namespaces \"nowhere\" not found");
}

TEST(registry_create, is_forbidden_in_a_namespace_that_is_going) {
  small_cluster cluster;
  (void)cluster.objects->merge(cluster.type("namespaces"), {{}, "n"}, {{"held", true}});
  (void)cluster.objects->remove(cluster.type("namespaces"), {{}, "n"});
  auto status = cluster.create("configmaps", "late");
  EXPECT_EQ(status.at("code"), 403);
  EXPECT_EQ(status.at("details").at("causes").at(0).at("reason"), "NamespaceTerminating");
}

TEST(registry_create, tells_an_existing_object_from_one_that_is_being_deleted) {
  small_cluster cluster;
  (void)cluster.create("configmaps", "a", with_finalizer());
  EXPECT_EQ(message(cluster.create("configmaps", "a")), "configmaps \"a\" already exists");
  (void)cluster.remove("configmaps", "a");
  EXPECT_EQ(message(cluster.create("configmaps", "a")),
            "object is being deleted: configmaps \"a\" already exists");
}

TEST(registry_create, leaves_nothing_behind_after_a_dry_run) {
  small_cluster cluster;
  write_options dry;
  dry.dry_run = true;
  auto before = cluster.objects->resource_version();
  auto made = cluster.objects->create(cluster.type("configmaps"), "n",
                                      {{"metadata", {{"name", "a"}}}}, dry);
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->at("metadata").contains("resourceVersion"));
  EXPECT_EQ(cluster.find("configmaps", "a"), nullptr);
  EXPECT_EQ(cluster.objects->resource_version(), before);
}

TEST(registry_create, refuses_metadata_of_the_wrong_type_instead_of_trusting_it) {
  small_cluster cluster;
  auto status = cluster.create("configmaps", "a", {{"metadata", {{"labels", {{"k", 1}}}}}});
  EXPECT_EQ(status.at("code"), 400);
  EXPECT_THAT(message(status), HasSubstr("cannot unmarshal number into Go struct field "
                                         "ObjectMeta.metadata.labels of type string"));
}

TEST(registry_update, conflicts_with_a_version_that_is_no_longer_the_newest) {
  small_cluster cluster;
  auto first = cluster.create("configmaps", "a");
  auto second = first;
  second["data"]["k"] = "2";
  EXPECT_NE(version(cluster.update("configmaps", "a", second)), version(first));
  auto status = cluster.update("configmaps", "a", second);
  EXPECT_EQ(status.at("code"), 409);
  EXPECT_EQ(message(status),
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; "
            "please apply your changes to the latest version and try again");
}

TEST(registry_update,
     without_a_version_overwrites_a_built_in_kind_and_is_refused_for_a_custom_one) {
  small_cluster cluster;
  (void)cluster.create("configmaps", "a", {{"data", {{"k", "1"}}}});
  auto written = cluster.update("configmaps", "a", {{"data", {{"j", "2"}}}});
  EXPECT_EQ(written.at("data"), json({{"j", "2"}}));
  (void)cluster.create("widgets", "w");
  auto status = cluster.update("widgets", "w", {{"spec", {{"size", 1}}}});
  EXPECT_EQ(status.at("code"), 422);
  EXPECT_EQ(status.at("details").at("kind"), "widgets");
}

TEST(registry_update, that_changes_nothing_keeps_the_version_and_sends_no_event) {
  small_cluster cluster;
  auto made = cluster.create("configmaps", "a", {{"data", {{"k", "1"}}}});
  cluster.run();
  int events = 0;
  auto token
      = cluster.objects->subscribe(cluster.type("configmaps"), [&](const change&) { ++events; });
  EXPECT_EQ(cluster.merge("configmaps", "a", {{"data", {{"k", "1"}}}}), made);
  cluster.run();
  EXPECT_EQ(events, 0);
}

TEST(registry_update, keeps_spec_and_status_apart_where_the_kind_has_the_subresource) {
  small_cluster cluster;
  auto made = cluster.create("widgets", "w", {{"spec", {{"size", 1}}}, {"status", {{"p", "x"}}}});
  EXPECT_FALSE(made.contains("status"));
  auto status = cluster.merge("widgets", "w", {{"spec", {{"size", 7}}}, {"status", {{"p", "on"}}}},
                              "status");
  EXPECT_EQ(status.at("spec").at("size"), 1);
  EXPECT_EQ(status.at("status").at("p"), "on");
  auto spec = cluster.merge("widgets", "w", {{"spec", {{"size", 2}}}, {"status", nullptr}});
  EXPECT_EQ(spec.at("spec").at("size"), 2);
  EXPECT_EQ(spec.at("status").at("p"), "on");
}

TEST(registry_update, moves_the_generation_for_the_spec_but_not_for_labels_or_status) {
  small_cluster cluster;
  auto generation = [](const json& object) { return object.at("metadata").at("generation"); };
  EXPECT_EQ(generation(cluster.create("widgets", "w", {{"spec", {{"size", 1}}}})), 1);
  EXPECT_EQ(generation(cluster.merge("widgets", "w", {{"metadata", {{"labels", {{"a", "b"}}}}}})),
            1);
  EXPECT_EQ(generation(cluster.merge("widgets", "w", {{"status", {{"p", "x"}}}}, "status")), 1);
  EXPECT_EQ(generation(cluster.merge("widgets", "w", {{"spec", {{"size", 2}}}})), 2);
  EXPECT_EQ(generation(cluster.merge("widgets", "w", {{"metadata", {{"generation", 50}}}})), 2);
}

TEST(registry_update, names_what_may_not_change_in_the_metadata) {
  small_cluster cluster;
  (void)cluster.create("configmaps", "a");
  auto status = cluster.merge("configmaps", "a", {{"metadata", {{"uid", "other"}}}});
  EXPECT_EQ(status.at("code"), 422);
  EXPECT_THAT(message(status), HasSubstr("metadata.uid: Invalid value: \"other\": field is "
                                         "immutable"));
}

TEST(registry_remove, answers_a_status_for_what_is_gone_at_once) {
  small_cluster cluster;
  auto made = cluster.create("configmaps", "a");
  auto status = cluster.remove("configmaps", "a");
  EXPECT_EQ(status.at("status"), "Success");
  EXPECT_EQ(status.at("details").at("uid"), made.at("metadata").at("uid"));
  EXPECT_EQ(cluster.find("configmaps", "a"), nullptr);
}

TEST(registry_remove, marks_what_a_finalizer_holds_and_a_second_removal_changes_nothing) {
  small_cluster cluster;
  (void)cluster.create("widgets", "w", with_finalizer());
  auto marked = cluster.remove("widgets", "w");
  EXPECT_EQ(marked.at("metadata").at("deletionTimestamp"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(marked.at("metadata").at("deletionGracePeriodSeconds"), 0);
  EXPECT_EQ(marked.at("metadata").at("generation"), 2);
  cluster.now += std::chrono::seconds{5};
  EXPECT_EQ(cluster.remove("widgets", "w"), marked);
}

TEST(registry_remove, the_last_finalizer_takes_the_object_with_it_and_the_event_still_shows_it) {
  small_cluster cluster;
  (void)cluster.create("configmaps", "a", with_finalizer());
  (void)cluster.remove("configmaps", "a");
  cluster.run();
  std::vector<change> seen;
  auto token = cluster.objects->subscribe(cluster.type("configmaps"),
                                          [&](const change& one) { seen.push_back(one); });
  auto answered = cluster.merge("configmaps", "a", no_finalizers);
  cluster.run();
  EXPECT_FALSE(answered.at("metadata").contains("finalizers"));
  EXPECT_EQ(cluster.find("configmaps", "a"), nullptr);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].kind, change_kind::deleted);
  EXPECT_TRUE(seen[0].object->at("metadata").contains("finalizers"));
  EXPECT_GT(version_of(*seen[0].object), version_of(answered));
}

TEST(registry_remove, lets_no_new_finalizer_hold_what_is_going) {
  small_cluster cluster;
  (void)cluster.create("configmaps", "a", with_finalizer());
  (void)cluster.remove("configmaps", "a");
  auto status
      = cluster.merge("configmaps", "a",
                      {{"metadata", {{"finalizers", {"example.com/hold", "example.com/more"}}}}});
  EXPECT_EQ(status.at("code"), 422);
  EXPECT_THAT(message(status), HasSubstr("found new finalizers []string{\"example.com/more\"}"));
}

TEST(registry_remove, records_the_propagation_as_a_finalizer) {
  small_cluster cluster;
  (void)cluster.create("configmaps", "a");
  (void)cluster.create("configmaps", "b");
  removal_options foreground, orphan;
  foreground.propagation = "Foreground";
  orphan.propagation = "Orphan";
  EXPECT_THAT(cluster.remove("configmaps", "a", foreground).at("metadata").at("finalizers"),
              ElementsAre("foregroundDeletion"));
  EXPECT_THAT(cluster.remove("configmaps", "b", orphan).at("metadata").at("finalizers"),
              ElementsAre("orphan"));
}

TEST(registry_remove, compares_its_preconditions) {
  small_cluster cluster;
  auto made = cluster.create("configmaps", "a");
  removal_options other;
  other.uid = "0";
  EXPECT_EQ(cluster.remove("configmaps", "a", other).at("code"), 409);
  removal_options stale;
  stale.resource_version = "1";
  EXPECT_THAT(message(cluster.remove("configmaps", "a", stale)),
              HasSubstr("the ResourceVersion in the precondition (1) does not match"));
  removal_options right;
  right.uid = made.at("metadata").at("uid");
  EXPECT_EQ(cluster.remove("configmaps", "a", right).at("status"), "Success");
}

TEST(registry_remove, waits_for_the_grace_period_until_it_is_shortened_to_nothing) {
  small_cluster cluster;
  (void)cluster.create("runners", "r");
  auto marked = cluster.remove("runners", "r");
  EXPECT_EQ(marked.at("metadata").at("deletionGracePeriodSeconds"), 30);
  EXPECT_EQ(marked.at("metadata").at("deletionTimestamp"), "2023-11-14T22:13:50Z");
  EXPECT_EQ(cluster.remove("runners", "r"), marked);
  removal_options now;
  now.grace_seconds = 0;
  (void)cluster.remove("runners", "r", now);
  EXPECT_EQ(cluster.find("runners", "r"), nullptr);
}

TEST(registry_subscribe, delivers_in_order_and_never_from_within_a_verb) {
  small_cluster cluster;
  std::vector<std::string> seen;
  auto token = cluster.objects->subscribe(
      cluster.type("configmaps"), [&](const change& one) { seen.push_back(version(*one.object)); });
  auto first = cluster.create("configmaps", "a");
  auto second = cluster.create("configmaps", "b");
  EXPECT_TRUE(seen.empty());
  cluster.run();
  EXPECT_THAT(seen, ElementsAre(version(first), version(second)));
}

TEST(registry_subscribe, does_not_deliver_what_was_committed_before) {
  small_cluster cluster;
  (void)cluster.create("configmaps", "a");
  int events = 0;
  auto token
      = cluster.objects->subscribe(cluster.type("configmaps"), [&](const change&) { ++events; });
  cluster.run();
  EXPECT_EQ(events, 0);
}

TEST(registry_subscribe, is_over_when_the_token_goes) {
  small_cluster cluster;
  int events = 0;
  auto token
      = cluster.objects->subscribe(cluster.type("configmaps"), [&](const change&) { ++events; });
  (void)cluster.create("configmaps", "a");
  token.reset();
  cluster.run();
  EXPECT_EQ(events, 0);
}

TEST(registry_history, gives_the_state_at_an_earlier_version) {
  small_cluster cluster;
  auto first = cluster.create("configmaps", "a", {{"data", {{"k", "1"}}}});
  auto then = cluster.objects->resource_version();
  (void)cluster.merge("configmaps", "a", {{"data", {{"k", "2"}}}});
  (void)cluster.create("configmaps", "b");
  (void)cluster.remove("configmaps", "a");
  auto old = cluster.objects->all_at(cluster.type("configmaps"), "n", then);
  ASSERT_TRUE(old);
  ASSERT_EQ(old->size(), 1U);
  EXPECT_EQ(*old->front(), first);
}

TEST(registry_history, knows_nothing_older_than_it_can_hold) {
  small_cluster cluster{2};
  auto start = cluster.objects->resource_version();
  for (const char* name : {"a", "b", "c"})
    (void)cluster.create("configmaps", name);
  EXPECT_FALSE(cluster.objects->changes_after(cluster.type("configmaps"), start));
  auto rest = cluster.objects->changes_after(cluster.type("configmaps"), start + 1);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->size(), 2U);
}

TEST(registry_history, is_gone_after_it_was_forgotten) {
  small_cluster cluster;
  auto start = cluster.objects->resource_version();
  (void)cluster.create("configmaps", "a");
  cluster.objects->forget_history();
  EXPECT_FALSE(cluster.objects->changes_after(cluster.type("configmaps"), start));
  EXPECT_TRUE(cluster.objects->changes_after(cluster.type("configmaps"),
                                             cluster.objects->resource_version()));
}

TEST(registry_kinds, serve_another_shape_of_the_same_objects) {
  small_cluster cluster;
  auto shape = plain_kind("configmaps", "ConfigMap");
  shape.type.group = "shapes.example.com";
  shape.shape_of_group = "";
  shape.from_stored = [](json& object) { object["note"] = object["message"]; };
  shape.to_stored = [](json& object) {
    object["message"] = object["note"];
    object.erase("note");
  };
  const auto& type = cluster.objects->serve(shape);
  (void)cluster.create("configmaps", "a", {{"message", "hello"}});
  auto seen = cluster.objects->find(type, {"n", "a"});
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->at("note"), "hello");
  EXPECT_EQ(seen->at("apiVersion"), "shapes.example.com/v1");
  (void)cluster.objects->create(type, "n", {{"metadata", {{"name", "b"}}}, {"note", "back"}});
  EXPECT_EQ(cluster.find("configmaps", "b")->at("message"), "back");
}

TEST(registry_kinds, forget_their_objects_when_they_are_no_longer_served) {
  small_cluster cluster;
  (void)cluster.create("widgets", "w");
  auto type = cluster.type("widgets");
  cluster.objects->stop_serving(type);
  EXPECT_EQ(cluster.objects->find_type("example.com", "v1", "widgets"), nullptr);
  auto made = cluster.objects->create(type, "n", {{"metadata", {{"name", "x"}}}});
  ASSERT_FALSE(made);
  EXPECT_EQ(message(made.refusal().status), "the server could not find the requested resource");
}

} // namespace

} // namespace kubesim::test
