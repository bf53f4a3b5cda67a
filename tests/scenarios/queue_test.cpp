#include "tests/scenarios/cluster_scenario.hpp"
#include "tests/scenarios/crowd.hpp"

#include <algorithm>
#include <fstream>

namespace scenarios {
namespace {

using namespace std::chrono_literals;

constexpr int most_at_once = 3, per_second = 5;

/// More backups at once than their driver may be asked for.
class queues : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster({"--cut-latency", "300"}); }

  static void start_operator_with_limits() {
    const auto path = std::filesystem::temp_directory_path()
                      / ("operator-config-" + std::to_string(getpid()) + ".yaml");
    std::ofstream{path} << "drivers:\n  hostpath.csi.k8s.io: {maxConcurrent: " << most_at_once
                        << ", perSecond: " << per_second << "}\n";
    cluster().start_operator({"--config", path.string()});
    ASSERT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
    std::filesystem::remove(path);
  }
};

/// How many applications were frozen at the same time, by what the backups say of themselves.
std::size_t most_frozen_together(const std::vector<crds::volume_backup_status>& all) {
  std::size_t most = 0;
  for (const auto& one : all)
    most = std::max(
        most,
        static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&one](const auto& other) {
          return *other.frozen_at <= *one.frozen_at && *one.frozen_at < *other.thawed_at;
        })));
  return most;
}

TEST_F(queues, no_more_are_frozen_than_the_driver_may_be_asked_for) {
  constexpr crowd::extent size{.namespaces = 3, .applications = 18};
  start_operator_with_limits();
  crowd people{cluster(), size};
  ASSERT_TRUE(people.await_ready(120s));
  const k8s::timestamp began{std::chrono::system_clock::now()};
  people.back_up("first", size.applications);
  crowd::tally seen;
  EXPECT_TRUE(await([&] {
    seen = people.look("first");
    return seen.ended == size.applications;
  }));
  EXPECT_EQ(seen.failures, std::vector<std::string>{});
  const auto all = people.statuses("first");
  ASSERT_TRUE(std::all_of(all.begin(), all.end(),
                          [](const auto& one) { return one.frozen_at && one.thawed_at; }));
  EXPECT_LE(most_frozen_together(all), static_cast<std::size_t>(most_at_once));
  const auto last = std::max_element(all.begin(), all.end(), [](const auto& one, const auto& two) {
    return *one.frozen_at < *two.frozen_at;
  });
  EXPECT_GE(*last->frozen_at - began, 1s * (size.applications - 1) / per_second);
  for (const auto& one : all)
    EXPECT_EQ(one.consistency, crds::consistency::application) << one.message;
}

} // namespace
} // namespace scenarios
