#include "actors/freeze_session/hook_declaration.hpp"

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

using annotations = std::map<std::string, std::string>;

k8s::pod pod_with(annotations declared) {
  k8s::pod pod;
  pod.metadata.name_space = "shop";
  pod.metadata.name = "mysql-0";
  pod.metadata.annotations = std::move(declared);
  pod.containers = {{"proxy", {}}, {"mysql", {{"data", "/var/lib/mysql", ""}}}, {"backup", {}}};
  pod.claims = {{"data", "data-mysql-0"}};
  return pod;
}

const hook_setting of_backup{{"data-mysql-0"}, 60s, {}, {}};

const std::string prefix = "backups.example.com.";

/// Annotations by their short names, on top of a pre-hook and a post-hook.
annotations hooks_and(annotations more) {
  annotations all{{prefix + "pre-hook", "sync"}, {prefix + "post-hook", "true"}};
  for (auto& [name, value] : more)
    all[prefix + name] = value;
  return all;
}

hook_declaration accepted(annotations declared) {
  auto result = declared_hooks_of(pod_with(std::move(declared)), of_backup);
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_TRUE(result.hooks.has_value());
  return result.hooks.value_or(hook_declaration{});
}

std::string refused(annotations declared) {
  auto result = declared_hooks_of(pod_with(std::move(declared)), of_backup);
  EXPECT_FALSE(result.hooks.has_value());
  EXPECT_EQ(result.problems.size(), 1u);
  for (auto& problem : result.problems)
    EXPECT_THAT(problem, HasSubstr("pod shop/mysql-0"));
  return result.problems.empty() ? "" : result.problems.front();
}

TEST(hook_declaration, pod_without_annotations_declares_nothing) {
  auto result = declared_hooks_of(pod_with({{"other", "x"}}), of_backup);
  EXPECT_FALSE(result.hooks.has_value());
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST(hook_declaration, pre_and_post_hook_are_one_session) {
  auto hooks = accepted({{prefix + "pre-hook", " sync\n"}, {prefix + "post-hook", "true"}});
  EXPECT_EQ(hooks.mode, hook_mode::session);
  EXPECT_EQ(hooks.pre, " sync\n");
  EXPECT_EQ(hooks.post, "true");
  EXPECT_EQ(hooks.timeout, std::nullopt);
  EXPECT_EQ(hooks.pods, hook_pods::all);
}

TEST(hook_declaration, slash_form_means_the_same) {
  auto hooks = accepted({{"backups.example.com/pre-hook", "sync"},
                         {"backups.example.com/post-hook", "true"},
                         {"backups.example.com.post-hook", "true"}});
  EXPECT_EQ(hooks.pre, "sync");
}

TEST(hook_declaration, both_forms_with_different_values_are_refused) {
  auto problem = refused({{"backups.example.com/pre-hook", "secret-one"},
                          {prefix + "pre-hook", "secret-two"},
                          {prefix + "post-hook", "true"}});
  EXPECT_THAT(problem, AllOf(HasSubstr("backups.example.com.pre-hook"),
                             HasSubstr("backups.example.com/pre-hook"), Not(HasSubstr("secret"))));
}

TEST(hook_declaration, freeze_without_thaw_is_refused) {
  EXPECT_THAT(refused({{prefix + "pre-hook", "secret"}}),
              AllOf(HasSubstr("pre-hook"), HasSubstr("add one"), Not(HasSubstr("secret"))));
  EXPECT_THAT(refused({{prefix + "pre-hook", "secret"}, {prefix + "post-hook", " \n"}}),
              HasSubstr("nothing would thaw"));
}

TEST(hook_declaration, thaw_without_freeze_is_refused) {
  EXPECT_THAT(refused({{prefix + "post-hook", "secret"}}),
              AllOf(HasSubstr("nothing would be frozen"), Not(HasSubstr("secret"))));
}

TEST(hook_declaration, client_with_its_lines_is_a_client_session) {
  auto hooks = accepted(hooks_and({{"hook-session", "mysql -N"}}));
  EXPECT_EQ(hooks.mode, hook_mode::client);
  EXPECT_EQ(hooks.client, "mysql -N");
  EXPECT_EQ(hooks.ready, "READY");
  EXPECT_EQ(accepted(hooks_and({{"hook-session", "x"}, {"hook-ready", "locked now"}})).ready,
            "locked now");
}

TEST(hook_declaration, client_annotations_that_do_not_fit_are_refused) {
  EXPECT_THAT(refused({{prefix + "hook-session", "mysql"}}), HasSubstr("without a pre-hook"));
  EXPECT_THAT(refused(hooks_and({{"hook-ready", "READY"}})), HasSubstr("hook-session"));
  EXPECT_THAT(refused(hooks_and({{"hook-session", "x"}, {"hook-ready", "two\nlines"}})),
              HasSubstr("more than one line"));
  EXPECT_THAT(refused({{prefix + "pre-hook", "[\"a\"]"},
                       {prefix + "post-hook", "[\"b\"]"},
                       {prefix + "hook-session", "x"}}),
              HasSubstr("needs a shell"));
}

TEST(hook_declaration, json_arrays_are_run_without_a_shell) {
  auto hooks = accepted({{prefix + "pre-hook", " [\"/bin/freeze\", \"a b\", \"\"]"},
                         {prefix + "post-hook", "[\"/bin/thaw\"]"}});
  EXPECT_EQ(hooks.mode, hook_mode::exec);
  EXPECT_THAT(hooks.pre_arguments, ElementsAre("/bin/freeze", "a b", ""));
  EXPECT_THAT(hooks.post_arguments, ElementsAre("/bin/thaw"));
}

TEST(hook_declaration, shell_test_is_not_taken_for_a_json_array) {
  for (std::string test :
       {"[ -f /x ] && sync", "[ \"$A\" = b ] || sync", "[[ -n $X ]] && y", "[ x ]"})
    EXPECT_EQ(accepted({{prefix + "pre-hook", test}, {prefix + "post-hook", "true"}}).mode,
              hook_mode::session)
        << test;
}

TEST(hook_declaration, array_that_is_no_command_is_refused) {
  for (std::string list : {"[]", "[1]", "[\"a\", 2]", "[\"\"]", "[[\"a\"]]", "[\"a\\u0000b\"]"})
    EXPECT_THAT(refused({{prefix + "pre-hook", list}, {prefix + "post-hook", "[\"b\"]"}}),
                HasSubstr("not one of a program and its arguments"))
        << list;
  EXPECT_THAT(refused({{prefix + "pre-hook", "[\"secret\", ]"}, {prefix + "post-hook", "[\"b\"]"}}),
              AllOf(HasSubstr("byte 12"), Not(HasSubstr("secret"))));
}

TEST(hook_declaration, array_and_shell_text_together_are_refused) {
  EXPECT_THAT(refused({{prefix + "pre-hook", "[\"a\"]"}, {prefix + "post-hook", "true"}}),
              HasSubstr("counterpart"));
}

TEST(hook_declaration, nul_byte_is_refused) {
  EXPECT_THAT(
      refused({{prefix + "pre-hook", std::string{"a\0b", 3}}, {prefix + "post-hook", "true"}}),
      HasSubstr("NUL"));
}

TEST(hook_declaration, texts_over_64_KiB_together_are_refused) {
  annotations fits{{prefix + "pre-hook", std::string(32768, 'x')},
                   {prefix + "post-hook", std::string(32768, 'x')}};
  EXPECT_EQ(accepted(fits).pre.size(), 32768u);
  fits[prefix + "post-hook"] += 'x';
  EXPECT_THAT(refused(fits), AllOf(HasSubstr("65537"), Not(HasSubstr("xxx"))));
}

TEST(hook_declaration, timeout_is_a_duration) {
  EXPECT_EQ(accepted(hooks_and({{"hook-timeout", "1m30s"}})).timeout, 90s);
  EXPECT_EQ(accepted(hooks_and({{"hook-timeout", ""}})).timeout, std::nullopt);
  for (std::string value : {"abc", "-5s", "30", "0s", "25h", "5 minutes"})
    EXPECT_THAT(refused(hooks_and({{"hook-timeout", value}})),
                AllOf(HasSubstr("hook-timeout"), HasSubstr('"' + value + '"'), HasSubstr("write")));
}

TEST(hook_declaration, pods_are_all_one_or_those_of_a_probe) {
  EXPECT_EQ(accepted(hooks_and({{"hook-pods", "all"}})).pods, hook_pods::all);
  EXPECT_EQ(accepted(hooks_and({{"hook-pods", "one"}})).pods, hook_pods::one);
  auto shell = accepted(hooks_and({{"hook-pods", "probe"}, {"hook-probe", "is_primary"}}));
  EXPECT_EQ(shell.pods, hook_pods::probe);
  EXPECT_THAT(shell.probe_arguments, ElementsAre("/bin/sh", "-c", "is_primary"));
  auto list = accepted(hooks_and({{"hook-pods", "probe"}, {"hook-probe", "[\"/primary\"]"}}));
  EXPECT_THAT(list.probe_arguments, ElementsAre("/primary"));
}

TEST(hook_declaration, pods_that_make_no_sense_are_refused) {
  EXPECT_THAT(refused(hooks_and({{"hook-pods", "some"}})),
              AllOf(HasSubstr("\"some\""), HasSubstr("all, one or probe")));
  EXPECT_THAT(refused(hooks_and({{"hook-pods", "probe"}})), HasSubstr("hook-probe"));
  EXPECT_THAT(refused(hooks_and({{"hook-probe", "secret"}})),
              AllOf(HasSubstr("no effect"), Not(HasSubstr("secret"))));
}

TEST(hook_declaration, all_problems_are_told_at_once) {
  auto result = declared_hooks_of(
      pod_with(hooks_and({{"hook-timeout", "x"}, {"hook-pods", "y"}, {"hook-ready", "z"}})),
      of_backup);
  EXPECT_EQ(result.problems.size(), 3u);
}

TEST(hook_container, is_the_annotated_one) {
  auto chosen = hook_container_of(pod_with({{prefix + "hook-container", "backup"},
                                            {"kubectl.kubernetes.io/default-container", "proxy"}}),
                                  of_backup);
  EXPECT_EQ(chosen.name, "backup");
  EXPECT_EQ(
      hook_container_of(pod_with({{"backups.example.com/hook-container", "backup"}}), of_backup)
          .name,
      "backup");
}

TEST(hook_container, is_by_default_that_of_kubectl_and_then_the_first_that_mounts_a_claim) {
  auto annotated = pod_with({{"kubectl.kubernetes.io/default-container", "proxy"}});
  EXPECT_EQ(hook_container_of(annotated, of_backup).name, "proxy");
  EXPECT_EQ(hook_container_of(pod_with({}), of_backup).name, "mysql");
}

TEST(hook_container, is_that_of_the_provider_in_a_pod_without_any_hook_annotation) {
  hook_setting provided{{"data-mysql-0"}, 60s, "mysql", "backup"};
  EXPECT_EQ(
      hook_container_of(pod_with({{"kubectl.kubernetes.io/default-container", "proxy"}}), provided)
          .name,
      "backup");
  EXPECT_EQ(hook_container_of(pod_with({{prefix + "hook-timeout", "5s"}}), provided).name, "mysql");
  provided.container = "db";
  EXPECT_THAT(hook_container_of(pod_with({}), provided).problem,
              AllOf(HasSubstr("spec.hooks.container of the provider"), HasSubstr("\"db\""),
                    HasSubstr("proxy, mysql, backup")));
}

TEST(hook_container, that_does_not_exist_is_refused_with_the_list) {
  auto chosen = hook_container_of(pod_with({{prefix + "hook-container", "db"}}), of_backup);
  EXPECT_EQ(chosen.name, "");
  EXPECT_THAT(chosen.problem, AllOf(HasSubstr("pod shop/mysql-0"), HasSubstr("\"db\""),
                                    HasSubstr("proxy, mysql, backup")));
}

TEST(hook_container, must_be_named_if_none_mounts_a_claim) {
  auto chosen = hook_container_of(pod_with({}), {{"other"}, 60s, {}, {}});
  EXPECT_EQ(chosen.name, "");
  EXPECT_THAT(chosen.problem, HasSubstr("hook-container"));
}

} // namespace
} // namespace freeze_session
