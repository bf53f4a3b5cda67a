#pragma once

#include "tests/kubesim/api/registry.hpp"
#include "tests/kubesim/kubelet/state_layout.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace kubesim {

class pod_store;

struct node_options {
  std::filesystem::path state_dir;
  std::filesystem::path images_dir; ///< tests/kubesim/images
  std::string node_name = "node1";
  /// Without: pods are Running and Ready at once, no process is started; an exec runs its command
  /// as a plain process of this machine, in no namespace and without the pod's volumes.
  bool run_processes = true;
  /// The wait before the second restart of a container; doubles from then on, up to five minutes.
  std::chrono::milliseconds restart_backoff{10'000};
  int newest_exec_protocol = 5; ///< 4: a server that does not know v5
  /// A token for a service account, for what mounts one; without: those files stay empty.
  std::function<std::string(const std::string& name_space, const std::string& service_account)>
      service_account_token{};
  /// The program that is started as launcher; its main() must call `container_main` first.
  std::filesystem::path launcher = "/proc/self/exe";
};

/// The kubelet: runs the pods that are bound to it as local processes and writes their status.
/// All calls and callbacks on the loop's thread.
class node {
public:
  /// Throws std::runtime_error that says what this machine lacks for containers and how to give it.
  node(registry& objects, boost::asio::io_context& loop, node_options options);
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  ~node();

  const node_options& options() const;
  state_layout layout() const { return {options().state_dir}; }

  /// The first processes of all containers, and all exec sessions, that mount the claim: whoever
  /// stops them and what descends from them has stopped every writer of the volume.
  std::vector<pid_t> processes_on_claim(const object_ref& claim) const;

  /// Ends all containers at once.
  void stop();

  /// For the endpoints beside this file.
  pod_store& pods();

private:
  std::unique_ptr<pod_store> pods_;
};

} // namespace kubesim
