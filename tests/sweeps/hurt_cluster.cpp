#include "tests/sweeps/hurt_cluster.hpp"

#include <cstdlib>
#include <limits>

namespace sweeps {

using namespace std::chrono_literals;

namespace {

int number_in(const char* variable, int otherwise) {
  const auto* text = std::getenv(variable);
  return text ? std::atoi(text) : otherwise;
}

} // namespace

int hurt_cluster::stride() {
  return number_in("SWEEP_STRIDE", 1);
}

int hurt_cluster::most_points() {
  return number_in("SWEEP_POINTS", std::numeric_limits<int>::max());
}

unsigned hurt_cluster::seed_or(unsigned other) {
  const auto* text = std::getenv("SWEEP_SEED");
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : other;
}

void hurt_cluster::add_fault(const json& rule) {
  cluster().must({.method = "POST",
                  .path = "/kubesim/faults",
                  .content_type = "application/json",
                  .body = rule.dump()});
}

void hurt_cluster::clear_faults() {
  cluster().must({.method = "DELETE", .path = "/kubesim/faults"});
}

bool hurt_cluster::was_hit(int occurrence, std::size_t rule) {
  const auto found = cluster().must({.method = "GET", .path = "/kubesim/faults"});
  const auto& rules = found.at("rules");
  return rule < rules.size() && rules.at(rule).at("seen").get<int>() >= occurrence;
}

bool hurt_cluster::is_killed(int replica) {
  return cluster().operator_process(replica).await_end(0ms).has_value();
}

void hurt_cluster::restart_operator() {
  cluster().start_operator();
  EXPECT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
}

} // namespace sweeps
