#include "actors/freeze_session/one_shot_lock.hpp"
#include "actors/freeze_session/presets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freeze_session {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using annotations = std::map<std::string, std::string>;

const std::string prefix = "backups.example.com.";
const hook_setting of_backup{{"data-db-0"}, 60s, {}, {}};

k8s::pod pod_with(annotations declared) {
  k8s::pod pod;
  pod.metadata.name_space = "shop";
  pod.metadata.name = "db-0";
  for (auto& [name, value] : declared)
    pod.metadata.annotations[prefix + name] = value;
  pod.containers
      = {{"proxy", {}},
         {"db", {{"data", "/data", ""}, {"other", "/other", ""}, {"data", "/log", "l"}}}};
  pod.claims = {{"data", "data-db-0"}, {"other", "other-db-0"}};
  return pod;
}

hook_declaration accepted(annotations declared, const hook_setting& setting = of_backup) {
  auto result = declared_hooks_of(pod_with(std::move(declared)), setting);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_TRUE(result.hooks.has_value());
  return result.hooks.value_or(hook_declaration{});
}

std::string refused(annotations declared) {
  auto result = declared_hooks_of(pod_with(std::move(declared)), of_backup);
  EXPECT_FALSE(result.hooks.has_value());
  EXPECT_EQ(result.problems.size(), 1u);
  for (auto& problem : result.problems)
    EXPECT_THAT(problem, HasSubstr("pod shop/db-0"));
  return result.problems.empty() ? "" : result.problems.front();
}

TEST(presets, servers_that_lose_the_lock_with_the_connection_get_a_client) {
  for (std::string name : {"mysql", "mariadb", "postgresql"}) {
    auto hooks = accepted({{"hook-preset", name}});
    EXPECT_EQ(hooks.mode, hook_mode::client) << name;
    EXPECT_EQ(hooks.preset, name);
    EXPECT_EQ(hooks.ready, "READY");
    EXPECT_THAT(hooks.client, HasSubstr("exec "));
    EXPECT_THAT(hooks.pre, HasSubstr("READY")) << name;
  }
}

TEST(presets, others_are_shell_commands) {
  for (std::string name : {"redis", "fsfreeze"}) {
    auto hooks = accepted({{"hook-preset", name}});
    EXPECT_EQ(hooks.mode, hook_mode::session) << name;
    EXPECT_EQ(hooks.preset, name);
    EXPECT_EQ(hooks.client + hooks.ready, "");
  }
}

TEST(presets, hold_their_locks) {
  for (std::string name : {"mysql", "mariadb", "postgresql", "redis", "fsfreeze"})
    EXPECT_EQ(judge_one_shot(accepted({{"hook-preset", name}})).lifetime, lock_lifetime::lasting)
        << name;
}

TEST(presets, are_told_the_longest_freeze_in_milliseconds) {
  EXPECT_THAT(accepted({{"hook-preset", "redis"}}).pre, StartsWith("set -- 60000\n"));
  EXPECT_THAT(accepted({{"hook-preset", "postgresql"}}).pre, StartsWith("\\set longest 60000\n"));
}

TEST(presets, fsfreeze_is_told_where_the_claims_of_the_backup_are_mounted) {
  auto hooks = accepted({{"hook-preset", "fsfreeze"}});
  EXPECT_THAT(hooks.pre, StartsWith("set -- '/data' '' '/log' 'l'\n"));
  EXPECT_THAT(hooks.post, StartsWith("set -- '/data' '' '/log' 'l'\n"));
}

TEST(presets, fsfreeze_quotes_paths_for_the_shell) {
  auto hooks = hooks_of_preset("fsfreeze", {{{"/it's $HOME", ""}}, 60s});
  ASSERT_TRUE(hooks);
  EXPECT_THAT(hooks->pre, StartsWith("set -- '/it'\\''s $HOME' ''\n"));
}

TEST(presets, fsfreeze_in_a_container_that_mounts_no_claim_is_refused) {
  EXPECT_THAT(refused({{"hook-preset", "fsfreeze"}, {"hook-container", "proxy"}}),
              AllOf(HasSubstr("fsfreeze"), HasSubstr("proxy"), HasSubstr("hook-container")));
}

TEST(presets, a_container_that_does_not_exist_is_left_to_the_choice_of_the_container) {
  accepted({{"hook-preset", "fsfreeze"}, {"hook-container", "nobody"}});
}

TEST(presets, that_do_not_exist_are_refused_with_those_that_do) {
  EXPECT_THAT(refused({{"hook-preset", "oracle"}}),
              AllOf(HasSubstr(prefix + "hook-preset"), HasSubstr("\"oracle\""),
                    HasSubstr("mysql, mariadb, postgresql, redis or fsfreeze")));
  EXPECT_THAT(refused({{"hook-preset", "mongodb"}}),
              AllOf(HasSubstr("\"mongodb\""), HasSubstr("docs/hooks.md")));
}

TEST(presets, none_is_none) {
  EXPECT_FALSE(declared_hooks_of(pod_with({{"hook-preset", "none"}}), of_backup).hooks);
  auto hooks = accepted({{"hook-preset", "none"}, {"pre-hook", "sync"}, {"post-hook", "true"}});
  EXPECT_EQ(hooks.preset, "");
  EXPECT_EQ(hooks.mode, hook_mode::session);
}

TEST(presets, are_overridden_annotation_by_annotation) {
  const auto plain = accepted({{"hook-preset", "mysql"}});
  auto post = accepted({{"hook-preset", "mysql"}, {"post-hook", "UNLOCK TABLES; SELECT 1;"}});
  EXPECT_EQ(post.post, "UNLOCK TABLES; SELECT 1;");
  EXPECT_EQ(post.pre, plain.pre);
  EXPECT_EQ(post.client, plain.client);
  auto client = accepted({{"hook-preset", "mysql"}, {"hook-session", "my-client"}});
  EXPECT_EQ(client.client, "my-client");
  EXPECT_EQ(client.pre, plain.pre);
  EXPECT_EQ(client.ready, "READY");
  auto pre = accepted({{"hook-preset", "mysql"}, {"pre-hook", "x"}, {"hook-ready", "now"}});
  EXPECT_EQ(pre.pre, "x");
  EXPECT_EQ(pre.ready, "now");
  EXPECT_EQ(pre.post, plain.post);
  EXPECT_EQ(accepted({{"hook-preset", "redis"}, {"hook-timeout", "5s"}}).timeout, 5s);
}

TEST(presets, overridden_by_what_does_not_fit_are_refused) {
  EXPECT_THAT(refused({{"hook-preset", "redis"}, {"pre-hook", "[\"secret\"]"}}),
              AllOf(HasSubstr("preset redis needs a shell"), Not(HasSubstr("secret"))));
  EXPECT_THAT(refused({{"hook-preset", "redis"}, {"hook-session", "secret"}}),
              AllOf(HasSubstr("hook-session"), HasSubstr("redis"), Not(HasSubstr("secret"))));
  EXPECT_THAT(refused({{"hook-preset", "redis"}, {"hook-ready", "x"}}), HasSubstr("hook-ready"));
}

TEST(presets, of_the_provider_are_for_pods_without_any_hook_annotation) {
  const hook_setting provided{{"data-db-0"}, 60s, "fsfreeze", "db"};
  auto hooks = accepted({}, provided);
  EXPECT_EQ(hooks.preset, "fsfreeze");
  EXPECT_THAT(hooks.pre, StartsWith("set -- '/data' "));
  EXPECT_EQ(accepted({{"hook-preset", "redis"}}, provided).preset, "redis");
  EXPECT_EQ(accepted({{"pre-hook", "sync"}, {"post-hook", "true"}}, provided).preset, "");
  for (annotations own : {annotations{{"hook-preset", "none"}}, {{"hook-timeout", "5s"}}})
    EXPECT_FALSE(declared_hooks_of(pod_with(own), provided).hooks);
  EXPECT_TRUE(declared_hooks_of(pod_with({{"hook-preset", " "}}), provided).hooks) << "blank";
}

} // namespace
} // namespace freeze_session
