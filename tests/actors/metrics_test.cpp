#include "actors/actor_statistics.hpp"
#include "actors/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// As after some work of every kind.
std::string text_of_all_metrics() {
  actors::metrics metrics;
  metrics.request_observer()("get", "pods", 200, 2ms);
  metrics.watch_restarted("pods", "timeout");
  crds::volume_backup_status status;
  status.phase = crds::backup_phase::completed;
  status.consistency = crds::consistency::application;
  const actors::backup_measures measures{.freeze = 200ms,
                                         .cut = 100ms,
                                         .thaw_dispatch = 300us,
                                         .ready = 2s,
                                         .hooks = {{"pre", "session", "Succeeded"}}};
  metrics.freeze_ended(measures);
  metrics.backup_ended(status, measures);
  metrics.restore_ended({});
  metrics.backup_seen("uid-1", crds::backup_phase::completed);
  metrics.backup_seen("uid-2", crds::backup_phase::none);
  metrics.backup_seen("uid-2", crds::backup_phase::freezing);
  metrics.backup_seen("uid-3", crds::backup_phase::freezing);
  metrics.backup_gone("uid-3");
  metrics.set_queue_depth("hostpath.csi.k8s.io", 3);
  metrics.set_leader(true);
  auto& type = actors::actor_statistics::of("tester");
  type.note_spawned();
  type.note_handled(20us);
  type.note_wait(3us);
  return metrics.text();
}

TEST(metrics, tell_what_happened) {
  const auto text = text_of_all_metrics();
  for (const auto* line :
       {"backup_operator_api_requests_total{code=\"200\",resource=\"pods\",verb=\"get\"} 1",
        "backup_operator_backups_total{consistency=\"Application\",result=\"Completed\"} 1",
        "backup_operator_backups{phase=\"Completed\"} 1",
        "backup_operator_backups{phase=\"Freezing\"} 1",
        "backup_operator_freeze_seconds_bucket{le=\"0.25\"} 1",
        "backup_operator_thaw_dispatch_seconds_bucket{le=\"0.0005\"} 1",
        "backup_operator_ready_seconds_sum 2",
        "backup_operator_hooks_total{hook=\"pre\",mode=\"session\",result=\"Succeeded\"} 1",
        "backup_operator_queue_depth{driver=\"hostpath.csi.k8s.io\"} 3", "backup_operator_leader 1",
        "backup_operator_actors{actor=\"tester\"} 1",
        "backup_operator_actor_spawned_total{actor=\"tester\"} 1",
        "backup_operator_actor_messages_total{actor=\"tester\"} 1",
        "backup_operator_actor_mailbox_wait_seconds_bucket{actor=\"tester\",le=\"1e-05\"} 1",
        "backup_operator_actor_handling_seconds_count{actor=\"tester\"} 1"})
    EXPECT_THAT(text, HasSubstr(std::string{line} + "\n"));
}

std::string file_of_monitoring(const std::string& name) {
  std::ifstream file{std::filesystem::path{PROJECT_DIRECTORY} / "deploy/monitoring" / name};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> metrics_named_in(const std::string& text) {
  const std::regex name{"backup_operator_[a-z_]+"};
  std::set<std::string> names;
  for (std::sregex_iterator one{text.begin(), text.end(), name}; one != std::sregex_iterator{};
       ++one)
    names.insert(one->str());
  return names;
}

void expect_exposed(const std::set<std::string>& names) {
  const auto text = text_of_all_metrics();
  for (const auto& each : names)
    EXPECT_TRUE(std::regex_search(text, std::regex{"(^|\n)" + each + "[{ ]"})) << each;
}

/// A rule about a series that nobody exposes never fires.
TEST(metrics, every_one_that_an_alert_names_is_exposed) {
  const auto names = metrics_named_in(file_of_monitoring("rules.yaml"));
  EXPECT_GE(names.size(), 7U);
  expect_exposed(names);
}

/// And a panel stays empty.
TEST(metrics, every_one_that_a_panel_shows_is_exposed) {
  const auto dashboard = nlohmann::json::parse(file_of_monitoring("dashboard.json"));
  std::set<std::string> names;
  for (const auto& panel : dashboard.at("panels"))
    for (const auto& target : panel.at("targets"))
      names.merge(metrics_named_in(target.at("expr").get<std::string>()));
  EXPECT_GE(names.size(), 15U);
  expect_exposed(names);
}

} // namespace
