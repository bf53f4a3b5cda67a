#pragma once

#include "k8s/resource.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace k8s {

struct volume_mount {
  std::string volume, mount_path, sub_path;
};

struct container {
  std::string name;
  std::vector<volume_mount> mounts;
};

struct container_status {
  std::string name, container_id;
  std::int32_t restart_count = 0;
  bool ready = false;
  bool running = false;
};

struct pod {
  static constexpr resource_kind kind{"", "v1", "pods", "Pod"};

  object_meta metadata;
  std::string node_name, phase;
  bool ready = false;  ///< condition Ready is True
  std::string trouble; ///< why it does not run, in the words of scheduler or kubelet, if they said
  std::vector<container> containers;      ///< without init and ephemeral containers
  std::vector<container_status> statuses; ///< of `containers`
  std::map<std::string, std::string>
      claims; ///< volume name -> claim name, of PVC volumes (ephemeral ones too: `<pod>-<volume>`)

  const container* find_container(std::string_view name) const;
  const container_status* find_status(std::string_view container) const;
  bool mounts_claim(std::string_view claim) const;

  static result<pod> decode(const nlohmann::json& object);
};

} // namespace k8s
