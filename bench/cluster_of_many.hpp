#pragma once

#include "bench/figures.hpp"
#include "tests/scenarios/crowd.hpp"

#include <functional>
#include <string>
#include <vector>

namespace bench {

/// An embedded cluster that plays the pods of a crowd of applications, and the operator beside it
/// if it is started. Throws std::runtime_error where something does not come.
class cluster_of_many {
public:
  struct extent {
    int applications, per_namespace = 10;
  };

  /// `options` are more of kubesim's.
  explicit cluster_of_many(extent size, std::vector<std::string> options = {});

  scenarios::embedded_cluster& cluster() { return cluster_; }
  scenarios::crowd& people() { return people_; }
  int pid() { return cluster_.operator_process().pid(); }

  void start_operator();

  /// Backs up so many at once, and waits until `enough` of the tally; how long that took.
  duration back_up(const std::string& round, int number,
                   const std::function<bool(const scenarios::crowd::tally&)>& enough);

private:
  scenarios::embedded_cluster cluster_;
  scenarios::crowd people_;
};

/// Blocks until all are created, some hundred at a time.
void create_all(scenarios::embedded_cluster& cluster, int number,
                const std::function<k8s::request(int)>& request_of);

} // namespace bench
