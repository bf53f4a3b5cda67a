// The presets, each on a real server that somebody writes to all the while.

#include "tests/scenarios/database_scenario.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>
#include <unistd.h>

namespace scenarios {
namespace {

using crds::backup_phase;
using crds::consistency;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// The table `ledger` of a database.
struct ledger {
  std::string create, insert; ///< `insert`: of row $i that is begun at $t, ms of Unix time
  std::string read;           ///< a line `i:t` for each
};

const ledger of_sql{"create table ledger (id bigint primary key, begun bigint)",
                    "insert into ledger values ($i, $t)",
                    "select concat(id, ':', begun) from ledger order by id"};
const ledger of_redis{"ping", "rpush ledger $i:$t", "lrange ledger 0 -1"};

/// One row after the other, each begun when the one before is confirmed.
json writer_container(const database& server, const ledger& table) {
  return {
      {"name", "writer"},
      {"image", server.image},
      {"env", server.environment},
      {"command",
       {"sh", "-c",
        "query() (" + server.query + ")\n" //
            + "until query '" + table.create + "'; do sleep 0.2; done; i=1\n"
            + "while t=$(date +%s%3N) && query \"" + table.insert + "\"; do i=$((i + 1)); done"}}};
}

struct row {
  int id;
  milliseconds begun;
  bool operator==(const row&) const = default;
};

class live_presets : public database_scenario {
protected:
  /// For as long a freeze lasts at least.
  static constexpr milliseconds cut_latency = 1500ms;

  static void SetUpTestSuite() {
    start_cluster({"--cut-latency", std::to_string(cut_latency.count())});
  }

  void given_under_load(const database& server, const ledger& table) {
    ledger_ = table;
    given(server, {},
          {{"containers", {container_of(server), writer_container(server, table)}},
           {"volumes", {volume_of_claim("data")}}});
    await_rows_since(0ms);
  }

  std::vector<row> rows_of(const std::string& target) {
    std::vector<row> rows;
    std::istringstream lines{answer(target, ledger_.read)};
    row one{};
    char colon = 0;
    for (std::int64_t begun = 0; lines >> one.id >> colon >> begun; rows.push_back(one))
      one.begun = milliseconds{begun};
    return rows;
  }

  static auto begun_in(milliseconds from, milliseconds to) {
    return [from, to](const row& one) { return from < one.begun && one.begun < to; };
  }

  /// Until some more are confirmed that were begun after that.
  void await_rows_since(milliseconds time) {
    ASSERT_TRUE(await([&] {
      return std::ranges::count_if(rows_of("deployment/app"), begun_in(time, milliseconds::max()))
             > 5;
    }));
  }

  static milliseconds time_of(const std::optional<k8s::timestamp>& time) {
    return std::chrono::duration_cast<milliseconds>(time.value().time_since_epoch());
  }

  crds::volume_backup_status completed() {
    back_up("nightly");
    const auto status = await_phase("nightly", backup_phase::completed).status;
    EXPECT_EQ(status.consistency, consistency::application) << status.message;
    return status;
  }

  /// What another server finds that is started on a copy of the snapshot.
  std::vector<row> rows_in_snapshot(const database& server, const std::string& snapshot) {
    auto claim = object_of(kinds::claim, "copy");
    claim["spec"] = {{"accessModes", {"ReadWriteOnce"}},
                     {"resources", {{"requests", {{"storage", "1Gi"}}}}},
                     {"dataSource",
                      {{"apiGroup", "snapshot.storage.k8s.io"},
                       {"kind", "VolumeSnapshot"},
                       {"name", snapshot}}}};
    cluster().must(k8s::create_request(kinds::claim, name_space_, claim));
    given(server, {.name = "copy", .claims = {}}, {{"volumes", {volume_of_claim("copy")}}});
    return rows_of("deployment/copy");
  }

  /// Completes, and says what was written while it was frozen, and what is in the snapshot.
  struct outcome {
    crds::volume_backup_status status;
    std::vector<row> all, kept;
  };
  void back_up_under_load(const database& server, const ledger& table, outcome& seen) {
    given_under_load(server, table);
    seen.status = completed();
    await_rows_since(time_of(seen.status.thawed_at));
    seen.all = rows_of("deployment/app");
    seen.kept = rows_in_snapshot(server, seen.status.snapshots.at(0).volume_snapshot_name);
    expect_beginning_of(seen.all, seen.kept);
    EXPECT_GE(seen.kept.size(), confirmed_before(time_of(seen.status.frozen_at), seen.all));
  }

  void writes_stop_and_the_snapshot_holds_what_was_committed_before(const database& server,
                                                                    const ledger& table) {
    outcome seen;
    ASSERT_NO_FATAL_FAILURE(back_up_under_load(server, table, seen));
    const auto frozen = time_of(seen.status.frozen_at);
    EXPECT_LE(std::ranges::count_if(seen.all, begun_in(frozen, frozen + cut_latency)), 1)
        << "more than the one that waits";
    EXPECT_LE(seen.kept.back().begun, frozen);
  }

  void a_backup_fails_and_no_writer_waits(const std::string& why) {
    back_up("nightly");
    const auto status = await_phase("nightly", backup_phase::failed).status;
    EXPECT_EQ(status.reason, "HookFailed");
    EXPECT_THAT(status.message, HasSubstr("the client ended with exit code 1 before it was ready"));
    EXPECT_THAT(status.pods.at(0).hook.output, HasSubstr(why));
    await_rows_since(time_of(status.completion_time));
  }

  /// Runs `statement` beside all that follows, which begins when it has run for three seconds.
  void beside(const std::string& statement, const std::string& how_many_run) {
    how_many_run_ = how_many_run;
    auto command = asking("deployment/app", statement);
    command.insert(command.begin(), {"kubectl", "--kubeconfig", cluster().admin_kubeconfig()});
    beside_ = std::make_unique<child_process>(command, testing::TempDir() + "/beside-"
                                                           + std::to_string(getpid()) + ".log");
    ASSERT_TRUE(await([this] { return runs_beside(); })) << beside_->log_text();
  }
  bool runs_beside() const { return answer("deployment/app", how_many_run_) == "1\n"; }

private:
  static void expect_beginning_of(const std::vector<row>& all, const std::vector<row>& kept) {
    ASSERT_LE(kept.size(), all.size());
    EXPECT_TRUE(std::equal(kept.begin(), kept.end(), all.begin()));
  }

  /// A row is confirmed when the next one is begun.
  static std::size_t confirmed_before(milliseconds time, const std::vector<row>& all) {
    const auto begun = std::ranges::count_if(all, begun_in(0ms, time));
    return static_cast<std::size_t>(std::max(begun - 1, std::ptrdiff_t{0}));
  }

  ledger ledger_;
  std::string how_many_run_;
  std::unique_ptr<child_process> beside_;
};

TEST_F(live_presets, mysql_stops_writes) {
  writes_stop_and_the_snapshot_holds_what_was_committed_before(mysql(), of_sql);
}

TEST_F(live_presets, mariadb_stops_commits) {
  writes_stop_and_the_snapshot_holds_what_was_committed_before(mariadb(), of_sql);
}

TEST_F(live_presets, postgresql_goes_on_and_recovers_to_a_commit) {
  outcome seen;
  ASSERT_NO_FATAL_FAILURE(back_up_under_load(postgresql(), of_sql, seen));
  const auto frozen = time_of(seen.status.frozen_at);
  EXPECT_GT(std::ranges::count_if(seen.all, begun_in(frozen, frozen + cut_latency)), 1);
  EXPECT_LE(seen.kept.back().begun, time_of(seen.status.thawed_at));
}

TEST_F(live_presets, redis_stops_writes_and_saves) {
  writes_stop_and_the_snapshot_holds_what_was_committed_before(redis(json::array()), of_redis);
}

TEST_F(live_presets, redis_stops_writes_and_rewrites_its_append_only_file) {
  writes_stop_and_the_snapshot_holds_what_was_committed_before(
      redis({"redis-server", "--appendonly", "yes"}), of_redis);
}

const std::string long_select = "select sleep(600) from ledger limit 1";
const std::string how_many_sleep
    = "select count(*) from information_schema.processlist where info "
      "like '%(600)%' and command = 'Query' and time between 3 and 600";

TEST_F(live_presets, mysql_locks_nothing_beside_a_long_select) {
  given_under_load(mysql(), of_sql);
  beside(long_select, how_many_sleep);
  a_backup_fails_and_no_writer_waits("nothing was locked");
  EXPECT_TRUE(runs_beside());
}

TEST_F(live_presets, mariadb_waits_for_no_select) {
  given_under_load(mariadb(), of_sql);
  beside(long_select, how_many_sleep);
  completed();
  EXPECT_TRUE(runs_beside());
}

TEST_F(live_presets, mariadb_gives_up_beside_a_long_write_without_transactions) {
  given_under_load(mariadb(), of_sql);
  answer("deployment/app", "create table archive (id int) engine=MyISAM");
  beside("insert into archive select sleep(600)", how_many_sleep);
  a_backup_fails_and_no_writer_waits("Lock wait timeout");
  EXPECT_TRUE(runs_beside());
}

TEST_F(live_presets, postgresql_waits_for_no_select) {
  given_under_load(postgresql(), of_sql);
  beside(
      "select pg_sleep(600) from ledger limit 1",
      "select count(*) from pg_stat_activity where query like '%(600)%' and state = 'active' and "
      "pid <> pg_backend_pid() and now() - query_start > '3 s'");
  completed();
  EXPECT_TRUE(runs_beside());
}

} // namespace
} // namespace scenarios
