#include "tests/actors/volume_restore/simulated_restore.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

// One restore after another, decided by the real rules, in a world in which everything that can
// break does so at random: processes, requests, provisioning, pods, claims, and other people.
// A run is its seed: SIMULATION_SEED=n repeats one and tells its story; SIMULATION_RUNS=n makes n
// of them.
namespace restore_simulation {
namespace {

/// With sanitizers each takes thirty times as long.
#ifdef __SANITIZE_ADDRESS__
constexpr unsigned usual_runs = 100;
#else
constexpr unsigned usual_runs = 2000;
#endif

unsigned number_in(const char* variable, unsigned otherwise) {
  const auto* text = std::getenv(variable);
  return text ? static_cast<unsigned>(std::atoi(text)) : otherwise;
}

std::string story_of(unsigned seed) {
  simulated_restore again{seed, true};
  again.go();
  return again.story() + "ends " + again.outcome();
}

TEST(restore_simulation, whatever_breaks_the_invariants_hold) {
  const auto only = number_in("SIMULATION_SEED", 0);
  const auto last = only > 0 ? only : number_in("SIMULATION_RUNS", usual_runs);
  std::map<std::string, int> outcomes;
  for (auto seed = std::max(1U, only); seed <= last; ++seed) {
    simulated_restore one{seed, false};
    one.go();
    ++outcomes[one.outcome()];
    if (only > 0)
      std::cout << story_of(seed) << '\n';
    const bool tells = only == 0 && !HasFailure(); // one story is enough at a time
    EXPECT_EQ(one.wrongs(), std::vector<std::string>{})
        << "SIMULATION_SEED=" << seed << " repeats it: " << one.outcome() << '\n'
        << (tells && !one.wrongs().empty() ? story_of(seed) : "");
  }
  for (const auto& [outcome, count] : outcomes)
    std::cout << count << "  " << outcome << '\n';
}

} // namespace
} // namespace restore_simulation
