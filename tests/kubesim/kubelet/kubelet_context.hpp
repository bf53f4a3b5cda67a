#pragma once

#include "tests/kubesim/kubelet/event_recorder.hpp"
#include "tests/kubesim/kubelet/image_store.hpp"
#include "tests/kubesim/kubelet/launcher.hpp"
#include "tests/kubesim/kubelet/node.hpp"
#include "tests/kubesim/kubelet/pod_volumes.hpp"
#include "tests/kubesim/kubelet/timers.hpp"

namespace kubesim {

/// What the pods of a node share.
struct kubelet_context {
  registry& objects;
  node_options options;
  launcher& processes;
  timers clock;
  image_store images;
  event_recorder events;
  const resource_type &pods, &claims, &volumes, &config_maps, &secrets;

  state_layout layout() const { return {options.state_dir}; }
  time_point now() const { return std::chrono::system_clock::now(); }
};

/// What a container needs of its pod.
class pod_surroundings {
public:
  virtual ~pod_surroundings() = default;
  virtual const json& pod() const = 0;
  virtual const pod_addresses& addresses() const = 0;
  virtual const prepared_volumes& volumes() const = 0;
  virtual configuration_lookup configuration() const = 0;
  /// /etc/hosts and the like, below what the container itself mounts.
  virtual std::vector<bind_mount> files() const = 0;
  /// It will not be started again.
  virtual bool is_ending() const = 0;
  /// Facts of the container have changed.
  virtual void note_change() = 0;
  /// As long as this is held the pod and its containers stay.
  virtual std::shared_ptr<pod_surroundings> keep() = 0;
};

} // namespace kubesim
