// A thousand backups at once, alone and beside neighbours that misbehave: an application whose
// snapshot is never ready, one whose pre-hook hangs, and a namespace that asks for as many backups
// of its few applications again.

#include "bench/cluster_of_many.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

namespace {

using namespace std::chrono_literals;
using bench::duration;
using scenarios::json;
using scenarios::object_of;

struct settings {
  int backups = 1000, rounds = 3;
};

constexpr const char* place = "misbehaving";
constexpr int flooding_applications = 10;

class neighbours {
public:
  explicit neighbours(scenarios::embedded_cluster& cluster) : cluster_{cluster} {
    cluster_.must(k8s::create_request(scenarios::kinds::name_space, {},
                                      object_of(scenarios::kinds::name_space, place)));
    settle("never-ready", "true", {{"kubesim/ready-latency", "24h"}});
    settle("hung", "sleep 3600");
    for (int i = 0; i < flooding_applications; ++i)
      settle(flooding(i), "true");
  }

  void misbehave(const std::string& round, int number) {
    back_up("never-ready", round);
    back_up("hung", round);
    bench::create_all(cluster_, number, [&](int i) {
      return backup_of(flooding(i % flooding_applications), round + "-" + std::to_string(i));
    });
  }

  /// But for what never ends.
  bool is_over() {
    const auto all = cluster_.must(k8s::list_request(crds::volume_backup::kind, place, {}));
    return std::ranges::all_of(all.at("items"), [](const json& one) {
      const auto backup = crds::volume_backup::decode(one);
      return backup->spec.application_ref == "never-ready" || is_final(backup->status.phase);
    });
  }

private:
  static std::string flooding(int index) { return "flooding-" + std::to_string(index); }

  void settle(const std::string& name, const std::string& pre_hook,
              json claim_annotations = json::object()) {
    for (auto& one : scenarios::requests_for({.name = name,
                     .claims = {name},
                     .annotations = {{"backups.example.com.pre-hook", pre_hook},
                                     {"backups.example.com.post-hook", "true"}},
                     .claim_annotations = std::move(claim_annotations)},
                                             place))
      cluster_.must(std::move(one));
  }

  static k8s::request backup_of(const std::string& application, const std::string& round) {
    auto object = object_of(crds::volume_backup::kind, application + "-" + round);
    object["spec"]["applicationRef"] = application;
    return k8s::create_request(crds::volume_backup::kind, place, object);
  }

  void back_up(const std::string& application, const std::string& round) {
    cluster_.must(backup_of(application, round));
  }

  scenarios::embedded_cluster& cluster_;
};

void measure(const settings& chosen) {
  bench::cluster_of_many many{{chosen.backups}};
  neighbours others{many.cluster()};
  many.start_operator();
  const auto nearly_all = [&](const auto& seen) { return seen.ended >= chosen.backups * 0.99; };
  const auto all = [&](const std::string& round) {
    return [&many, &chosen, round] { return many.people().look(round).ended == chosen.backups; };
  };
  std::vector<duration> alone, beside;
  for (int i = 0; i < chosen.rounds; ++i) {
    const auto number = std::to_string(i);
    alone.push_back(many.back_up("alone-" + number, chosen.backups, nearly_all));
    scenarios::await(all("alone-" + number));
    others.misbehave(number, chosen.backups);
    beside.push_back(many.back_up("beside-" + number, chosen.backups, nearly_all));
    if (!scenarios::await([&] { return all("beside-" + number)() && others.is_over(); }, 600s))
      throw std::runtime_error("the neighbours' backups do not end");
  }
  const auto p99 = bench::median(beside), undisturbed = bench::median(alone);
  std::cout << bench::row(
      {"99 % of " + std::to_string(chosen.backups) + " ended, beside neighbours that misbehave",
       bench::text(p99), "alone " + bench::text(undisturbed),
       static_cast<double>(p99.count()) / static_cast<double>(undisturbed.count()), 1.1})
            << std::endl;
}

} // namespace

int main(int argc, char** argv) {
  settings chosen;
  CLI::App app{"Backups beside neighbours that misbehave"};
  app.add_option("--backups", chosen.backups, "of each round")->check(CLI::PositiveNumber);
  app.add_option("--rounds", chosen.rounds, "of which the median counts")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    measure(chosen);
  } catch (const std::exception& failure) {
    std::cerr << "neighbours: " << failure.what() << '\n';
    return 1;
  }
}
