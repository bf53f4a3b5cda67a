#include "tests/scenarios/database_scenario.hpp"

namespace scenarios {

database mariadb() {
  const std::string client
      = R"(MYSQL_PWD="$MARIADB_ROOT_PASSWORD" exec mariadb -h 127.0.0.1 -uroot -N -D shop -e )";
  return {.image = "mariadb",
          .preset = "mariadb",
          .directory = "/mysql-data",
          .environment = {{{"name", "MARIADB_ROOT_PASSWORD"}, {"value", "it's secret"}},
                          {{"name", "MARIADB_DATABASE"}, {"value", "shop"}}},
          .is_ready = client + "'SELECT 1'",
          .query = client + R"("$1")"};
}

database mysql() {
  auto server = mariadb();
  server.preset = "mysql";
  return server;
}

database postgresql() {
  return {.image = "postgres:15",
          .preset = "postgresql",
          .directory = "/var/lib/postgresql/data",
          .environment = {{{"name", "POSTGRES_PASSWORD"}, {"value", "it's secret"}},
                          {{"name", "POSTGRES_DB"}, {"value", "shop"}}},
          .is_ready = "exec pg_isready -h 127.0.0.1 -U postgres",
          .query = R"(exec psql -h 127.0.0.1 -U postgres -v ON_ERROR_STOP=1 -Atq shop -c "$1")"};
}

database redis(const json& arguments) {
  return {.image = "redis",
          .preset = "redis",
          .directory = "/data",
          .is_ready = "redis-cli ping | grep -q PONG",
          .query = "exec redis-cli $1",
          .arguments = arguments};
}

json container_of(const database& server) {
  return {{"name", "main"},
          {"image", server.image},
          {"args", server.arguments},
          {"env", server.environment},
          {"readinessProbe",
           {{"exec", {{"command", {"sh", "-c", server.is_ready}}}}, {"periodSeconds", 1}}},
          {"volumeMounts", {{{"name", "data"}, {"mountPath", server.directory}}}}};
}

json volume_of_claim(const std::string& claim) {
  return {{"name", "data"}, {"persistentVolumeClaim", {{"claimName", claim}}}};
}

void database_scenario::given(const database& server, application like, const json& pod,
                              const json& workload) {
  server_ = server;
  like.annotations = {{"backups.example.com.hook-preset", server.preset}};
  auto all = requests_for(like, name_space_);
  auto object = json::parse(all.back().body);
  auto& pod_spec = object["spec"]["template"]["spec"];
  pod_spec = {{"terminationGracePeriodSeconds", 30}, {"containers", {container_of(server)}}};
  pod_spec.update(pod);
  object["spec"].update(workload);
  all.back() = k8s::create_request(like.kind, name_space_, object);
  for (auto& one : all)
    cluster().must(std::move(one));
  ASSERT_TRUE(await([&] { return is_ready(like, name_space_); }))
      << cluster().kubectl({"-n", name_space_, "describe", "pods"}).output;
}

std::vector<std::string> database_scenario::asking(const std::string& target,
                                                   const std::string& statement) const {
  return {"-n", name_space_, "exec", target,        "-c",        "main",
          "--", "sh",        "-c",   server_.query, "statement", statement};
}

finished_command database_scenario::ask(const std::string& target,
                                        const std::string& statement) const {
  return cluster().kubectl(asking(target, statement));
}

std::string database_scenario::answer(const std::string& target,
                                      const std::string& statement) const {
  const auto said = ask(target, statement);
  EXPECT_EQ(said.exit_code, 0) << target << ": " << statement << ": " << said.output;
  return said.answer;
}

} // namespace scenarios
