#pragma once

#include "tests/kubesim/csi/driver.hpp"
#include "tests/kubesim/kubelet/test_world.hpp"

#include <filesystem>
#include <string>

namespace kubesim {

/// The text of a file; empty if there is none.
std::string read(const std::filesystem::path& path);
json snapshot_of(const std::string& name, const std::string& claim);

/// A world with the driver and its default classes.
class csi : public ::testing::Test {
protected:
  csi();

  void start(csi_options options);
  void add_snapshot_class(const std::string& policy);
  void make_bound_claim(const std::string& name);
  void run_until_bound(const std::string& claim);
  void run_until_ready(const std::string& snapshot);
  bool is_ready(const std::string& snapshot);
  json volume_of(const std::string& claim);
  std::filesystem::path directory_of_claim(const std::string& claim);
  json content_of(const std::string& snapshot);
  std::filesystem::path directory_of_snapshot(const std::string& snapshot);
  /// What nobody here does: kubernetes.io/pvc-protection.
  void remove_claim(const std::string& name);
  json restored_claim(const std::string& name, const std::string& snapshot);

  test_world world_;
  std::unique_ptr<driver> driver_;
};

} // namespace kubesim
