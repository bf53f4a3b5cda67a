#pragma once

#include "tests/kubesim/kubelet/pod_worker.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace kubesim {

/// The pods of the node, by what its users know of them; listens to the registry.
class pod_store {
public:
  pod_store(registry& objects, boost::asio::io_context& loop, node_options options);
  ~pod_store();

  kubelet_context& context() { return *context_; }
  boost::asio::io_context& loop() { return loop_; }
  /// Null if the node does not run it (any more).
  pod_worker* find(const object_ref& pod);
  std::vector<pid_t> processes_on_claim(const object_ref& claim) const;
  void stop();

private:
  void hear_of_pod(const change& what);
  void adopt(std::shared_ptr<const json> pod);
  void forget(const json& pod);
  void retry_waiting(const std::string& name_space);
  std::string next_address();

  boost::asio::io_context& loop_;
  std::unique_ptr<launcher> launcher_;
  std::unique_ptr<kubelet_context> context_;
  std::map<std::string, std::shared_ptr<pod_worker>> by_uid_;
  std::map<object_ref, std::string> uids_;
  std::map<object_ref, std::set<std::string>> users_of_claims_;
  std::vector<registry::subscription> subscriptions_;
  std::uint32_t addresses_ = 0;
};

/// Starts a container and ends it again, to find out at start whether that can be done here. The
/// answer says what is missing and how to give it; empty: nothing.
std::string missing_for_containers(launcher& processes, const std::filesystem::path& state_dir);

} // namespace kubesim
