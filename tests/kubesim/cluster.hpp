#pragma once

#include "tests/kubesim/api/api_registry.hpp"
#include "tests/kubesim/auth/pki.hpp"
#include "tests/kubesim/faults/fault_plan.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace kubesim {

enum class transport_security { tls, none };
enum class containers { processes, pretended };
enum class snapshot_kinds { installed, without_groups, missing };

struct cluster_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; ///< 0: any free one
  transport_security security = transport_security::tls;
  containers run = containers::processes;
  snapshot_kinds snapshots = snapshot_kinds::installed;
  std::string token_file; ///< text of fixed tokens; see read_token_file
  std::filesystem::path state_dir;
  std::filesystem::path images_dir;
  std::chrono::milliseconds cut_latency{0}, ready_latency{0}, provision_latency{0};
  std::chrono::milliseconds namespace_deletion{500};
  int newest_exec_protocol = 5;
  std::size_t history_length = 10'000;
  /// One entry for each request; may be empty.
  std::function<void(const json& entry)> log_request;
  /// What went wrong inside; may be empty.
  std::function<void(const std::string& line)> log_line;
};

/// A whole cluster in this process: API server, controllers, kubelet and CSI driver on one loop. It
/// listens and works from construction on.
class cluster {
public:
  /// Throws std::exception if the port or what containers need cannot be had.
  cluster(boost::asio::io_context& loop, cluster_options options);
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;
  ~cluster();

  std::string url() const;
  api_registry& objects();
  fault_plan& faults();
  const certificate_authority& authority() const;
  /// The client certificate of an administrator.
  const key_pair& admin() const;
  /// A kubeconfig of that administrator, with everything inline.
  std::string kubeconfig() const;

  /// Ends all containers and connections.
  void stop();

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace kubesim
