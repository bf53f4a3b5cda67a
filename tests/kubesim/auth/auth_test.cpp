#include "tests/kubesim/api/registry_factory.hpp"
#include "tests/kubesim/auth/impersonation.hpp"
#include "tests/kubesim/auth/reviews.hpp"
#include "tests/kubesim/auth/token_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class auth : public testing::Test {
protected:
  auth()
      : objects{make_registry(builtin_kinds(), options())},
        who_is_who{*objects, [this] { return now; }},
        rights{*objects},
        desk{*objects, who_is_who, rights} {
    create("", "v1", "namespaces", {}, {{"metadata", {{"name", "ns"}}}});
  }

  registry_options options() {
    registry_options wanted;
    wanted.post = [](const std::function<void()>&) {};
    wanted.random = [this] { return next_random += 0x9E3779B97F4A7C15ULL; };
    return wanted;
  }

  json create(const char* group, const char* version, const char* plural,
              const std::string& name_space, json object) {
    auto made = objects->create(*objects->find_type(group, version, plural), name_space,
                                std::move(object));
    EXPECT_TRUE(made) << made.refusal().status;
    return made ? *made : json{};
  }

  json create_rbac(const char* plural, const std::string& name_space, json object) {
    return create("rbac.authorization.k8s.io", "v1", plural, name_space, std::move(object));
  }

  void give_account_role(json rules) {
    create_rbac("roles", "ns", {{"metadata", {{"name", "r"}}}, {"rules", std::move(rules)}});
    create_rbac(
        "rolebindings", "ns",
        {{"metadata", {{"name", "b"}}},
         {"roleRef", {{"kind", "Role"}, {"name", "r"}}},
         {"subjects", {{{"kind", "ServiceAccount"}, {"name", "sa"}, {"namespace", "ns"}}}}});
  }

  std::string token_of_new_account() {
    create("", "v1", "serviceaccounts", "ns", {{"metadata", {{"name", "sa"}}}});
    const auto answered
        = desk.request_token({"ns", "sa"}, {{"spec", {{"expirationSeconds", 3600}}}});
    EXPECT_TRUE(answered);
    return (*answered)["status"]["token"];
  }

  const resource_type& review(std::string_view kind) {
    return *std::ranges::find_if(review_types(),
                                 [&](const auto& type) { return type.kind == kind; });
  }

  std::uint64_t next_random = 1;
  std::chrono::system_clock::time_point now{std::chrono::hours{500'000}};
  std::unique_ptr<api_registry> objects;
  authenticator who_is_who;
  authorizer rights;
  review_desk desk;
};

const user account{.name = "system:serviceaccount:ns:sa",
                   .groups = {"system:serviceaccounts", "system:authenticated"}};
const user stranger{.name = "stranger", .groups = {"system:authenticated"}};
const user anonymous{.name = "system:anonymous", .groups = {"system:unauthenticated"}};

attributes pods(const char* verb, const char* name_space = "ns") {
  return {.verb = verb, .resource = "pods", .name_space = name_space};
}

TEST_F(auth, takes_the_user_from_the_certificate_and_adds_the_group_of_all_known) {
  const auto who = who_is_who.authenticate(
      {.common_name = "kubernetes-admin", .organizations = {"system:masters"}});
  ASSERT_TRUE(who);
  EXPECT_EQ(who->name, "kubernetes-admin");
  EXPECT_THAT(who->groups, ElementsAre("system:masters", "system:authenticated"));
}

TEST_F(auth, lets_no_credentials_be_anonymous_but_refuses_a_bad_token) {
  EXPECT_EQ(who_is_who.authenticate({}), anonymous);
  EXPECT_FALSE(who_is_who.authenticate({.bearer_token = "junk"}));
  EXPECT_FALSE(who_is_who.authenticate({.common_name = "admin", .bearer_token = "a.b.c"}));
}

TEST_F(auth, knows_a_service_account_by_its_token) {
  const auto who = who_is_who.authenticate({.bearer_token = token_of_new_account()});
  ASSERT_TRUE(who);
  EXPECT_EQ(who->name, "system:serviceaccount:ns:sa");
  EXPECT_THAT(who->groups, ElementsAre("system:serviceaccounts", "system:serviceaccounts:ns",
                                       "system:authenticated"));
}

TEST_F(auth, refuses_a_token_that_was_changed) {
  auto token = token_of_new_account();
  token[token.size() / 2] = token[token.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(who_is_who.authenticate({.bearer_token = token}));
}

TEST_F(auth, lets_a_token_end_with_its_time) {
  const auto token = token_of_new_account();
  now += 59min;
  EXPECT_TRUE(who_is_who.authenticate({.bearer_token = token}));
  now += 2min;
  EXPECT_FALSE(who_is_who.authenticate({.bearer_token = token}));
}

TEST_F(auth, lets_a_token_end_with_its_service_account) {
  const auto token = token_of_new_account();
  const auto& accounts = *objects->find_type("", "v1", "serviceaccounts");
  ASSERT_TRUE(objects->remove(accounts, {"ns", "sa"}));
  EXPECT_FALSE(who_is_who.authenticate({.bearer_token = token}));
  create("", "v1", "serviceaccounts", "ns", {{"metadata", {{"name", "sa"}}}});
  EXPECT_FALSE(who_is_who.authenticate({.bearer_token = token})) << "another uid";
}

TEST_F(auth, gives_no_token_for_less_than_ten_minutes_or_for_nobody) {
  create("", "v1", "serviceaccounts", "ns", {{"metadata", {{"name", "sa"}}}});
  const auto brief = desk.request_token({"ns", "sa"}, {{"spec", {{"expirationSeconds", 60}}}});
  ASSERT_FALSE(brief);
  EXPECT_EQ(brief.refusal().code, 422);
  const auto nobody = desk.request_token({"ns", "gone"}, {{"spec", json::object()}});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.refusal().code, 404);
}

TEST_F(auth, lets_masters_do_everything_and_strangers_nothing) {
  const user master{.name = "root", .groups = {"system:masters"}};
  EXPECT_TRUE(rights.allows(master, pods("deletecollection")).allowed);
  EXPECT_FALSE(rights.allows(stranger, pods("get")).allowed);
}

TEST_F(auth, shows_health_and_version_to_all_but_discovery_only_to_known_users) {
  EXPECT_TRUE(rights.allows(anonymous, {.verb = "get", .path = "/version"}).allowed);
  EXPECT_TRUE(rights.allows(anonymous, {.verb = "get", .path = "/readyz/ping"}).allowed);
  EXPECT_FALSE(rights.allows(anonymous, {.verb = "get", .path = "/apis"}).allowed);
  EXPECT_TRUE(rights.allows(stranger, {.verb = "get", .path = "/apis/apps/v1"}).allowed);
  EXPECT_FALSE(rights.allows(stranger, {.verb = "get", .path = "/metrics"}).allowed);
}

TEST_F(auth, says_which_binding_allows) {
  give_account_role({{{"apiGroups", {""}}, {"resources", {"pods"}}, {"verbs", {"get", "list"}}}});
  const auto decided = rights.allows(account, pods("get"));
  EXPECT_TRUE(decided.allowed);
  EXPECT_EQ(decided.reason,
            "RBAC: allowed by RoleBinding \"b/ns\" of Role \"r\" to ServiceAccount \"sa/ns\"");
  EXPECT_FALSE(rights.allows(account, pods("delete")).allowed);
  EXPECT_FALSE(rights.allows(account, pods("get", "other")).allowed);
  EXPECT_FALSE(rights.allows(account, pods("get", "")).allowed);
}

TEST_F(auth, limits_a_rule_to_its_names) {
  give_account_role({{{"apiGroups", {"apps"}},
                      {"resources", {"deployments"}},
                      {"verbs", {"*"}},
                      {"resourceNames", {"only"}}}});
  attributes wish{.verb = "patch", .group = "apps", .resource = "deployments", .name_space = "ns"};
  EXPECT_FALSE(rights.allows(account, wish).allowed) << "no name";
  wish.name = "other";
  EXPECT_FALSE(rights.allows(account, wish).allowed);
  wish.name = "only";
  EXPECT_TRUE(rights.allows(account, wish).allowed);
}

TEST_F(auth, keeps_subresources_apart) {
  give_account_role(
      {{{"apiGroups", {""}}, {"resources", {"pods/exec", "*/status"}}, {"verbs", {"create"}}}});
  auto wish = pods("create");
  EXPECT_FALSE(rights.allows(account, wish).allowed);
  wish.subresource = "exec";
  EXPECT_TRUE(rights.allows(account, wish).allowed);
  wish.subresource = "status";
  EXPECT_TRUE(rights.allows(account, wish).allowed);
  wish.subresource = "log";
  EXPECT_FALSE(rights.allows(account, wish).allowed);
}

TEST_F(auth, grants_a_cluster_role_in_one_namespace_or_in_all) {
  create_rbac("rolebindings", "ns",
              {{"metadata", {{"name", "b"}}},
               {"roleRef", {{"kind", "ClusterRole"}, {"name", "cluster-admin"}}},
               {"subjects", {{{"kind", "User"}, {"name", "stranger"}}}}});
  EXPECT_TRUE(rights.allows(stranger, pods("delete")).allowed);
  EXPECT_FALSE(rights.allows(stranger, pods("delete", "other")).allowed);
  create_rbac("clusterrolebindings", "",
              {{"metadata", {{"name", "c"}}},
               {"roleRef", {{"kind", "ClusterRole"}, {"name", "cluster-admin"}}},
               {"subjects", {{{"kind", "Group"}, {"name", "system:serviceaccounts"}}}}});
  EXPECT_TRUE(rights.allows(account, pods("delete", "other")).allowed);
}

TEST(forbidden, words_a_denial_as_the_server_does) {
  EXPECT_EQ(forbidden(stranger, pods("list")).status["message"],
            "pods is forbidden: User \"stranger\" cannot list resource \"pods\" in API group \"\" "
            "in the namespace \"ns\"");
  const auto named = forbidden(stranger, {.verb = "patch",
                                          .group = "apps",
                                          .resource = "deployments",
                                          .subresource = "status",
                                          .name_space = "ns",
                                          .name = "d"});
  EXPECT_EQ(named.status["message"],
            "deployments.apps \"d\" is forbidden: User \"stranger\" cannot patch resource "
            "\"deployments/status\" in API group \"apps\" in the namespace \"ns\"");
  EXPECT_EQ(named.status["details"],
            (json{{"name", "d"}, {"group", "apps"}, {"kind", "deployments"}}));
  EXPECT_EQ(forbidden(stranger, {.verb = "get", .path = "/metrics"}).status["message"],
            "forbidden: User \"stranger\" cannot get path \"/metrics\"");
}

TEST_F(auth, answers_a_review_about_oneself_and_about_others) {
  const json body{
      {"spec", {{"resourceAttributes", {{"verb", "get"}, {"resource", "pods"}, {"group", ""}}}}}};
  const auto mine = desk.create(review("SelfSubjectAccessReview"), "", body, stranger);
  ASSERT_TRUE(mine);
  EXPECT_EQ((*mine)["status"], (json{{"allowed", false}}));
  EXPECT_FALSE((*mine)["spec"]["resourceAttributes"].contains("group"));
  auto about_root = body;
  about_root["spec"]["groups"] = {"system:masters"};
  const auto theirs = desk.create(review("SubjectAccessReview"), "", about_root, stranger);
  ASSERT_TRUE(theirs);
  EXPECT_EQ((*theirs)["status"]["allowed"], true);
}

TEST_F(auth, refuses_a_review_of_nothing_or_nobody) {
  const auto nothing
      = desk.create(review("SelfSubjectAccessReview"), "", {{"spec", json::object()}}, stranger);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.refusal().status["message"],
            ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: null: "
            "exactly one of nonResourceAttributes or resourceAttributes must be specified");
  EXPECT_FALSE(desk.create(review("SubjectAccessReview"), "",
                           {{"spec", {{"resourceAttributes", {{"verb", "get"}}}}}}, stranger));
}

TEST_F(auth, lets_only_those_act_as_others_who_may_impersonate) {
  const user master{.name = "root", .groups = {"system:masters"}};
  const auto acting = impersonate(master, {.user = "system:serviceaccount:ns:sa"}, rights);
  ASSERT_TRUE(acting);
  EXPECT_THAT(acting->groups, ElementsAre("system:serviceaccounts", "system:serviceaccounts:ns",
                                          "system:authenticated"));
  const auto refused = impersonate(stranger, {.user = "alice"}, rights);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.refusal().status["message"],
            "users \"alice\" is forbidden: User \"stranger\" cannot impersonate resource "
            "\"users\" in API group \"\" at the cluster scope");
}

TEST_F(auth, tells_whose_token_it_is) {
  const auto token = token_of_new_account();
  const auto good
      = desk.create(review("TokenReview"), "", {{"spec", {{"token", token}}}}, stranger);
  ASSERT_TRUE(good);
  EXPECT_EQ((*good)["status"]["user"]["username"], "system:serviceaccount:ns:sa");
  const auto bad = desk.create(review("TokenReview"), "", {{"spec", {{"token", "x"}}}}, stranger);
  ASSERT_TRUE(bad);
  EXPECT_FALSE((*bad)["status"].contains("authenticated"));
}

TEST(token_file, has_a_token_a_user_and_perhaps_groups_in_a_line) {
  const auto tokens = read_token_file("t1,ann,1,\"system:masters,others\"\n\nt2,bob,\n");
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_EQ(tokens[0].first, "t1");
  EXPECT_EQ(tokens[0].second,
            (user{.name = "ann", .groups = {"system:masters", "others"}, .uid = "1"}));
  EXPECT_EQ(tokens[1].second, (user{.name = "bob"}));
}

TEST(token_file, names_the_line_that_is_none) {
  EXPECT_THROW((void)read_token_file("t1,ann\n"), std::runtime_error);
}

} // namespace
} // namespace kubesim
