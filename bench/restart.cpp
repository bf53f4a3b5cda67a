// An operator that starts and finds applications frozen by one that is gone: how long until all are
// thawed. The embedded cluster plays the pods.

#include "bench/figures.hpp"
#include "crds/volume_backup.hpp"
#include "tests/scenarios/crowd.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using scenarios::json;
namespace kinds = scenarios::kinds;

/// Of a growing log of requests.
class exec_count {
public:
  explicit exec_count(const std::filesystem::path& log) : log_{log} {}

  int now() {
    log_.clear();
    for (std::string line; std::getline(log_, line);)
      count_ += line.find("/exec?") != std::string::npos ? 1 : 0;
    return count_;
  }

private:
  std::ifstream log_;
  int count_ = 0;
};

/// The status that stands before the first exec.
json frozen_status(const json& pod) {
  const std::string claim = pod.at("/spec/volumes/0/persistentVolumeClaim/claimName"_json_pointer);
  json row{{"name", pod.at("/metadata/name"_json_pointer)},
           {"uid", pod.at("/metadata/uid"_json_pointer)},
           {"container", "main"},
           {"restartCount", 0},
           {"hook", {{"mode", "session"}}}};
  return {
      {"phase", "Freezing"},
      {"startTime", k8s::to_rfc3339(std::chrono::system_clock::now())},
      {"attempts", 1},
      {"pods", json::array({std::move(row)})},
      {"snapshots", json::array({{{"claim", claim}, {"volumeSnapshotName", "former-" + claim}}})}};
}

std::vector<k8s::request> statuses_for(const json& pods) {
  std::vector<k8s::request> all;
  for (const auto& pod : pods) {
    const std::string name_space = pod.at("/metadata/namespace"_json_pointer);
    const std::string claim
        = pod.at("/spec/volumes/0/persistentVolumeClaim/claimName"_json_pointer);
    all.push_back(k8s::patch_request(crds::volume_backup::kind, {name_space, claim + "-former"},
                                     k8s::patch_kind::merge, {{"status", frozen_status(pod)}},
                                     "status"));
  }
  return all;
}

void must_all(scenarios::embedded_cluster& cluster, std::vector<k8s::request> all) {
  for (const auto& answer : cluster.ask_all(std::move(all)))
    if (!answer)
      throw std::runtime_error(to_string(answer.error()));
}

/// From the start of the process to the last pod's thaw.
bench::duration restart(int number) {
  scenarios::embedded_cluster cluster{{"--no-processes", "--history", "100000"}};
  cluster.install();
  cluster.write_operator_kubeconfig();
  scenarios::crowd people{cluster, {std::max(1, number / 10), number}};
  if (!people.await_ready(300s))
    throw std::runtime_error("the applications do not become ready");
  people.back_up("former", number);
  must_all(cluster, statuses_for(cluster.must(k8s::list_request(kinds::pod, {}, {})).at("items")));
  exec_count execs{cluster.admin_kubeconfig().replace_filename("requests")};
  if (execs.now() != 0)
    throw std::runtime_error("somebody has thawed already");
  const auto began = clock::now();
  cluster.start_operator();
  if (!scenarios::await([&] { return execs.now() >= number; }, 120s))
    throw std::runtime_error("only " + std::to_string(execs.now())
                             + " are thawed: " + cluster.operator_log().substr(0, 2000));
  return clock::now() - began;
}

} // namespace

int main(int argc, char** argv) {
  int number = 1000, rounds = 3;
  CLI::App app{"Frozen applications found at the start"};
  app.add_option("--frozen", number, "applications")->check(CLI::PositiveNumber);
  app.add_option("--rounds", rounds, "of which the median counts")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    std::vector<bench::duration> times;
    for (int i = 0; i < rounds; ++i)
      times.push_back(restart(number));
    const auto took = bench::median(times);
    constexpr bench::duration limit = 3s;
    std::cout << bench::row({"restart with " + std::to_string(number) + " frozen, to the last thaw",
                             bench::text(took), "the contract's " + bench::text(limit),
                             static_cast<double>(took.count()) / static_cast<double>(limit.count()),
                             1.0})
              << '\n';
  } catch (const std::exception& failure) {
    std::cerr << "restart: " << failure.what() << '\n';
    return 1;
  }
}
