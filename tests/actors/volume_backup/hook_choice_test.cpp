#include "actors/volume_backup/hook_choice.hpp"
#include "tests/support/preflight_case.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using messages::pod_probed;

std::vector<planned_pod> three_pods() {
  support::preflight_case given;
  const auto hooks = given.facts.pods[0].metadata.annotations;
  for (const auto* name : {"mysql-1", "mysql-2"}) {
    given.facts.pods.push_back(support::preflight_case::pod(name, "data"));
    auto& annotations = given.facts.pods.back().metadata.annotations;
    annotations = hooks;
    annotations["backups.example.com.hook-pods"] = "probe";
    annotations["backups.example.com.hook-probe"] = "is-primary";
  }
  return std::get<backup_plan>(given.judge()).pods;
}

std::vector<std::string> frozen_by(const std::vector<pod_probed>& answers) {
  const auto chosen = pods_that_said_yes(three_pods(), answers);
  std::vector<std::string> names;
  if (const auto* pods = std::get_if<std::vector<planned_pod>>(&chosen))
    for (const auto& pod : *pods)
      names.push_back(pod.name);
  return names;
}

TEST(hook_choice, only_those_that_declare_a_probe_are_asked) {
  const auto pods = three_pods();
  EXPECT_FALSE(must_be_asked(pods[0]));
  EXPECT_TRUE(must_be_asked(pods[1]));
  EXPECT_EQ(pods[1].hooks.probe_arguments,
            (std::vector<std::string>{"/bin/sh", "-c", "is-primary"}));
}

TEST(hook_choice, who_is_not_asked_and_who_says_yes_is_frozen) {
  EXPECT_EQ(frozen_by({{1, false, {}, false}, {2, true, {}, false}}),
            (std::vector<std::string>{"mysql-0", "mysql-2"}));
  EXPECT_EQ(frozen_by({{2, false, {}, false}, {1, false, {}, false}}),
            std::vector<std::string>{"mysql-0"});
}

TEST(hook_choice, a_probe_that_says_nothing_is_refused_by_name) {
  const auto why = std::get<refusal>(pods_that_said_yes(
      three_pods(), {{1, true, {}, false}, {2, false, "did not end in time", false}}));
  EXPECT_EQ(why.reason, "ProbeFailed");
  EXPECT_EQ(why.message,
            "pod mysql-2: the command of annotation backups.example.com.hook-probe did not end in "
            "time; it must exit 0 where the pod is to be frozen, and with another code where it is "
            "not");
}

TEST(hook_choice, a_probe_that_says_no_everywhere_is_refused) {
  auto pods = three_pods();
  pods.erase(pods.begin());
  const auto why
      = std::get<refusal>(pods_that_said_yes(pods, {{0, false, {}, false}, {1, false, {}, false}}));
  EXPECT_EQ(why.reason, "ProbeFailed");
  EXPECT_NE(why.message.find("none of the pods mysql-1, mysql-2"), std::string::npos)
      << why.message;
}

} // namespace
