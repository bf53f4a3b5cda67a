#include "tests/kubesim/csi/driver.hpp"

#include "tests/kubesim/csi/group_snapshotter.hpp"
#include "tests/kubesim/csi/provisioner.hpp"
#include "tests/kubesim/csi/snapshotter.hpp"

namespace kubesim {

struct driver::core {
  core(registry& objects, boost::asio::io_context& loop, node& kubelet, csi_options options)
      : context{objects, loop, kubelet, options}, volumes{context} {
    if (context.snapshots && context.contents && context.snapshot_classes)
      snapshots.emplace(context);
    if (snapshots && context.groups && context.group_contents && context.group_classes)
      groups.emplace(context);
  }
  ~core() { context.clock.close(); }

  csi_context context;
  provisioner volumes;
  std::optional<snapshotter> snapshots;
  std::optional<group_snapshotter> groups;
};

driver::driver(registry& objects, boost::asio::io_context& loop, node& kubelet, csi_options options)
    : core_{std::make_shared<core>(objects, loop, kubelet, options)} {}

driver::~driver() = default;

} // namespace kubesim
