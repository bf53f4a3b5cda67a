// Many backups at once beside one alone, on the embedded cluster with one operator.

#include "bench/figures.hpp"
#include "tests/scenarios/crowd.hpp"

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct settings {
  int backups = 200, namespaces = 20, rounds = 3;
  int ready_latency = 2000; ///< ms
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
  std::vector<bench::duration> alone, together;
  for (int i = 0; i < chosen.rounds; ++i) {
    alone.push_back(back_up(people, "alone-" + std::to_string(i), 1));
    together.push_back(back_up(people, "together-" + std::to_string(i), chosen.backups));
  }
  const auto one = bench::median(alone), all = bench::median(together);
  std::cout << bench::row({std::to_string(chosen.backups) + " backups at once, "
                               + std::to_string(chosen.namespaces) + " namespaces, wall time",
                           bench::text(all), "one alone " + bench::text(one),
                           static_cast<double>(all.count()) / static_cast<double>(one.count()),
                           2.0})
            << '\n';
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
  CLI11_PARSE(app, argc, argv);
  try {
    measure(chosen);
  } catch (const std::exception& failure) {
    std::cerr << "parallel_backups: " << failure.what() << '\n';
    return 1;
  }
}
