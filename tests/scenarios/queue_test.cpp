#include "tests/scenarios/cluster_scenario.hpp"
#include "tests/scenarios/crowd.hpp"
#include "tests/scenarios/server_record.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::Field;
using testing::IsEmpty;

/// What the driver may be asked for.
struct limits {
  int at_once, per_second;
};

/// More backups at once than that, on a server that plays the pods.
class queues : public cluster_scenario {
protected:
  /// A cluster, and its log, for each test.
  void SetUp() override {
    start_cluster({"--no-processes", "--cut-latency", "300", "--history", "100000"});
    cluster_scenario::SetUp();
  }

  static void start_operator_with(limits most) {
    const auto path = std::filesystem::temp_directory_path()
                      / ("operator-config-" + std::to_string(getpid()) + ".yaml");
    std::ofstream{path} << "drivers:\n  hostpath.csi.k8s.io: {maxConcurrent: " << most.at_once
                        << ", perSecond: " << most.per_second << "}\n";
    cluster().start_operator({"--config", path.string()});
    ASSERT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
    std::filesystem::remove(path);
  }

  void back_up_all(crowd::extent size, limits most, milliseconds limit) {
    start_operator_with(most);
    crowd people{cluster(), size};
    ASSERT_TRUE(people.await_ready(300s));
    people.back_up("first", size.applications);
    crowd::tally seen;
    EXPECT_TRUE(await(
        [&] {
          seen = people.look("first");
          return seen.ended == size.applications;
        },
        limit));
    EXPECT_EQ(seen.failures, std::vector<std::string>{});
    EXPECT_THAT(people.statuses("first"), Each(Field(&crds::volume_backup_status::consistency,
                                                     crds::consistency::application)));
    expect_limits(size.applications, most);
  }

private:
  /// By the server's own log. An application that waited while it was frozen would be one too many.
  static void expect_limits(int applications, limits most) {
    const auto record
        = read_record(cluster().server_log(), "system:serviceaccount:kube-system:backup-restore");
    const auto freezes = freezes_of(record);
    ASSERT_EQ(freezes.size(), static_cast<std::size_t>(applications));
    EXPECT_THAT(broken_freezes(freezes, crds::backup_timeouts{}.max_freeze), IsEmpty());
    EXPECT_LE(most_together(freezes), static_cast<std::size_t>(most.at_once));
    expect_rate(snapshots_of(record), most.per_second);
  }

  static std::vector<milliseconds> snapshots_of(const server_record& record) {
    std::vector<milliseconds> created;
    for (const auto& write : record.writes)
      if (write.method == "POST" && write.path.find("/volumesnapshots") != std::string::npos)
        created.push_back(write.at);
    return created;
  }

  static std::size_t most_together(const std::vector<freeze>& all) {
    std::size_t most = 0;
    for (const auto& one : all)
      most = std::max(
          most, static_cast<std::size_t>(std::ranges::count_if(all, [&one](const auto& other) {
            return other.frozen <= one.frozen && one.frozen < other.thawed.value();
          })));
    return most;
  }

  /// In any two seconds; what a turn takes to its request may shift it by one.
  static void expect_rate(const std::vector<milliseconds>& created, int per_second) {
    for (const auto from : created)
      ASSERT_LE(
          std::ranges::count_if(created, [from](auto at) { return from <= at && at < from + 2s; }),
          2 * per_second + 1);
  }
};

TEST_F(queues, no_more_are_frozen_than_the_driver_may_be_asked_for) {
  back_up_all({.namespaces = 3, .applications = 18}, {.at_once = 3, .per_second = 1000}, patience);
}

TEST_F(queues, no_more_snapshots_a_second_are_asked_for_than_the_driver_may_be) {
  back_up_all({.namespaces = 3, .applications = 12}, {.at_once = 12, .per_second = 2}, patience);
}

/// Of one namespace, whose preflights are counted.
class floods : public queues {
protected:
  static constexpr int flood = 200;
  /// The contract of `preflight_reader`: so many ahead, and one more in each second.
  static constexpr int most_ahead = 32;

  void SetUp() override {
    queues::SetUp();
    given_application({.annotations = {{"backups.example.com.pre-hook", "sleep 3600"},
                                       {"backups.example.com.post-hook", "true"}}});
  }

  static std::string name_of(int index) { return "flood-" + std::to_string(index); }

  /// Each lists the namespace's pods.
  int preflights() const { return reads_of("pods?"); }
  /// Of those whose provider that is.
  int preflights_with(const std::string& provider) const {
    return reads_of("volumebackupproviders/" + provider + "\"");
  }

  int most_by_now() const {
    return most_ahead + 1 + static_cast<int>((std::chrono::steady_clock::now() - began_) / 1s);
  }

  /// All of one application, whose pre-hook hangs.
  void come_in_a_flood() {
    began_ = std::chrono::steady_clock::now();
    create(0, flood, json::object());
    ASSERT_TRUE(await([this] { return preflights() >= most_ahead; }));
  }

  void create(int from, int to, const json& more) {
    json spec{{"applicationRef", "app"}, {"timeouts", {{"freeze", "600s"}, {"maxFreeze", "600s"}}}};
    spec.update(more);
    std::vector<k8s::request> all;
    for (int i = from; i < to; ++i) {
      auto object = object_of(crds::volume_backup::kind, name_of(i));
      object["spec"] = spec;
      all.push_back(k8s::create_request(crds::volume_backup::kind, name_space_, object));
    }
    for (const auto& created : cluster().ask_all(std::move(all)))
      ASSERT_TRUE(created) << to_string(created.error());
  }

  /// Until the operator has let go of them.
  void delete_all(int from, int to) {
    const auto left = count(crds::volume_backup::kind) - static_cast<std::size_t>(to - from);
    for (int i = from; i < to; ++i)
      delete_backup(name_of(i));
    ASSERT_TRUE(await([&] { return count(crds::volume_backup::kind) == left; }));
  }

private:
  int reads_of(const std::string& what) const {
    const auto part = "/namespaces/" + name_space_ + "/" + what;
    const auto lines = lines_of(cluster().server_log());
    return static_cast<int>(std::ranges::count_if(lines, [&](const auto& line) {
      return line.find("backup-restore-operator\"") != std::string::npos
             && line.find(part) != std::string::npos;
    }));
  }

  std::chrono::steady_clock::time_point began_;
};

TEST_F(floods, are_read_no_further_ahead_of_their_turns_than_they_need) {
  come_in_a_flood();
  const crowd::extent size{.namespaces = 1, .applications = 1};
  crowd people{cluster(), size};
  ASSERT_TRUE(people.await_ready(60s));
  people.back_up("first", 1);
  EXPECT_TRUE(await([&] { return people.look("first").ended == 1; }));
  EXPECT_LE(preflights(), most_by_now());
  EXPECT_TRUE(await([this] { return preflights() > most_ahead + 1; })) << "held up for ever";
  await_phase(name_of(flood - 1), crds::backup_phase::queued);
}

/// The deleted ones are the last in the line, and told by their provider.
TEST_F(floods, that_are_deleted_are_not_read_any_more) {
  constexpr int last = flood + 50;
  given_provider("of-the-deleted", {{"type", "Snapshot"}});
  come_in_a_flood();
  create(flood, last, {{"providerRef", "of-the-deleted"}});
  await_phase(name_of(last - 1), crds::backup_phase::queued);
  delete_all(flood, last);
  const auto before = preflights_with("of-the-deleted");
  delete_all(0, flood); // the line moves on
  back_up("the-one-that-is-meant");
  await_phase("the-one-that-is-meant", crds::backup_phase::freezing);
  EXPECT_EQ(preflights_with("of-the-deleted"), before);
}

class long_queues : public queues {};

TEST_F(long_queues, five_hundred_due_at_once_by_ten_and_two_a_second) {
  back_up_all({.namespaces = 25, .applications = 500}, {.at_once = 10, .per_second = 2}, 600s);
}

} // namespace
} // namespace scenarios
