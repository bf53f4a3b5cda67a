#include "tests/scenarios/cluster_scenario.hpp"
#include "tests/scenarios/scrape.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fstream>

namespace scenarios {
namespace {

int free_port() {
  boost::asio::io_context loop;
  const boost::asio::ip::tcp::acceptor taken{loop, {boost::asio::ip::address_v4::loopback(), 0}};
  return taken.local_endpoint().port();
}

std::string in_url(std::string_view text) {
  std::string encoded;
  for (const char letter : text) {
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(letter));
    encoded += code;
  }
  return encoded;
}

/// A real Prometheus that scrapes one operator and evaluates the rules that we ship.
class prometheus {
public:
  explicit prometheus(int target) {
    auto name = (std::filesystem::temp_directory_path() / "prometheus-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    const json configuration{
        {"global",
         {{"scrape_interval", "500ms"},
          {"scrape_timeout", "500ms"},
          {"evaluation_interval", "200ms"}}},
        {"rule_files", {PROJECT_DIRECTORY "/deploy/monitoring/rules.yaml"}},
        {"scrape_configs",
         {{{"job_name", "operator"},
           {"static_configs",
            json::array({{{"targets", {"127.0.0.1:" + std::to_string(target)}}}})}}}}};
    std::ofstream{directory_ / "configuration.yaml"} << configuration.dump(); // JSON is YAML
    process_ = std::make_unique<child_process>(
        std::vector<std::string>{"prometheus",
                                 "--config.file=" + (directory_ / "configuration.yaml").string(),
                                 "--storage.tsdb.path=" + (directory_ / "data").string(),
                                 "--web.listen-address=127.0.0.1:" + std::to_string(port_)},
        directory_ / "log");
  }

  ~prometheus() {
    process_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  prometheus(const prometheus&) = delete;
  prometheus& operator=(const prometheus&) = delete;

  /// The samples of an expression now; null while it does not answer.
  json ask(const std::string& expression) const {
    const auto answer = get("/api/v1/query?query=" + in_url(expression));
    return answer.is_null() ? answer : answer.at("/data/result"_json_pointer);
  }

  bool await_samples(const std::string& expression) const {
    return await([&] {
      const auto found = ask(expression);
      return found.is_array() && !found.empty();
    });
  }

  json get(const std::string& path) const {
    try {
      return json::parse(page_of(port_, path));
    } catch (const std::exception&) {
      return nullptr;
    }
  }

  std::string log() const { return process_->log_text(); }

private:
  std::filesystem::path directory_;
  int port_ = free_port();
  std::unique_ptr<child_process> process_;
};

class monitoring : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster(); }
};

TEST_F(monitoring, a_real_prometheus_sees_what_happened_and_fires_the_shipped_alerts) {
  cluster().start_operator();
  ASSERT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
  const prometheus server{cluster().metrics_port()};
  ASSERT_TRUE(server.await_samples("backup_operator_leader == 1")) << server.log();
  ASSERT_TRUE(server.await_samples("backup_operator_backups_total{result=\"Failed\"} == 0"))
      << "what has no sample before it grows has not grown, for Prometheus";

  application app;
  app.annotations = recorded_hooks();
  given_application(app);
  back_up("good");
  await_phase("good", crds::backup_phase::completed);
  EXPECT_TRUE(server.await_samples("backup_operator_freeze_seconds_count == 1"));
  EXPECT_TRUE(server.await_samples("backup_operator_backups{phase=\"Completed\"} == 1"));
  EXPECT_TRUE(server.await_samples("increase(backup_operator_backups_total{"
                                   "result=\"Completed\",consistency=\"Application\"}[1m]) > 0"));
  EXPECT_TRUE(
      server.await_samples("backup_operator_actor_spawned_total{actor=\"supervisor\"} >= 1"));
  EXPECT_EQ(server.ask("ALERTS{alertstate=\"firing\"}"), json::array());

  application broken{.name = "broken", .claims = {"broken"}};
  broken.annotations
      = {{"backups.example.com.pre-hook", "exit 3"}, {"backups.example.com.post-hook", "true"}};
  given_application(broken);
  back_up("bad", {{"applicationRef", "broken"}});
  await_phase("bad", crds::backup_phase::failed);
  EXPECT_TRUE(server.await_samples("ALERTS{alertname=\"BackupFailing\",alertstate=\"firing\"}"));
  EXPECT_EQ(server.ask("ALERTS{alertname!=\"BackupFailing\",alertstate=\"firing\"}"),
            json::array());
  const auto rules = server.get("/api/v1/rules");
  const auto& groups = rules.at("/data/groups"_json_pointer);
  EXPECT_FALSE(groups.empty());
  for (const auto& group : groups)
    for (const auto& rule : group.at("rules"))
      EXPECT_EQ(rule.at("health"), "ok") << rule.dump(1);
}

} // namespace
} // namespace scenarios
