#pragma once

#include "tests/kubesim/api/registry.hpp"
#include "tests/kubesim/kubelet/node.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace kubesim {

struct csi_options {
  /// From the creation of a snapshot's content to its cut.
  std::chrono::milliseconds cut_latency{0};
  /// From the cut to readyToUse; 0: both appear in one event, as with the real hostpath driver.
  std::chrono::milliseconds ready_latency{0};
  std::chrono::milliseconds provision_latency{0};
  int copy_threads = 2;
};

inline constexpr const char* csi_driver_name = "hostpath.csi.k8s.io";

/// External provisioner, snapshot controller, csi-snapshotter and the hostpath driver in one.
/// Volumes and snapshots are directories (see `state_layout`); a snapshot is a copy made while
/// every process that mounts the claim is stopped. README.md lists the faults that annotations ask
/// for.
class driver {
public:
  driver(registry& objects, boost::asio::io_context& loop, node& kubelet, csi_options options);
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;
  ~driver();

private:
  struct core;
  std::shared_ptr<core> core_;
};

} // namespace kubesim
