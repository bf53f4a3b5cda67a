#include "tests/scenarios/cluster_scenario.hpp"

#include <fstream>

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using crds::backup_phase;

/// Pre-hooks that misbehave: each ends at its own timeout, the application is thawed, and the
/// operator does not feel it.
class hostile_hooks : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster(); }

  crds::volume_backup frozen_by(const std::string& pre_hook) {
    auto hooks = recorded_hooks();
    hooks["backups.example.com.pre-hook"]
        = hooks["backups.example.com.pre-hook"].get<std::string>() + "; " + pre_hook;
    given_application({.annotations = hooks});
    back_up("nightly", {{"timeouts", {{"freeze", "3s"}}}});
    return await_phase("nightly", backup_phase::failed);
  }

  void expect_end_in_time(const crds::volume_backup& backup) {
    EXPECT_EQ(backup.status.reason, "FreezeTimeout");
    EXPECT_TRUE(await([this] { return !is_frozen(); }));
    EXPECT_EQ(hook_runs("post"), 1U);
    EXPECT_EQ(count(kinds::snapshot), 0U);
  }

  static long operator_kibibytes() {
    std::ifstream status{"/proc/" + std::to_string(cluster().operator_process().pid()) + "/status"};
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmRSS:"))
        return std::stol(line.substr(6));
    return 0;
  }
};

TEST_F(hostile_hooks, an_endless_output_is_neither_kept_nor_waited_for) {
  const auto backup = frozen_by("cat /dev/zero");
  expect_end_in_time(backup);
  EXPECT_LE(backup.status.pods.at(0).hook.output.size(), 4096U);
}

TEST_F(hostile_hooks, a_gibibyte_of_output_goes_by) {
  const auto before = operator_kibibytes();
  ASSERT_GT(before, 0);
  auto hooks = recorded_hooks();
  hooks["backups.example.com.pre-hook"] = "head -c 1073741824 /dev/zero; touch /data/all; exit 9";
  given_application({.annotations = hooks});
  back_up("nightly", {{"timeouts", {{"freeze", "5m"}, {"maxFreeze", "5m"}}}});
  EXPECT_EQ(await_phase("nightly", backup_phase::failed, 5min).status.reason, "HookFailed");
  EXPECT_TRUE(std::filesystem::exists(cluster().volume_directory(name_space_, "data") / "all"));
  // The address sanitizer alone keeps 256 MiB of what was freed.
  EXPECT_LT(operator_kibibytes() - before, 512 * 1024) << "half of what went by";
}

TEST_F(hostile_hooks, closing_its_output_does_not_hide_a_hook_that_stays) {
  expect_end_in_time(frozen_by("exec >&- 2>&-; sleep 600"));
}

TEST_F(hostile_hooks, a_hook_that_ignores_signals_is_killed) {
  expect_end_in_time(frozen_by("trap '' TERM HUP INT; while :; do sleep 600; done"));
}

TEST_F(hostile_hooks, a_hook_that_reads_its_input_finds_its_end) {
  auto hooks = recorded_hooks();
  hooks["backups.example.com.pre-hook"]
      = "cat; " + hooks["backups.example.com.pre-hook"].get<std::string>();
  given_application({.annotations = hooks});
  back_up("nightly");
  EXPECT_EQ(await_phase("nightly", backup_phase::completed).status.consistency,
            crds::consistency::application);
}

} // namespace
} // namespace scenarios
