#include "tests/scenarios/cluster_scenario.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

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

  static auto operator_descriptors() {
    const std::filesystem::directory_iterator all{
        "/proc/" + std::to_string(cluster().operator_process().pid()) + "/fd"};
    return std::distance(begin(all), end(all));
  }

  /// Of any program with these arguments, on this machine.
  static auto processes(const std::string& arguments) {
    const std::filesystem::directory_iterator all{"/proc"};
    return std::count_if(begin(all), end(all), [&arguments](const auto& process) {
      auto text = text_of(process.path() / "cmdline");
      std::replace(text.begin(), text.end(), '\0', ' ');
      return text.find(arguments) != std::string::npos;
    });
  }

  static constexpr int together = 5;

  /// So many applications whose hooks hang, until nothing is left of their backups; in rounds.
  void hang_and_forget(int rounds) {
    for (; rounds > 0; --rounds)
      hang_and_forget();
  }

  void hang_and_forget() {
    const auto of = [](int i) { return "hung-" + std::to_string(i); };
    for (int i = 0; i < together; ++i)
      back_up(of(i), {{"applicationRef", of(i)}, {"timeouts", {{"freeze", "2s"}}}});
    for (int i = 0; i < together; ++i) {
      EXPECT_EQ(await_phase(of(i), backup_phase::failed).status.reason, "FreezeTimeout");
      delete_backup(of(i));
    }
    for (int i = 0; i < together; ++i)
      EXPECT_TRUE(await([&] { return is_gone(crds::volume_backup::kind, of(i)); }));
  }
};

TEST_F(hostile_hooks, hung_hooks_leave_no_process_no_descriptor_and_no_memory_behind) {
  // Not a number that anything else on this machine would sleep for.
  const auto nap = "sleep 7" + std::to_string(getpid());
  for (int i = 0; i < together; ++i)
    given_application({.name = "hung-" + std::to_string(i),
                       .claims = {"data-" + std::to_string(i)},
                       .annotations = {{"backups.example.com.pre-hook", nap + "; true"},
                                       {"backups.example.com.post-hook", "true"}}});
  hang_and_forget(2); // what is there once, for all that come
  const auto descriptors = operator_descriptors();
  [[maybe_unused]] const auto kibibytes = operator_kibibytes();
  const char* rounds = std::getenv("HUNG_ROUNDS");
  hang_and_forget(rounds ? std::atoi(rounds) : 3);
  // Connections to the API server come and go with what is asked at once.
  EXPECT_TRUE(await([&] { return operator_descriptors() < descriptors + 2 * together; }))
      << operator_descriptors() << ", " << descriptors << " before";
  EXPECT_TRUE(await([&] { return processes(nap) == 0; })) << processes(nap);
#ifndef __SANITIZE_ADDRESS__ // which keeps what is freed
  EXPECT_LT(operator_kibibytes() - kibibytes, 1024);
#endif
}

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
