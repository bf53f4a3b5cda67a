#include "actors/volume_backup/application.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;

TEST(application_ref, a_bare_name_may_be_any_workload) {
  const auto ref = parse_application_ref("mysql");
  ASSERT_TRUE(ref);
  EXPECT_EQ(ref->kind, application_kind::any_workload);
  EXPECT_EQ(ref->name, "mysql");
}

TEST(application_ref, a_kind_before_the_slash_is_taken) {
  const std::pair<const char*, application_kind> cases[]
      = {{"deployment/a", application_kind::deployment},
         {"statefulset/a", application_kind::stateful_set},
         {"daemonset/a", application_kind::daemon_set},
         {"pod/a", application_kind::pod},
         {"persistentvolumeclaim/a", application_kind::claim}};
  for (const auto& [text, kind] : cases) {
    const auto ref = parse_application_ref(text);
    ASSERT_TRUE(ref) << text;
    EXPECT_EQ(ref->kind, kind) << text;
    EXPECT_EQ(ref->name, "a") << text;
  }
}

TEST(application_ref, what_makes_no_sense_is_refused) {
  for (const auto* text : {"", "job/a", "deployment/", "deployment/a/b", "/a"})
    EXPECT_FALSE(parse_application_ref(text)) << text;
}

TEST(selector, matches_labels_and_expressions) {
  k8s::label_selector selector;
  selector.match_labels = {{"app", "mysql"}};
  selector.match_expressions = {{"tier", "In", {"a", "b"}},
                                {"canary", "DoesNotExist", {}},
                                {"zone", "NotIn", {"x"}},
                                {"name", "Exists", {}}};
  EXPECT_TRUE(selects(selector, {{"app", "mysql"}, {"tier", "b"}, {"name", "n"}}));
  EXPECT_FALSE(selects(selector, {{"app", "mysql"}, {"tier", "c"}, {"name", "n"}}));
  EXPECT_FALSE(selects(selector, {{"app", "mysql"}, {"tier", "b"}, {"name", "n"}, {"canary", ""}}));
  EXPECT_FALSE(selects(selector, {{"app", "mysql"}, {"tier", "b"}, {"name", "n"}, {"zone", "x"}}));
  EXPECT_FALSE(selects(selector, {{"tier", "b"}, {"name", "n"}}));
}

TEST(application, claims_are_listed_once_and_in_order) {
  k8s::pod one, two;
  one.claims = {{"data", "b"}, {"logs", "a"}};
  two.claims = {{"data", "b"}};
  EXPECT_EQ(claims_of({one, two}), (std::vector<std::string>{"a", "b"}));
}

} // namespace
