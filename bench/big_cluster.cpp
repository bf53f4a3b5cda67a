// Memory beside a cluster full of what is none of the operator's business: pods, secrets, other
// people's snapshots, and backups that ended long ago. Then backups under way, and a soak.

#include "bench/cluster_of_many.hpp"
#include "bench/process.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

namespace {

using namespace std::chrono_literals;
using scenarios::json;
using scenarios::object_of;
namespace kinds = scenarios::kinds;

struct settings {
  int pods = 20'000, secrets = 5'000, snapshots = 15'000, finished = 10'000, active = 1'000;
  int soak = 60; ///< s
};

constexpr k8s::resource_kind secret{"", "v1", "secrets", "Secret"};
constexpr int places = 50;

std::string place_of(int index) {
  return "stranger-" + std::to_string(index % places);
}

std::string numbered(const char* name, int index) {
  return name + ("-" + std::to_string(index));
}

k8s::request stranger_pod(int index) {
  auto object = object_of(kinds::pod, numbered("pod", index));
  object["metadata"]["labels"]["app"] = numbered("app", index % 100);
  object["spec"]["containers"] = json::array({{{"name", "main"}, {"image", "debian"}}});
  return k8s::create_request(kinds::pod, place_of(index), object);
}

k8s::request stranger_secret(int index) {
  auto object = object_of(secret, numbered("secret", index));
  object["data"]["blob"] = std::string(100'000, 'A');
  return k8s::create_request(secret, place_of(index), object);
}

/// Of a claim of the crowd: the driver cuts it and makes its content.
k8s::request stranger_snapshot(int index, int applications, int namespaces) {
  const auto of = index % applications;
  auto object = object_of(kinds::snapshot, numbered("nightly", index));
  object["spec"]["source"]["persistentVolumeClaimName"] = numbered("app", of);
  return k8s::create_request(kinds::snapshot, numbered("crowd", of % namespaces), object);
}

class big_cluster {
public:
  explicit big_cluster(const settings& chosen)
      : chosen_{chosen}, many_{{chosen.active}, {"--ready-latency", "86400000"}} {}

  void measure() {
    settle();
    many_.start_operator();
    print("idle, nothing but the crowd", resident(), 20);
    many_.cluster().stop_operators();
    crowd_in();
    restart("all pods, secrets and snapshots");
    back_up();
    end_many();
    restart("the same and " + std::to_string(chosen_.finished) + " that ended");
    soak();
  }

private:
  double resident() { return bench::resident_mebibytes(many_.pid()); }

  static void print(const std::string& what, double mebibytes, double goal) {
    std::cout << bench::row({"memory, " + what, bench::number_text(mebibytes) + " MiB",
                             "a goal of " + bench::number_text(goal) + " MiB", mebibytes / goal,
                             1.0})
              << std::endl;
  }

  void settle() {
    bench::create_all(many_.cluster(), places, [](int i) {
      return k8s::create_request(kinds::name_space, {}, object_of(kinds::name_space, place_of(i)));
    });
  }

  void crowd_in() {
    auto& cluster = many_.cluster();
    bench::create_all(cluster, chosen_.pods - chosen_.active, stranger_pod);
    bench::create_all(cluster, chosen_.secrets, stranger_secret);
    bench::create_all(cluster, chosen_.snapshots, [this](int i) {
      return stranger_snapshot(i, chosen_.active, std::max(1, chosen_.active / 10));
    });
  }

  /// What a process has that finds all of this when it starts.
  void restart(const std::string& what) {
    many_.cluster().stop_operators();
    many_.cluster().start_operator();
    if (!many_.cluster().await_operator_ready())
      throw std::runtime_error("the operator does not become ready");
    scenarios::await([this, seen = resident(), same = 0]() mutable {
      same = resident() == seen ? same + 1 : 0;
      seen = resident();
      return same > 50; // looks, one in 20 ms
    });
    print(what + ", most at start", bench::peak_mebibytes(many_.pid()), 96);
    print(what, resident(), 64);
  }

  void back_up() {
    many_.back_up("active", chosen_.active,
                  [this](const auto& seen) { return seen.uploading == chosen_.active; });
    print(std::to_string(chosen_.active) + " backups under way beside them", resident(), 64);
  }

  /// Backups whose status is that of a real one, but for its end.
  void end_many() {
    const auto& kind = crds::volume_backup::kind;
    const auto real = many_.cluster().must(k8s::get_request(kind, {"crowd-0", "app-0-active"}));
    auto status = real.at("status");
    status["phase"] = "Completed";
    status["completionTime"] = status.at("thawedAt");
    const auto name_of = [](int i) { return numbered("ended", i); };
    bench::create_all(many_.cluster(), chosen_.finished, [&](int i) {
      auto object = object_of(kind, name_of(i));
      object["spec"] = real.at("spec");
      return k8s::create_request(kind, place_of(i), object);
    });
    bench::create_all(many_.cluster(), chosen_.finished, [&](int i) {
      auto request = k8s::patch_request(kind, {place_of(i), name_of(i)}, k8s::patch_kind::merge,
                                        {{"status", status}});
      request.path += "/status";
      return request;
    });
  }

  /// Pods and snapshots of others change, and backups come and are deleted, all the time.
  void soak() {
    churn_for(warm_up, "warm-up");
    const auto before = resident();
    const auto backups = churn_for(1s * chosen_.soak, "soak");
    const auto after = resident();
    std::cout << bench::row({"memory after " + std::to_string(chosen_.soak) + " s more and "
                                 + std::to_string(backups) + " backups that came and went",
                             bench::number_text(after) + " MiB",
                             "before " + bench::number_text(before) + " MiB", after / before, 1.05})
              << std::endl;
  }

  /// An actor's storage stays as long as a delayed message to it is out: 90 s of an executor.
  static constexpr auto warm_up = 100s;
  static constexpr int most_of_round = 100;

  int churn_for(std::chrono::seconds time, const char* name) {
    const auto end = std::chrono::steady_clock::now() + time;
    int backups = 0;
    for (int round = 0; std::chrono::steady_clock::now() < end; ++round)
      backups += churn(numbered(name, round));
    return backups;
  }

  int churn(const std::string& round) {
    auto& cluster = many_.cluster();
    const int number = std::min(most_of_round, chosen_.active);
    many_.back_up(round, number, [&](const auto& seen) { return seen.uploading == number; });
    std::vector<k8s::request> all;
    for (int i = 0; i < number; ++i) {
      all.push_back(k8s::patch_request(kinds::pod, {place_of(i), numbered("pod", i)},
                                       k8s::patch_kind::merge,
                                       {{"metadata", {{"annotations", {{"round", round}}}}}}));
      all.push_back(k8s::delete_request(crds::volume_backup::kind,
                                        {numbered("crowd", i % std::max(1, chosen_.active / 10)),
                                         numbered("app", i) + "-" + round},
                                        {}));
    }
    for (const auto& answer : cluster.ask_all(std::move(all)))
      if (!answer)
        throw std::runtime_error(to_string(answer.error()));
    return number;
  }

  settings chosen_;
  bench::cluster_of_many many_;
};

} // namespace

int main(int argc, char** argv) {
  settings chosen;
  CLI::App app{"Memory in a cluster full of other things"};
  app.add_option("--pods", chosen.pods, "in the cluster");
  app.add_option("--secrets", chosen.secrets, "of 100 kB");
  app.add_option("--snapshots", chosen.snapshots, "of nobody's backup");
  app.add_option("--finished", chosen.finished, "backups that ended");
  app.add_option("--active", chosen.active, "backups under way")->check(CLI::PositiveNumber);
  app.add_option("--soak", chosen.soak, "seconds");
  CLI11_PARSE(app, argc, argv);
  try {
    big_cluster{chosen}.measure();
  } catch (const std::exception& failure) {
    std::cerr << "big_cluster: " << failure.what() << '\n';
    return 1;
  }
}
