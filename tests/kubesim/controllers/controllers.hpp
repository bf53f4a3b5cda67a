#pragma once

#include "tests/kubesim/api/api_registry.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace kubesim {

struct controller_options {
  std::string node_name = "node1";
  /// PEM; what the ConfigMap kube-root-ca.crt of every namespace holds.
  std::string root_certificate;
  /// From the acceptance of a definition's names to its being served.
  std::chrono::milliseconds establishing_delay{40};
  /// What a namespace takes at least to vanish.
  std::chrono::milliseconds namespace_deletion{500};
  /// Told of every visit that failed and will be repeated; may be empty.
  std::function<void(const std::string& line)> log;
};

/// The controller manager and the scheduler: from construction on they bring the cluster to the
/// state that its objects ask for. All callbacks on the loop's thread; nothing is called back after
/// destruction.
class controllers {
public:
  controllers(api_registry& objects, boost::asio::io_context& loop, controller_options options);
  controllers(const controllers&) = delete;
  controllers& operator=(const controllers&) = delete;
  ~controllers();

private:
  struct shop_floor;
  std::shared_ptr<shop_floor> floor_;
};

} // namespace kubesim
