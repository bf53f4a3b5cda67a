#include "bench/cluster_of_many.hpp"

#include <algorithm>
#include <stdexcept>

namespace bench {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

std::vector<std::string> with_history(std::vector<std::string> options) {
  for (const auto* one : {"--no-processes", "--history", "200000"})
    options.emplace_back(one);
  return options;
}

scenarios::embedded_cluster& installed(scenarios::embedded_cluster& cluster) {
  cluster.install();
  cluster.write_operator_kubeconfig();
  return cluster;
}

} // namespace

cluster_of_many::cluster_of_many(extent size, std::vector<std::string> options)
    : cluster_{with_history(std::move(options))},
      people_{installed(cluster_),
              {std::max(1, size.applications / size.per_namespace), size.applications}} {
  if (!people_.await_ready(600s))
    throw std::runtime_error("the applications do not become ready");
}

void cluster_of_many::start_operator() {
  cluster_.start_operator();
  if (!cluster_.await_operator_ready())
    throw std::runtime_error("the operator does not become ready: " + cluster_.operator_log());
}

duration
cluster_of_many::back_up(const std::string& round, int number,
                         const std::function<bool(const scenarios::crowd::tally&)>& enough) {
  const auto began = clock::now();
  people_.back_up(round, number);
  scenarios::crowd::tally seen;
  const bool is_done = scenarios::await(
      [&] {
        seen = people_.look(round);
        return !seen.failures.empty() || enough(seen);
      },
      600s);
  const auto took = clock::now() - began;
  if (!seen.failures.empty())
    throw std::runtime_error(seen.failures.front());
  if (!is_done)
    throw std::runtime_error("not all backups get that far: " + std::to_string(seen.ended)
                             + " ended, " + std::to_string(seen.under_way) + " under way");
  return took;
}

void create_all(scenarios::embedded_cluster& cluster, int number,
                const std::function<k8s::request(int)>& request_of) {
  constexpr int at_once = 500;
  for (int first = 0; first < number; first += at_once) {
    std::vector<k8s::request> some;
    for (int i = first; i < std::min(number, first + at_once); ++i)
      some.push_back(request_of(i));
    for (const auto& answer : cluster.ask_all(std::move(some)))
      if (!answer)
        throw std::runtime_error(to_string(answer.error()));
  }
}

} // namespace bench
