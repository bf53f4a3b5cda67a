#pragma once

#include "tests/kubesim/kubelet/container_process.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kubesim {

enum class container_state { waiting, running, terminated };

/// How a container stands, in all that its status tells.
struct container_facts {
  container_state state = container_state::waiting;
  std::string reason = "ContainerCreating", message; ///< waiting, terminated
  std::string container_id, image_id;                ///< once it has been started
  time_point started_at{}, finished_at{};
  int exit_code = 0;
  json last_state = json::object();
  int restart_count = 0;
  bool is_ready = false;   ///< what the probes say
  bool is_started = false; ///< the startup probe has passed
};

struct pod_facts {
  std::vector<container_facts> init_containers, containers; ///< in the order of the spec
  pod_addresses addresses;
  bool has_sandbox = false;
  bool is_ending = false; ///< it will not be started any more
};

/// The `state` entry of a container's status.
json state_of(const container_facts& container);

/// Pending, Running, Succeeded or Failed.
std::string phase_of(const json& pod, const pod_facts& facts);

/// The status that the kubelet writes: all of it, with what others have put into the present one.
json status_of(const json& pod, const pod_facts& facts, time_point now);

} // namespace kubesim
