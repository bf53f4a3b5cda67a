#include "tests/kubesim/kubelet/exec_protocol.hpp"
#include "tests/kubesim/kubelet/image_store.hpp"
#include "tests/kubesim/kubelet/log_follower.hpp"
#include "tests/kubesim/kubelet/pod_status.hpp"
#include "tests/kubesim/kubelet/pod_volumes.hpp"
#include "tests/kubesim/kubelet/probe.hpp"

#include <gtest/gtest.h>

namespace kubesim {
namespace {

std::string chosen(std::string_view offered) {
  const auto protocol = choose_protocol(offered);
  return protocol ? protocol->name : "refused";
}

TEST(exec_protocols, are_chosen_by_the_servers_preference) {
  EXPECT_EQ(chosen("v4.channel.k8s.io, v5.channel.k8s.io"), "v5.channel.k8s.io");
  EXPECT_EQ(chosen("nonsense.k8s.io,v4.channel.k8s.io,"), "v4.channel.k8s.io");
  EXPECT_EQ(chosen(""), "");
  EXPECT_EQ(chosen("nonsense.k8s.io"), "refused");
}

TEST(exec_protocols, of_a_server_that_knows_no_v5_end_at_v4) {
  const auto both = choose_protocol("v5.channel.k8s.io,v4.channel.k8s.io", 4);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->name, "v4.channel.k8s.io");
  EXPECT_FALSE(choose_protocol("v5.channel.k8s.io", 4));
}

TEST(exec_protocols, carry_bytes_in_text_frames_if_that_is_their_way) {
  const exec_protocol protocol{"base64.channel.k8s.io", 1, true};
  for (const std::string payload : {"", "x", "xy", "xyz", "xyz\n"}) {
    const auto frame = encode_frame(protocol, exec_channel::output, payload);
    EXPECT_EQ(frame.front(), '1');
    EXPECT_EQ(decode_frame(protocol, frame)->payload, payload);
  }
  EXPECT_EQ(encode_frame(protocol, exec_channel::output, "x\n"), "1eAo=");
}

TEST(exec_protocols, word_an_exit_code_in_v4_with_the_command) {
  const auto status = status_of_exit({"v4.channel.k8s.io", 4, false}, 3, {"sh", "-c", "exit 3"});
  EXPECT_EQ(nlohmann::json::parse(status).at("message"),
            "command terminated with non-zero exit code: error executing command [sh -c exit 3], "
            "exit code 3");
}

TEST(image_names, mean_the_same_with_and_without_registry_and_tag) {
  for (const char* name : {"busybox", "busybox:1.36", "docker.io/library/busybox:latest",
                           "busybox@sha256:0123", "library/busybox"})
    EXPECT_EQ(short_image_name(name), "busybox");
  EXPECT_EQ(short_image_name("localhost:5000/team/app:1"), "localhost:5000/team/app");
}

TEST(images, answer_to_all_their_names) {
  const image_store images{KUBESIM_IMAGES_DIR};
  EXPECT_NE(images.find("mysql"), nullptr);
  EXPECT_NE(images.find("mariadb:10.11"), nullptr);
  EXPECT_NE(images.find("docker.io/library/busybox:latest"), nullptr);
  EXPECT_EQ(images.find("localhost/none:none"), nullptr);
}

TEST(variables, are_expanded_where_they_are_known) {
  EXPECT_EQ(expand("a$(B)c $(D) $$(B) $ $(open", {{"B", "-"}}), "a-c $(D) $(B) $ $(open");
}

std::vector<std::string> arguments(const json& container) {
  image from;
  from.entry_point = {"entry"};
  from.command = {"default"};
  const auto process = process_of({{"metadata", {{"name", "p"}}}}, container, from, {}, {});
  return std::get<process_spec>(process).arguments;
}

TEST(arguments, are_the_images_unless_the_container_has_its_own) {
  using list = std::vector<std::string>;
  EXPECT_EQ(arguments(json::object()), (list{"entry", "default"}));
  EXPECT_EQ(arguments({{"args", {"mine"}}}), (list{"entry", "mine"}));
  EXPECT_EQ(arguments({{"command", {"other"}}}), (list{"other"}));
  EXPECT_EQ(arguments({{"command", {"other"}}, {"args", {"mine"}}}), (list{"other", "mine"}));
}

TEST(sub_paths, may_not_leave_their_volume) {
  const json container{
      {"volumeMounts",
       json::array({{{"name", "v"}, {"mountPath", "/v"}, {"subPath", "a/../../etc"}}})}};
  EXPECT_TRUE(std::holds_alternative<waiting_reason>(mounts_of(container, {{"v", "/tmp"}}, {})));
}

TEST(probes, need_as_many_results_in_a_row_as_their_thresholds_say) {
  probe_judge judge{{.success_threshold = 2, .failure_threshold = 3}};
  EXPECT_EQ(judge.count(true), std::nullopt);
  EXPECT_EQ(judge.count(true), std::optional{true});
  EXPECT_EQ(judge.count(false), std::nullopt);
  EXPECT_EQ(judge.count(false), std::nullopt);
  EXPECT_EQ(judge.count(true), std::nullopt);
  EXPECT_EQ(judge.count(false), std::nullopt);
  EXPECT_EQ(judge.count(false), std::nullopt);
  EXPECT_EQ(judge.count(false), std::optional{false});
}

container_facts facts(container_state state, int exit_code = 0) {
  container_facts it;
  it.state = state;
  it.exit_code = exit_code;
  return it;
}

std::string phase(const char* policy, std::vector<container_facts> containers,
                  bool is_ending = false) {
  pod_facts pod;
  pod.containers = std::move(containers);
  pod.is_ending = is_ending;
  return phase_of({{"spec", {{"restartPolicy", policy}}}}, pod);
}

TEST(pod_phases, follow_the_containers_and_the_restart_policy) {
  const auto waiting = facts(container_state::waiting), running = facts(container_state::running);
  const auto good = facts(container_state::terminated), bad = facts(container_state::terminated, 1);
  EXPECT_EQ(phase("Always", {waiting}), "Pending");
  EXPECT_EQ(phase("Always", {running, waiting}), "Pending");
  EXPECT_EQ(phase("Always", {running, bad}), "Running");
  EXPECT_EQ(phase("Always", {bad}), "Running");
  EXPECT_EQ(phase("OnFailure", {bad}), "Running");
  EXPECT_EQ(phase("OnFailure", {good}), "Succeeded");
  EXPECT_EQ(phase("Never", {good, bad}), "Failed");
  EXPECT_EQ(phase("Never", {good, good}), "Succeeded");
  EXPECT_EQ(phase("Always", {good}, true), "Succeeded");
  EXPECT_EQ(phase("Always", {bad}, true), "Failed");
}

TEST(pod_conditions, keep_the_time_of_their_last_transition) {
  json pod{{"spec", {{"containers", json::array({{{"name", "a"}, {"image", "i"}}})}}}};
  pod_facts now;
  now.containers = {facts(container_state::waiting)};
  const time_point start{};
  pod["status"] = status_of(pod, now, start);
  const auto later = status_of(pod, now, start + std::chrono::hours{1});
  EXPECT_EQ(later, pod["status"]);
  EXPECT_EQ(later.at("conditions").at(2).at("message"), "containers with unready status: [a]");
}

TEST(logs, end_with_the_lines_that_were_asked_for) {
  EXPECT_EQ(last_lines("a\nb\nc\n", 2), "b\nc\n");
  EXPECT_EQ(last_lines("a\nb\nc", 1), "c");
  EXPECT_EQ(last_lines("a\n", 5), "a\n");
  EXPECT_EQ(last_lines("a\n", 0), "");
}

} // namespace
} // namespace kubesim
