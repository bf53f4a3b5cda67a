#include "tests/scenarios/crowd.hpp"
#include "tests/scenarios/server_record.hpp"
#include "tests/sweeps/hurt_cluster.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <iterator>
#include <map>
#include <random>
#include <set>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::backup_phase;
using testing::IsEmpty;

/// Two replicas, each under a name of its own, on a server that plays the pods; backups come all
/// the time, and whoever leads is hurt again and again. What the server noted is looked at in the
/// end.
class chaos : public hurt_cluster {
protected:
  enum class blow { kill, stop, partition };

  static constexpr milliseconds lease{4'000};
  static constexpr crowd::extent size{.namespaces = 10, .applications = 100};
  static constexpr int batch = 20;

  static void SetUpTestSuite() {
    start_cluster({"--no-processes", "--cut-latency", "500", "--ready-latency", "10000",
                   "--history", "100000"});
  }

  void SetUp() override {
    cluster_scenario::SetUp();
    cluster().stop_operators();
    for (const int replica : {0, 1})
      cluster().give_account(replica, account_of(replica));
    start_replica(leader_);
    ASSERT_TRUE(await_log(leader_, "watching VolumeBackups"));
    start_replica(standby());
    ASSERT_TRUE(await_log(standby(), "stands by for"));
  }

  static std::string account_of(int replica) {
    return "backup-restore-operator-" + std::to_string(replica);
  }
  static std::string user_of(int replica) {
    return "system:serviceaccount:kube-system:" + account_of(replica);
  }
  int standby() const { return 1 - leader_; }

  void start_replica(int replica) {
    cluster().start_operator({"--leader-elect", "--lease-duration", "4s"}, replica);
  }

  bool await_log(int replica, const std::string& text) {
    return await([&] { return cluster().operator_log(replica).find(text) != std::string::npos; });
  }

  void strike(blow how) {
    switch (how) {
    case blow::kill:
      return cluster().operator_process(leader_).send_signal(SIGKILL);
    case blow::stop:
      return cluster().operator_process(leader_).send_signal(SIGSTOP);
    case blow::partition:
      // Its exec streams stay.
      add_fault({{"at", "request"}, {"user", user_of(leader_)}, {"action", {{"drop", "before"}}}});
      add_fault(
          {{"at", "watch_event"}, {"user", user_of(leader_)}, {"action", {{"fallSilent", true}}}});
    }
  }

  /// The former leader finds out, and is replaced.
  void heal(blow how) {
    auto& former = cluster().operator_process(leader_);
    if (how == blow::stop) {
      EXPECT_FALSE(former.await_end(sleep_of_the_stopped()));
      former.send_signal(SIGCONT);
    }
    EXPECT_EQ(former.await_end(patience), how == blow::kill ? 128 + SIGKILL : 4)
        << cluster().operator_log(leader_);
    clear_faults();
    leader_ = standby();
    start_replica(standby());
    EXPECT_TRUE(await_log(standby(), "stands by for")) << cluster().operator_log(standby());
  }

  /// The contract's minute, if there is time for it.
  static milliseconds sleep_of_the_stopped() { return stride() > 1 ? 1s : 60s; }

  /// The leader is struck when so many of the batch have gone beyond the queue and, if that can
  /// still be, one of them is frozen.
  void fail_over(crowd& people, int round, int begun) {
    const auto name = "round-" + std::to_string(round);
    const auto how = static_cast<blow>(round % 3);
    SCOPED_TRACE(name + ", blow " + std::to_string(round % 3) + " after " + std::to_string(begun));
    people.back_up(name, batch, round * batch % size.applications);
    ASSERT_TRUE(await([&] {
      const auto seen = people.look(name);
      const bool is_one_frozen = seen.under_way > seen.uploading;
      return seen.uploading + seen.ended == batch
             || (is_one_frozen && seen.under_way + seen.ended >= begun);
    }));
    strike(how);
    ASSERT_TRUE(await_log(standby(), "watching VolumeBackups"))
        << cluster().operator_log(standby());
    heal(how);
  }

  /// When each snapshot was cut, by namespace and name; contents say it to the nanosecond.
  std::map<std::pair<std::string, std::string>, milliseconds> cuts() {
    std::map<std::pair<std::string, std::string>, milliseconds> all;
    const auto contents = cluster().must(k8s::list_request(kinds::snapshot_content, {}, {}));
    for (const auto& one : contents.at("items")) {
      const auto& of = one.at("spec").at("volumeSnapshotRef");
      const std::chrono::nanoseconds cut{one.at("status").at("creationTime").get<std::int64_t>()};
      all[{of.at("namespace"), of.at("name")}] = std::chrono::duration_cast<milliseconds>(cut);
    }
    return all;
  }

  /// Whoever completed as Application was cut while its pod was frozen.
  void expect_i3(const std::vector<crds::volume_backup_status>& completed,
                 const std::vector<freeze>& freezes) {
    const auto all = cuts();
    std::map<std::string, std::vector<const freeze*>> by_pod;
    for (const auto& one : freezes)
      by_pod[one.pod].push_back(&one);
    for (const auto& status : completed) {
      if (status.consistency != crds::consistency::application)
        continue;
      ASSERT_EQ(status.pods.size(), 1U);
      const auto& its = by_pod[status.pods[0].name];
      ASSERT_FALSE(its.empty());
      const auto cut = all.at({its[0]->name_space, status.snapshots.at(0).volume_snapshot_name});
      EXPECT_TRUE(std::ranges::any_of(its,
                                      [&](const freeze* one) {
                                        return one->frozen <= cut
                                               && cut <= one->thawed.value_or(0ms);
                                      }))
          << "I3: " << status.pods[0].name << " was not frozen at " << cut.count();
    }
  }

  /// One snapshot for each backup that completed, and none else.
  void expect_i4(std::size_t completed) {
    const auto found = cluster().must(k8s::list_request(kinds::snapshot, {}, {}));
    std::set<std::string> owners;
    for (const auto& one : found.at("items"))
      owners.insert(one.at("metadata").at("labels").value("backups.example.com/backup-uid", ""));
    EXPECT_EQ(found.at("items").size(), completed) << "I4";
    EXPECT_EQ(owners.size(), completed) << "I4";
  }

  void expect_invariants(const std::vector<crds::volume_backup_status>& ended) {
    std::vector<crds::volume_backup_status> completed;
    std::ranges::copy_if(ended, std::back_inserter(completed),
                         [](const auto& one) { return one.phase == backup_phase::completed; });
    const auto record
        = read_record(cluster().server_log(), user_of(0).substr(0, user_of(0).size() - 1));
    const auto freezes = freezes_of(record);
    const auto as_promised = std::ranges::count(completed, crds::consistency::application,
                                                &crds::volume_backup_status::consistency);
    EXPECT_GE(as_promised * 10, static_cast<std::ptrdiff_t>(ended.size()) * 9)
        << "a struck leader's backups go on or begin again; they do not fail";
    EXPECT_THAT(broken_freezes(freezes, crds::backup_timeouts{}.max_freeze), IsEmpty());
    EXPECT_THAT(acts_without_a_lease(record, lease), IsEmpty());
    expect_i3(completed, freezes);
    expect_i4(completed.size());
    std::cout << completed.size() << " of " << ended.size() << " backups completed, "
              << freezes.size() << " freezes, " << record.writes.size() << " writes\n";
    tell_of(takeovers_of(record));
  }

  /// A figure, not an assertion: the contract's goal is the lease and 2 s.
  void tell_of(std::vector<milliseconds> takeovers) {
    ASSERT_FALSE(takeovers.empty());
    std::ranges::sort(takeovers);
    std::cout << takeovers.size() << " takeovers: last renewal to first act "
              << takeovers[takeovers.size() / 2].count() << " ms (p50), "
              << takeovers[takeovers.size() * 9 / 10].count() << " ms (p90; a leader that finds "
              << "nothing to do waits for the next batch), the lease is " << lease.count()
              << " ms\n";
  }

  int leader_ = 0;
};

TEST_F(chaos, leaders_are_killed_stopped_and_cut_off_while_backups_come_all_the_time) {
  const auto seed = seed_or(std::random_device{}());
  SCOPED_TRACE("SWEEP_SEED=" + std::to_string(seed));
  std::mt19937 random{seed};
  crowd people{cluster(), size};
  ASSERT_TRUE(people.await_ready(300s));
  const int rounds = std::max(3, 51 / stride());
  for (int round = 0; round < rounds && !HasFailure(); ++round)
    fail_over(people, round, std::uniform_int_distribution{1, batch}(random));
  std::vector<crds::volume_backup_status> seen;
  EXPECT_TRUE(await(
      [&] {
        seen.clear();
        for (int round = 0; round < rounds; ++round)
          std::ranges::copy(people.statuses("round-" + std::to_string(round)),
                            std::back_inserter(seen));
        return std::ranges::all_of(seen, [](const auto& one) { return is_final(one.phase); });
      },
      180s))
      << "I5: not every backup ends";
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(rounds * batch));
  expect_invariants(seen);
}

} // namespace
} // namespace sweeps
