#include "tests/scenarios/restore_scenario.hpp"

#include <algorithm>
#include <regex>
#include <sstream>
#include <unistd.h>

namespace scenarios {
namespace {

using crds::restore_phase;

/// The commands that a section of docs/restore.md gives, block by block.
std::vector<std::string> commands_of(const std::string& section) {
  std::vector<std::string> blocks;
  bool is_inside = false, is_in_block = false;
  for (const auto& line : lines_of(PROJECT_DIRECTORY "/docs/restore.md")) {
    if (line == "```") {
      is_in_block = !is_in_block;
      if (is_inside && is_in_block)
        blocks.emplace_back();
    } else if (is_in_block) {
      if (is_inside)
        blocks.back() += line + '\n';
    } else if (line.starts_with("#")) {
      is_inside = line == section;
    }
  }
  return blocks;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

/// Restores into a class that keeps its volumes, given up while the driver is still making one.
class left_volumes : public restore_scenario {
protected:
  static void SetUpTestSuite() { start_cluster(); }

  void given_backup_of(const application& what) {
    given_application(what);
    ASSERT_TRUE(await([&] { return is_ready(what, name_space_); }));
    back_up_now();
  }

  static void given_keeping_class(const std::string& name, const std::string& latency,
                                  const std::string& binding = "Immediate") {
    given_class(name, {{"reclaimPolicy", "Retain"},
                       {"volumeBindingMode", binding},
                       {"parameters", {{"kubesim/provision-latency", latency}}}});
  }

  void cancel() {
    cluster().must(k8s::patch_request(crds::volume_restore::kind, {name_space_, "again"},
                                      k8s::patch_kind::merge, {{"spec", {{"cancel", true}}}}));
  }

  /// Waits until the driver makes a volume for a claim of that restore; says which claim.
  std::string claim_in_work(const std::string& mark) {
    std::string found;
    EXPECT_TRUE(await([&] {
      const auto all = cluster().must(k8s::list_request(kinds::claim, name_space_, {}));
      for (const auto& one : all.at("items")) {
        const auto& metadata = one.at("metadata");
        if (metadata.value("annotations", json::object()).contains(mark)
            && one.value("/spec/volumeName"_json_pointer, "").empty())
          found = metadata.at("name");
      }
      return !found.empty();
    })) << "nothing is being made";
    return found;
  }

  static finished_command run_as_administrator(const std::string& variables,
                                               const std::string& commands) {
    return run_command({"env", "KUBECONFIG=" + cluster().admin_kubeconfig().string(), "sh", "-c",
                        variables + "\n" + commands},
                       testing::TempDir() + "/docs-" + std::to_string(getpid()) + ".log");
  }

  /// What docs/restore.md has one do who was told of a claim and its UID.
  void discard_as_documented(const std::string& claim, const std::string& uid) {
    const auto blocks = commands_of("### Volumes left behind");
    ASSERT_EQ(blocks.size(), 3U);
    const auto row = [&] {
      for (const auto& line : split(run_as_administrator({}, blocks[0]).answer))
        if (line.find(uid) != std::string::npos)
          return line;
      return std::string{};
    };
    ASSERT_TRUE(await([&] { return row().find("Released") != std::string::npos; })) << row();
    EXPECT_NE(row().find(" Retain "), std::string::npos) << row();
    EXPECT_NE(row().find(" " + claim + " "), std::string::npos) << row();
    const auto found = run_as_administrator("NEW_UID=" + uid, blocks[1]);
    EXPECT_TRUE(row().starts_with(found.answer.substr(0, found.answer.find('\n')))) << found.output;
    const auto done = run_as_administrator("NEW_UID=" + uid, blocks[1] + blocks[2]);
    EXPECT_EQ(done.exit_code, 0) << done.output;
    EXPECT_TRUE(await([&] { return volumes_here().size() == 1; })) << json(volumes_here()).dump();
  }

  /// The message, the condition and the event all say which volume is left; the UID of its claim.
  std::string uid_told(const crds::volume_restore& end, const std::string& claim) {
    const std::regex words{R"(the volume of claim (\S+) \(UID (\S+)\))"};
    std::smatch found;
    EXPECT_TRUE(std::regex_search(end.status.message, found, words)) << end.status.message;
    EXPECT_EQ(found[1], claim);
    const auto* condition
        = find_condition(end.status.conditions, crds::restore_condition::succeeded);
    EXPECT_TRUE(condition && condition->message.find(found[0]) != std::string::npos);
    EXPECT_TRUE(await([&] { return is_told_of(found[0]); })) << "no event";
    return found[2];
  }

  bool is_told_of(const std::string& words) {
    const auto all = cluster().must(k8s::list_request(kinds::event, name_space_, {})).at("items");
    return std::any_of(all.begin(), all.end(), [&](const json& event) {
      return event.at("involvedObject").value("name", "") == "again"
             && event.value("message", "").find(words) != std::string::npos;
    });
  }
};

constexpr const char* provisioner = "volume.kubernetes.io/storage-provisioner";
constexpr const char* chosen_node = "volume.kubernetes.io/selected-node";

TEST_F(left_volumes, one_that_comes_in_time_is_discarded) {
  given_keeping_class("prompt", "5s");
  given_backup_of({});
  const auto old_volume = volume_of("data");
  restore({{"storageClassName", "prompt"}});
  const auto claim = claim_in_work(provisioner);
  cancel();
  const auto end = await_end(restore_phase::cancelled);
  EXPECT_EQ(end.status.message.find("Volumes left behind"), std::string::npos)
      << end.status.message;
  EXPECT_TRUE(await_event(claim, "ProvisioningSucceeded"));
  EXPECT_TRUE(await([&] { return volumes_here() == std::vector{old_volume}; }))
      << json(volumes_here()).dump();
  EXPECT_EQ(volume_of("data"), old_volume);
  EXPECT_EQ(claim_in_template(), "data");
}

TEST_F(left_volumes, one_that_comes_too_late_is_told_of_and_discarded_as_documented) {
  given_keeping_class("slow", "25s");
  given_backup_of({});
  const auto old_volume = volume_of("data");
  restore({{"storageClassName", "slow"}, {"timeouts", {{"rollout", "2s"}}}});
  const auto claim = claim_in_work(provisioner);
  cancel();
  const auto end = await_end(restore_phase::cancelled);
  discard_as_documented(claim, uid_told(end, claim));
  EXPECT_EQ(volumes_here(), std::vector{old_volume});
  EXPECT_EQ(volume_of("data"), old_volume);
}

/// The name goes back to the old volume at once: the application waits for it.
TEST_F(left_volumes, one_whose_claim_has_the_name_of_the_old_one_is_not_waited_for) {
  given_keeping_class("slow-and-late", "25s", "WaitForFirstConsumer");
  const application set{.kind = kinds::stateful_set};
  given_backup_of(set);
  const auto old_volume = volume_of("data");
  restore({{"storageClassName", "slow-and-late"}});
  const auto claim = claim_in_work(chosen_node);
  EXPECT_EQ(claim, "data");
  cancel();
  const auto end = await_end(restore_phase::cancelled);
  EXPECT_TRUE(await([&] { return is_ready(set, name_space_); }));
  EXPECT_EQ(volumes_here(), std::vector{old_volume});
  discard_as_documented(claim, uid_told(end, claim));
  EXPECT_EQ(volume_of("data"), old_volume);
}

} // namespace
} // namespace scenarios
