#include "tests/scenarios/cluster_scenario.hpp"
#include "tests/scenarios/crowd.hpp"

#include <algorithm>

namespace scenarios {
namespace {

using namespace std::chrono_literals;

class crowds : public cluster_scenario {
protected:
  /// Long enough that all can be under way together, on however slow a machine.
  static void SetUpTestSuite() { start_cluster({"--ready-latency", "15000"}); }
};

/// How long it takes is a figure for a benchmark; here it counts that all of them are under way
/// together.
TEST_F(crowds, two_hundred_backups_at_once_are_all_under_way_together_without_a_thread_each) {
  constexpr crowd::extent size{.namespaces = 20, .applications = 200};
  crowd people{cluster(), size};
  ASSERT_TRUE(people.await_ready(300s));
  people.back_up("first", size.applications);
  int most_threads = 0, most_under_way = 0;
  crowd::tally seen;
  EXPECT_TRUE(await(
      [&] {
        most_threads = std::max(most_threads, cluster().operator_process().threads());
        seen = people.look("first");
        most_under_way = std::max(most_under_way, seen.under_way);
        return seen.ended == size.applications;
      },
      300s));
  EXPECT_EQ(seen.failures, std::vector<std::string>{});
  EXPECT_GE(most_under_way, size.applications / 2);
  EXPECT_GT(most_threads, 0);
  EXPECT_LT(most_threads, 10);
}

} // namespace
} // namespace scenarios
