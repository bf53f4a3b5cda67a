#pragma once

#include "crds/volume_backup.hpp"
#include "tests/scenarios/application.hpp"
#include "tests/scenarios/embedded_cluster.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace scenarios {

/// One cluster for the suite, one namespace for each test.
class cluster_scenario : public testing::Test {
protected:
  static void start_cluster(std::vector<std::string> options = {});
  static void TearDownTestSuite();
  /// In place of start_cluster(): one with nothing installed.
  static void start_bare_cluster() { cluster_ = std::make_unique<embedded_cluster>(); }
  static embedded_cluster& cluster() { return *cluster_; }

  void SetUp() override;
  void TearDown() override;

  void given_application(const application& what);
  void given_namespace(const std::string& name);
  void given_provider(const std::string& name, json spec);
  bool is_ready(const application& what, const std::string& name_space);

  /// Creates a VolumeBackup of that name; `spec` without an applicationRef is of `app`.
  k8s::result<json> try_to_back_up(const std::string& name, json spec = json::object());
  void back_up(const std::string& name, json spec = json::object());
  crds::volume_backup status(const std::string& name);
  /// The backup when it is in that phase. Another final phase, or none in time, fails the test.
  crds::volume_backup await_phase(const std::string& name, crds::backup_phase phase,
                                  milliseconds limit = patience);
  bool await_event(const std::string& name, const std::string& reason);
  json condition(const std::string& name, const std::string& type);
  void patch_backup(const std::string& name, const json& patch);
  void delete_backup(const std::string& name);
  bool is_gone(const k8s::resource_kind& kind, const std::string& name);
  std::size_t count(const k8s::resource_kind& kind);

  /// Lines of a file on a claim.
  std::vector<std::string> lines_on(const std::string& claim, const std::string& file);
  /// How often that line was written by the recorded hooks.
  std::size_t hook_runs(const std::string& what);
  bool is_frozen();

  std::string name_space_;

private:
  static std::unique_ptr<embedded_cluster> cluster_;
};

} // namespace scenarios
