#include "tests/kubesim/csi/driver.hpp"

#include "tests/kubesim/csi/provisioner.hpp"
#include "tests/kubesim/csi/snapshotter.hpp"

namespace kubesim {

struct driver::core {
  core(registry& objects, boost::asio::io_context& loop, node& kubelet, csi_options options)
      : context{objects, loop, kubelet, options}, volumes{context} {
    if (context.snapshots && context.contents && context.snapshot_classes)
      snapshots.emplace(context);
  }
  ~core() { context.clock.close(); }

  csi_context context;
  provisioner volumes;
  std::optional<snapshotter> snapshots;
};

driver::driver(registry& objects, boost::asio::io_context& loop, node& kubelet, csi_options options)
    : core_{std::make_shared<core>(objects, loop, kubelet, options)} {}

driver::~driver() = default;

} // namespace kubesim
