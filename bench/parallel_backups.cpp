// Many backups at once beside one alone, on the embedded cluster with one operator.

#include "bench/figures.hpp"
#include "tests/scenarios/crowd.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <iterator>

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct settings {
  int backups = 200, namespaces = 20, rounds = 3;
  int ready_latency = 5000; ///< ms; the quickest of uploads
  bool prints_timeline = false;
};

/// From the first request to the last backup's end.
bench::duration back_up(scenarios::crowd& people, const std::string& round, int number) {
  const auto began = clock::now();
  people.back_up(round, number);
  scenarios::crowd::tally seen;
  const bool all_ended = scenarios::await(
      [&] {
        seen = people.look(round);
        return seen.ended == number;
      },
      300s);
  const auto took = clock::now() - began;
  if (!all_ended || !seen.failures.empty())
    throw std::runtime_error(seen.failures.empty() ? "not all backups end" : seen.failures.front());
  return took;
}

/// When each step was done, from the first start on: the half and the last of all backups.
void print_timeline(const std::vector<crds::volume_backup_status>& all) {
  using status = crds::volume_backup_status;
  const std::pair<const char*, std::optional<k8s::timestamp> status::*> steps[]{
      {"started", &status::start_time}, {"frozen", &status::frozen_at},
      {"cut", &status::cut_at},         {"thawed", &status::thawed_at},
      {"ready", &status::ready_at},     {"ended", &status::completion_time}};
  auto first = *all.front().start_time;
  for (const auto& one : all)
    first = std::min(first, *one.start_time);
  for (const auto& [name, member] : steps) {
    std::vector<bench::duration> times;
    for (const auto& one : all)
      if (const auto& at = one.*member)
        times.push_back(*at - first);
    if (!times.empty())
      std::cout << "  " << name << ": half after " << bench::text(bench::median(times))
                << ", all after " << bench::text(bench::quantile(times, 1)) << '\n';
  }
}

std::vector<bench::duration> freezes_of(const std::vector<crds::volume_backup_status>& all) {
  std::vector<bench::duration> freezes;
  for (const auto& one : all)
    if (one.freeze_milliseconds)
      freezes.push_back(std::chrono::milliseconds{*one.freeze_milliseconds});
  return freezes;
}

/// Overload is to lengthen the queue and never the freeze.
void print_freezes(const settings& chosen, const std::vector<bench::duration>& alone,
                   const std::vector<bench::duration>& together) {
  const auto one = bench::median(alone);
  for (const auto share : {0.5, 0.99}) {
    const auto seen = bench::quantile(together, share);
    std::cout << bench::row({"freeze window, " + std::to_string(chosen.backups) + " at once, "
                                 + (share == 0.5 ? "p50" : "p99"),
                             bench::text(seen), "one alone " + bench::text(one),
                             static_cast<double>(seen.count()) / static_cast<double>(one.count()),
                             1.3})
              << '\n';
  }
}

void measure(const settings& chosen) {
  scenarios::embedded_cluster cluster{{"--ready-latency", std::to_string(chosen.ready_latency)}};
  cluster.install();
  cluster.write_operator_kubeconfig();
  cluster.start_operator();
  if (!cluster.await_operator_ready())
    throw std::runtime_error("the operator does not become ready: " + cluster.operator_log());
  scenarios::crowd people{cluster, {chosen.namespaces, chosen.backups}};
  if (!people.await_ready(300s))
    throw std::runtime_error("the applications do not become ready");
  std::vector<bench::duration> alone, together, freezes_alone, freezes_together;
  for (int i = 0; i < chosen.rounds; ++i) {
    const auto round = "-" + std::to_string(i);
    alone.push_back(back_up(people, "alone" + round, 1));
    together.push_back(back_up(people, "together" + round, chosen.backups));
    std::ranges::copy(freezes_of(people.statuses("alone" + round)),
                      std::back_inserter(freezes_alone));
    std::ranges::copy(freezes_of(people.statuses("together" + round)),
                      std::back_inserter(freezes_together));
  }
  const auto one = bench::median(alone), all = bench::median(together);
  std::cout << bench::row({std::to_string(chosen.backups) + " backups at once, "
                               + std::to_string(chosen.namespaces) + " namespaces, upload of "
                               + bench::text(std::chrono::milliseconds{chosen.ready_latency}),
                           bench::text(all), "one alone " + bench::text(one),
                           static_cast<double>(all.count()) / static_cast<double>(one.count()),
                           2.0})
            << '\n';
  print_freezes(chosen, freezes_alone, freezes_together);
  if (chosen.prints_timeline)
    print_timeline(people.statuses("together-0"));
}

} // namespace

int main(int argc, char** argv) {
  settings chosen;
  CLI::App app{"Many backups at once beside one alone"};
  app.add_option("--backups", chosen.backups, "at once")->check(CLI::PositiveNumber);
  app.add_option("--namespaces", chosen.namespaces, "they are dealt out to")
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", chosen.rounds, "of which the median counts")
      ->check(CLI::PositiveNumber);
  app.add_option("--ready-latency", chosen.ready_latency, "ms that the driver uploads");
  app.add_flag("--timeline", chosen.prints_timeline, "print when each step was done");
  CLI11_PARSE(app, argc, argv);
  try {
    measure(chosen);
  } catch (const std::exception& failure) {
    std::cerr << "parallel_backups: " << failure.what() << '\n';
    return 1;
  }
}
