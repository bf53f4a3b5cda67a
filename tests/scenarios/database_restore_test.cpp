#include "tests/scenarios/database_scenario.hpp"

#include <map>
#include <set>
#include <unistd.h>

namespace scenarios {
namespace {

using crds::restore_phase;

/// Names, modes and contents of all that is below a directory.
constexpr const char* digest = R"(cd "$1" && {
  find . -mindepth 1 -printf '%M %P\n' | LC_ALL=C sort
  find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
} | sha256sum)";

/// It looks at the volume before the server starts on it.
json digest_container(const database& server) {
  return {{"name", "digest"},
          {"image", "busybox"},
          {"command", {"sh", "-c", digest, "digest", server.directory}},
          {"volumeMounts", {{{"name", "data"}, {"mountPath", server.directory}}}}};
}

class database_restores : public database_scenario {
protected:
  static void SetUpTestSuite() {
    start_cluster();
    given_class("late", {{"volumeBindingMode", "WaitForFirstConsumer"}});
  }

  void given_deployment(const database& server, const std::string& storage_class) {
    given(server, {.storage_class = storage_class},
          {{"initContainers", {digest_container(server)}}, {"volumes", {volume_of_claim("data")}}},
          {{"strategy", {{"type", "Recreate"}}}});
  }

  /// Three servers that know nothing of each other, each with a claim of the template.
  void given_stateful_set(const database& server) {
    const json claim{{"metadata", {{"name", "data"}}},
                     {"spec",
                      {{"accessModes", {"ReadWriteOnce"}},
                       {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}};
    given(server, {.kind = kinds::stateful_set, .pods = 3, .claims = {}},
          {{"initContainers", {digest_container(server)}}},
          {{"volumeClaimTemplates", {claim}}, {"podManagementPolicy", "Parallel"}});
  }

  /// `1 of app-0`, and so on.
  void given_rows(const std::string& target, const std::string& of) {
    answer(target, "create table ledger (id int primary key, what varchar(40))");
    std::string values;
    for (int id = 1; id <= 200; ++id)
      values += (id == 1 ? "(" : ", (") + std::to_string(id) + ", 'of " + of + "')";
    answer(target, "insert into ledger values " + values);
  }

  std::string rows(const std::string& target) {
    return answer(target, "select concat(id, ' ', what) from ledger order by id");
  }

  /// What the pods found on their volumes when they started.
  std::set<std::string> digests_of_pods() {
    std::set<std::string> seen;
    const auto pods = cluster().must(k8s::list_request(kinds::pod, name_space_, {}));
    for (const auto& pod : pods.at("items"))
      seen.insert(
          cluster()
              .kubectl({"-n", name_space_, "logs",
                        pod.at("/metadata/name"_json_pointer).get<std::string>(), "-c", "digest"})
              .answer);
    return seen;
  }

  std::set<std::string> digests_of_snapshots() {
    std::set<std::string> seen;
    for (const auto& row : status("nightly").status.snapshots) {
      const auto directory = cluster().snapshot_directory(row.snapshot_handle);
      const auto made
          = run_command({"sh", "-c", digest, "digest", directory},
                        testing::TempDir() + "/digest-" + std::to_string(getpid()) + ".log");
      EXPECT_EQ(made.exit_code, 0) << made.output;
      seen.insert(made.answer);
    }
    return seen;
  }

  /// What happens to the three servers after the backup, or to the first of them.
  void lose(const std::string& target, int way) {
    static const std::vector<std::string> ways{"drop table ledger", "delete from ledger",
                                               "update ledger set what = 'wrong'"};
    answer(target, ways.at(static_cast<std::size_t>(way)));
  }

  void deployment_comes_back(const database& server, const std::string& storage_class = {}) {
    given_deployment(server, storage_class);
    given_rows("deployment/app", "app");
    const auto before = rows("deployment/app");
    ASSERT_EQ(std::count(before.begin(), before.end(), '\n'), 200) << before;
    back_up_now();
    EXPECT_EQ(status("nightly").status.consistency, crds::consistency::application);
    lose("deployment/app", 0);
    EXPECT_NE(ask("deployment/app", "select * from ledger").exit_code, 0);
    restore();
    const auto end = await_end(restore_phase::completed);
    EXPECT_EQ(end.status.strategy, crds::restore_strategy::switch_claim);
    EXPECT_EQ(end.status.claims.front().binds_late, !storage_class.empty());
    EXPECT_EQ(rows("deployment/app"), before);
    EXPECT_EQ(digests_of_pods(), digests_of_snapshots());
    answer("deployment/app", "insert into ledger values (201, 'new')");
  }

  void stateful_set_comes_back(const database& server) {
    given_stateful_set(server);
    std::map<std::string, std::string> before;
    for (const auto* pod : {"app-0", "app-1", "app-2"}) {
      given_rows(pod, pod);
      before[pod] = rows(pod);
    }
    back_up_now();
    EXPECT_EQ(status("nightly").status.consistency, crds::consistency::application);
    int way = 0;
    for (const auto& [pod, old_rows] : before) {
      lose(pod, way++);
      EXPECT_NE(ask(pod, "select concat(id, ' ', what) from ledger order by id").answer, old_rows);
    }
    restore();
    const auto end = await_end(restore_phase::completed);
    EXPECT_EQ(end.status.strategy, crds::restore_strategy::replace_claim);
    for (const auto& [pod, old_rows] : before)
      EXPECT_EQ(rows(pod), old_rows) << pod;
    EXPECT_EQ(digests_of_snapshots().size(), 3U);
    EXPECT_EQ(digests_of_pods(), digests_of_snapshots());
  }
};

TEST_F(database_restores, a_deployment_of_mariadb_answers_with_the_rows_of_the_backup) {
  deployment_comes_back(mariadb());
}

TEST_F(database_restores, a_deployment_of_postgresql_answers_with_the_rows_of_the_backup) {
  deployment_comes_back(postgresql());
}

TEST_F(database_restores, a_deployment_whose_volumes_wait_for_its_pod_answers_with_the_rows) {
  deployment_comes_back(postgresql(), "late");
}

TEST_F(database_restores, a_stateful_set_of_mariadb_answers_with_the_rows_of_the_backup) {
  stateful_set_comes_back(mariadb());
}

TEST_F(database_restores, a_stateful_set_of_postgresql_answers_with_the_rows_of_the_backup) {
  stateful_set_comes_back(postgresql());
}

} // namespace
} // namespace scenarios
