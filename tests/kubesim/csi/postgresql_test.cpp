#include "tests/kubesim/csi/csi_fixture.hpp"

namespace kubesim {
namespace {

/// The image `postgres` on claims of the driver.
struct postgresql : csi {
  void start_server(const std::string& claim) {
    auto pod = test_pod_with_claim("db", "", claim);
    pod["spec"]["terminationGracePeriodSeconds"] = 30;
    auto& container = pod["spec"]["containers"][0];
    container["image"] = "postgres:15";
    container.erase("command");
    container["env"] = json::array({{{"name", "POSTGRES_PASSWORD"}, {"value", "it's secret"}},
                                    {{"name", "POSTGRES_DB"}, {"value", "shop"}}});
    container["readinessProbe"]
        = {{"exec", {{"command", {"pg_isready", "-U", "postgres"}}}}, {"periodSeconds", 1}};
    container["volumeMounts"][0]["mountPath"] = "/var/lib/postgresql/data";
    world_.make(pod);
    world_.run_until([&] { return is_pod_ready(); });
  }
  bool is_pod_ready() const {
    const auto pod = world_.get("Pod", "db");
    for (const auto& condition : at_path(pod, {"status", "conditions"}))
      if (condition.at("type") == "Ready")
        return condition.at("status") == "True";
    return false;
  }
  void stop_server() {
    world_.remove("Pod", "db");
    world_.run_until([&] { return world_.get("Pod", "db").is_null(); });
  }
  std::string query(const std::string& sql) {
    const auto end = world_.run_in("db", "psql -U postgres -Atq shop -c \"" + sql + "\"");
    EXPECT_EQ(end.exit_code, 0) << end.output;
    return end.output;
  }
};

TEST_F(postgresql, keeps_its_rows_over_a_restart) {
  make_bound_claim("data");
  start_server("data");
  query("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)");
  stop_server();
  start_server("data");
  EXPECT_EQ(query("SELECT count(*) FROM t"), "2\n");
}

TEST_F(postgresql, starts_up_on_a_claim_made_from_a_snapshot_with_the_rows_of_then) {
  make_bound_claim("data");
  start_server("data");
  query("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)");
  world_.make(snapshot_of("s", "data"));
  run_until_ready("s");
  query("DELETE FROM t");
  stop_server();
  world_.make(restored_claim("restored", "s"));
  run_until_bound("restored");
  start_server("restored");
  EXPECT_EQ(query("SELECT count(*) FROM t"), "2\n");
}

TEST_F(postgresql, wants_the_password_of_those_who_come_over_the_network) {
  make_bound_claim("data");
  start_server("data");
  const auto ask = [&](const std::string& password) {
    return world_.run_in("db", "PGPASSWORD=\"" + password
                                   + "\" psql -h \"$(hostname -i)\" -U postgres -Atqc 'SELECT 1' "
                                     "shop");
  };
  EXPECT_EQ(ask("it's secret").output, "1\n");
  EXPECT_NE(ask("wrong").exit_code, 0);
}

} // namespace
} // namespace kubesim
